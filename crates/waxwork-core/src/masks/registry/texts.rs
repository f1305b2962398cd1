//! Texts, bytes and UUIDs.

use super::kin::{BY, DOMAIN, LOCALE, NULLS, text};
use super::{DomainName, GivesBack, MaskInfo, Unique};
use crate::masks::TypeClass::*;
use crate::masks::{MaskKind, OptionKind, SHIFT_DAYS_MAX, Setting};

/// Their entries.
pub(super) const MASKS: &[MaskInfo] = &[
    MaskInfo {
        holds: &[Text, Json],
        options: &[NULLS],
        keyed: false,
        domain: DomainName::NameAndRoot,
        fits_by_itself: true,
        ..text(MaskKind::Redact, "text.redact", "`[redacted]`.", "Called about her diagnosis.")
    },
    MaskInfo {
        masks_null: &[],
        fits_by_itself: true,
        ..text(
            MaskKind::Shape,
            "text.shape",
            "Letters for letters, digits for digits, punctuation as it is; crosses where there is neither.",
            "AB-1234/x",
        )
    },
    MaskInfo {
        options: &[("template", OptionKind::Template), NULLS],
        required: &["template"],
        examples: &[r#"template = "{name} <{id}@example.com>""#],
        unique: Unique::No,
        gives_back: &[GivesBack::Any],
        leaves: false,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(
            MaskKind::Template,
            "text.template",
            "A text made of what the row's other columns hold in the copy.",
            "Anna Schmidt (Berlin)",
        )
    },
    MaskInfo {
        options: &[("known", OptionKind::Texts), LOCALE, ("scrubber", OptionKind::Text)],
        masks_null: &[],
        unique: Unique::No,
        gives_back: &[GivesBack::Unrecognised],
        leaves: false,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(
            MaskKind::Scrub,
            "text.scrub",
            "The same text, with what other columns of the row and of its parents hold, and what looks like an address or \
             a number of a person, as the copy has it. The rest stays: names that no column holds do too.",
            "Mail anna@corp.com or call 030 1234567.",
        )
    },
    MaskInfo {
        masks_null: &[],
        options: &[
            ("keep_first", OptionKind::Integer(0, 1_000)),
            ("keep_last", OptionKind::Integer(0, 1_000)),
            ("fill", OptionKind::Text),
            NULLS,
        ],
        examples: &["", "keep_first = 1, keep_last = 2, fill = \"x\""],
        defaults: &[("keep_first", Setting::Integer(0)), ("keep_last", Setting::Integer(4))],
        unique: Unique::No,
        keyed: false,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(
            MaskKind::Partial,
            "text.partial",
            "Its first or last characters, the others filled; of a text that would show more than half of itself, nothing.",
            "4111 1111 1111 1111",
        )
    },
    MaskInfo {
        masks_null: &[],
        options: &[BY, DOMAIN, NULLS],
        unique: Unique::No,
        fits_by_itself: true,
        ..text(
            MaskKind::Lorem,
            "text.lorem",
            "Latin words of the same lengths; blanks, punctuation and capitals stay, digits become digits.",
            "Called about her diagnosis.",
        )
    },
    MaskInfo {
        holds: &[Bytea],
        masks_null: &[],
        options: &[NULLS],
        unique: Unique::No,
        leaves: false,
        keyed: false,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(MaskKind::Blank, "bytes.blank", "As many zero bytes.", "\\x25504446")
    },
    MaskInfo {
        holds: &[Uuid, Text],
        masks_null: &[],
        // Characters of a UUID.
        unique: Unique::Code(36),
        domain: DomainName::Root,
        ..text(
            MaskKind::UuidV4,
            "uuid.v4",
            "Another UUID of version 4, one to one.",
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        )
    },
    MaskInfo {
        holds: &[Uuid, Text],
        masks_null: &[],
        options: &[
            ("time", OptionKind::Word(&["drop", "shift", "keep"])),
            ("days", OptionKind::Integer(1, SHIFT_DAYS_MAX)),
            BY,
            DOMAIN,
            NULLS,
        ],
        examples: &["", "time = \"shift\", days = 10", "time = \"keep\""],
        defaults: &[("days", Setting::Integer(30))],
        // Characters of a ULID.
        unique: Unique::Code(26),
        domain: DomainName::Root,
        ..text(
            MaskKind::UuidV7,
            "uuid.v7",
            "Another UUID of version 7 or ULID, its time made up, shifted by some days, or kept.",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        )
    },
];
