//! The table of masks: what the manual, the parser and the plan know of each, one entry a mask.

use super::types::TypeClass::{self, *};
use super::{LOCALES, MaskKind, OptionKind, SHIFT_DAYS_MAX, Setting};

/// All that is known of one mask without running it.
#[derive(Clone, Copy, Debug)]
pub struct MaskInfo {
    /// Which one.
    pub kind: MaskKind,
    /// `family.kind`, as rules write it.
    pub name: &'static str,
    /// What the copy holds, in one sentence of the manual.
    pub about: &'static str,
    /// A value for the manual's example, in the text form of the first type that it holds.
    pub sample: &'static str,
    /// Types that it holds; arrays ask for their elements.
    pub holds: &'static [TypeClass],
    /// Types on which `nulls = "mask"` means anything: whose results need no value to be made from.
    pub masks_null: &'static [TypeClass],
    /// Options that a rule may give it, besides `mask` itself.
    pub options: &'static [(&'static str, OptionKind)],
    /// Options that it cannot be without.
    pub required: &'static [&'static str],
    /// Options of whole rules, in TOML: the manual shows the first, and tests run all of them, on every type that takes
    /// them, beside columns `id bigint` and `name text` (enum labels are `ok`, `so so`, `gone`). A `value` of kind
    /// [`OptionKind::Constant`] is left out: it is of the column's type.
    pub examples: &'static [&'static str],
    /// What options are where a rule leaves them out.
    pub defaults: &'static [(&'static str, Setting)],
    /// What it is under a unique key or a reference.
    pub unique: Unique,
    /// It acts on string and number leaves of JSON documents.
    pub leaves: bool,
    /// Values that it may give back, besides empty ones; any other becomes another.
    pub gives_back: &'static [GivesBack],
    /// Values at which it stops the run, in words of the manual; empty: it takes every value of its types.
    pub stops_at: &'static str,
    /// Its result depends on the key, where it need not be unique.
    pub keyed: bool,
    /// What its domain is called where no rule says so.
    pub domain: DomainName,
    /// With `by`, whose part its result is.
    pub entity: Option<Entity>,
    /// Its result is never longer than its input or is cut without loss: a narrow column of the domain binds no other
    /// while it is not injective.
    pub fits_by_itself: bool,
}

/// What one row has one of, and masks keyed `by` the same write parts of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// Names, mail address, phone.
    Person,
    /// An address.
    Place,
    /// A company.
    Company,
}

impl Entity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Entity::Person => "person",
            Entity::Place => "place",
            Entity::Company => "company",
        }
    }
}

/// Whether distinct values can be given distinct results, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// They cannot.
    No,
    /// By a keyed code of the value, which takes so many characters at least of a text column.
    Code(u32),
    /// By a permutation, which keeps the value's length; a text without an alphabet takes a code of so many characters.
    Permutation(u32),
    /// With `reserved = false`, by a permutation of all valid numbers: those that nobody holds are too few. The shortest
    /// have so many characters.
    Whole(u32),
}

/// A kind of value that a mask may give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivesBack {
    /// 0, of any scale.
    Zero,
    /// NaN and the infinities, of numbers and of dates.
    NotFinite,
    /// One of fewer than 2^10 that there are: `bool`, an enum, a text of up to three characters.
    OneOfFew,
    /// One that is already as coarse as the mask makes it.
    Coarse,
    /// A text in which nothing is recognised.
    Unrecognised,
    /// Any: the result does not depend on it.
    Any,
}

impl GivesBack {
    /// In words of the manual.
    pub fn words(self) -> &'static str {
        match self {
            GivesBack::Zero => "0",
            GivesBack::NotFinite => "NaN and the infinities",
            GivesBack::OneOfFew => "one of fewer than 1024 possible values",
            GivesBack::Coarse => "a value that is already as coarse",
            GivesBack::Unrecognised => "a text in which nothing is recognised",
            GivesBack::Any => "a value that happens to be the result, which does not depend on it",
        }
    }
}

/// What a domain is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainName {
    /// The mask acts in none.
    None,
    /// The mask's name with its options.
    Options,
    /// The column, or the key that it refers to.
    Root,
    /// The mask's name and the column, or the key that it refers to: its result says nothing of the value, so that no
    /// column has a reason to bind another.
    NameAndRoot,
}

/// 80 bits of a keyed code in base32: the shortest code that still keeps 10^9 values apart with odds of a million to one.
const CODE_CHARS: u32 = 16;

const NULLS: (&str, OptionKind) = ("nulls", OptionKind::Word(&["keep", "mask"]));
const DOMAIN: (&str, OptionKind) = ("domain", OptionKind::Text);
const BY: (&str, OptionKind) = ("by", OptionKind::Text);
const LOCALE: (&str, OptionKind) = ("locale", OptionKind::Word(&LOCALES));

/// Countries that have numbers for fiction, `none` for numbers of no country, and `value` for the value's own.
const PHONE_COUNTRIES: [&str; 10] = ["AU", "CA", "DE", "FR", "GB", "IE", "SE", "US", "none", "value"];

/// Options of masks that pick from a locale's dictionaries.
const PICKS: &[(&str, OptionKind)] = &[LOCALE, BY, DOMAIN, NULLS];

/// The column of the row that says whether the person is a woman or a man.
const GENDER: (&str, OptionKind) = ("gender", OptionKind::Text);

/// Options of masks that pick names which women or men have.
const GENDERED: &[(&str, OptionKind)] = &[LOCALE, GENDER, BY, DOMAIN, NULLS];

/// Types that count days, and ranges of these.
const MOMENTS: &[TypeClass] = &[Date, Timestamp, TimestampTz, DateRange, TimestampRange];

/// Types of numbers, and ranges of these.
const NUMBERS: &[TypeClass] = &[Integer, Float, Numeric, NumberRange];

/// Every type there is.
const EVERY: &[TypeClass] = &TypeClass::ALL;

/// A mask from text to text without options of its own, unique by a code.
const fn text(kind: MaskKind, name: &'static str, about: &'static str, sample: &'static str) -> MaskInfo {
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

/// A mask from dates to dates.
const fn moment(kind: MaskKind, name: &'static str, about: &'static str) -> MaskInfo {
    MaskInfo {
        holds: MOMENTS,
        masks_null: &[],
        unique: Unique::No,
        leaves: false,
        gives_back: &[GivesBack::NotFinite],
        fits_by_itself: true,
        ..text(kind, name, about, "2026-03-14")
    }
}

/// A mask from numbers to numbers.
const fn number(kind: MaskKind, name: &'static str, about: &'static str) -> MaskInfo {
    MaskInfo {
        holds: NUMBERS,
        masks_null: &[],
        unique: Unique::No,
        fits_by_itself: true,
        ..text(kind, name, about, "1250")
    }
}

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

/// A mask of numbers with a format of their own, from a range that nobody holds.
const fn identifier(
    kind: MaskKind,
    name: &'static str,
    about: &'static str,
    shortest: u32,
    sample: &'static str,
) -> MaskInfo {
    MaskInfo {
        options: &[("reserved", OptionKind::Flag), DOMAIN, NULLS],
        examples: &["", "reserved = false"],
        defaults: &[("reserved", Setting::Flag(true))],
        unique: Unique::Whole(shortest),
        stops_at: "in a unique column of integers, or of fewer than 16 characters, what is no valid number",
        ..text(kind, name, about, sample)
    }
}

/// One whose numbers are all digits, which columns of integers hold as well.
const fn digits(
    kind: MaskKind,
    name: &'static str,
    about: &'static str,
    shortest: u32,
    sample: &'static str,
) -> MaskInfo {
    MaskInfo { holds: &[Text, Integer], ..identifier(kind, name, about, shortest, sample) }
}

/// Every mask, in the order of [`MaskKind`] and of the manual.
pub static MASKS: [MaskInfo; MaskKind::COUNT] = [
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
    MaskInfo {
        holds: &[Text, Inet, Cidr],
        options: &[BY, DOMAIN, NULLS],
        // An address of version 6 written whole.
        unique: Unique::Code(39),
        ..text(
            MaskKind::Ip,
            "internet.ip",
            "An address from the ranges reserved for documentation (RFC 5737, RFC 3849).",
            "81.169.145.66",
        )
    },
    identifier(
        MaskKind::Mac,
        "internet.mac",
        "An address of a network card that no manufacturer gives: locally administered (IEEE 802).",
        12,
        "00:1b:63:84:45:e6",
    ),
    MaskInfo {
        unique: Unique::Code(CODE_CHARS + ".example".len() as u32),
        ..text(
            MaskKind::Domain,
            "internet.domain",
            "A domain under .example, .invalid, example.com, .net or .org, which lead nowhere (RFC 2606).",
            "acme.de",
        )
    },
    MaskInfo {
        unique: Unique::Code(CODE_CHARS + ".example".len() as u32),
        ..text(
            MaskKind::Hostname,
            "internet.hostname",
            "A machine's name in such a domain, or bare where there is no room.",
            "mail-01.fra.acme.de",
        )
    },
    MaskInfo {
        unique: Unique::Code("https://".len() as u32 + CODE_CHARS + ".example".len() as u32),
        ..text(
            MaskKind::Url,
            "internet.url",
            "A web address with the value's scheme and a host in such a domain; its path and query are replaced.",
            "https://acme.de/users/7?token=x",
        )
    },
    text(
        MaskKind::UserAgent,
        "internet.user_agent",
        "What a common browser calls itself.",
        "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007)",
    ),
    digits(
        MaskKind::Card,
        "finance.card",
        "A card number with Luhn's check digit, of the issuer numbers that payment providers publish for tests.",
        13,
        "4929 8234 7411 0082",
    ),
    identifier(
        MaskKind::Iban,
        "finance.iban",
        "An IBAN of the same country with its check digits, at a bank that is none (ISO 13616).",
        15,
        "DE89 3704 0044 0532 0130 00",
    ),
    identifier(
        MaskKind::Bic,
        "finance.bic",
        "A bank identifier of the same country, marked as one for tests (ISO 9362).",
        8,
        "COBADEFF",
    ),
    identifier(
        MaskKind::Isin,
        "finance.isin",
        "A security's number with its check digit, under ZZ, a country that is none (ISO 6166).",
        12,
        "DE0007164600",
    ),
    MaskInfo {
        masks_null: &[],
        fits_by_itself: true,
        ..text(
            MaskKind::Account,
            "finance.account",
            "Digits for digits, letters for letters: an account without its bank has no check that all share.",
            "0532013000",
        )
    },
    digits(
        MaskKind::UsSsn,
        "government.us_ssn",
        "A social security number of the United States, of an area that is never assigned.",
        9,
        "536-22-8726",
    ),
    digits(
        MaskKind::CaSin,
        "government.ca_sin",
        "A social insurance number of Canada with its check digit, of a range that is not used.",
        9,
        "130 692 544",
    ),
    digits(
        MaskKind::BrCpf,
        "government.br_cpf",
        "A CPF of Brazil with its check digits. No range is reserved: it may by chance be somebody's.",
        11,
        "390.533.447-05",
    ),
    digits(
        MaskKind::BrCnpj,
        "government.br_cnpj",
        "A CNPJ of Brazil with its check digits, of branch 0000, which no firm has.",
        14,
        "11.222.333/0001-81",
    ),
    digits(
        MaskKind::UkNhs,
        "government.uk_nhs",
        "An NHS number with its check digit, of the range for tests, 999.",
        10,
        "943 476 5919",
    ),
    identifier(
        MaskKind::UkNino,
        "government.uk_nino",
        "A National Insurance number under QQ, a prefix that is never issued.",
        9,
        "AB 12 34 56 C",
    ),
    digits(
        MaskKind::NlBsn,
        "government.nl_bsn",
        "A BSN of the Netherlands that passes the test of eleven, where the register's test persons are.",
        9,
        "111222333",
    ),
    digits(
        MaskKind::SePersonnummer,
        "government.se_personnummer",
        "A personal number of Sweden with its check digit, of the serials for tests, 980 to 999.",
        10,
        "811228-9874",
    ),
    digits(
        MaskKind::DeTaxId,
        "government.de_tax_id",
        "A tax identification number of Germany with its check digit, of those for tests, which begin with 0.",
        11,
        "86 095 742 719",
    ),
    digits(
        MaskKind::PlPesel,
        "government.pl_pesel",
        "A PESEL of Poland with its check digit, of people who will be born from 2200 on.",
        11,
        "44051401359",
    ),
    identifier(
        MaskKind::FrNir,
        "government.fr_nir",
        "A registration number of France with its key, of order 000, which nobody has.",
        13,
        "1 84 12 76 451 089 46",
    ),
    identifier(
        MaskKind::EsNif,
        "government.es_nif",
        "A DNI or NIE of Spain with its letter, from the end of the range.",
        9,
        "12345678Z",
    ),
    identifier(
        MaskKind::ItCf,
        "government.it_cf",
        "A tax code of Italy with its check letter, of a place that is none.",
        16,
        "RSSMRA85T10A562S",
    ),
    digits(
        MaskKind::InAadhaar,
        "government.in_aadhaar",
        "An Aadhaar number of India with its check digit, beginning with 0 or 1, as none does.",
        12,
        "2341 2341 2346",
    ),
    identifier(
        MaskKind::Vin,
        "vehicle.vin",
        "A vehicle's number with North America's check digit, of a manufacturer that is none (ISO 3779).",
        17,
        "1HGCM82633A004352",
    ),
    MaskInfo {
        masks_null: &[],
        fits_by_itself: true,
        ..text(MaskKind::Plate, "vehicle.plate", "Letters for letters, digits for digits.", "B-AB 1234")
    },
    // Their zeros in front tell the lengths apart: integers have none.
    identifier(
        MaskKind::Imei,
        "device.imei",
        "A telephone's number with its check digit, of the type codes for tests, 00.",
        14,
        "49-015420-323751-8",
    ),
    identifier(
        MaskKind::Iccid,
        "device.iccid",
        "A SIM card's number with its check digit, of a country code that is spare.",
        19,
        "8949 0200 0010 2345 671",
    ),
    MaskInfo {
        holds: &[Text, Bytea, Uuid],
        masks_null: &[Text, Bytea, Uuid],
        ..text(MaskKind::Token, "secret.token", "A random-looking code.", "sk_live_4eC39HqLyjWDarjtT1zdp7dc")
    },
    MaskInfo {
        masks_null: &[],
        options: &[("password", OptionKind::Secret)],
        required: &["password"],
        examples: &["password = \"correct horse\""],
        unique: Unique::No,
        domain: DomainName::None,
        fits_by_itself: true,
        ..text(
            MaskKind::Password,
            "secret.password",
            "The hash of one password that you state, in the scheme and at the cost of the stored one (bcrypt, argon2, scrypt, \
             PBKDF2), at most what takes a second; a value of no known scheme opens nothing.",
            "pbkdf2_sha256$1000$Xw2ZK1yUeLxm$bvL5JjPvQ2dCYkG3uGJm0v5m5o7cPz0yqjv0bq4m2hU=",
        )
    },
    MaskInfo {
        holds: &[Text, Integer, Numeric, Uuid],
        masks_null: &[],
        options: &[
            ("from", OptionKind::Range),
            ("range", OptionKind::Range),
            ("alphabet", OptionKind::Alphabet),
            DOMAIN,
            NULLS,
        ],
        examples: &[
            "",
            "alphabet = \"digits\"",
            "alphabet = \"alnum\"",
            "from = [0, 9999], range = [20000, 29999]",
        ],
        gives_back: &[GivesBack::OneOfFew],
        stops_at: "an integer outside `from`, a character outside `alphabet`",
        unique: Unique::Permutation(CODE_CHARS),
        domain: DomainName::Root,
        ..text(MaskKind::Permute, "id.permute", "Another key, one to one.", "48151623")
    },
    MaskInfo {
        holds: MOMENTS,
        masks_null: &[],
        options: &[("days", OptionKind::Integer(1, SHIFT_DAYS_MAX)), BY, DOMAIN, NULLS],
        defaults: &[("days", Setting::Integer(30))],
        gives_back: &[GivesBack::NotFinite],
        unique: Unique::No,
        ..text(
            MaskKind::DateShift,
            "date.shift",
            "A date some days away, never the same; a time of day is kept.",
            "2026-03-14",
        )
    },
    MaskInfo {
        options: &[("to", OptionKind::Word(&["month", "quarter", "year", "decade"])), BY, DOMAIN, NULLS],
        required: &["to"],
        examples: &["to = \"month\"", "to = \"decade\""],
        ..moment(
            MaskKind::Truncate,
            "date.truncate",
            "The first day of its month, quarter, year or decade; of one that is it already, that of the period before or \
             after.",
        )
    },
    MaskInfo {
        holds: &[Timestamp, TimestampTz, Time, Interval, TimestampRange],
        options: &[("seconds", OptionKind::Integer(1, 86_399)), BY, DOMAIN, NULLS],
        defaults: &[("seconds", Setting::Integer(3_600))],
        gives_back: &[GivesBack::Zero, GivesBack::NotFinite],
        sample: "2026-03-14 09:26:53",
        ..moment(
            MaskKind::DateNoise,
            "date.noise",
            "A time some seconds away on the same day, never the same; a duration keeps its sign.",
        )
    },
    MaskInfo {
        options: &[("from", OptionKind::Date), ("to", OptionKind::Date), BY, DOMAIN, NULLS],
        required: &["from", "to"],
        examples: &["from = 2020-01-01, to = 2024-12-31"],
        ..moment(MaskKind::DateRange, "date.range", "Any day of a range, both ends included.")
    },
    MaskInfo {
        options: &[
            ("years", OptionKind::Integer(1, 200)),
            ("on", OptionKind::Date),
            ("days", OptionKind::Integer(1, SHIFT_DAYS_MAX)),
            BY,
            DOMAIN,
            NULLS,
        ],
        required: &["on"],
        examples: &["on = 2026-01-01"],
        defaults: &[("years", Setting::Integer(90)), ("days", Setting::Integer(30))],
        sample: "1931-07-05",
        ..moment(
            MaskKind::AgeCap,
            "date.age_cap",
            "A date of birth some days away; everybody older than so many years gets the same one.",
        )
    },
    MaskInfo {
        holds: NUMBERS,
        masks_null: &[],
        options: &[("percent", OptionKind::Percent), BY, DOMAIN, NULLS],
        defaults: &[("percent", Setting::Number(10.0))],
        gives_back: &[GivesBack::Zero, GivesBack::NotFinite],
        unique: Unique::No,
        ..text(
            MaskKind::Noise,
            "number.noise",
            "A number some percent away, never the same; 0 stays 0.",
            "1250",
        )
    },
    MaskInfo {
        options: &[("to", OptionKind::Number(1e-9, 1e15)), BY, DOMAIN, NULLS],
        required: &["to"],
        examples: &["to = 100"],
        gives_back: &[GivesBack::Zero, GivesBack::NotFinite],
        ..number(
            MaskKind::Round,
            "number.round",
            "The nearest multiple of a number; of one that is it already, a neighbour. 0 stays 0.",
        )
    },
    MaskInfo {
        options: &[("range", OptionKind::Range), BY, DOMAIN, NULLS],
        required: &["range"],
        examples: &["range = [1, 99]"],
        ..number(MaskKind::NumberRange, "number.range", "Any number of a range, both ends included.")
    },
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
        holds: &[Json, Text],
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
