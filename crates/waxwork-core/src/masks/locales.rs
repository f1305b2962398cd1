//! What masks do not have in every locale. The dictionaries are `waxwork-mask`'s, where a test holds this table against
//! them.

use super::MaskKind;
use crate::plan::MaskSpec;

/// Masks with the locales in which they take English words, or numbers of North America, for want of their own.
const ENGLISH: [(MaskKind, &[&str]); 10] = [
    (MaskKind::Username, NOT_LATIN),
    (MaskKind::Email, NOT_LATIN),
    (
        MaskKind::Phone,
        &["ar_SA", "fa_IR", "it_IT", "ja_JP", "nl_NL", "pt_BR", "pt_PT", "tr_TR", "zh_CN", "zh_TW"],
    ),
    (MaskKind::Street, &["ar_SA", "ja_JP", "zh_TW"]),
    (MaskKind::City, &["ar_SA", "ja_JP", "pt_BR", "zh_TW"]),
    (MaskKind::Postcode, &["ar_SA", "cy_GB", "ja_JP", "zh_TW"]),
    (MaskKind::FullAddress, &["ar_SA", "ja_JP", "pt_BR", "zh_TW"]),
    (MaskKind::Company, &["ar_SA", "cy_GB", "de_DE", "fr_FR", "nl_NL", "pt_BR", "tr_TR", "zh_TW"]),
    (MaskKind::JobTitle, NO_JOBS),
    (MaskKind::Department, NO_JOBS),
];

/// Scripts whose letters no mail address has.
const NOT_LATIN: &[&str] = &["ar_SA", "fa_IR", "ja_JP", "zh_CN", "zh_TW"];

const NO_JOBS: &[&str] = &["ar_SA", "de_DE", "fr_FR", "pt_BR", "zh_TW"];

/// Whether a mask takes English words in a locale, or numbers of North America, for want of its own.
pub fn speaks_english(kind: MaskKind, locale: &str) -> bool {
    ENGLISH.iter().any(|(mask, locales)| *mask == kind && locales.contains(&locale))
}

impl MaskSpec {
    /// Whether it takes English words in its locale, or numbers of North America.
    pub fn speaks_english(&self) -> bool {
        let another = match self.kind {
            // A place's post code is its region's.
            MaskKind::Postcode => self.identity.is_some(),
            MaskKind::Phone => self.options.text("country").is_some_and(|country| country != "value"),
            _ => false,
        };
        !another && speaks_english(self.kind, self.locale())
    }
}
