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
