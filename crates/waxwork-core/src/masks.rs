//! The names of the masks: what the rule language may say, and which types each holds. What a mask does is
//! `waxwork-mask`'s.

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
const LOCALE: (&str, OptionKind) = ("locale", OptionKind::Text);

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
