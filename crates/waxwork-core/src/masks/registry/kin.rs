//! What entries of several families have in common.

use super::{DomainName, MaskInfo, Unique};
use crate::masks::TypeClass::{self, *};
use crate::masks::{LOCALES, MaskKind, OptionKind};

/// 80 bits of a keyed code in base32: the shortest code that still keeps 10^9 values apart with odds of a million to one.
pub(super) const CODE_CHARS: u32 = 16;

pub(super) const NULLS: (&str, OptionKind) = ("nulls", OptionKind::Word(&["keep", "mask"]));
pub(super) const DOMAIN: (&str, OptionKind) = ("domain", OptionKind::Text);
pub(super) const BY: (&str, OptionKind) = ("by", OptionKind::Text);
pub(super) const LOCALE: (&str, OptionKind) = ("locale", OptionKind::Word(&LOCALES));

/// Types that count days, and ranges of these.
pub(super) const MOMENTS: &[TypeClass] = &[Date, Timestamp, TimestampTz, DateRange, TimestampRange];

/// Types of numbers, and ranges of these.
pub(super) const NUMBERS: &[TypeClass] = &[Integer, Float, Numeric, NumberRange];

/// Every type there is.
pub(super) const EVERY: &[TypeClass] = &TypeClass::ALL;

/// A mask from text to text without options of its own, unique by a code.
pub(super) const fn text(
    kind: MaskKind,
    name: &'static str,
    about: &'static str,
    sample: &'static str,
) -> MaskInfo {
    MaskInfo {
        kind,
        name,
        about,
        sample,
        holds: &[Text],
        masks_null: &[Text],
        options: &[DOMAIN, NULLS],
        required: &[],
        examples: &[""],
        defaults: &[],
        unique: Unique::Code(CODE_CHARS),
        leaves: true,
        gives_back: &[],
        stops_at: "",
        keyed: true,
        domain: DomainName::Options,
        entity: None,
        fits_by_itself: false,
    }
}
