//! Greenmask: `dump.transformation` of its configuration, with conditions, subsets and virtual references.
//!
//! Read from its documentation and from `internal/domains/config.go` of version 0.2.22.

mod condition;
pub(crate) mod json;
pub(crate) mod masks;
mod references;

use crate::Options;
use crate::draft::{Draft, Outcome};
use crate::parameters::{Parameters, shown, unknown};
use crate::place::unreadable;
use crate::policy::{Policy, Seed};
use crate::shape;
use crate::tree::{Node, Value};
use crate::write;
use masks::{OF_KEYS, TRANSFORMERS, Translate};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::ident::QualifiedName;
use waxwork_core::masks::MaskKind;
use waxwork_core::rules::name::{plain_table, table_name};

/// What errors call it.
const WHAT: &str = "Greenmask's configuration";

/// Where it is read.
const PATHS: [&str; 19] = [
    "dump.transformation.[].schema",
    "dump.transformation.[].name",
    "dump.transformation.[].query",
    "dump.transformation.[].when",
    "dump.transformation.[].subset_conds.[]",
    "dump.transformation.[].transformers.[].name",
    "dump.transformation.[].transformers.[].when",
    "dump.transformation.[].transformers.[].apply_for_references",
    "dump.transformation.[].transformers.[].params.keep_null",
    "dump.transformation.[].transformers.[].dynamic_params.{}.column",
    "dump.virtual_references.[].schema",
    "dump.virtual_references.[].name",
    "dump.virtual_references.[].references.[].schema",
    "dump.virtual_references.[].references.[].name",
    "dump.virtual_references.[].references.[].not_null",
    "dump.virtual_references.[].references.[].columns.[].name",
    "dump.virtual_references.[].references.[].columns.[].expression",
    "dump.virtual_references.[].references.[].polymorphic_exprs.[]",
    "dump.pg_dump_options.{}",
];

/// Reads a configuration.
pub(crate) fn read(file: &str, root: &Node, options: &Options) -> Result<Policy, Vec<Diagnostic>> {
    let Some(tables) = root.at(&["dump", "transformation"]).filter(|tables| !tables.is_blank()) else {
        let detail = "It has no dump.transformation, where Greenmask's rules for tables stand.";
        return Err(unreadable(file, WHAT, root.place, detail));
    };
    shape::check(file, WHAT, root, &PATHS)?;
    check_excluded(file, root)?;
    let mut policy = Policy::new("Greenmask", file);
    // Only children of a filtered table are cut there; all else is dumped in full.
    policy.whole_others = true;
    tables.items().iter().for_each(|table| read_table(&mut policy, table, options));
    references::read(&mut policy, root, options);
    read_pg_dump_options(&mut policy, root);
    Ok(policy)
}

fn read_table(policy: &mut Policy, node: &Node, options: &Options) {
    const KNOWN: [&str; 8] = [
        "schema",
        "name",
        "query",
        "apply_for_inherited",
        "transformers",
        "columns_type_override",
        "subset_conds",
        "when",
    ];
    let Some(table) = name_of(node) else {
        return policy.gap(node.place, "dump.transformation", "a table", "it has no name", "left out");
    };
    let shown_table = plain_table(&table);
    for (name, place) in unknown(node, &KNOWN) {
        policy.gap(
            place,
            &shown_table,
            &write::word(name),
            "Greenmask has no such setting of a table",
            "nothing",
        );
    }
    if let Some(query) = node.get("query").filter(|query| !query.is_blank()) {
        let why = "waxwork reads tables, not queries";
        policy.gap(query.place, &shown_table, "query", why, "every row is copied, masked");
    }
    read_subset(policy, &table, node);
    for transformer in node.list("transformers") {
        Transformer { table: &table, node: transformer, owner: node, options }.read(policy);
    }
}

/// A table by its schema and name, both exact.
fn name_of(node: &Node) -> Option<QualifiedName> {
    let schema = node.text("schema").filter(|schema| !schema.is_empty());
    let name = node.text("name").filter(|name| !name.is_empty())?;
    Some(QualifiedName::new(schema.unwrap_or_else(|| "public".to_owned()), name))
}

fn read_subset(policy: &mut Policy, table: &QualifiedName, node: &Node) {
    let conditions: Vec<String> = node.list("subset_conds").iter().filter_map(Node::scalar).collect();
    let condition = match conditions.as_slice() {
        [] => return,
        [one] => one.clone(),
        several => several.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" and "),
    };
    policy.seeds.push(Seed {
        table: table.clone(),
        condition: Some(condition),
        percent: None,
        original: format!("subset_conds of {}; parents of these rows come along", plain_table(table)),
        place: node.get("subset_conds").map_or(node.place, |conditions| conditions.place),
    });
}

/// Names of tables are one text or a list of them.
fn check_excluded(file: &str, root: &Node) -> Result<(), Vec<Diagnostic>> {
    let excluded = root.at(&["dump", "pg_dump_options", "exclude-table-data"]);
    match excluded.filter(|node| matches!(node.value, Value::List(_) | Value::Map(_))) {
        Some(list) => shape::check(file, "exclude-table-data of Greenmask's configuration", list, &["[]"]),
        None => Ok(()),
    }
}

/// What `pg_dump` leaves out there.
fn read_pg_dump_options(policy: &mut Policy, root: &Node) {
    const WHY: &str = "waxwork copies every table of the database";
    let Some(options) = root.at(&["dump", "pg_dump_options"]) else { return };
    for name in ["table", "exclude-table", "schema", "exclude-schema"] {
        if let Some(node) = options.get(name).filter(|node| !node.is_blank()) {
            let instead = "nothing; rows = \"none\" under [table.T] leaves a table empty";
            policy.gap(node.place, "pg_dump_options", name, WHY, instead);
        }
    }
    let patterns = options.get("exclude-table-data");
    let one = patterns.filter(|node| node.scalar().is_some());
    for node in options.list("exclude-table-data").iter().chain(one) {
        match node.scalar().and_then(|pattern| table_name(&pattern).ok()) {
            Some(table) => policy.table(&table).rows = Some("none"),
            None => {
                let why = "it is a pattern of several names";
                policy.gap(node.place, "pg_dump_options", "exclude-table-data", why, "nothing");
            }
        }
    }
}

/// One transformer of a table.
#[derive(Clone, Copy)]
struct Transformer<'p> {
    table: &'p QualifiedName,
    node: &'p Node,
    /// The table's entry, which may have a condition of its own.
    owner: &'p Node,
    options: &'p Options,
}

impl Transformer<'_> {
    fn read(self, policy: &mut Policy) {
        const KNOWN: [&str; 6] =
            ["name", "resolve_env", "apply_for_references", "params", "dynamic_params", "when"];
        let name = self.node.text("name").unwrap_or_default();
        let shown_table = plain_table(self.table);
        for (key, place) in unknown(self.node, &KNOWN) {
            policy.gap(
                place,
                &shown_table,
                &write::word(key),
                "Greenmask has no such setting of a transformer",
                "nothing",
            );
        }
        let known = TRANSFORMERS.iter().find(|(known, _)| *known == name);
        match known.map(|(_, translate)| *translate) {
            Some(Translate::Column(translate)) => self.one_column(policy, translate),
            Some(Translate::Columns(translate)) => self.columns(policy, translate),
            None => self.columns(policy, |_, _| {
                Outcome::left("it is a program of the site's own, or one that waxwork does not know")
            }),
        }
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters { node: self.node.get("params"), options: self.options }
    }

    fn original(&self) -> String {
        shown(&self.node.text("name").unwrap_or_default(), self.node.get("params"))
    }

    fn one_column(&self, policy: &mut Policy, translate: fn(Parameters<'_>) -> Outcome) {
        let Some(column) = self.parameters().text("column") else { return self.nameless(policy) };
        let outcome =
            if self.is_key() { Outcome::mask(MaskKind::Permute) } else { translate(self.parameters()) };
        self.settle(policy, &column, with_nulls(outcome, self.parameters().flag("keep_null")));
    }

    fn columns(&self, policy: &mut Policy, translate: fn(Parameters<'_>, &Node) -> Outcome) {
        let listed = self.parameters().list("columns").iter();
        let single = self.parameters().get("column").into_iter();
        let mut seen = false;
        for node in listed.chain(single) {
            if let Some(column) = node.text("name").or_else(|| node.scalar()) {
                let outcome = translate(self.parameters(), node);
                self.settle(policy, &column, with_nulls(outcome, node.flag("keep_null")));
                seen = true;
            }
        }
        if !seen {
            self.nameless(policy);
        }
    }

    fn nameless(&self, policy: &mut Policy) {
        let why = "it does not say which columns it changes";
        policy.gap(self.node.place, &plain_table(self.table), &self.original(), why, "left out");
    }

    /// Foreign keys follow it there, as they always do here.
    fn is_key(&self) -> bool {
        let name = self.node.text("name").unwrap_or_default();
        self.node.flag("apply_for_references") == Some(true) && OF_KEYS.contains(&name.as_str())
    }

    /// Adds what stands beside the parameters: values of other columns, conditions, and transformers before it.
    fn settle(&self, policy: &mut Policy, column: &str, outcome: Outcome) {
        let outcome = self.without_dynamic(outcome);
        let earlier = policy.rule(self.table, column);
        let outcome = match self.condition(policy) {
            None => outcome.note_if(earlier.is_some(), "the last of several transformers decides"),
            Some(Ok(_)) if earlier.is_none() && policy.has_column(self.table, column) => {
                Outcome::left("it holds for some rows, and what masks the others could not be translated")
            }
            Some(Ok(condition)) => outcome.map(|draft| match (earlier, draft) {
                (Some(earlier), draft @ Draft::Mask(..)) => draft.only_where(condition, earlier),
                // A list has no place in a list: it holds for every row.
                (Some(_), draft) => draft,
                (None, draft) => Draft::Keep("Greenmask's condition leaves these rows as they are")
                    .only_where(format!("not ({condition})"), draft),
            }),
            Some(Err(why)) => match outcome {
                Outcome::Rule(draft, _) | Outcome::Instead(draft, _) => Outcome::Instead(draft, why),
                left @ Outcome::Left(_) => left,
            },
        };
        policy.restate(self.table, column, self.node.place, &self.original(), outcome);
    }

    fn without_dynamic(&self, outcome: Outcome) -> Outcome {
        let parameters = self.node.get("dynamic_params").map_or(&[][..], Node::entries);
        let gender =
            parameters.iter().find(|(name, _)| name == "gender").and_then(|(_, node)| node.text("column"));
        let outcome = outcome.map(|draft| draft.with_some("gender", gender));
        if parameters.iter().all(|(name, _)| name == "gender") {
            return outcome;
        }
        let why = "its parameters come from other columns (dynamic_params)".to_owned();
        match outcome {
            Outcome::Rule(draft, _) => Outcome::Instead(draft, why),
            other => other,
        }
    }

    /// When it applies: none where always, an error where waxwork cannot say.
    fn condition(&self, policy: &mut Policy) -> Option<Result<String, String>> {
        let of = |node: &Node| node.text("when").filter(|when| !when.trim().is_empty());
        let (tables, own) = (of(self.owner), of(self.node));
        let parts: Result<Vec<String>, String> = [(tables, false), (own, true)]
            .into_iter()
            .filter_map(|(text, sees_changes)| text.map(|text| self.translated(policy, &text, sees_changes)))
            .collect();
        match parts {
            Ok(parts) if parts.is_empty() => None,
            Ok(parts) if parts.len() == 1 => Some(Ok(parts.concat())),
            Ok(parts) => {
                Some(Ok(parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" and ")))
            }
            Err(why) => Some(Err(why)),
        }
    }

    /// A transformer's condition asks what the ones before it have made, a table's is asked before all of them. Here every
    /// condition asks the source.
    fn translated(&self, policy: &mut Policy, text: &str, sees_changes: bool) -> Result<String, String> {
        const FITS_NOT: &str =
            "its condition (when) does not fit waxwork's grammar, so that every row is masked";
        const CHANGED: &str =
            "its condition (when) asks what another transformer has made, so that every row is masked";
        let condition = condition::translate(text).ok_or(FITS_NOT)?;
        if sees_changes && condition.columns.iter().any(|column| policy.has_column(self.table, column)) {
            return Err(CHANGED.to_owned());
        }
        Ok(condition.sql)
    }
}

/// NULL is masked too where the policy says so and the mask makes its result without a value.
fn with_nulls(outcome: Outcome, keep_null: Option<bool>) -> Outcome {
    if keep_null != Some(false) {
        return outcome;
    }
    let can = |draft: &Draft| matches!(draft, Draft::Mask(kind, _) if !kind.info().masks_null.is_empty());
    match outcome {
        Outcome::Rule(draft, notes) if can(&draft) => {
            Outcome::Rule(draft.with_some("nulls", Some("mask")), notes)
        }
        other => other.note_if(true, "NULL stays NULL"),
    }
}
