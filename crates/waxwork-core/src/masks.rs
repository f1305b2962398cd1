//! The masks by name: what the rule language may say, which types each holds, and what an injective one needs. What a
//! mask does is `waxwork-mask`'s; it keeps to the minima that stand here.

use crate::catalog::ValueType;

/// Names that `locale` takes: the dictionaries of the crate `fake`, and British and American English, which have
/// English names and numbers of their own.
pub const LOCALES: [&str; 16] = [
    "ar_SA", "cy_GB", "de_DE", "en", "en_GB", "en_US", "fa_IR", "fr_FR", "it_IT", "ja_JP", "nl_NL", "pt_BR",
    "pt_PT", "tr_TR", "zh_CN", "zh_TW",
];

/// Version of what every mask gives for a value. It is part of the plan's hash, because changing it re-pseudonymises
/// everybody.
pub const ALGORITHM_VERSION: u32 = 1;

/// 80 bits of a keyed code in base32: the shortest code that still keeps 10^9 values apart with odds of a million to one.
const CODE_CHARS_MIN: u32 = 16;

/// A mask of `DESIGN.md` section 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MaskKind {
    /// `person.first_name`
    FirstName,
    /// `person.last_name`
    LastName,
    /// `person.full_name`
    FullName,
    /// `person.username`
    Username,
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
    /// `company.name`
    Company,
    /// `internet.ip`
    Ip,
    /// `secret.token`
    Token,
    /// `id.permute`
    Permute,
    /// `date.shift`
    DateShift,
    /// `number.noise`
    Noise,
    /// `text.redact`
    Redact,
    /// `text.shape`
    Shape,
    /// `json`
    Json,
    /// `constant`
    Constant,
    /// `null`
    Null,
}

impl MaskKind {
    /// Every mask with its name, in the manual's order.
    pub const ALL: [(&'static str, MaskKind); 20] = [
        ("person.first_name", MaskKind::FirstName),
        ("person.last_name", MaskKind::LastName),
        ("person.full_name", MaskKind::FullName),
        ("person.username", MaskKind::Username),
        ("contact.email", MaskKind::Email),
        ("contact.phone", MaskKind::Phone),
        ("address.street", MaskKind::Street),
        ("address.city", MaskKind::City),
        ("address.postcode", MaskKind::Postcode),
        ("company.name", MaskKind::Company),
        ("internet.ip", MaskKind::Ip),
        ("secret.token", MaskKind::Token),
        ("id.permute", MaskKind::Permute),
        ("date.shift", MaskKind::DateShift),
        ("number.noise", MaskKind::Noise),
        ("text.redact", MaskKind::Redact),
        ("text.shape", MaskKind::Shape),
        ("json", MaskKind::Json),
        ("constant", MaskKind::Constant),
        ("null", MaskKind::Null),
    ];

    /// The mask of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// What the value of a mask's option may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// A string that is not blank.
    Text,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// An integer between two ends, both included.
    Integer(i64, i64),
    /// A number above 0 and at most 100.
    Percent,
    /// `[a, b]`, two integers, a at most b.
    Range,
    /// The name of an alphabet of [`ALPHABETS`], or at least two different characters, none twice.
    Alphabet,
    /// A string, number, boolean or date: what PostgreSQL shall read.
    Constant,
    /// `paths` of `json`: a table of JSON path and column rule.
    Paths,
    /// `rest` of `json`: `"keep"` or a mask.
    Rest,
}

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

/// `days` of `date.shift` where it is left out.
pub const SHIFT_DAYS: i64 = 30;

/// `days` at most: a thousand years, so that a shift can neither overflow nor leave PostgreSQL's calendar by itself.
pub const SHIFT_DAYS_MAX: i64 = 365_250;

/// `percent` of `number.noise` where it is left out.
pub const NOISE_PERCENT: f64 = 10.0;

/// `nulls`: whether NULL is masked like a value or stays (the default).
const NULLS: (&str, OptionKind) = ("nulls", OptionKind::Word(&["keep", "mask"]));
const DOMAIN: (&str, OptionKind) = ("domain", OptionKind::Text);
const BY: (&str, OptionKind) = ("by", OptionKind::Text);
const LOCALE: (&str, OptionKind) = ("locale", OptionKind::Word(&LOCALES));

impl MaskKind {
    /// The options that a rule may give this mask, besides `mask` itself.
    pub fn options(self) -> &'static [(&'static str, OptionKind)] {
        match self {
            MaskKind::FirstName
            | MaskKind::LastName
            | MaskKind::FullName
            | MaskKind::Username
            | MaskKind::Email
            | MaskKind::Phone
            | MaskKind::Street
            | MaskKind::City
            | MaskKind::Postcode
            | MaskKind::Company => &[LOCALE, BY, DOMAIN, NULLS],
            MaskKind::Ip => &[BY, DOMAIN, NULLS],
            MaskKind::Token | MaskKind::Shape => &[DOMAIN, NULLS],
            MaskKind::Permute => &[
                ("from", OptionKind::Range),
                ("range", OptionKind::Range),
                ("alphabet", OptionKind::Alphabet),
                DOMAIN,
                NULLS,
            ],
            MaskKind::DateShift => &[("days", OptionKind::Integer(1, SHIFT_DAYS_MAX)), BY, DOMAIN, NULLS],
            MaskKind::Noise => &[("percent", OptionKind::Percent), BY, DOMAIN, NULLS],
            MaskKind::Redact => &[NULLS],
            MaskKind::Json => &[("paths", OptionKind::Paths), ("rest", OptionKind::Rest)],
            MaskKind::Constant => &[("value", OptionKind::Constant), NULLS],
            MaskKind::Null => &[],
        }
    }

    /// The options that it cannot be without.
    pub fn required_options(self) -> &'static [&'static str] {
        match self {
            MaskKind::Json => &["rest"],
            MaskKind::Constant => &["value"],
            _ => &[],
        }
    }
}

impl MaskKind {
    /// Whether it masks values of this type. Arrays are masked element by element, so they ask for their elements;
    /// [`MaskKind::Constant`] and [`MaskKind::Null`] replace a whole value of any type.
    pub fn holds(self, value_type: &ValueType) -> bool {
        use ValueType as T;
        let scalar = value_type.scalar();
        match self {
            MaskKind::Constant | MaskKind::Null => true,
            MaskKind::Ip => matches!(scalar, T::Text(_) | T::Inet | T::Cidr),
            MaskKind::Token => matches!(scalar, T::Text(_) | T::Bytea | T::Uuid),
            MaskKind::Permute => matches!(scalar, T::Text(_) | T::Uuid) || scalar.holds_integers(),
            MaskKind::Redact => matches!(scalar, T::Text(_) | T::Json | T::Jsonb),
            MaskKind::DateShift => matches!(scalar, T::Date | T::Timestamp | T::TimestampTz),
            MaskKind::Noise => scalar.is_integer() || matches!(scalar, T::Float4 | T::Float8 | T::Numeric(_)),
            // A masked document may be longer than the one that it came from, and cannot be cut.
            MaskKind::Json => match scalar {
                T::Json | T::Jsonb => true,
                T::Text(text) => text.max_chars.is_none(),
                _ => false,
            },
            _ => matches!(scalar, T::Text(_)),
        }
    }

    /// Whether `nulls = "mask"` means anything: whether a result needs no value to be made from.
    pub fn masks_null(self, value_type: &ValueType) -> bool {
        use ValueType as T;
        match (self, value_type) {
            (MaskKind::Constant, _) => true,
            (MaskKind::Permute | MaskKind::Shape | MaskKind::DateShift | MaskKind::Noise, _) => false,
            (MaskKind::Token, T::Uuid | T::Bytea) | (_, T::Text(_)) => true,
            _ => false,
        }
    }

    /// Whether it can give distinct results for distinct values of a type that it holds. Masks of text do by carrying
    /// a keyed code of the value; a shift does only `by` a column of the same key, which the plan decides.
    pub fn can_be_injective(self, value_type: &ValueType) -> bool {
        match self {
            MaskKind::DateShift | MaskKind::Noise | MaskKind::Json | MaskKind::Constant | MaskKind::Null => {
                false
            }
            _ => self.holds(value_type),
        }
    }

    /// Characters that an injective result needs at least in a text column. `id.permute` with an alphabet keeps the
    /// length of each value and needs none of its own.
    pub fn injective_min_chars(self) -> u32 {
        match self {
            MaskKind::Email => CODE_CHARS_MIN + "@example.com".len() as u32,
            // +999 and 25 decimal digits, 83 bits.
            MaskKind::Phone => 4 + 25,
            // An address of version 6 written whole.
            MaskKind::Ip => 39,
            _ => CODE_CHARS_MIN,
        }
    }

    /// Its result is never longer than its input or is cut without loss: a narrow column of the domain binds no other
    /// while it is not injective.
    pub fn fits_by_itself(self) -> bool {
        matches!(
            self,
            MaskKind::Redact | MaskKind::Shape | MaskKind::Json | MaskKind::Constant | MaskKind::Null
        )
    }

    /// It acts in a domain: equal values give equal pseudonyms wherever they stand.
    pub fn has_domain(self) -> bool {
        !matches!(self, MaskKind::Json | MaskKind::Constant | MaskKind::Null)
    }

    /// The masks that hold a type, for hints.
    pub fn for_type(value_type: &ValueType) -> Vec<&'static str> {
        Self::ALL.iter().filter(|(_, kind)| kind.holds(value_type)).map(|(name, _)| *name).collect()
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
    fn every_mask_is_found_by_its_name() {
        for (name, kind) in MaskKind::ALL {
            assert_eq!(MaskKind::from_name(name), Some(kind));
            assert_eq!(kind.name(), name);
        }
        assert_eq!(MaskKind::from_name("email"), None);
    }

    #[test]
    fn what_a_mask_requires_is_among_its_options() {
        for (name, kind) in MaskKind::ALL {
            for required in kind.required_options() {
                assert!(kind.options().iter().any(|(option, _)| option == required), "{name} {required}");
            }
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
