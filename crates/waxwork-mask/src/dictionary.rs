//! Dictionaries: `fake`'s constant arrays by locale, and picks out of them.
//!
//! Only the arrays of `fake` are used; its generators draw from a random number object, allocate, and partly ignore
//! their seed. An array that a locale leaves out is English: [`falls_back`] tells.

use crate::prf::Bits;
use crate::text::{has_mail_names, has_numbers};
use fake::locales::{
    AR_SA, CY_GB, DE_DE, Data, EN, FA_IR, FR_FR, IT_IT, JA_JP, NL_NL, PT_BR, PT_PT, TR_TR, ZH_CN, ZH_TW,
};
use waxwork_core::masks::MaskKind;

/// Changes whenever an array in use changes its content; a golden test holds it against the arrays.
pub const DICTIONARY_VERSION: &str = "fake-5.1.0";

/// What a dictionary lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DictionaryField {
    /// First names.
    FirstName,
    /// Last names; street, city and company names are made of them.
    LastName,
    /// What street names end or begin with.
    StreetSuffix,
    /// What city names end with.
    CitySuffix,
    /// Legal forms.
    CompanySuffix,
    /// Formats of post codes: `#` a digit, `$` a letter.
    Postcode,
    /// What departments are called, and titles name.
    JobField,
}

/// One locale's arrays and the templates that put them together.
pub(crate) struct Locale {
    pub(crate) name: &'static str,
    pub(crate) first_names: &'static [&'static str],
    pub(crate) last_names: &'static [&'static str],
    pub(crate) street_suffixes: &'static [&'static str],
    pub(crate) city_suffixes: &'static [&'static str],
    pub(crate) company_suffixes: &'static [&'static str],
    pub(crate) postcodes: &'static [&'static str],
    pub(crate) full_name: &'static str,
    pub(crate) street: &'static str,
    pub(crate) city: &'static str,
    pub(crate) companies: &'static [&'static str],
    pub(crate) job_fields: &'static [&'static str],
    pub(crate) job_seniorities: &'static [&'static str],
    pub(crate) job_positions: &'static [&'static str],
    pub(crate) job_title: &'static str,
}

const fn locale<L: Data>(name: &'static str) -> Locale {
    Locale {
        name,
        first_names: L::NAME_FIRST_NAME,
        last_names: L::NAME_LAST_NAME,
        street_suffixes: L::ADDRESS_STREET_SUFFIX,
        city_suffixes: L::ADDRESS_CITY_SUFFIX,
        company_suffixes: L::COMPANY_SUFFIX,
        postcodes: L::ADDRESS_POSTCODE_FORMATS,
        full_name: L::NAME_TPL,
        street: L::ADDRESS_STREET_TPL,
        city: L::ADDRESS_CITY_TPL,
        companies: L::COMPANY_NAME_TPLS,
        job_fields: L::JOB_FIELD,
        job_seniorities: L::JOB_SENIORITY,
        job_positions: L::JOB_POSITION,
        job_title: L::JOB_TITLE_TPL,
    }
}

/// English, and whatever a locale leaves out.
pub(crate) static ENGLISH: Locale = locale::<EN>("en");

/// British English for numbers and post codes; its names are English.
static BRITISH: Locale = Locale { postcodes: &["$$# #$$", "$$## #$$"], ..locale::<EN>("en_gb") };

/// German suffixes are written onto the name, which `fake`'s template does not know.
static GERMAN: Locale = Locale {
    street: "{StreetName}{StreetSuffix}",
    postcodes: DE_DE::ADDRESS_ZIP_FORMATS,
    ..locale::<DE_DE>("de_de")
};
static DUTCH: Locale = Locale { street: "{StreetName}{StreetSuffix}", ..locale::<NL_NL>("nl_nl") };

static LOCALES: [Locale; 12] = [
    locale::<FR_FR>("fr_fr"),
    locale::<IT_IT>("it_it"),
    locale::<PT_BR>("pt_br"),
    locale::<PT_PT>("pt_pt"),
    locale::<TR_TR>("tr_tr"),
    locale::<CY_GB>("cy_gb"),
    locale::<AR_SA>("ar_sa"),
    locale::<FA_IR>("fa_ir"),
    locale::<JA_JP>("ja_jp"),
    locale::<ZH_CN>("zh_cn"),
    locale::<ZH_TW>("zh_tw"),
    locale::<EN>("en_us"),
];

impl Locale {
    /// Finds a locale: `de_DE`, `de-de`, or empty for English.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        let folded = name.to_ascii_lowercase().replace('-', "_");
        if folded.is_empty() {
            return Some(&ENGLISH);
        }
        [&ENGLISH, &BRITISH, &GERMAN, &DUTCH].into_iter().chain(&LOCALES).find(|locale| locale.name == folded)
    }

    pub(crate) fn field(&self, field: DictionaryField) -> &'static [&'static str] {
        match field {
            DictionaryField::FirstName => self.first_names,
            DictionaryField::LastName => self.last_names,
            DictionaryField::StreetSuffix => self.street_suffixes,
            DictionaryField::CitySuffix => self.city_suffixes,
            DictionaryField::CompanySuffix => self.company_suffixes,
            DictionaryField::Postcode => self.postcodes,
            DictionaryField::JobField => self.job_fields,
        }
    }
}

/// Whether a locale has dictionaries of its own for anything.
pub fn is_known(locale: &str) -> bool {
    Locale::find(locale).is_some()
}

/// Whether a locale has no array of its own for a field and takes the English one; an unknown locale takes none.
pub fn falls_back(locale: &str, field: DictionaryField) -> bool {
    Locale::find(locale)
        .is_some_and(|found| !found.name.starts_with("en") && found.field(field) == ENGLISH.field(field))
}

/// Texts in one string with its cuts: a thousand names stay in the processor's first cache.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    text: Vec<u8>,
    /// Where each text begins, and where the last one ends.
    cuts: Vec<u32>,
}

impl Texts {
    /// The texts in their order.
    pub(crate) fn new(texts: &[&str]) -> Self {
        let mut cuts = vec![0];
        cuts.extend(texts.iter().scan(0, |end, text| {
            *end += text.len() as u32;
            Some(*end)
        }));
        Self { text: [texts.concat().as_bytes(), &[0; SHORT]].concat(), cuts }
    }

    pub(crate) fn len(&self) -> usize {
        self.cuts.len() - 1
    }

    pub(crate) fn get(&self, index: usize) -> &[u8] {
        &self.text[self.cuts[index] as usize..self.cuts[index + 1] as usize]
    }

    /// Bytes of the longest one.
    pub(crate) fn longest_bytes(&self) -> usize {
        self.cuts.windows(2).map(|cut| (cut[1] - cut[0]) as usize).max().unwrap_or(0)
    }

    /// Writes one to the beginning of `line`, which is longer than all by [`SHORT`] bytes; how many it has.
    #[inline]
    pub(crate) fn copy(&self, index: usize, line: &mut [u8]) -> usize {
        let (start, end) = (self.cuts[index] as usize, self.cuts[index + 1] as usize);
        let length = end - start;
        let copied = if length <= SHORT { SHORT } else { length };
        line[..copied].copy_from_slice(&self.text[start..start + copied]);
        length
    }

    /// Appends one.
    pub(crate) fn write(&self, index: usize, out: &mut Vec<u8>) {
        let (start, end) = (self.cuts[index] as usize, self.cuts[index + 1] as usize);
        match self.text[start..].first_chunk::<SHORT>() {
            // A copy of known length is two moves, of unknown length a call.
            Some(chunk) if end - start <= SHORT => {
                out.extend_from_slice(chunk);
                out.truncate(out.len() - SHORT + end - start);
            }
            _ => out.extend_from_slice(&self.text[start..end]),
        }
    }
}

/// Whether a mask has English words in a locale, or numbers of North America, for want of its own: what
/// [`waxwork_core::masks::speaks_english`] says, from the dictionaries themselves.
pub fn speaks_english(kind: MaskKind, locale: &str) -> bool {
    let Some(found) = Locale::find(locale).filter(|found| !found.name.starts_with("en")) else {
        return false;
    };
    let english = |template: &str, part: &str, field| template.contains(part) && falls_back(locale, field);
    match kind {
        MaskKind::Street => english(found.street, "{StreetSuffix}", DictionaryField::StreetSuffix),
        MaskKind::City => english(found.city, "{CitySuffix}", DictionaryField::CitySuffix),
        MaskKind::FullAddress => {
            [MaskKind::Street, MaskKind::City].iter().any(|part| speaks_english(*part, locale))
        }
        MaskKind::Postcode => falls_back(locale, DictionaryField::Postcode),
        MaskKind::Company => {
            // "and" between two names is a word, too.
            found.companies == ENGLISH.companies
                || english(&found.companies.concat(), "{Suffix}", DictionaryField::CompanySuffix)
        }
        MaskKind::JobTitle | MaskKind::Department => falls_back(locale, DictionaryField::JobField),
        MaskKind::Username | MaskKind::Email => !has_mail_names(found),
        MaskKind::Phone => !has_numbers(found.name),
        _ => false,
    }
}

/// Words by length, so that a pick can be told how much room there is.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    texts: Texts,
    /// `within[n]`: how many words have at most `n` characters.
    within: Vec<u32>,
}

impl Words {
    /// Distinct words, shortest first.
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words: Vec<&str> = words.into_iter().collect();
        words.sort_unstable_by_key(|word| (chars(word), *word));
        words.dedup();
        let longest = words.last().map_or(0, |word| chars(word));
        let within =
            (0..=longest).map(|room| words.partition_point(|word| chars(word) <= room) as u32).collect();
        Self { texts: Texts::new(&words), within }
    }

    /// The words, shortest first.
    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Characters that leave a choice: the second shortest word's, so that there always is a next pick.
    pub(crate) fn shortest(&self) -> usize {
        let choice = self.within.iter().position(|count| *count > 1);
        choice.unwrap_or_else(|| self.longest())
    }

    pub(crate) fn longest(&self) -> usize {
        self.within.len().saturating_sub(1)
    }

    /// Whether there are two words to choose from.
    pub(crate) fn choice(&self) -> bool {
        self.texts.len() > 1
    }

    /// How many words have at most so many characters: the first ones.
    pub(crate) fn within(&self, room: usize) -> u64 {
        u64::from(self.within[room.min(self.longest())])
    }

    /// Appends a word of at most `room` characters, or with `next` the one after it.
    pub(crate) fn write(&self, bits: &mut Bits, room: usize, next: bool, out: &mut Vec<u8>) {
        let count = self.within(room);
        let index = bits.choose(count);
        self.texts.write(if next { (index + 1) % count } else { index } as usize, out);
    }
}

/// Bytes that a text is copied in, and that the string has after its last one: nearly all are shorter.
pub(crate) const SHORT: usize = 16;

pub(crate) fn chars(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_are_found_as_fake_and_as_posix_name_them() {
        for name in ["", "en", "de_DE", "de-de", "FR_fr", "en_GB", "zh_CN", "ja_JP"] {
            assert!(is_known(name), "{name}");
        }
        for name in ["de", "xx_XX", "de_DE.UTF-8"] {
            assert!(!is_known(name), "{name}");
        }
    }

    #[test]
    fn what_a_locale_leaves_out_is_known() {
        assert!(!falls_back("de_DE", DictionaryField::LastName));
        assert!(falls_back("ar_SA", DictionaryField::StreetSuffix));
        assert!(!falls_back("en", DictionaryField::LastName));
        assert!(!falls_back("xx_XX", DictionaryField::LastName));
    }

    #[test]
    fn picks_respect_room_and_next_is_another_word() {
        let words = Words::new(["Abel", "Al", "Bo", "Al", "Christopher"]);
        assert_eq!((words.shortest(), words.longest()), (2, 11));
        for step in 0..200u64 {
            let bits = Bits(step << 55);
            let [mut short, mut next] = [Vec::new(), Vec::new()];
            words.write(&mut bits.clone(), 3, false, &mut short);
            words.write(&mut bits.clone(), 3, true, &mut next);
            let known = |word: &[u8]| word == b"Al" || word == b"Bo";
            assert!(known(&short) && known(&next) && short != next);
        }
    }

    #[test]
    fn english_is_ascii() {
        for field in [ENGLISH.first_names, ENGLISH.last_names, ENGLISH.street_suffixes, ENGLISH.city_suffixes]
        {
            assert!(field.iter().all(|word| word.is_ascii()));
        }
    }

    /// A dictionary that changes without [`DICTIONARY_VERSION`] would re-pseudonymise people unseen.
    #[test]
    fn the_arrays_are_those_of_the_version() {
        let mut hasher = blake3::Hasher::new();
        for locale in [&ENGLISH, &BRITISH, &GERMAN, &DUTCH].into_iter().chain(&LOCALES) {
            for field in FIELDS {
                for word in locale.field(field) {
                    hasher.update(word.as_bytes()).update(b"\n");
                }
            }
            for template in [locale.full_name, locale.street, locale.city].iter().chain(locale.companies) {
                hasher.update(template.as_bytes()).update(b"\n");
            }
        }
        assert_eq!((DICTIONARY_VERSION, &*hasher.finalize().to_hex()), ("fake-5.1.0", ARRAYS_HASH));
    }

    const ARRAYS_HASH: &str = "d998a857affd7b0073159e349629d1f7c9dd6cffd617f942f69e51d3d85dd060";

    const FIELDS: [DictionaryField; 6] = [
        DictionaryField::FirstName,
        DictionaryField::LastName,
        DictionaryField::StreetSuffix,
        DictionaryField::CitySuffix,
        DictionaryField::CompanySuffix,
        DictionaryField::Postcode,
    ];
}
