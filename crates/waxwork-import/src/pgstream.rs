//! pgstream: `transformations` of its configuration, or of a file of rules by itself.
//!
//! Read from its documentation and from `transformers-definition.json` of version 1.4.1.

use crate::Options;
use crate::anon;
use crate::draft::{Draft, Outcome};
use crate::greenmask::{json, masks};
use crate::parameters::{Parameters, shown, unknown_mask};
use crate::place::unreadable;
use crate::policy::Policy;
use crate::recipes::{self, Translator};
use crate::shape;
use crate::tree::Node;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::ident::QualifiedName;
use waxwork_core::masks::MaskKind as Mask;

/// Every transformer that pgstream ships.
const TRANSFORMERS: [(&str, Translator); 27] = [
    ("email", email),
    ("encrypted_aes_siv", |_| near(Mask::Token, "a code that no key leads back")),
    ("fpe_ff1", fpe),
    ("greenmask_boolean", recipes::flag),
    ("greenmask_choice", |it| recipes::pick_of(it.list("choices"), it)),
    ("greenmask_date", |it| recipes::days_between(it.text("min_value"), it.text("max_value"))),
    ("greenmask_firstname", |it| first_name(it).note_if(it.get("gender").is_some(), "of any gender")),
    ("greenmask_float", |it| recipes::between(it.range("min_value", "max_value"))),
    ("greenmask_integer", |it| recipes::between(it.range("min_value", "max_value"))),
    ("greenmask_string", |_| near(Mask::Token, "a code of its own letters and length")),
    ("greenmask_unix_timestamp", |it| recipes::unix_between(it.text("min_value"), it.text("max_value"), 1.0)),
    ("greenmask_utc_timestamp", |it| {
        recipes::days_between(it.text("min_timestamp"), it.text("max_timestamp"))
            .note_if(it.get("truncate_part").is_some(), "a time of day is not cut off")
    }),
    ("greenmask_uuid", |_| Outcome::mask(Mask::UuidV4)),
    ("hstore", |_| Outcome::left("its operations on single keys have no counterpart here")),
    ("json", json::translate),
    ("literal_string", |it| match it.text("literal") {
        Some(literal) => Outcome::same(Draft::constant(literal)),
        None => Outcome::left("it has no literal"),
    }),
    ("masking", masking),
    ("neosync_email", |it| {
        let keeps_domain = it.flag("preserve_domain") == Some(true);
        Outcome::same(Draft::mask(Mask::Email).with_some("company", keeps_domain.then_some(true)))
            .note_if(keeps_domain, "a domain that at least 10 rows share stands before example.com")
    }),
    ("neosync_firstname", first_name),
    ("neosync_fullname", |_| Outcome::mask(Mask::FullName)),
    ("neosync_lastname", |_| Outcome::mask(Mask::LastName)),
    ("neosync_string", |_| Outcome::mask(Mask::Shape)),
    ("noop", |_| keep()),
    ("pg_anonymizer", anon::masks::of_pgstream),
    ("phone_number", |it| {
        Outcome::mask(Mask::Phone).note_if(it.get("prefix").is_some(), "of the ranges for fiction alone")
    }),
    ("string", |_| Outcome::mask(Mask::Shape)),
    ("template", |_| Outcome::left("it is a Go template")),
];

fn near(mask: Mask, note: &str) -> Outcome {
    Outcome::near(Draft::mask(mask), note)
}

fn keep() -> Outcome {
    Outcome::same(Draft::Keep("pgstream leaves it as it is (noop)"))
}

fn first_name(_: Parameters<'_>) -> Outcome {
    Outcome::mask(Mask::FirstName)
}

fn email(it: Parameters<'_>) -> Outcome {
    Outcome::mask(Mask::Email)
        .note_if(it.get("replacement_domain").is_some(), "at example.com, .net or .org: mail must not arrive")
        .note_if(it.get("exclude_domain").is_some(), "addresses at exclude_domain are masked too")
}

fn fpe(it: Parameters<'_>) -> Outcome {
    let partly = ["passthrough", "keep_prefix", "preserve_from"].iter().any(|name| it.get(name).is_some());
    // Characters that pass there would stop the run here.
    let alphabet = it.text("alphabet").filter(|_| !partly);
    Outcome::same(Draft::mask(Mask::Permute).with_some("alphabet", alphabet))
        .note_if(partly, "a code of the whole value: no part of it is kept")
}

fn masking(it: Parameters<'_>) -> Outcome {
    match it.text("type").as_deref() {
        Some("custom") => near(Mask::Redact, "nothing of the value is shown"),
        kind => masks::masking_type(kind.unwrap_or_default()),
    }
}

/// What errors call it.
const WHAT: &str = "pgstream's configuration";

/// Where the list of tables is read.
const PATHS: [&str; 5] = [
    "[].schema",
    "[].table",
    "[].column_transformers.{}.name",
    "[].column_transformers.{}.parameters.{}",
    "[].column_transformers.{}.dynamic_parameters.{}.column",
];

/// Reads a configuration.
pub(crate) fn read(file: &str, root: &Node, options: &Options) -> Result<Policy, Vec<Diagnostic>> {
    let rules = root.at(&["modifiers", "transformations"]).or_else(|| root.get("transformations"));
    let Some(rules) = rules.filter(|rules| !rules.is_blank()) else {
        let detail = "It has no transformations, neither by themselves nor under modifiers.";
        return Err(unreadable(file, WHAT, root.place, detail));
    };
    let infers = rules.flag("infer_from_security_labels") == Some(true);
    let tables = rules.get("table_transformers").or((!infers).then_some(rules));
    tables.map_or(Ok(()), |tables| shape::check(file, WHAT, tables, &PATHS))?;
    let mut policy = Policy::new("pgstream", file);
    if infers {
        let instead = "nothing; waxwork import anon --source reads them";
        let why = "the labels are in the database";
        policy.gap(rules.place, "transformations", "infer_from_security_labels", why, instead);
    }
    tables.map_or(&[][..], Node::items).iter().for_each(|table| read_table(&mut policy, table, options));
    Ok(policy)
}

fn read_table(policy: &mut Policy, node: &Node, options: &Options) {
    let Some(name) = node.text("table").filter(|name| !name.is_empty()) else {
        return policy.gap(node.place, "transformations", "an entry", "it names no table", "left out");
    };
    let schema = node.text("schema").filter(|schema| !schema.is_empty());
    let table = QualifiedName::new(schema.unwrap_or_else(|| "public".to_owned()), name);
    for (column, entry) in node.get("column_transformers").map_or(&[][..], Node::entries) {
        let mask = entry.text("name").unwrap_or_default();
        let parameters = Parameters { node: entry.get("parameters"), options };
        let known = TRANSFORMERS.iter().find(|(known, _)| *known == mask);
        let outcome = known.map_or_else(|| unknown_mask(&mask), |(_, translate)| translate(parameters));
        let original = shown(&mask, parameters.node);
        policy.column(&table, column, entry.place, &original, with_dynamic(outcome, entry));
    }
}

/// Values of other columns: a gender is taken, and what a template gets is lost with the template.
fn with_dynamic(outcome: Outcome, entry: &Node) -> Outcome {
    let parameters = entry.get("dynamic_parameters").map_or(&[][..], Node::entries);
    let gender =
        parameters.iter().find(|(name, _)| name == "gender").and_then(|(_, node)| node.text("column"));
    let outcome = outcome.map(|draft| draft.with_some("gender", gender));
    match outcome {
        Outcome::Rule(draft, _) if parameters.iter().any(|(name, _)| name != "gender") => {
            Outcome::Instead(draft, "its parameters come from other columns (dynamic_parameters)".to_owned())
        }
        other => other,
    }
}
