//! People, how to reach them, where they live and work.

use super::kin::{BY, CODE_CHARS, DOMAIN, LOCALE, NULLS, text};
use super::{DomainName, Entity, GivesBack, MaskInfo, Unique};
use crate::masks::TypeClass::*;
use crate::masks::{MaskKind, OptionKind};

/// Countries that have numbers for fiction, `none` for numbers of no country, and `value` for the value's own.
const PHONE_COUNTRIES: [&str; 10] = ["AU", "CA", "DE", "FR", "GB", "IE", "SE", "US", "none", "value"];

/// Options of masks that pick from a locale's dictionaries.
const PICKS: &[(&str, OptionKind)] = &[LOCALE, BY, DOMAIN, NULLS];

/// The column of the row that says whether the person is a woman or a man.
const GENDER: (&str, OptionKind) = ("gender", OptionKind::Text);

/// Options of masks that pick names which women or men have.
const GENDERED: &[(&str, OptionKind)] = &[LOCALE, GENDER, BY, DOMAIN, NULLS];

/// A mask that picks a text from a locale's dictionaries: a part of a person, unless it says of what else.
const fn pick(kind: MaskKind, name: &'static str, about: &'static str, sample: &'static str) -> MaskInfo {
    MaskInfo {
        options: PICKS,
        examples: &["", "by = \"id\"", "by = \"id\", locale = \"de_DE\""],
        entity: Some(Entity::Person),
        ..text(kind, name, about, sample)
    }
}

/// A part of a person that goes by her name.
const fn gendered(kind: MaskKind, name: &'static str, about: &'static str, sample: &'static str) -> MaskInfo {
    MaskInfo { options: GENDERED, ..pick(kind, name, about, sample) }
}

/// A part of a place.
const fn place(kind: MaskKind, name: &'static str, about: &'static str, sample: &'static str) -> MaskInfo {
    MaskInfo { entity: Some(Entity::Place), ..pick(kind, name, about, sample) }
}

/// Their entries.
pub(super) const MASKS: &[MaskInfo] = &[
    gendered(MaskKind::FirstName, "person.first_name", "A first name from a dictionary.", "Anna"),
    gendered(MaskKind::MiddleName, "person.middle_name", "Another first name from a dictionary.", "Maria"),
    pick(MaskKind::LastName, "person.last_name", "A last name from a dictionary.", "Schmidt"),
    gendered(MaskKind::FullName, "person.full_name", "A first and a last name.", "Anna Schmidt"),
    gendered(MaskKind::Initials, "person.initials", "Two letters, the first ones of a name.", "AS"),
    MaskInfo {
        required: &["by"],
        examples: &["by = \"id\"", "by = \"id\", locale = \"de_DE\""],
        unique: Unique::No,
        gives_back: &[GivesBack::Any],
        ..gendered(
            MaskKind::Title,
            "person.title",
            "Mr, Ms, Mrs or Dr, as the person's gender has it.",
            "Mrs",
        )
    },
    MaskInfo {
        options: &[("words", OptionKind::Texts), LOCALE, BY, DOMAIN, NULLS],
        required: &["by"],
        examples: &["by = \"id\"", "by = \"id\", words = [\"w\", \"m\"]"],
        unique: Unique::No,
        gives_back: &[GivesBack::Any],
        ..pick(
            MaskKind::Gender,
            "person.gender",
            "The person's gender in the column's words: m or f, male or female, 1 or 2.",
            "female",
        )
    },
    gendered(MaskKind::Username, "person.username", "A login name made of names and digits.", "anna.s"),
    MaskInfo {
        holds: &[Date, Timestamp, TimestampTz, Text],
        masks_null: &[],
        options: &[("born_from", OptionKind::Integer(1800, 2200)), BY, DOMAIN, NULLS],
        examples: &["", "by = \"id\", born_from = 1936"],
        unique: Unique::No,
        gives_back: &[GivesBack::NotFinite],
        entity: Some(Entity::Person),
        ..text(
            MaskKind::BirthDate,
            "person.birth_date",
            "A day in the year before it; years before `born_from` become that year.",
            "1984-05-17",
        )
    },
    MaskInfo {
        options: &[("company", OptionKind::Flag), LOCALE, GENDER, BY, DOMAIN, NULLS],
        examples: &["", "by = \"id\"", "company = true, by = \"id\", locale = \"de_DE\""],
        unique: Unique::Code(CODE_CHARS + "@example.com".len() as u32),
        ..gendered(
            MaskKind::Email,
            "contact.email",
            "An address under example.com, .org or .net, where no mail arrives (RFC 2606).",
            "anna.schmidt@acme.de",
        )
    },
    MaskInfo {
        options: &[("country", OptionKind::Word(&PHONE_COUNTRIES)), LOCALE, BY, DOMAIN, NULLS],
        examples: &["", "country = \"DE\"", "country = \"value\"", "by = \"id\", locale = \"fr_FR\""],
        // +999 and 25 decimal digits, 83 bits.
        unique: Unique::Code(4 + 25),
        ..pick(
            MaskKind::Phone,
            "contact.phone",
            "A number from a range that is reserved for fiction.",
            "+49 30 1234567",
        )
    },
    place(MaskKind::Street, "address.street", "A street with a house number.", "Torstraße 140"),
    place(MaskKind::City, "address.city", "The name of a town.", "Berlin"),
    place(
        MaskKind::Postcode,
        "address.postcode",
        "A post code of the value's shape, or with a locale of that locale's.",
        "10119",
    ),
    MaskInfo {
        unique: Unique::No,
        ..place(MaskKind::State, "address.state", "A state of the locale's country, or its code.", "Bavaria")
    },
    MaskInfo {
        unique: Unique::No,
        gives_back: &[GivesBack::Any],
        keyed: false,
        ..place(
            MaskKind::Country,
            "address.country",
            "The locale's country: by name, or in two or three letters as the value is.",
            "DE",
        )
    },
    place(
        MaskKind::FullAddress,
        "address.full",
        "Street, post code and town in a line.",
        "Torstraße 140, 10119 Berlin",
    ),
    MaskInfo {
        masks_null: &[],
        options: &[],
        unique: Unique::No,
        gives_back: &[GivesBack::Coarse],
        keyed: false,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(
            MaskKind::Zip3,
            "address.zip3",
            "Of a ZIP code of the United States the first three digits, where more than 20,000 people live behind them \
             (45 CFR 164.514(b)(2)(i)(B)), else zeros.",
            "94110-2203",
        )
    },
    MaskInfo {
        entity: Some(Entity::Company),
        ..pick(MaskKind::Company, "company.name", "The name of a company.", "Acme GmbH")
    },
    MaskInfo {
        unique: Unique::No,
        ..pick(
            MaskKind::JobTitle,
            "job.title",
            "What somebody does, at what level and in what field.",
            "Head of HR",
        )
    },
    MaskInfo {
        unique: Unique::No,
        ..pick(MaskKind::Department, "job.department", "The field that job.title of the person names.", "HR")
    },
];
