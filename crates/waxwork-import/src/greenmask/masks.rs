//! Greenmask's transformers, each with what it becomes.

use super::json;
use crate::draft::{Draft, Outcome};
use crate::parameters::Parameters;
use crate::recipes::{self, Translator};
use crate::tree::Node;
use waxwork_core::masks::MaskKind as Mask;

/// How a transformer names its columns.
#[derive(Clone, Copy)]
pub(crate) enum Translate {
    /// One, as `column`.
    Column(Translator),
    /// Several, as `columns`, each with settings of its own.
    Columns(fn(Parameters<'_>, &Node) -> Outcome),
}
use Translate::{Column, Columns};

/// Every transformer that Greenmask ships, in the order of its manual.
pub(crate) const TRANSFORMERS: [(&str, Translate); 51] = [
    ("Cmd", Columns(|_, _| Outcome::left("it runs a program of the site's own"))),
    ("Dict", Column(dict)),
    ("Hash", Column(hash)),
    ("Masking", Column(masking)),
    ("NoiseDate", Column(noise_date)),
    ("NoiseFloat", Column(noise)),
    ("NoiseInt", Column(noise)),
    ("NoiseNumeric", Column(noise)),
    ("RandomAmountWithCurrency", Column(|_| near(Mask::Shape, "digits for digits; letters for letters"))),
    ("RandomBool", Column(recipes::flag)),
    ("RandomCCNumber", Column(|_| Outcome::mask(Mask::Card))),
    ("RandomCCType", Column(|it| recipes::pick(["Visa", "Mastercard", "American Express", "JCB"], it))),
    ("RandomCentury", Column(|it| recipes::pick(["XVII", "XVIII", "XIX", "XX", "XXI"], it))),
    ("RandomChoice", Column(|it| recipes::pick_of(it.list("values"), it))),
    ("RandomCompany", Columns(company)),
    ("RandomCurrency", Column(|it| recipes::pick(["CHF", "EUR", "GBP", "JPY", "SEK", "USD"], it))),
    ("RandomDate", Column(random_date)),
    ("RandomDayOfMonth", Column(|it| recipes::pick((1..=28).map(|day: i32| day.to_string()), it))),
    ("RandomDayOfWeek", Column(|it| recipes::pick(WEEKDAYS, it))),
    ("RandomDomainName", Column(|_| Outcome::mask(Mask::Domain))),
    ("RandomE164PhoneNumber", Column(|_| Outcome::mask(Mask::Phone))),
    ("RandomEmail", Column(email)),
    ("RandomFloat", Column(number)),
    ("RandomInt", Column(number)),
    ("RandomIp", Column(ip)),
    ("RandomLatitude", Column(|_| recipes::between(Some([-90, 90].into_iter().collect())))),
    ("RandomLongitude", Column(|_| recipes::between(Some([-180, 180].into_iter().collect())))),
    ("RandomMac", Column(mac)),
    ("RandomMonthName", Column(|it| recipes::pick(MONTHS, it))),
    ("RandomNumeric", Column(number)),
    ("RandomParagraph", Column(|_| Outcome::mask(Mask::Lorem))),
    ("RandomPassword", Column(|_| Outcome::mask(Mask::Token))),
    ("RandomPerson", Columns(person)),
    ("RandomPhoneNumber", Column(|_| Outcome::mask(Mask::Phone))),
    ("RandomSentence", Column(|_| Outcome::mask(Mask::Lorem))),
    ("RandomString", Column(|_| near(Mask::Token, "a code of its own letters and length"))),
    ("RandomTimezone", Column(|it| recipes::pick(ZONES, it))),
    ("RandomTollFreePhoneNumber", Column(|_| Outcome::mask(Mask::Phone))),
    ("RandomUnixTimestamp", Column(unix_timestamp)),
    ("RandomURL", Column(|_| Outcome::mask(Mask::Url))),
    ("RandomUsername", Column(|_| Outcome::mask(Mask::Username))),
    ("RandomUuid", Column(|_| Outcome::mask(Mask::UuidV4))),
    ("RandomWord", Column(|_| Outcome::mask(Mask::Lorem))),
    ("RandomYearString", Column(|it| recipes::pick((1970..=2025).map(|year: i32| year.to_string()), it))),
    ("RealAddress", Columns(address)),
    ("RegexpReplace", Column(|_| Outcome::instead(Mask::Shape, "waxwork has no replacement by pattern"))),
    ("Replace", Column(replace)),
    ("SetNull", Column(|_| Outcome::same(Draft::null()))),
    ("Json", Column(json::translate)),
    ("Template", Column(|_| Outcome::left("it is a Go template"))),
    ("TemplateRecord", Columns(|_, _| Outcome::left("it is a Go template"))),
];

/// Transformers that make a key of a key, where foreign keys follow (`apply_for_references`).
pub(crate) const OF_KEYS: [&str; 8] = [
    "Hash",
    "NoiseInt",
    "RandomFloat",
    "RandomInt",
    "RandomNumeric",
    "RandomString",
    "RandomUnixTimestamp",
    "RandomUuid",
];

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const ZONES: [&str; 6] =
    ["America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo", "Europe/Berlin", "UTC"];

fn near(mask: Mask, note: &str) -> Outcome {
    Outcome::near(Draft::mask(mask), note)
}

/// Values with their replacements, and one for all others.
fn dict(it: Parameters<'_>) -> Outcome {
    let (Some(column), Some(default)) = (it.text("column"), it.text("default")) else {
        return Outcome::left(
            "what becomes of values that its dictionary does not have is not said (default)",
        );
    };
    let constant = |text: &str| if text == "\\N" { Draft::null() } else { Draft::constant(text) };
    let column = waxwork_core::rules::name::plain(&column);
    let entries = it.get("values").map_or(&[][..], Node::entries);
    let cases = entries.iter().filter_map(|(from, to)| {
        let to = to.scalar()?;
        (from != "\\N").then(|| (format!("{column} = '{}'", from.replace('\'', "''")), constant(&to)))
    });
    let cases: Vec<_> = cases.collect();
    Outcome::same(if cases.is_empty() {
        constant(&default)
    } else {
        Draft::Cases(cases, constant(&default).into())
    })
}

fn hash(_: Parameters<'_>) -> Outcome {
    near(Mask::Token, "a keyed code: a hash without a key can be led back by whoever guesses the value")
}

fn masking(it: Parameters<'_>) -> Outcome {
    masking_type(&it.text("type").unwrap_or_default())
}

/// The types of go-masker, which leave letters and digits of the value in their place.
pub(crate) fn masking_type(kind: &str) -> Outcome {
    const NOTE: &str = "nothing of the value is shown";
    match kind {
        "" | "default" | "password" => Outcome::mask(Mask::Redact),
        "name" => near(Mask::FullName, NOTE),
        "addr" | "address" => near(Mask::FullAddress, NOTE),
        "email" => near(Mask::Email, NOTE),
        "mobile" | "tel" => near(Mask::Phone, NOTE),
        "id" => near(Mask::Shape, NOTE),
        "credit_card" => near(Mask::Card, NOTE),
        "url" => near(Mask::Url, NOTE),
        "postcode" => near(Mask::Postcode, NOTE),
        _ => Outcome::instead(Mask::Redact, "waxwork does not know this type of masking"),
    }
}

fn noise(it: Parameters<'_>) -> Outcome {
    const DEFAULT: f64 = 0.2;
    let bounded = it.get("min").is_some() || it.get("max").is_some();
    Outcome::same(recipes::noise(it.number("max_ratio").unwrap_or(DEFAULT)))
        .note_if(bounded, "number.noise has no ends")
}

fn noise_date(it: Parameters<'_>) -> Outcome {
    let bounded = it.get("min").is_some() || it.get("max").is_some();
    match it.text("max_ratio").as_deref().and_then(recipes::interval_days) {
        Some(days) => Outcome::same(recipes::shifted(days)).note_if(bounded, "date.shift has no ends"),
        None => Outcome::Instead(
            recipes::shifted(30),
            "its max_ratio is no interval that waxwork reads".to_owned(),
        ),
    }
}

fn random_date(it: Parameters<'_>) -> Outcome {
    recipes::days_between(it.text("min"), it.text("max"))
        .note_if(it.get("truncate").is_some(), "a time of day is not cut off")
}

fn unix_timestamp(it: Parameters<'_>) -> Outcome {
    let per_second = match it.text("unit").as_deref() {
        Some("millisecond") => 1e3,
        Some("microsecond") => 1e6,
        Some("nanosecond") => 1e9,
        _ => 1.0,
    };
    recipes::unix_between(it.text("min"), it.text("max"), per_second)
}

fn number(it: Parameters<'_>) -> Outcome {
    match it.range("min", "max") {
        Some(range) => recipes::between(Some(range)),
        None => Outcome::left("it has no range of whole numbers, which number.range needs"),
    }
}

fn email(it: Parameters<'_>) -> Outcome {
    let templates = ["local_part_template", "domain_part_template", "domains"];
    let templated = templates.iter().any(|name| it.get(name).is_some());
    let keeps_domain = it.flag("keep_original_domain") == Some(true);
    let company = keeps_domain.then_some(true);
    Outcome::same(Draft::mask(Mask::Email).with_some("company", company))
        .note_if(
            keeps_domain,
            "a domain that at least 10 rows share stands before example.com: mail must not arrive",
        )
        .note_if(templated, "at example.com, .net or .org alone: mail must not arrive")
}

fn ip(it: Parameters<'_>) -> Outcome {
    Outcome::mask(Mask::Ip).note_if(it.get("subnet").is_some(), "of the networks for documentation alone")
}

fn mac(it: Parameters<'_>) -> Outcome {
    let keeps_vendor = it.flag("keep_original_vendor") == Some(true);
    Outcome::mask(Mask::Mac).note_if(keeps_vendor, "of no vendor")
}

/// The attributes that a template names, in the order of the list.
fn attributes<'a>(column: &Node, known: &[&'a str]) -> Vec<&'a str> {
    let template = column.text("template").unwrap_or_default();
    known.iter().filter(|name| template.contains(&format!(".{name}"))).copied().collect()
}

fn person(it: Parameters<'_>, column: &Node) -> Outcome {
    let kind = match attributes(column, &["FirstName", "LastName", "Title"]).as_slice() {
        ["FirstName"] => Mask::FirstName,
        ["LastName"] => Mask::LastName,
        ["Title"] => Mask::Title,
        [_, ..] => Mask::FullName,
        [] => return Outcome::instead(Mask::FullName, "its template names no part of a person"),
    };
    let key = it.key_column();
    if kind == Mask::Title && key.is_none() {
        return Outcome::left("person.title goes by the row's key; --key-column names it");
    }
    let gender = it.text("gender").filter(|gender| gender != "Any");
    Outcome::same(Draft::mask(kind).with_some("by", key))
        .note_if(key.is_none(), "parts of a name agree with by = \"…\", the table's key")
        .note_if(gender.is_some(), "of any gender; gender = \"…\" takes a column of the row")
        .note_if(is_dressed(column), "in waxwork's form")
}

fn company(_: Parameters<'_>, column: &Node) -> Outcome {
    match attributes(column, &["CompanyName", "CompanySuffix"]).as_slice() {
        ["CompanyName", ..] => Outcome::mask(Mask::Company).note_if(is_dressed(column), "in waxwork's form"),
        _ => Outcome::instead(Mask::Shape, "waxwork has no suffixes of companies by themselves"),
    }
}

fn address(_: Parameters<'_>, column: &Node) -> Outcome {
    match attributes(column, &["Address", "City", "State", "PostalCode", "Latitude", "Longitude"]).as_slice()
    {
        ["Address"] => Outcome::mask(Mask::Street),
        ["City"] => Outcome::mask(Mask::City),
        ["State"] => Outcome::mask(Mask::State),
        ["PostalCode"] => Outcome::mask(Mask::Postcode),
        ["Latitude"] => recipes::between(Some([-90, 90].into_iter().collect())),
        ["Longitude"] => recipes::between(Some([-180, 180].into_iter().collect())),
        [] => Outcome::left("its template names no part of an address"),
        _ => Outcome::mask(Mask::FullAddress).note_if(is_dressed(column), "in waxwork's form"),
    }
}

/// A template with more than one attribute has an order and words of its own.
fn is_dressed(column: &Node) -> bool {
    let template = column.text("template").unwrap_or_default();
    template.matches("{{").count() > 1
}

fn replace(it: Parameters<'_>) -> Outcome {
    match it.text("value") {
        Some(value) => Outcome::same(Draft::constant(value)),
        None => Outcome::left("it has no value"),
    }
}
