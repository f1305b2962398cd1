//! The masking functions of PostgreSQL Anonymizer, each with what it becomes.

use super::expression::{Argument, Call, Expression, parse};
use crate::Options;
use crate::draft::{Draft, Outcome};
use crate::parameters::{Parameters, whole_range};
use crate::recipes;
use waxwork_core::condition;
use waxwork_core::diagnostic::Location;
use waxwork_core::masks::{LOCALES, MaskKind as Mask};
use waxwork_core::rules::name::plain;

/// What a function becomes.
#[derive(Clone, Copy)]
enum Recipe {
    /// A mask.
    Mask(Mask),
    /// A mask that does more or less than the function, as the note says.
    Near(Mask, &'static str),
    /// One of some values.
    Pick(&'static [&'static str]),
    /// What its arguments say.
    Of(fn(&It<'_>) -> Outcome),
}
use Recipe::{Mask as One, Near, Of, Pick};

/// A call on a column.
struct It<'c> {
    call: &'c Call,
    column: &'c str,
    options: &'c Options,
}

/// Every masking function that the extension ships, without `anon.` and `_locale`.
const FUNCTIONS: &[(&str, Recipe)] = &[
    ("concat", Of(wrapped)),
    ("date_add", Of(wrapped)),
    ("date_part", Of(wrapped)),
    ("date_subtract", Of(wrapped)),
    ("date_trunc", Of(truncated)),
    ("digest", Near(Mask::Token, KEYED)),
    ("dnoise", Of(shifted)),
    ("dummy_bic", One(Mask::Bic)),
    ("dummy_bs", One(Mask::Lorem)),
    ("dummy_bs_adj", One(Mask::Lorem)),
    ("dummy_bs_noun", One(Mask::Lorem)),
    ("dummy_bs_verb", One(Mask::Lorem)),
    ("dummy_building_number", One(Mask::Shape)),
    ("dummy_buzzword", One(Mask::Lorem)),
    ("dummy_buzzword_middle", One(Mask::Lorem)),
    ("dummy_buzzword_tail", One(Mask::Lorem)),
    ("dummy_catchphrase", One(Mask::Lorem)),
    ("dummy_cell_number", One(Mask::Phone)),
    ("dummy_city_name", One(Mask::City)),
    ("dummy_city_prefix", Pick(&["East", "New", "North", "Port", "South", "West"])),
    ("dummy_city_suffix", Pick(&["bury", "ford", "mouth", "port", "ton", "ville"])),
    ("dummy_color", Pick(&["Blue", "Green", "Orange", "Red", "White", "Yellow"])),
    ("dummy_company_name", One(Mask::Company)),
    ("dummy_company_suffix", Pick(&["AG", "GmbH", "Inc", "LLC", "Ltd", "SARL"])),
    ("dummy_country_code", One(Mask::Country)),
    ("dummy_country_name", One(Mask::Country)),
    ("dummy_credit_card_number", One(Mask::Card)),
    ("dummy_currency_code", Pick(&["CHF", "EUR", "GBP", "JPY", "SEK", "USD"])),
    (
        "dummy_currency_name",
        Pick(&["Euro", "Pound sterling", "Swedish krona", "Swiss franc", "US dollar", "Yen"]),
    ),
    ("dummy_currency_symbol", Pick(&["$", "£", "¥", "€"])),
    ("dummy_dir_path", One(Mask::Shape)),
    ("dummy_domain_suffix", Pick(&["com", "net", "org"])),
    ("dummy_file_extension", Pick(&["csv", "doc", "jpg", "pdf", "png", "txt"])),
    ("dummy_file_name", One(Mask::Shape)),
    ("dummy_file_path", One(Mask::Shape)),
    ("dummy_first_name", One(Mask::FirstName)),
    ("dummy_free_email", One(Mask::Email)),
    ("dummy_free_email_provider", One(Mask::Domain)),
    ("dummy_health_insurance_code", One(Mask::Shape)),
    ("dummy_hex_color", Pick(&["#1b6ca8", "#2e8b57", "#8a2be2", "#b22222", "#ffd700"])),
    ("dummy_hsl_color", Pick(&["hsl(10, 40%, 50%)", "hsl(120, 40%, 50%)", "hsl(240, 40%, 50%)"])),
    (
        "dummy_hsla_color",
        Pick(&["hsla(10, 40%, 50%, 0.5)", "hsla(120, 40%, 50%, 0.5)", "hsla(240, 40%, 50%, 0.5)"]),
    ),
    ("dummy_industry", Pick(&["Banking", "Construction", "Farming", "Health", "Retail", "Transport"])),
    ("dummy_ip", One(Mask::Ip)),
    ("dummy_ipv4", One(Mask::Ip)),
    ("dummy_ipv6", One(Mask::Ip)),
    ("dummy_isbn", Near(Mask::Shape, "its check digit is not kept right")),
    ("dummy_isbn13", Near(Mask::Shape, "its check digit is not kept right")),
    ("dummy_isin", One(Mask::Isin)),
    ("dummy_last_name", One(Mask::LastName)),
    ("dummy_latitude", Of(|_| recipes::between(Some([-90, 90].into_iter().collect())))),
    ("dummy_licence_plate", One(Mask::Plate)),
    ("dummy_longitude", Of(|_| recipes::between(Some([-180, 180].into_iter().collect())))),
    ("dummy_mac_address", One(Mask::Mac)),
    ("dummy_name", One(Mask::FullName)),
    ("dummy_name_with_title", Near(Mask::FullName, "without a title")),
    ("dummy_phone_number", One(Mask::Phone)),
    ("dummy_post_code", One(Mask::Postcode)),
    ("dummy_profession", One(Mask::JobTitle)),
    ("dummy_rfc_status_code", Pick(HTTP)),
    ("dummy_rgb_color", Pick(&["rgb(10, 20, 30)", "rgb(120, 20, 60)", "rgb(20, 130, 70)"])),
    (
        "dummy_rgba_color",
        Pick(&["rgba(10, 20, 30, 0.5)", "rgba(120, 20, 60, 0.5)", "rgba(20, 130, 70, 0.5)"]),
    ),
    ("dummy_safe_email", One(Mask::Email)),
    ("dummy_secondary_address", One(Mask::Shape)),
    ("dummy_secondary_address_type", Pick(&["Apt.", "Floor", "Suite"])),
    ("dummy_state_abbr", One(Mask::State)),
    ("dummy_state_name", One(Mask::State)),
    ("dummy_street_name", One(Mask::Street)),
    ("dummy_street_suffix", Pick(&["Avenue", "Court", "Lane", "Road", "Street"])),
    ("dummy_suffix", Pick(&["II", "III", "Jr.", "MD", "Sr."])),
    ("dummy_timezone", Pick(&["America/New_York", "Asia/Kolkata", "Asia/Tokyo", "Europe/Berlin", "UTC"])),
    ("dummy_title", Of(title)),
    ("dummy_user_agent", One(Mask::UserAgent)),
    ("dummy_username", One(Mask::Username)),
    ("dummy_uuidv1", One(Mask::UuidV4)),
    ("dummy_uuidv3", One(Mask::UuidV4)),
    ("dummy_uuidv4", One(Mask::UuidV4)),
    ("dummy_uuidv5", One(Mask::UuidV4)),
    // The extension's own spelling.
    ("dummy_valid_statux_code", Pick(HTTP)),
    ("dummy_word", One(Mask::Lorem)),
    ("dummy_words", One(Mask::Lorem)),
    ("dummy_zip_code", One(Mask::Postcode)),
    ("fake_address", One(Mask::FullAddress)),
    ("fake_city", One(Mask::City)),
    ("fake_company", One(Mask::Company)),
    ("fake_country", One(Mask::Country)),
    ("fake_email", One(Mask::Email)),
    ("fake_first_name", One(Mask::FirstName)),
    ("fake_iban", One(Mask::Iban)),
    ("fake_last_name", One(Mask::LastName)),
    ("fake_postcode", One(Mask::Postcode)),
    ("fake_siret", Near(Mask::Shape, "its check digit is not kept right")),
    ("generalize_daterange", Of(truncated)),
    ("generalize_int4range", Of(rounded)),
    ("generalize_int8range", Of(rounded)),
    ("generalize_numrange", Of(rounded)),
    ("generalize_tsrange", Of(truncated)),
    ("generalize_tstzrange", Of(truncated)),
    ("hash", Near(Mask::Token, KEYED)),
    ("image_blur", Of(|_| Outcome::instead(Mask::Blank, "waxwork has nothing for images"))),
    ("left", Of(left)),
    ("lorem_ipsum", One(Mask::Lorem)),
    ("lower", Of(wrapped)),
    ("md5", Near(Mask::Token, KEYED)),
    ("noise", Of(|it| noise(it.call.number(1, "ratio")))),
    ("partial", Of(partial)),
    ("partial_email", Near(Mask::Email, "nothing of the value is shown")),
    ("pseudo_city", Of(|it| pseudo(it, Mask::City))),
    ("pseudo_company", Of(|it| pseudo(it, Mask::Company))),
    ("pseudo_country", Of(|it| pseudo(it, Mask::Country))),
    ("pseudo_email", Of(|it| pseudo(it, Mask::Email))),
    ("pseudo_first_name", Of(|it| pseudo(it, Mask::FirstName))),
    ("pseudo_iban", Of(|it| pseudo(it, Mask::Iban))),
    ("pseudo_last_name", Of(|it| pseudo(it, Mask::LastName))),
    ("pseudo_siret", Near(Mask::Shape, "its check digit is not kept right")),
    ("random_bigint_between", Of(between)),
    (
        "random_date",
        Of(|_| recipes::days_between(Some("1900-01-01".to_owned()), Some("2025-12-31".to_owned()))),
    ),
    (
        "random_date_between",
        Of(|it| recipes::days_between(it.call.literal(0, "date_start"), it.call.literal(1, "date_end"))),
    ),
    ("random_hash", Near(Mask::Token, KEYED)),
    ("random_id", One(Mask::Permute)),
    ("random_id_int", One(Mask::Permute)),
    ("random_id_small_int", One(Mask::Permute)),
    ("random_id_smallint", One(Mask::Permute)),
    ("random_in", Of(random_in)),
    ("random_in_daterange", Of(in_days)),
    ("random_in_enum", Of(random_in_enum)),
    ("random_in_int4range", Of(in_numbers)),
    ("random_in_int8range", Of(in_numbers)),
    ("random_in_numrange", Of(in_numbers)),
    ("random_in_tsrange", Of(in_days)),
    ("random_in_tstzrange", Of(in_days)),
    ("random_int_between", Of(between)),
    ("random_number_with_format", Near(Mask::Shape, "digits for digits of the value")),
    ("random_phone", One(Mask::Phone)),
    ("random_phone_with_format", One(Mask::Phone)),
    ("random_string", Near(Mask::Token, "a code of its own letters and length")),
    ("random_time", Of(|_| Outcome::left("waxwork has no times of a day without a value"))),
    ("random_zip", One(Mask::Postcode)),
    ("regexp_replace", Of(|_| Outcome::instead(Mask::Shape, "waxwork has no replacement by pattern"))),
    ("replace", Of(wrapped)),
    ("right", Of(right)),
    ("substr", Of(wrapped)),
    ("ternary", Of(ternary)),
    ("to_char", Of(wrapped)),
    ("upper", Of(wrapped)),
];

/// Functions of a value, which stands first among their arguments.
const VALUE_FIRST: &[&str] = &[
    "date_trunc",
    "digest",
    "dnoise",
    "generalize_daterange",
    "generalize_int4range",
    "generalize_int8range",
    "generalize_numrange",
    "generalize_tsrange",
    "generalize_tstzrange",
    "hash",
    "image_blur",
    "md5",
    "noise",
    "partial",
    "partial_email",
];

const KEYED: &str = "a keyed code: a hash without a key can be led back by whoever guesses the value";

const HTTP: &[&str] = &["200", "201", "204", "301", "302", "400", "401", "403", "404", "500", "503"];

/// What a masking function on a column becomes.
pub(super) fn of(function: &Expression, column: &str, options: &Options) -> Outcome {
    let Expression::Call(call) = function else {
        return Outcome::left("it is no call of a function that waxwork could read");
    };
    let (name, has_locale) = match call.name.strip_suffix("_locale") {
        Some(name) => (name, true),
        None => (call.name.as_str(), false),
    };
    let Some((_, recipe)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
        return Outcome::left("it is a function of the site's own, or one that waxwork does not know");
    };
    let it = It { call, column, options };
    if VALUE_FIRST.contains(&name) && it.reads_another() {
        return Outcome::left(
            "it makes the column from another one; a mask of waxwork reads its own column's value",
        );
    }
    let outcome = match recipe {
        One(mask) => Outcome::mask(*mask),
        Near(mask, note) => Outcome::near(Draft::mask(*mask), note),
        Pick(values) => recipes::pick(values.iter().copied(), it.parameters()),
        Of(translate) => translate(&it),
    };
    let locale = if has_locale { call.literal(0, "locale") } else { None };
    with_locale(outcome, locale)
}

fn with_locale(outcome: Outcome, locale: Option<String>) -> Outcome {
    let known = locale.as_deref().filter(|locale| LOCALES.contains(locale)).map(str::to_owned);
    let is_lost = locale.is_some() && known.is_none();
    outcome
        .map(|draft| draft.with_some("locale", known))
        .note_if(is_lost, "in English: waxwork has no such locale")
}

impl It<'_> {
    fn parameters(&self) -> Parameters<'_> {
        Parameters { node: None, options: self.options }
    }

    /// An argument is another column than the one that is masked.
    fn reads_another(&self) -> bool {
        let mut values = self.call.arguments.iter().map(|argument| &argument.value);
        values.any(|value| matches!(value, Expression::Column(name) if name != self.column))
    }

    /// An argument is the column that is masked.
    fn is_own(&self, value: &Expression) -> bool {
        matches!(value, Expression::Column(name) if name == self.column)
    }
}

/// What `MASKED WITH VALUE` becomes: it replaces NULL too.
pub(super) fn constant(value: &Expression) -> Outcome {
    match (value, value.literal()) {
        (Expression::Null, _) => Outcome::same(Draft::null()),
        (_, Some(literal)) => Outcome::same(Draft::constant(literal).with("nulls", "mask")),
        _ => Outcome::left("its value is an expression"),
    }
}

/// What hides the value inside hides what is made of it.
fn wrapped(it: &It<'_>) -> Outcome {
    let inner = it.call.arguments.iter().map(|argument| &argument.value);
    match inner.clone().find(|value| matches!(value, Expression::Call(_))) {
        Some(function) if !inner.clone().any(|value| it.is_own(value)) => of(function, it.column, it.options)
            .note_if(true, "in waxwork's form: what is done to it there is not done here"),
        _ => Outcome::left("waxwork does not compute with values; derive computes with masked ones"),
    }
}

fn left(it: &It<'_>) -> Outcome {
    shown_part(it, "keep_first", "keep_last")
}

fn right(it: &It<'_>) -> Outcome {
    shown_part(it, "keep_last", "keep_first")
}

fn shown_part(it: &It<'_>, shown: &'static str, hidden: &'static str) -> Outcome {
    let own = it.call.argument(0, "").is_some_and(|value| it.is_own(value));
    match it.call.number(1, "").filter(|count| own && *count >= 0.0) {
        Some(count) => Outcome::near(
            Draft::mask(Mask::Partial).with(shown, count as i64).with(hidden, 0),
            "the rest is filled; of a text that would show more than half of itself nothing is shown",
        ),
        None => wrapped(it),
    }
}

/// `partial(value, 2, '****', 3)`
fn partial(it: &It<'_>) -> Outcome {
    let (Some(first), Some(last)) = (it.call.number(1, "prefix"), it.call.number(3, "suffix")) else {
        return Outcome::instead(Mask::Redact, "how much of the value it shows is an expression");
    };
    let fill = it.call.literal(2, "padding").and_then(|padding| padding.chars().next());
    let fill = fill.filter(|fill| *fill != '*').map(String::from);
    Outcome::near(
        Draft::mask(Mask::Partial)
            .with("keep_first", first as i64)
            .with("keep_last", last as i64)
            .with_some("fill", fill),
        "as long as the value; of a text that would show more than half of itself nothing is shown",
    )
}

fn noise(ratio: Option<f64>) -> Outcome {
    match ratio {
        Some(ratio) => Outcome::same(recipes::noise(ratio)),
        None => Outcome::Instead(recipes::noise(0.1), "its ratio is an expression".to_owned()),
    }
}

fn shifted(it: &It<'_>) -> Outcome {
    match it.call.literal(1, "noise_range").as_deref().and_then(recipes::interval_days) {
        Some(days) => Outcome::same(recipes::shifted(days)),
        None => Outcome::Instead(recipes::shifted(30), "its interval is none that waxwork reads".to_owned()),
    }
}

/// `date_trunc('year', value)`, `generalize_tsrange(value, 'decade')`
fn truncated(it: &It<'_>) -> Outcome {
    let mut words = it.call.arguments.iter().filter_map(|argument| argument.value.literal());
    let to = match words.next().unwrap_or_else(|| "decade".to_owned()).to_ascii_lowercase().as_str() {
        "month" => "month",
        "quarter" => "quarter",
        "year" => "year",
        "decade" | "century" | "millennium" => "decade",
        _ => {
            return Outcome::Instead(
                recipes::shifted(30),
                "date.truncate has no such part of a date".to_owned(),
            );
        }
    };
    Outcome::near(Draft::mask(Mask::Truncate).with("to", to), "a date of the column's own type, no range")
}

/// `generalize_int4range(value, 10)`
fn rounded(it: &It<'_>) -> Outcome {
    let step = it.call.number(1, "step").unwrap_or(10.0);
    Outcome::near(Draft::mask(Mask::Round).with("to", crate::write::number(step)), "a number, no range")
}

/// What depends on a seed depends on that column of the row.
fn pseudo(it: &It<'_>, mask: Mask) -> Outcome {
    let seed = match it.call.argument(0, "seed") {
        Some(Expression::Column(name)) if name != it.column => Some(name.clone()),
        _ => None,
    };
    Outcome::same(Draft::mask(mask).with_some("by", seed))
}

fn title(it: &It<'_>) -> Outcome {
    match it.options.key_column.as_deref() {
        Some(key) => Outcome::same(Draft::mask(Mask::Title).with("by", key)),
        None => Outcome::left("person.title goes by the row's key; --key-column names it"),
    }
}

fn between(it: &It<'_>) -> Outcome {
    let ends = it.call.number(0, "int_start").zip(it.call.number(1, "int_stop"));
    recipes::between(ends.and_then(|(from, to)| whole_range(from, to)))
}

fn random_in(it: &It<'_>) -> Outcome {
    let Some(Expression::Array(items)) = it.call.argument(0, "a") else {
        return Outcome::left("its values are an expression");
    };
    let values: Option<Vec<String>> = items.iter().map(Expression::literal).collect();
    match values.filter(|values| !values.is_empty()) {
        Some(values) => recipes::pick(values, it.parameters()),
        None => Outcome::left("its values are expressions"),
    }
}

fn random_in_enum(it: &It<'_>) -> Outcome {
    match it.options.key_column.as_deref() {
        Some(key) => Outcome::same(Draft::mask(Mask::RandomEnum).with("by", key)),
        None => Outcome::left("enum.random goes by the row's key; --key-column names it"),
    }
}

/// The two ends of a range, and whether they are within it.
fn ends(it: &It<'_>) -> Option<((String, bool), (String, bool))> {
    let range = it.call.literal(0, "r")?;
    let range = range.trim();
    let (from, to) = range.get(1..range.len().checked_sub(1)?)?.split_once(',')?;
    let end = |text: &str| text.trim().trim_matches('"').to_owned();
    Some(((end(from), range.starts_with('[')), (end(to), range.ends_with(']'))))
}

fn in_numbers(it: &It<'_>) -> Outcome {
    let range = ends(it).and_then(|((from, has_from), (to, has_to))| {
        let (from, to): (f64, f64) = (from.parse().ok()?, to.parse().ok()?);
        // An end that is not within: the next whole number is.
        let inner = |end: f64, has: bool, step: f64| if has || end.fract() != 0.0 { end } else { end + step };
        whole_range(inner(from, has_from, 1.0), inner(to, has_to, -1.0))
    });
    recipes::between(range)
}

fn in_days(it: &It<'_>) -> Outcome {
    let (from, to) = ends(it).map(|((from, _), (to, _))| (from, to)).unzip();
    recipes::days_between(from, to).note_if(true, "whole days, both ends included")
}

/// `ternary(condition, then, otherwise)`: SQL's conditions are waxwork's, as far as those go.
fn ternary(it: &It<'_>) -> Outcome {
    let [Argument { sql, .. }, then, otherwise] = it.call.arguments.as_slice() else {
        return Outcome::left("it does not have three arguments");
    };
    let nowhere = |_| Location { file: String::new(), line: 0, column: 0 };
    if condition::parse(sql, "import", nowhere).is_err() {
        return Outcome::left("its condition is not in waxwork's grammar");
    }
    match (arm(it, &then.value), arm(it, &otherwise.value)) {
        (Some(then), Some(otherwise)) => Outcome::same(then.only_where(sql.clone(), otherwise)),
        _ => Outcome::left("what it gives in one of its cases cannot be translated"),
    }
}

fn arm(it: &It<'_>, value: &Expression) -> Option<Draft> {
    let outcome = match value {
        value if it.is_own(value) => Outcome::same(Draft::Keep("the policy's ternary leaves it as it is")),
        Expression::Call(_) => of(value, it.column, it.options),
        value => constant(value),
    };
    match outcome {
        // A list within a list has conditions of its own.
        Outcome::Rule(draft @ (Draft::Mask(..) | Draft::Keep(_)), _) => Some(draft),
        _ => None,
    }
}

/// pgstream's `pg_anonymizer`: a function's name, and its arguments by names of its own.
pub(crate) fn of_pgstream(parameters: Parameters<'_>) -> Outcome {
    let name = parameters.text("anon_function").unwrap_or_default();
    let Expression::Call(mut call) = parse(&format!("{}()", name.trim().trim_end_matches("()"))) else {
        return Outcome::left("its anon_function is no name of a function");
    };
    let names: &[&str] = match call.name.as_str() {
        "noise" => &["column", "ratio"],
        "dnoise" => &["column", "interval"],
        "partial" => &["column", "mask_prefix_count", "mask", "mask_suffix_count"],
        name if name.ends_with("_between") => &["min", "max"],
        name if name.starts_with("random_in_") => &["range"],
        name if name.ends_with("_locale") => &["locale"],
        _ => &[],
    };
    call.arguments = names.iter().map(|name| argument(parameters.text(name))).collect();
    let outcome = of(&Expression::Call(call), &plain(""), parameters.options);
    with_locale(outcome, parameters.text("locale").filter(|locale| locale != "en_US"))
}

fn argument(value: Option<String>) -> Argument {
    Argument { name: None, value: value.map_or(Expression::Other, Expression::Text), sql: String::new() }
}
