//! Sizes in PostgreSQL's units (`pg_size_bytes`, `pg_size_pretty`): kB, MB, GB, TB and PB are powers of 1024.

/// Units, smallest first: the exponent of 1024 is the index.
const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];

/// Bytes of a size as `pg_size_bytes` reads it: a decimal number and a unit in any case, or none for bytes. Rounded
/// down; `None` for anything else, and for what no `u64` holds.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (digits, scale) = crate::rules::decimal(number)?;
    let unit = match unit.trim() {
        "" => 0,
        unit if unit.eq_ignore_ascii_case("bytes") => 0,
        unit => UNITS.iter().position(|known| known.eq_ignore_ascii_case(unit))? as u32,
    };
    u64::try_from((u128::from(digits) << (10 * unit)) / 10u128.pow(scale)).ok()
}

/// A size for people: three digits or so, `0 B`, `9.8 GB`, `512 kB`.
pub fn shown_size(bytes: u64) -> String {
    let mut unit = 0;
    let mut size = bytes as f64;
    // What would be shown as 1024 is 1.0 of the next unit.
    while size >= 1023.5 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 || size >= 99.95 {
        return format!("{size:.0} {}", UNITS[unit]);
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_postgresql_reads_them() {
        for (text, bytes) in [
            ("10 GB", Some(10 << 30)),
            ("1.5kB", Some(1536)),
            (" 12 mb ", Some(12 << 20)),
            ("7", Some(7)),
            ("7 bytes", Some(7)),
            ("0.1 B", Some(0)),
            ("16000 PB", Some(16_000 << 50)),
            ("17000 PB", None),
            ("GB", None),
            ("1.2.3 GB", None),
            ("-1 GB", None),
            ("1e3 GB", None),
            ("1 GiB", None),
            ("", None),
        ] {
            assert_eq!(parse_size(text), bytes, "{text:?}");
        }
    }

    #[test]
    fn sizes_are_shown_in_a_unit_that_fits() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 kB"),
            (1_048_500, "1.0 MB"),
            (200 << 20, "200 MB"),
            (u64::MAX, "16384 PB"),
        ] {
            assert_eq!(shown_size(bytes), text);
        }
    }
}
