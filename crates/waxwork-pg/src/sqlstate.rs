//! Names of SQLSTATEs (PostgreSQL manual, appendix A), of those that a condition or a value of a rule can cause.

/// In the order of the codes, for a binary search.
const NAMES: [(&str, &str); 47] = [
    ("0A000", "feature_not_supported"),
    ("21000", "cardinality_violation"),
    ("22000", "data_exception"),
    ("22001", "string_data_right_truncation"),
    ("22003", "numeric_value_out_of_range"),
    ("22004", "null_value_not_allowed"),
    ("22007", "invalid_datetime_format"),
    ("22008", "datetime_field_overflow"),
    ("22009", "invalid_time_zone_displacement_value"),
    ("2200D", "invalid_escape_octet"),
    ("22011", "substring_error"),
    ("22012", "division_by_zero"),
    ("22013", "invalid_preceding_or_following_size"),
    ("22015", "interval_field_overflow"),
    ("22018", "invalid_character_value_for_cast"),
    ("22019", "invalid_escape_character"),
    ("2201B", "invalid_regular_expression"),
    ("2201E", "invalid_argument_for_logarithm"),
    ("2201F", "invalid_argument_for_power_function"),
    ("2201G", "invalid_argument_for_width_bucket_function"),
    ("22021", "character_not_in_repertoire"),
    ("22022", "indicator_overflow"),
    ("22023", "invalid_parameter_value"),
    ("22024", "unterminated_c_string"),
    ("22025", "invalid_escape_sequence"),
    ("22026", "string_data_length_mismatch"),
    ("22027", "trim_error"),
    ("2202E", "array_subscript_error"),
    ("22030", "duplicate_json_object_key_value"),
    ("22032", "invalid_json_text"),
    ("22033", "invalid_sql_json_subscript"),
    ("22P01", "floating_point_exception"),
    ("22P02", "invalid_text_representation"),
    ("22P03", "invalid_binary_representation"),
    ("22P05", "untranslatable_character"),
    ("23502", "not_null_violation"),
    ("23514", "check_violation"),
    ("38000", "external_routine_exception"),
    ("42501", "insufficient_privilege"),
    ("42601", "syntax_error"),
    ("42702", "ambiguous_column"),
    ("42703", "undefined_column"),
    ("42804", "datatype_mismatch"),
    ("42883", "undefined_function"),
    ("54000", "program_limit_exceeded"),
    ("54001", "statement_too_complex"),
    ("P0001", "raise_exception"),
];

/// The condition's name.
pub(crate) fn name(code: &str) -> Option<&'static str> {
    NAMES.binary_search_by_key(&code, |(code, _)| code).ok().map(|at| NAMES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_place() {
        assert!(NAMES.is_sorted());
        for (code, of_code) in NAMES {
            assert_eq!(name(code), Some(of_code));
        }
        assert_eq!(name("99999"), None);
    }
}
