//! The manual's page of a mask, made from its entry in the registry: what `waxwork masks` prints and `docs/masks.md` holds.
//!
//! ```text
//!   MaskInfo + costs.tsv ─► Page ◄── example (run by `waxwork-mask` under the manual's key)
//!                            └─► the binary: list, page, JSON, Markdown
//! ```

use super::{
    ALPHABETS, DomainName, LOCALES, MASKS, MaskInfo, MaskKind, OptionKind, TypeClass, Unique, speaks_english,
};
use crate::rules::nearest;
use serde::Serialize;

/// Nanoseconds a value on one core, and instructions a value: `cargo x costs` measures and writes them.
const COSTS: &str = include_str!("costs.tsv");

/// All that the manual says of one mask.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// `family.kind`, as rules write it.
    pub name: &'static str,
    /// The family, which says what its values are about.
    pub class: &'static str,
    /// What the copy holds.
    pub about: &'static str,
    /// Types that it holds.
    pub types: Vec<&'static str>,
    /// It masks arrays of them, element by element.
    pub arrays: bool,
    /// Options besides `mask`.
    pub options: Vec<OptionPage>,
    /// What the result is a function of.
    pub consistency: String,
    /// What it is in a unique or referenced column; `None`: it cannot stand there.
    pub unique: Option<String>,
    /// Who can get values back from results.
    pub reversible: &'static str,
    /// What becomes of NULL.
    pub nulls: &'static str,
    /// Values that it may give back.
    pub gives_back: Vec<&'static str>,
    /// Values that stop the run.
    pub stops_at: Option<&'static str>,
    /// It acts on leaves of JSON documents.
    pub leaves: bool,
    /// Locales in which it takes English words, or numbers of North America, for want of their own.
    pub english: Vec<&'static str>,
    /// What a value costs, if that is measured.
    pub cost: Option<Cost>,
    /// A rule, a value and what becomes of it.
    pub example: Option<Example>,
}

/// One option.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OptionPage {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub takes: String,
    /// What it does.
    pub about: &'static str,
    /// What it is where a rule leaves it out.
    pub default: Option<String>,
    /// A rule cannot leave it out.
    pub required: bool,
}

/// What one value costs, decoding and encoding included.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Of this type.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// On one core of the machine that measured all of them.
    pub nanoseconds: f64,
    /// Machine instructions.
    pub instructions: u64,
}

/// A mask at work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// The column's rule.
    pub rule: String,
    /// The column's type.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// A value in text form.
    pub input: String,
    /// The result; `None`: NULL.
    pub output: Option<String>,
}

/// What each option does, under its name, or under `MASK OPTION` where it does another thing there.
const OPTIONS: &[(&str, &str)] = &[
    ("alphabet", "characters of the values, which keep their length; without it a text becomes a code"),
    ("bool.random percent", "how many rows are true"),
    ("born_from", "the first year of birth that is told apart; everybody older is of that year"),
    (
        "by",
        "what decides instead of the value: a column of the row, or one that references lead to (`order_id.customer_id`)",
    ),
    (
        "company",
        "whether mail domains that at least 10 rows share become labels under example.com, so that people stay together",
    ),
    ("country", "whose numbers it gives: `none` are of no country (+999), `value` of the value's own"),
    ("date.range from", "the first day"),
    ("date.range to", "the last day"),
    ("date.truncate to", "what the first day is of"),
    ("days", "the farthest that it moves a date, either way"),
    ("domain", "the name of the domain; equal values in one domain get equal results"),
    ("fill", "the character that stands for each of the others; `*` where a rule leaves it out"),
    ("from", "the integers that the column holds; any other stops the run"),
    (
        "gender",
        "the column that says whether the person is a woman or a man: of the row, or one that references lead to \
         (`patient_id.sex`)",
    ),
    ("keep_first", "how many characters show at the beginning"),
    ("keep_last", "how many characters show at the end"),
    (
        "known",
        "columns of the row, or of rows that it refers to (`patient_id.full_name`), whose values it looks for; without \
         it those of persons",
    ),
    ("locale", "whose dictionaries it picks from"),
    ("nulls", "whether NULL stays (`keep`) or is masked like a value (`mask`)"),
    ("number.range range", "the numbers that it gives"),
    ("number.round to", "what the result is a multiple of"),
    ("on", "the day on which ages are counted"),
    ("password", "the password that every masked account has afterwards, or the variable that holds it"),
    ("paths", "what happens to the leaves under each path"),
    ("percent", "how far it moves a number"),
    (
        "prefix",
        "what every value begins with, and keeps, before characters of the `alphabet` (`MRN` of `MRN0000001`)",
    ),
    ("range", "the integers that the copy holds instead"),
    (
        "reserved",
        "whether it gives only what nobody holds; a unique column needs `false`, and gets any valid one",
    ),
    ("rest", "what happens to leaves that no path names"),
    ("scrubber", "the `[scrubber.NAME]` that has the last word on the text"),
    ("seconds", "the farthest that it moves a time, either way"),
    ("template", "the text, with names of the row's columns in braces"),
    (
        "time",
        "what becomes of its time: `drop` makes it up, as it is where a rule leaves this out, `shift` moves it some days",
    ),
    ("value", "what the copy holds, as PostgreSQL reads it"),
    ("values", "the values to choose from"),
    ("weights", "the values to choose from, with how often each comes"),
    ("words", "what a woman's row says, then a man's"),
    ("years", "the age from which all are of one day"),
];

fn option_about(mask: &str, option: &str) -> &'static str {
    let of = |wanted: &str| OPTIONS.iter().find(|(known, _)| *known == wanted).map(|(_, about)| *about);
    of(&format!("{mask} {option}")).or_else(|| of(option)).unwrap_or_default()
}

impl MaskKind {
    /// The manual's page of the mask; the example is the engine's, since it takes the mask itself.
    pub fn page(self, example: Option<Example>) -> Page {
        let info = self.info();
        Page {
            name: info.name,
            class: family(info.name),
            about: info.about,
            types: types(info),
            arrays: self.masks_elements(),
            options: options(info),
            consistency: consistency(info),
            unique: unique(info),
            reversible: match info.unique {
                Unique::Permutation(_) => "with the key",
                Unique::Whole(_) => "with the key, where it is unique",
                Unique::Code(_) | Unique::No => "no",
            },
            nulls: if has_option(info, "nulls") && !info.masks_null.is_empty() {
                "stays; with `nulls = \"mask\"` masked like a value"
            } else {
                "stays"
            },
            gives_back: info.gives_back.iter().map(|kind| kind.words()).collect(),
            stops_at: (!info.stops_at.is_empty()).then_some(info.stops_at),
            leaves: info.leaves,
            english: english(info),
            cost: cost(info.name),
            example,
        }
    }
}

/// What stands before the dot.
fn family(name: &'static str) -> &'static str {
    name.split('.').next().unwrap_or(name)
}

fn has_option(info: &MaskInfo, name: &str) -> bool {
    info.options.iter().any(|(known, _)| *known == name)
}

fn english(info: &MaskInfo) -> Vec<&'static str> {
    let speaks = |locale: &&str| has_option(info, "locale") && speaks_english(info.kind, locale);
    LOCALES.into_iter().filter(speaks).collect()
}

/// The words for its types, all of them in two.
fn types(info: &MaskInfo) -> Vec<&'static str> {
    if info.holds.len() == TypeClass::ALL.len() {
        return vec!["any type"];
    }
    info.holds.iter().map(|class| class.name()).collect()
}

fn options(info: &MaskInfo) -> Vec<OptionPage> {
    let default = |name: &str| info.defaults.iter().find(|(known, _)| *known == name);
    let page = |(name, kind): &(&'static str, OptionKind)| OptionPage {
        name,
        takes: takes(*kind),
        about: option_about(info.name, name),
        default: default(name).map(|(_, setting)| setting.to_string()),
        required: info.required.contains(name),
    };
    info.options.iter().map(page).collect()
}

fn takes(kind: OptionKind) -> String {
    let listed = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match kind {
        OptionKind::Text => "a text".to_owned(),
        OptionKind::Word(words) if words == LOCALES => "a locale".to_owned(),
        OptionKind::Word(words) => listed(words),
        OptionKind::Integer(first, last) => format!("an integer from {first} to {last}"),
        OptionKind::Percent => "a number above 0, at most 100".to_owned(),
        OptionKind::Number(first, last) => format!("a number from {first} to {last}"),
        OptionKind::Flag => "`true` or `false`".to_owned(),
        OptionKind::Texts => "an array of texts".to_owned(),
        OptionKind::Weights => "a table of values and weights".to_owned(),
        OptionKind::Constants => "an array of the column's type".to_owned(),
        OptionKind::Range => "`[a, b]`, both included".to_owned(),
        OptionKind::Alphabet => format!("{}, or the characters", listed(&ALPHABETS.map(|(name, _)| name))),
        OptionKind::Constant => "a value of the column's type".to_owned(),
        OptionKind::Paths => "a table of JSON paths and rules".to_owned(),
        OptionKind::Rest => "`\"keep\"` or a mask".to_owned(),
        OptionKind::Date => "a date".to_owned(),
        OptionKind::Template => "a text with `{column}` in it".to_owned(),
        OptionKind::Secret => "a text, or `{ env = \"NAME\" }`".to_owned(),
    }
}

fn consistency(info: &MaskInfo) -> String {
    if !info.keyed {
        return "no key: the same result under every key".to_owned();
    }
    if matches!(info.kind, MaskKind::Template | MaskKind::Scrub) {
        return "what the row's other columns hold in the copy decides".to_owned();
    }
    let where_ = match info.domain {
        DomainName::Options => {
            "equal values, equal results in one domain (by default the mask with its options)"
        }
        DomainName::Root => {
            "equal values, equal results in one domain (by default the key that the column refers to)"
        }
        DomainName::NameAndRoot => "equal values, equal results in one column and those that refer to it",
        DomainName::None => "equal values, equal results",
    };
    let by = match info.entity {
        _ if !has_option(info, "by") => String::new(),
        Some(entity) => format!("; with `by`, a part of the one {} that the row has", entity.name()),
        None => "; with `by`, what it names decides".to_owned(),
    };
    format!("{where_}{by}")
}

fn unique(info: &MaskInfo) -> Option<String> {
    Some(match info.unique {
        Unique::No => return None,
        Unique::Code(chars) => format!("a keyed code, in {chars} characters or more"),
        Unique::Permutation(chars) => {
            format!("a permutation; of text without an alphabet a keyed code, in {chars} characters or more")
        }
        Unique::Whole(chars) => {
            format!("with `reserved = false`, a permutation of all valid ones, in {chars} characters or more")
        }
    })
}

fn cost(name: &str) -> Option<Cost> {
    let lines = COSTS.lines().filter(|line| !line.starts_with('#'));
    let mut columns = lines
        .map(|line| line.split('\t'))
        .find_map(|mut line| (line.next() == Some(name)).then_some(line))?;
    let (type_name, instructions, nanoseconds) = (columns.next()?, columns.next()?, columns.next()?);
    Some(Cost { type_name, instructions: instructions.parse().ok()?, nanoseconds: nanoseconds.parse().ok()? })
}

/// The mask of a name, or all of a family; none where there is neither.
pub fn find(name: &str) -> Vec<MaskKind> {
    let whole = MaskKind::from_name(name);
    let of_family = || MaskKind::all().filter(|kind| family(kind.name()) == name).collect();
    whole.map_or_else(of_family, |kind| vec![kind])
}

/// Names that somebody may have meant: those that hold the word, else the one that it is most likely a slip of.
pub fn near(name: &str) -> Vec<&'static str> {
    let name = name.to_lowercase();
    let names = || MASKS.iter().map(|info| info.name);
    let holding: Vec<_> = names().filter(|known| !name.is_empty() && known.contains(&*name)).collect();
    if !holding.is_empty() {
        return holding;
    }
    let kinds = || names().map(|known| known.rsplit('.').next().unwrap_or(known));
    let of_kind = |near: &str| names().find(|known| known.rsplit('.').next() == Some(near));
    nearest(&name, names()).or_else(|| of_kind(nearest(&name, kinds())?)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_of_every_mask_is_explained() {
        for info in &MASKS {
            for option in options(info) {
                assert!(!option.about.is_empty(), "what does {} of {} do?", option.name, info.name);
            }
        }
        let names: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
        assert!(names.is_sorted(), "{names:?}");
        let asked = |info: &MaskInfo, known: &str| match known.split_once(' ') {
            Some((mask, option)) => mask == info.name && has_option(info, option),
            None => has_option(info, known),
        };
        for known in names {
            assert!(MASKS.iter().any(|info| asked(info, known)), "no mask has {known}");
        }
    }

    #[test]
    fn costs_are_of_masks_that_there_are_each_once() {
        // Those of whole tables are for `cargo x costs --check`.
        let lines = COSTS.lines().filter(|line| !line.starts_with(['#']) && !line.starts_with("users"));
        let names: Vec<&str> = lines.filter_map(|line| line.split('\t').next()).collect();
        for name in &names {
            assert!(cost(name).is_some() && MaskKind::from_name(name).is_some(), "{name}");
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn a_name_finds_its_mask_and_a_family_all_of_its() {
        assert_eq!(find("contact.email"), [MaskKind::Email]);
        assert_eq!(find("contact"), [MaskKind::Email, MaskKind::Phone]);
        assert_eq!(find("json"), [MaskKind::Json]);
        assert_eq!(find("email"), []);
    }

    #[test]
    fn an_unknown_name_is_near_to_those_that_hold_it_or_that_it_is_a_slip_of() {
        assert_eq!(near("Email"), ["contact.email"]);
        assert_eq!(near("shape"), ["text.shape"]);
        assert!(near("name").starts_with(&["person.first_name", "person.middle_name"]));
        assert_eq!(near("contact.emial"), ["contact.email"]);
        assert_eq!(near("emial"), ["contact.email"]);
        assert!(near("nothing like it").is_empty() && near("").is_empty());
    }
}
