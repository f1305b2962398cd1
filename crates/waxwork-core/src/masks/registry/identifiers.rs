//! What networks, banks, authorities and manufacturers give, mostly with check digits.

use super::kin::{BY, CODE_CHARS, DOMAIN, NULLS, text};
use super::{MaskInfo, Unique};
use crate::masks::TypeClass::*;
use crate::masks::{MaskKind, OptionKind, Setting};

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

/// Their entries.
pub(super) const MASKS: &[MaskInfo] = &[
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
];
