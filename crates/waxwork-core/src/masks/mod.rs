//! The masks by name: what the rule language may say, which types each holds, and what an injective one needs. What a
//! mask does is `waxwork-mask`'s; it keeps to the minima that stand here.
//!
//! ```text
//!   registry (one entry a mask) ─► names, options, types ─► rules, plan, the manual
//! ```

mod locales;
pub mod manual;
mod options;
mod registry;
mod secret;
mod types;

pub use locales::speaks_english;
pub use options::{Options, Setting};
pub use registry::{DomainName, Entity, GivesBack, MASKS, MaskInfo, Unique};
pub use secret::Secret;
pub use types::TypeClass;

use crate::catalog::ValueType;

/// Names that `locale` takes: the dictionaries of the crate `fake`, and British and American English, which have
/// English names and numbers of their own.
pub const LOCALES: [&str; 16] = [
    "ar_SA", "cy_GB", "de_DE", "en", "en_GB", "en_US", "fa_IR", "fr_FR", "it_IT", "ja_JP", "nl_NL", "pt_BR",
    "pt_PT", "tr_TR", "zh_CN", "zh_TW",
];

/// Version of what every mask gives for a value. It is part of the plan's hash, because changing it re-pseudonymises
/// everybody.
pub const ALGORITHM_VERSION: u32 = 2;

/// A mask of `DESIGN.md` section 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MaskKind {
    /// `person.first_name`
    FirstName,
    /// `person.middle_name`
    MiddleName,
    /// `person.last_name`
    LastName,
    /// `person.full_name`
    FullName,
    /// `person.initials`
    Initials,
    /// `person.title`
    Title,
    /// `person.gender`
    Gender,
    /// `person.username`
    Username,
    /// `person.birth_date`
    BirthDate,
    /// `contact.email`
    Email,
    /// `contact.phone`
    Phone,
    /// `address.street`
    Street,
    /// `address.city`
    City,
    /// `address.postcode`
    Postcode,
    /// `address.state`
    State,
    /// `address.country`
    Country,
    /// `address.full`
    FullAddress,
    /// `address.zip3`
    Zip3,
    /// `company.name`
    Company,
    /// `job.title`
    JobTitle,
    /// `job.department`
    Department,
    /// `internet.ip`
    Ip,
    /// `internet.mac`
    Mac,
    /// `internet.domain`
    Domain,
    /// `internet.hostname`
    Hostname,
    /// `internet.url`
    Url,
    /// `internet.user_agent`
    UserAgent,
    /// `finance.card`
    Card,
    /// `finance.iban`
    Iban,
    /// `finance.bic`
    Bic,
    /// `finance.isin`
    Isin,
    /// `finance.account`
    Account,
    /// `government.us_ssn`
    UsSsn,
    /// `government.ca_sin`
    CaSin,
    /// `government.br_cpf`
    BrCpf,
    /// `government.br_cnpj`
    BrCnpj,
    /// `government.uk_nhs`
    UkNhs,
    /// `government.uk_nino`
    UkNino,
    /// `government.nl_bsn`
    NlBsn,
    /// `government.se_personnummer`
    SePersonnummer,
    /// `government.de_tax_id`
    DeTaxId,
    /// `government.pl_pesel`
    PlPesel,
    /// `government.fr_nir`
    FrNir,
    /// `government.es_nif`
    EsNif,
    /// `government.it_cf`
    ItCf,
    /// `government.in_aadhaar`
    InAadhaar,
    /// `vehicle.vin`
    Vin,
    /// `vehicle.plate`
    Plate,
    /// `device.imei`
    Imei,
    /// `device.iccid`
    Iccid,
    /// `secret.token`
    Token,
    /// `secret.password`
    Password,
    /// `id.permute`
    Permute,
    /// `date.shift`
    DateShift,
    /// `date.truncate`
    Truncate,
    /// `date.noise`
    DateNoise,
    /// `date.range`
    DateRange,
    /// `date.age_cap`
    AgeCap,
    /// `number.noise`
    Noise,
    /// `number.round`
    Round,
    /// `number.range`
    NumberRange,
    /// `text.redact`
    Redact,
    /// `text.shape`
    Shape,
    /// `text.template`
    Template,
    /// `text.scrub`
    Scrub,
    /// `text.partial`
    Partial,
    /// `text.lorem`
    Lorem,
    /// `bytes.blank`
    Blank,
    /// `uuid.v4`
    UuidV4,
    /// `uuid.v7`
    UuidV7,
    /// `bool.random`
    RandomBool,
    /// `enum.random`
    RandomEnum,
    /// `choice.pick`
    Pick,
    /// `choice.weighted`
    Weighted,
    /// `choice.sample`
    Sample,
    /// `json`
    Json,
    /// `constant`
    Constant,
    /// `null`
    Null,
}

impl MaskKind {
    /// How many there are.
    pub const COUNT: usize = MaskKind::Null as usize + 1;

    /// Every mask, in the manual's order.
    pub fn all() -> impl Iterator<Item = MaskKind> {
        MASKS.iter().map(|info| info.kind)
    }

    /// What is known of it.
    pub fn info(self) -> &'static MaskInfo {
        &MASKS[self as usize]
    }

    /// The mask of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        MASKS.iter().find(|info| info.name == name).map(|info| info.kind)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The options that a rule may give this mask, besides `mask` itself.
    pub fn options(self) -> &'static [(&'static str, OptionKind)] {
        self.info().options
    }

    /// Its options where a rule gives none.
    pub fn default_options(self) -> Options {
        Options::new(self.info().defaults)
    }
}

/// What the value of a mask's option may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OptionKind {
    /// A string that is not blank.
    Text,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// An integer between two ends, both included.
    Integer(i64, i64),
    /// A number above 0 and at most 100.
    Percent,
    /// A number between two ends, both included.
    Number(f64, f64),
    /// `true` or `false`.
    Flag,
    /// An array of different strings, at least one.
    Texts,
    /// A table of string and weight above 0, at least one.
    Weights,
    /// A date: `2026-01-31`.
    Date,
    /// An array of different strings, numbers, booleans or dates, at least one: what PostgreSQL shall read.
    Constants,
    /// `[a, b]`, two integers, a at most b.
    Range,
    /// The name of an alphabet of [`ALPHABETS`], or at least two different characters, none twice.
    Alphabet,
    /// A string, number, boolean or date: what PostgreSQL shall read.
    Constant,
    /// A string that nobody is shown, or `{ env = "NAME" }`.
    Secret,
    /// Text with names of columns in braces.
    Template,
    /// `paths` of `json`: a table of JSON path and column rule.
    Paths,
    /// `rest` of `json`: `"keep"` or a mask.
    Rest,
}

/// Masks of what [`MaskKind::Scrub`] recognises by its form, those whose form is most particular first.
pub const RECOGNISED: [MaskKind; 25] = {
    use MaskKind as M;
    [
        M::Url,
        M::Email,
        M::Ip,
        M::Mac,
        M::Token,
        M::DateShift,
        M::Iban,
        M::Card,
        M::Vin,
        M::ItCf,
        M::UkNino,
        M::EsNif,
        M::FrNir,
        M::BrCnpj,
        M::BrCpf,
        M::PlPesel,
        M::SePersonnummer,
        M::DeTaxId,
        M::UsSsn,
        M::UkNhs,
        M::InAadhaar,
        M::CaSin,
        M::NlBsn,
        M::Phone,
        M::Shape,
    ]
};

/// Alphabets of `id.permute` that have a name, with their characters.
pub const ALPHABETS: [(&str, &str); 5] = [
    ("digits", "0123456789"),
    ("lower", "abcdefghijklmnopqrstuvwxyz"),
    ("upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("alnum", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    ("hex", "0123456789abcdef"),
];

/// The characters of a named alphabet; any other text lists its own.
pub fn alphabet_characters(alphabet: &str) -> &str {
    ALPHABETS.iter().find(|(name, _)| *name == alphabet).map_or(alphabet, |(_, characters)| characters)
}

/// `days` at most: a thousand years, so that a shift can neither overflow nor leave PostgreSQL's calendar by itself.
pub const SHIFT_DAYS_MAX: i64 = 365_250;

/// Flags and enums, and arrays of them: a column of so few values tells hardly any rows apart.
pub(crate) fn has_few_values(value_type: &ValueType) -> bool {
    matches!(TypeClass::of(value_type), TypeClass::Bool | TypeClass::Enum)
}

impl MaskKind {
    /// Whether it masks values of this type. Arrays are masked element by element, so they ask for their elements;
    /// [`MaskKind::Null`] and those that [state values](MaskKind::states_values) replace a whole value of any type.
    pub fn holds(self, value_type: &ValueType) -> bool {
        let scalar = value_type.scalar();
        let fits = match (self, scalar) {
            // A masked document may be longer than the one that it came from, and cannot be cut.
            (MaskKind::Json, ValueType::Text(text)) => text.max_chars.is_none(),
            (whole, _) if !whole.masks_elements() => scalar == value_type,
            (MaskKind::Permute, ValueType::Numeric(_)) => scalar.holds_integers(),
            (other, integer) if integer.is_integer() => other.fits_digits(integer),
            _ => true,
        };
        fits && self.info().holds.contains(&TypeClass::of(scalar))
    }

    /// Whether it masks arrays element by element: a template makes one text of a row.
    pub fn masks_elements(self) -> bool {
        self != MaskKind::Template
    }

    /// Numbers of a format need integers of as many digits.
    fn fits_digits(self, integer: &ValueType) -> bool {
        let digits = match integer {
            ValueType::Int2 => 4,
            ValueType::Int4 => 9,
            _ => 18,
        };
        !matches!(self.info().unique, Unique::Whole(shortest) if shortest > digits)
    }

    /// Whether `nulls = "mask"` means anything: whether a result needs no value to be made from.
    pub fn masks_null(self, value_type: &ValueType) -> bool {
        let whole = self.states_values() || !matches!(value_type, ValueType::Array { .. });
        whole && self.info().masks_null.contains(&TypeClass::of(value_type))
    }

    /// Whether it can give distinct results for distinct values of a type that it holds. Masks of text do by carrying
    /// a keyed code of the value; a shift does only `by` a column of the same key, and a number of an authority with
    /// `reserved = false`, which the plan decides.
    pub fn can_be_injective(self, value_type: &ValueType) -> bool {
        !matches!(self.info().unique, Unique::No | Unique::Whole(_)) && self.holds(value_type)
    }

    /// It needs the key only for a value that is already as coarse as its results: any other has one result.
    pub fn is_keyed_in_part(self) -> bool {
        matches!(self, MaskKind::Round | MaskKind::Truncate)
    }

    /// It gives one of a few values, by their weights.
    pub fn chooses(self) -> bool {
        use MaskKind as M;
        matches!(self, M::RandomBool | M::RandomEnum | M::Pick | M::Weighted | M::Sample)
    }

    /// It replaces a whole value by one that the rule says, also where that is an array.
    pub fn states_values(self) -> bool {
        matches!(self, MaskKind::Constant | MaskKind::Pick | MaskKind::Weighted)
    }

    /// Whether its results must be keyed `by` something else on this type: there are so few values that a result which
    /// depends on the value, or only differs from it, tells what the value was.
    pub fn needs_by(self, value_type: &ValueType) -> bool {
        has_few_values(value_type) && self.chooses()
    }

    /// Characters that an injective result needs at least in a text column; a permutation of an alphabet keeps the
    /// length of each value and needs none of its own.
    pub fn injective_min_chars(self) -> u32 {
        match self.info().unique {
            Unique::Code(chars) | Unique::Permutation(chars) => chars,
            Unique::No | Unique::Whole(_) => 0,
        }
    }

    /// Characters that a column of texts holds at least where the mask, without options, compiles.
    pub fn least_chars(self) -> u32 {
        use MaskKind as M;
        match self {
            M::FirstName | M::MiddleName | M::Username | M::State | M::Country => 2,
            M::LastName | M::FullName | M::Street | M::City | M::FullAddress | M::Company => 3,
            M::Department | M::Hostname => 5,
            M::JobTitle => 7,
            M::Bic => 8,
            M::UsSsn | M::CaSin | M::UkNino | M::NlBsn | M::EsNif => 9,
            M::BirthDate | M::Phone | M::UkNhs | M::SePersonnummer => 10,
            M::Ip | M::BrCpf | M::DeTaxId | M::PlPesel => 11,
            M::Mac | M::Isin | M::InAadhaar => 12,
            M::Card | M::FrNir => 13,
            M::Email | M::Domain | M::BrCnpj | M::Imei => 14,
            M::Iban => 15,
            M::ItCf | M::Permute => 16,
            M::UserAgent | M::Vin => 17,
            M::Iccid => 19,
            M::Url => 22,
            M::UuidV7 => 26,
            M::UuidV4 => 36,
            _ => 1,
        }
    }

    /// Its result is never longer than its input or is cut without loss: a narrow column of the domain binds no other
    /// while it is not injective.
    pub fn fits_by_itself(self) -> bool {
        self.info().fits_by_itself
    }

    /// What stands in columns of this mask is looked for in the row's texts by [`MaskKind::Scrub`], where no rule says
    /// which: it tells who somebody is, or how to reach them.
    pub fn tells_who(self) -> bool {
        use MaskKind as M;
        const VAGUE: [M; 6] = [M::Initials, M::Title, M::Gender, M::State, M::Country, M::UserAgent];
        let family = self.name().split_once('.').map_or("", |(family, _)| family);
        const TELLING: [&str; 9] = [
            "person",
            "contact",
            "address",
            "company",
            "internet",
            "finance",
            "government",
            "vehicle",
            "device",
        ];
        TELLING.contains(&family) && !VAGUE.contains(&self)
    }

    /// Its values are names, of which a text may have each word by itself.
    pub fn is_name(self) -> bool {
        matches!(self, MaskKind::FirstName | MaskKind::MiddleName | MaskKind::LastName | MaskKind::FullName)
    }

    /// It acts in a domain: equal values give equal pseudonyms wherever they stand.
    pub fn has_domain(self) -> bool {
        self.info().domain != DomainName::None
    }

    /// The masks that hold a type, for hints.
    pub fn for_type(value_type: &ValueType) -> Vec<&'static str> {
        MASKS.iter().filter(|info| info.kind.holds(value_type)).map(|info| info.name).collect()
    }
}

impl ValueType {
    /// The innermost element of an array; any other type is its own.
    pub fn scalar(&self) -> &ValueType {
        match self {
            ValueType::Array { element, .. } => element.scalar(),
            other => other,
        }
    }

    /// `int2`, `int4` or `int8`.
    pub fn is_integer(&self) -> bool {
        matches!(self, ValueType::Int2 | ValueType::Int4 | ValueType::Int8)
    }

    /// An integer type, or `numeric` that may stand for one: without a scale, or none declared.
    pub fn holds_integers(&self) -> bool {
        self.is_integer() || matches!(self, ValueType::Numeric(None | Some((_, 0))))
    }

    /// Equal values are equal bytes in binary COPY, and a constant in text form can be written so: what tells the cases of
    /// a polymorphic reference apart on that wire.
    pub fn compares_in_binary(&self) -> bool {
        use ValueType as T;
        self.is_integer() || matches!(self, T::Bool | T::Text(_) | T::Enum(_) | T::Uuid)
    }

    /// `oid`, also in arrays and under domains: what points at large objects.
    pub fn holds_oids(&self) -> bool {
        matches!(self.scalar(), ValueType::Other(name) if name == "oid")
    }

    /// Characters that a text type holds at most; `None` for unlimited text and for other types.
    pub fn max_chars(&self) -> Option<u32> {
        match self.scalar() {
            ValueType::Text(text) => text.max_chars,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mask_is_found_by_its_name_and_at_its_place() {
        for (at, info) in MASKS.iter().enumerate() {
            assert_eq!(MaskKind::from_name(info.name), Some(info.kind));
            assert_eq!(info.kind as usize, at, "{}", info.name);
            assert_eq!(MASKS.iter().filter(|other| other.name == info.name).count(), 1, "{}", info.name);
        }
        assert_eq!(MaskKind::from_name("email"), None);
    }

    #[test]
    fn what_a_mask_requires_or_presumes_is_among_its_options() {
        for info in &MASKS {
            let presumed = info.defaults.iter().map(|(name, _)| name);
            for option in info.required.iter().chain(presumed) {
                assert!(info.options.iter().any(|(known, _)| known == option), "{} {option}", info.name);
            }
        }
    }

    #[test]
    fn null_is_masked_only_on_types_that_are_held() {
        for info in &MASKS {
            assert!(info.masks_null.iter().all(|class| info.holds.contains(class)), "{}", info.name);
        }
    }

    #[test]
    fn no_alphabet_holds_a_character_twice() {
        for (name, characters) in ALPHABETS {
            let mut sorted: Vec<char> = characters.chars().collect();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), characters.chars().count(), "{name}");
        }
    }
}
