//! Secrets, keys, dates and numbers.

use super::kin::{BY, CODE_CHARS, DOMAIN, MOMENTS, NULLS, NUMBERS, text};
use super::{DomainName, GivesBack, MaskInfo, Unique};
use crate::masks::TypeClass::*;
use crate::masks::{MaskKind, OptionKind, SHIFT_DAYS_MAX, Setting};

/// A mask from dates to dates.
const fn moment(kind: MaskKind, name: &'static str, about: &'static str) -> MaskInfo {
    MaskInfo {
        holds: MOMENTS,
        masks_null: &[],
        unique: Unique::No,
        leaves: false,
        gives_back: &[GivesBack::NotFinite],
        fits_by_itself: true,
        ..text(kind, name, about, "2026-03-14")
    }
}

/// A mask from numbers to numbers.
const fn number(kind: MaskKind, name: &'static str, about: &'static str) -> MaskInfo {
    MaskInfo {
        holds: NUMBERS,
        masks_null: &[],
        unique: Unique::No,
        fits_by_itself: true,
        ..text(kind, name, about, "1250")
    }
}

/// Their entries.
pub(super) const MASKS: &[MaskInfo] = &[
    MaskInfo {
        holds: &[Text, Bytea, Uuid],
        masks_null: &[Text, Bytea, Uuid],
        ..text(MaskKind::Token, "secret.token", "A random-looking code.", "sk_live_4eC39HqLyjWDarjtT1zdp7dc")
    },
    MaskInfo {
        masks_null: &[],
        options: &[("password", OptionKind::Secret)],
        required: &["password"],
        examples: &["password = \"correct horse\""],
        unique: Unique::No,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(
            MaskKind::Password,
            "secret.password",
            "The hash of one password that you state, in the scheme and at the cost of the stored one (bcrypt, argon2, scrypt, \
             PBKDF2), at most what takes a second; a value of no known scheme opens nothing.",
            "pbkdf2_sha256$1000$Xw2ZK1yUeLxm$bvL5JjPvQ2dCYkG3uGJm0v5m5o7cPz0yqjv0bq4m2hU=",
        )
    },
    MaskInfo {
        holds: &[Text, Integer, Numeric, Uuid],
        masks_null: &[],
        options: &[
            ("from", OptionKind::Range),
            ("range", OptionKind::Range),
            ("alphabet", OptionKind::Alphabet),
            ("prefix", OptionKind::Text),
            DOMAIN,
            NULLS,
        ],
        examples: &[
            "",
            "alphabet = \"digits\"",
            "alphabet = \"alnum\"",
            "alphabet = \"digits\", prefix = \"MRN\"",
            "from = [0, 9999], range = [20000, 29999]",
        ],
        gives_back: &[GivesBack::OneOfFew],
        stops_at: "an integer outside `from`, a character outside `alphabet`, a text without the `prefix`",
        unique: Unique::Permutation(CODE_CHARS),
        domain: DomainName::Root,
        ..text(MaskKind::Permute, "id.permute", "Another key, one to one.", "48151623")
    },
    MaskInfo {
        holds: MOMENTS,
        masks_null: &[],
        options: &[("days", OptionKind::Integer(1, SHIFT_DAYS_MAX)), BY, DOMAIN, NULLS],
        defaults: &[("days", Setting::Integer(30))],
        gives_back: &[GivesBack::NotFinite],
        unique: Unique::No,
        ..text(
            MaskKind::DateShift,
            "date.shift",
            "A date some days away, never the same; a time of day is kept.",
            "2026-03-14",
        )
    },
    MaskInfo {
        options: &[("to", OptionKind::Word(&["month", "quarter", "year", "decade"])), BY, DOMAIN, NULLS],
        required: &["to"],
        examples: &["to = \"month\"", "to = \"decade\""],
        ..moment(
            MaskKind::Truncate,
            "date.truncate",
            "The first day of its month, quarter, year or decade; of one that is it already, that of the period before or \
             after.",
        )
    },
    MaskInfo {
        holds: &[Timestamp, TimestampTz, Time, Interval, TimestampRange],
        options: &[("seconds", OptionKind::Integer(1, 86_399)), BY, DOMAIN, NULLS],
        defaults: &[("seconds", Setting::Integer(3_600))],
        gives_back: &[GivesBack::Zero, GivesBack::NotFinite],
        sample: "2026-03-14 09:26:53",
        ..moment(
            MaskKind::DateNoise,
            "date.noise",
            "A time some seconds away on the same day, never the same; a duration keeps its sign.",
        )
    },
    MaskInfo {
        options: &[("from", OptionKind::Date), ("to", OptionKind::Date), BY, DOMAIN, NULLS],
        required: &["from", "to"],
        examples: &["from = 2020-01-01, to = 2024-12-31"],
        ..moment(MaskKind::DateRange, "date.range", "Any day of a range, both ends included.")
    },
    MaskInfo {
        options: &[
            ("years", OptionKind::Integer(1, 200)),
            ("on", OptionKind::Date),
            ("days", OptionKind::Integer(1, SHIFT_DAYS_MAX)),
            BY,
            DOMAIN,
            NULLS,
        ],
        required: &["on"],
        examples: &["on = 2026-01-01"],
        defaults: &[("years", Setting::Integer(90)), ("days", Setting::Integer(30))],
        sample: "1931-07-05",
        ..moment(
            MaskKind::AgeCap,
            "date.age_cap",
            "A date of birth some days away; everybody older than so many years gets the same one.",
        )
    },
    MaskInfo {
        holds: NUMBERS,
        masks_null: &[],
        options: &[("percent", OptionKind::Percent), BY, DOMAIN, NULLS],
        defaults: &[("percent", Setting::Number(10.0))],
        gives_back: &[GivesBack::Zero, GivesBack::NotFinite],
        unique: Unique::No,
        ..text(
            MaskKind::Noise,
            "number.noise",
            "A number some percent away, never the same; 0 stays 0.",
            "1250",
        )
    },
    MaskInfo {
        options: &[("to", OptionKind::Number(1e-9, 1e15)), BY, DOMAIN, NULLS],
        required: &["to"],
        examples: &["to = 100"],
        gives_back: &[GivesBack::Zero, GivesBack::NotFinite],
        ..number(
            MaskKind::Round,
            "number.round",
            "The nearest multiple of a number; of one that is it already, a neighbour. 0 stays 0.",
        )
    },
    MaskInfo {
        options: &[("range", OptionKind::Range), BY, DOMAIN, NULLS],
        required: &["range"],
        examples: &["range = [1, 99]"],
        ..number(MaskKind::NumberRange, "number.range", "Any number of a range, both ends included.")
    },
];
