//! Values of a list, documents, and what a rule says itself.

use super::kin::{BY, DOMAIN, EVERY, NULLS, text};
use super::{DomainName, GivesBack, MaskInfo, Unique};
use crate::masks::TypeClass::*;
use crate::masks::{MaskKind, OptionKind, Setting};

/// A mask that gives one of a few values.
const fn choice(kind: MaskKind, name: &'static str, about: &'static str, sample: &'static str) -> MaskInfo {
    MaskInfo {
        holds: EVERY,
        masks_null: EVERY,
        examples: &["by = \"id\""],
        unique: Unique::No,
        gives_back: &[GivesBack::OneOfFew],
        domain: DomainName::NameAndRoot,
        fits_by_itself: true,
        ..text(kind, name, about, sample)
    }
}

/// Their entries.
pub(super) const MASKS: &[MaskInfo] = &[
    MaskInfo {
        holds: &[Bool],
        masks_null: &[Bool],
        leaves: false,
        options: &[("percent", OptionKind::Percent), BY, NULLS],
        defaults: &[("percent", Setting::Number(50.0))],
        ..choice(
            MaskKind::RandomBool,
            "bool.random",
            "True in so many percent of the rows, whatever stood there.",
            "t",
        )
    },
    MaskInfo {
        holds: &[Enum],
        masks_null: &[Enum],
        leaves: false,
        options: &[BY, NULLS],
        ..choice(MaskKind::RandomEnum, "enum.random", "Any label of the type, whatever stood there.", "ok")
    },
    MaskInfo {
        options: &[("values", OptionKind::Constants), BY, DOMAIN, NULLS],
        required: &["values"],
        domain: DomainName::Options,
        ..choice(MaskKind::Pick, "choice.pick", "One of the values that you list.", "anything")
    },
    MaskInfo {
        options: &[("weights", OptionKind::Weights), BY, DOMAIN, NULLS],
        required: &["weights"],
        domain: DomainName::Options,
        ..choice(
            MaskKind::Weighted,
            "choice.weighted",
            "One of the values that you list, as often as you say.",
            "anything",
        )
    },
    MaskInfo {
        holds: &[Integer, Float, Numeric, Bool, Date, Time, Timestamp, TimestampTz, Enum],
        masks_null: &[Integer, Float, Numeric, Bool, Date, Time, Timestamp, TimestampTz, Enum],
        leaves: false,
        options: &[BY, NULLS],
        ..choice(
            MaskKind::Sample,
            "choice.sample",
            "A value of the column's own, as often as it is there, if at least 10 rows hold it.",
            "3",
        )
    },
    MaskInfo {
        // Text without a limit: a masked document may be longer than the one that it came from, and cannot be cut.
        holds: &[Json, Hstore, Text],
        masks_null: &[],
        options: &[("paths", OptionKind::Paths), ("rest", OptionKind::Rest)],
        required: &["rest"],
        examples: &[
            r#"rest = "text.shape""#,
            r#"paths = { "$.email" = "contact.email" }, rest = "text.redact""#,
        ],
        unique: Unique::No,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(
            MaskKind::Json,
            "json",
            "The same document with leaves masked, by path.",
            r#"{"email": "anna.schmidt@acme.de"}"#,
        )
    },
    MaskInfo {
        holds: EVERY,
        masks_null: EVERY,
        options: &[("value", OptionKind::Constant), NULLS],
        required: &["value"],
        unique: Unique::No,
        gives_back: &[GivesBack::Any],
        keyed: false,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(MaskKind::Constant, "constant", "What you say, whatever stood there.", "anything")
    },
    MaskInfo {
        holds: EVERY,
        masks_null: &[],
        options: &[],
        unique: Unique::No,
        keyed: false,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(MaskKind::Null, "null", "NULL.", "anything")
    },
];
