//! Replibyte: `source` of its configuration, with transformers, skipped tables and the subset.
//!
//! Read from its documentation and from `replibyte/src/config.rs` of version 0.10.0.

use crate::Options;
use crate::draft::{Draft, Outcome};
use crate::parameters::{Parameters, shown, unknown, unknown_mask};
use crate::place::unreadable;
use crate::policy::{Policy, Seed};
use crate::recipes::{self, Translator};
use crate::shape;
use crate::tree::Node;
use crate::write;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::ident::QualifiedName;
use waxwork_core::masks::MaskKind as Mask;
use waxwork_core::rules::name::plain_table;

/// Every transformer that Replibyte ships.
const TRANSFORMERS: [(&str, Translator); 10] = [
    ("credit-card", |_| Outcome::mask(Mask::Card)),
    ("custom-wasm", |_| Outcome::left("it runs a program of the site's own")),
    ("email", |_| Outcome::mask(Mask::Email)),
    ("first-name", |_| Outcome::mask(Mask::FirstName)),
    ("keep-first-char", |_| {
        let rule = Draft::mask(Mask::Partial).with("keep_first", 1).with("keep_last", 0);
        Outcome::near(rule, "the rest is filled; of a text of one character nothing is shown")
    }),
    ("phone-number", |_| Outcome::mask(Mask::Phone)),
    ("random", |_| Outcome::mask(Mask::Shape)),
    ("random-date", |_| {
        Outcome::Instead(recipes::shifted(30), "Replibyte does not say what it does".to_owned())
    }),
    ("redacted", redacted),
    ("transient", |_| Outcome::same(Draft::Keep("Replibyte leaves it as it is (transient)"))),
];

/// Where it is read.
const PATHS: [&str; 15] = [
    "source.transformers.[].database",
    "source.transformers.[].table",
    "source.transformers.[].columns.[].name",
    "source.transformers.[].columns.[].transformer_name",
    "source.transformers.[].columns.[].transformer_options.{}",
    "source.skip.[].database",
    "source.skip.[].table",
    "source.only_tables.[].database",
    "source.only_tables.[].table",
    "source.database_subset.database",
    "source.database_subset.table",
    "source.database_subset.strategy_name",
    "source.database_subset.strategy_options.percent",
    "source.database_subset.passthrough_tables.[]",
    "source.{}",
];

/// The first three characters and a fill.
fn redacted(it: Parameters<'_>) -> Outcome {
    let rule = Draft::mask(Mask::Partial).with("keep_first", 3).with("keep_last", 0);
    let fill = it.text("character").filter(|fill| fill != "*");
    Outcome::near(
        rule.with_some("fill", fill),
        "of a text that would show more than half of itself nothing is shown",
    )
}

/// Reads a configuration.
pub(crate) fn read(file: &str, root: &Node, options: &Options) -> Result<Policy, Vec<Diagnostic>> {
    let Some(source) = root.get("source").filter(|source| !source.is_blank()) else {
        let detail = "It has no source, where Replibyte's transformers stand.";
        return Err(unreadable(file, "Replibyte's configuration", root.place, detail));
    };
    const KNOWN: [&str; 6] =
        ["connection_uri", "compression", "transformers", "skip", "database_subset", "only_tables"];
    shape::check(file, "Replibyte's configuration", root, &PATHS)?;
    let mut policy = Policy::new("Replibyte", file);
    for (name, place) in unknown(source, &KNOWN) {
        policy.gap(place, "source", &write::word(name), "Replibyte has no such setting", "nothing");
    }
    source.list("transformers").iter().for_each(|table| read_table(&mut policy, table, options));
    source.list("skip").iter().filter_map(name_of).for_each(|table| policy.table(&table).rows = Some("none"));
    if let Some(only) = source.get("only_tables").filter(|only| !only.items().is_empty()) {
        let instead = "nothing; rows = \"none\" under [table.T] leaves a table empty";
        policy.gap(
            only.place,
            "source",
            "only_tables",
            "waxwork copies every table of the database",
            instead,
        );
    }
    if let Some(subset) = source.get("database_subset") {
        read_subset(&mut policy, subset);
    }
    Ok(policy)
}

/// What Replibyte calls a database is PostgreSQL's schema.
fn name_of(node: &Node) -> Option<QualifiedName> {
    let schema = node.text("database").unwrap_or_else(|| "public".to_owned());
    Some(QualifiedName::new(schema, node.text("table").filter(|name| !name.is_empty())?))
}

fn read_table(policy: &mut Policy, node: &Node, options: &Options) {
    let Some(table) = name_of(node) else {
        return policy.gap(node.place, "source", "transformers", "an entry names no table", "left out");
    };
    for column in node.list("columns") {
        let mask = column.text("transformer_name").unwrap_or_default();
        let parameters = Parameters { node: column.get("transformer_options"), options };
        let original = shown(&mask, parameters.node);
        let Some(name) = column.text("name") else {
            let why = "it does not say which column it changes";
            policy.gap(column.place, &plain_table(&table), &original, why, "left out");
            continue;
        };
        let known = TRANSFORMERS.iter().find(|(known, _)| *known == mask);
        let outcome = known.map_or_else(|| unknown_mask(&mask), |(_, translate)| translate(parameters));
        policy.column(&table, &name, column.place, &original, outcome);
    }
}

fn read_subset(policy: &mut Policy, node: &Node) {
    let percent = node.get("strategy_options").and_then(|options| options.number("percent"));
    let is_random = node.text("strategy_name").as_deref() == Some("random");
    match (name_of(node), percent.filter(|percent| is_random && *percent > 0.0 && *percent <= 100.0)) {
        (Some(table), Some(percent)) => policy.seeds.push(Seed {
            original: format!("database_subset of {}", plain_table(&table)),
            table,
            condition: None,
            percent: Some(percent),
            place: node.place,
        }),
        _ => {
            let why = "its strategy is not random with a percentage";
            policy.gap(node.place, "source", "database_subset", why, "every row is copied, masked");
        }
    }
    for name in node.list("passthrough_tables").iter().filter_map(Node::scalar) {
        let schema = node.text("database").unwrap_or_else(|| "public".to_owned());
        policy.table(&QualifiedName::new(schema, name)).rows = Some("all");
    }
}
