//! `[[quasi_identifiers]]` against the catalog: which columns are counted together, and how their values become coarser.
//!
//! ```text
//!   QuasiRule ─► columns whose values the server compares ─► [generalise: none that a key, a partition or another
//!     column is made from] ─► QuasiSet { columns, k, below, steps }
//! ```

use super::expression::mentions;
use super::keys::KeyGraph;
use super::schema::{ColumnRef, Schema, part_columns};
use super::{Becomes, Coarser, ColumnPlan, Plan, QuasiSet, Refusable, TablePlan, TemplatePart};
use crate::catalog::{ColumnId, Generation, TableId, TableKind, ValueType};
use crate::diagnostic::Diagnostic;
use crate::missing;
use crate::rules::name::{plain, plain_table};
use crate::rules::{At, Below, QuasiRule, RuleFile};

/// Looks up every name; one set a rule, in the file's order.
pub(super) fn resolve(
    rules: &RuleFile,
    schema: &Schema,
    graph: &KeyGraph,
    plan: &Plan,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<QuasiSet> {
    let mut sets: Vec<QuasiSet> = Vec::new();
    for rule in &rules.quasi_identifiers {
        let table = match find_table(rule, schema) {
            Ok(table) => table,
            Err(refusal) => {
                diagnostics.push(refusal.at(Some(rule.table.location.clone())));
                continue;
            }
        };
        let search = Search { schema, graph, table, plan: plan.table(table), below: rule.below };
        let columns = rule.columns.iter().filter_map(|name| search.column(name, diagnostics)).collect();
        let set = search.set(rule, columns);
        diagnostics.extend(sets.iter().find_map(|earlier| conflict(schema, earlier, &set)));
        sets.push(set);
    }
    sets
}

fn find_table(rule: &QuasiRule, schema: &Schema) -> Refusable<TableId> {
    let name = &rule.table.value;
    let Some(id) = schema.catalog.find(name) else {
        return Err(Box::new(missing::table(schema.catalog, name)));
    };
    let table = schema.catalog.table(id);
    let label = schema.table_label(id);
    if table.partition_of.is_some() {
        let root = plain_table(&schema.catalog.table(schema.catalog.root(id)).name);
        let message = format!("table of [[quasi_identifiers]] is a partition: {label}");
        let hint = format!("Name {root}, which speaks for its partitions.");
        return Err(Box::new(Diagnostic::rule("quasi_partition", message).hint(hint)));
    }
    if schema.rows(id).is_none() {
        return Err(Box::new(missing::rows(table).hint("Delete the [[quasi_identifiers]].")));
    }
    if !schema.is_copied(id) {
        let message = format!("table of [[quasi_identifiers]] has no rows in the copy: {label}");
        let diagnostic = Diagnostic::rule("quasi_without_rows", message);
        return Err(Box::new(diagnostic.hint("Delete the entry, or give the table rows.")));
    }
    if schema.tree(id).iter().any(|part| schema.catalog.table(*part).kind == TableKind::Foreign) {
        let message =
            format!("table of [[quasi_identifiers]] has a partition that is a foreign table: {label}");
        let detail = "Its rows are elsewhere, and whether their server answers is not known.";
        return Err(Box::new(
            Diagnostic::rule("quasi_elsewhere", message).detail(detail).hint("Delete the entry."),
        ));
    }
    Ok(id)
}

/// Two sets that would be counted twice, or whose steps would undo each other's groups.
fn conflict(schema: &Schema, earlier: &QuasiSet, later: &QuasiSet) -> Option<Diagnostic> {
    if earlier.table != later.table {
        return None;
    }
    let label = schema.table_label(later.table);
    let at = Some(later.location.clone());
    let shared = later.columns.iter().find(|column| earlier.columns.contains(column))?;
    if sorted(&earlier.columns) == sorted(&later.columns) {
        let message = format!("quasi-identifiers of table {label} are declared twice");
        let detail = format!("The other declaration is at {}.", earlier.location);
        return Some(Diagnostic::rule("named_twice", message).detail(detail).at(at));
    }
    if [earlier.below, later.below] != [Below::Generalise; 2] {
        return None;
    }
    let shared = schema.label(ColumnRef { table: later.table, column: *shared });
    let message = format!("two sets generalise one column: {shared}");
    let diagnostic = Diagnostic::rule("quasi_overlap", message);
    let diagnostic =
        diagnostic.detail("What makes groups of the one set would take them apart in the other.");
    Some(diagnostic.hint("Declare one set of all their columns.").at(at))
}

fn sorted(columns: &[ColumnId]) -> Vec<ColumnId> {
    let mut columns = columns.to_vec();
    columns.sort_unstable();
    columns
}

/// A set's table, with what is known of it.
struct Search<'a> {
    schema: &'a Schema<'a>,
    graph: &'a KeyGraph,
    table: TableId,
    /// None where the rules are refused already.
    plan: Option<&'a TablePlan>,
    below: Below,
}

impl Search<'_> {
    fn set(&self, rule: &QuasiRule, columns: Vec<ColumnId>) -> QuasiSet {
        let steps = if rule.below == Below::Generalise { self.steps(&columns) } else { Vec::new() };
        let location = rule.table.location.clone();
        QuasiSet { table: self.table, columns, k: rule.k, below: rule.below, steps, location }
    }

    fn column(&self, name: &At<String>, diagnostics: &mut Vec<Diagnostic>) -> Option<ColumnId> {
        let found = self.find(&name.value);
        found.map_err(|refusal| diagnostics.push(refusal.at(Some(name.location.clone())))).ok()
    }

    fn find(&self, name: &str) -> Refusable<ColumnId> {
        let relation = self.schema.catalog.table(self.table);
        let Some(column) = relation.find_column(name) else {
            return Err(Box::new(missing::column(relation, name)));
        };
        let at = ColumnRef { table: self.table, column };
        let label = self.schema.label(at);
        if let Some(made) = self.made(at) {
            let message = format!("column of [[quasi_identifiers]] is {made}: {label}");
            let diagnostic = Diagnostic::rule("quasi_on_made", message);
            let hint = "Name the columns that it is made from.";
            return Err(Box::new(diagnostic.hint(hint)));
        }
        let value_type = self.schema.value_type(at);
        if !is_compared(&value_type) {
            let message = format!(
                "rows are not grouped by a column of type {}: {label}",
                self.schema.column(at).type_name
            );
            let diagnostic = Diagnostic::rule("quasi_type", message);
            let hint = "Name columns of plain values; documents, arrays and types of other schemas are none.";
            return Err(Box::new(diagnostic.hint(hint)));
        }
        match self.objection(at).filter(|_| self.below == Below::Generalise) {
            Some(why) => {
                let message = format!("column cannot be generalised, {why}: {label}");
                let hint = "Leave it out of the set, or say below = \"report\" or \"fail\".";
                Err(Box::new(Diagnostic::rule("quasi_on_structure", message).hint(hint)))
            }
            None => Ok(column),
        }
    }

    fn made(&self, at: ColumnRef) -> Option<&'static str> {
        let mut derived = self.plan.iter().flat_map(|plan| &plan.derived);
        if self.schema.is_generated(at) {
            return Some("generated");
        }
        derived.any(|derived| derived.column == at.column).then_some("derived")
    }

    /// Why an UPDATE of the column is refused, or would not be all that knows its values.
    fn objection(&self, at: ColumnRef) -> Option<String> {
        if let Some(key) = self.key_of(at) {
            return Some(format!("{key} reads it"));
        }
        if self.graph.is_key(at)
            || self.graph.edges.iter().any(|edge| edge.child.table == at.table && edge.decided_by(at.column))
        {
            return Some("a reference reads it".to_owned());
        }
        if self.schema.partitions_by(at) {
            return Some("it is in a partition key".to_owned());
        }
        if matches!(self.schema.column(at).generation, Generation::Identity { .. }) {
            return Some("it is an identity column".to_owned());
        }
        self.reader(at).map(|reader| format!("column {} says what it held", plain(reader)))
    }

    /// A unique key or an exclusion constraint that the column is part of, directly or through a generated column, or
    /// whose predicate reads it.
    fn key_of(&self, at: ColumnRef) -> Option<String> {
        let generated = self.schema.catalog.table(at.table).generated_from(at.column);
        let held: Vec<ColumnId> = std::iter::once(at.column).chain(generated).collect();
        let name = self.schema.column(at).name.as_str();
        for part in self.schema.tree(at.table) {
            let owner = self.schema.catalog.table(part);
            let reads = |columns: &[ColumnId]| {
                self.schema.root_columns(part, columns).iter().any(|column| held.contains(column))
            };
            let key = owner.unique_keys.iter().find(|key| {
                reads(&key.predicate_columns) || key.parts.iter().any(|one| reads(&part_columns(one)))
            });
            if let Some(key) = key {
                return Some(format!("unique key {}", plain(key.name.as_str())));
            }
            let exclusion = owner.exclusions.iter().find(|exclusion| {
                exclusion.predicate.as_ref().is_some_and(|predicate| mentions(predicate, name))
                    || exclusion.parts.iter().any(|(one, _)| reads(&part_columns(one)))
            });
            if let Some(exclusion) = exclusion {
                return Some(format!("exclusion constraint {}", plain(exclusion.name.as_str())));
            }
        }
        None
    }

    /// A column of the row whose value in the copy was made from this one's.
    fn reader(&self, at: ColumnRef) -> Option<&str> {
        let relation = self.schema.catalog.table(at.table);
        let plan = self.plan?;
        let name = relation.column(at.column).name.as_str();
        let derived = plan.derived.iter().find(|derived| mentions(&derived.sql.value, name));
        let place = plan.columns.iter().position(|column| column.column == at.column)?;
        let copied = plan.columns.iter().find(|column| repeats(column, place)).map(|column| column.column);
        let reader = derived.map(|derived| derived.column).or(copied)?;
        Some(relation.column(reader).name.as_str())
    }

    /// Each column's first step, then each one's second, and so on; NULL comes last of all.
    fn steps(&self, columns: &[ColumnId]) -> Vec<(ColumnId, Coarser)> {
        let at = |column: ColumnId| ColumnRef { table: self.table, column };
        let ladders: Vec<(ColumnId, Vec<Coarser>)> =
            columns.iter().map(|column| (*column, ladder(&self.schema.value_type(at(*column))))).collect();
        let longest = ladders.iter().map(|(_, ladder)| ladder.len()).max().unwrap_or(0);
        let rounds = (0..longest).flat_map(|round| {
            ladders.iter().filter_map(move |(column, ladder)| Some((*column, *ladder.get(round)?)))
        });
        let nullable = columns.iter().filter(|column| !self.schema.column(at(**column)).not_null);
        rounds.chain(nullable.map(|column| (*column, Coarser::Null))).collect()
    }
}

/// What a column holds is repeated by this one.
fn repeats(column: &ColumnPlan, place: usize) -> bool {
    column.action.masks().into_iter().any(|spec| {
        let template = spec.template.contains(&TemplatePart::Column(place));
        let known = spec.scrub.iter().flat_map(|scrub| &scrub.known);
        template || known.into_iter().any(|known| known.becomes == Becomes::Own(place))
    })
}

/// Types that PostgreSQL groups and sorts by.
fn is_compared(value_type: &ValueType) -> bool {
    !matches!(value_type, ValueType::Json | ValueType::Jsonb | ValueType::Array { .. } | ValueType::Other(_))
}

/// How values of a type become coarser before they become NULL.
fn ladder(value_type: &ValueType) -> Vec<Coarser> {
    const WHOLE: [u64; 6] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
    let beginnings = |names: &[&'static str]| names.iter().map(|name| Coarser::Beginning(name)).collect();
    match value_type {
        ValueType::Date => beginnings(&["month", "year", "decade"]),
        ValueType::Timestamp | ValueType::TimestampTz => beginnings(&["day", "month", "year", "decade"]),
        ValueType::Time => beginnings(&["hour"]),
        // The others are beyond the type.
        ValueType::Int2 => WHOLE[..4].iter().copied().map(Coarser::Multiple).collect(),
        ValueType::Int4 | ValueType::Int8 => WHOLE.into_iter().map(Coarser::Multiple).collect(),
        ValueType::Float4 | ValueType::Float8 | ValueType::Numeric(_) => {
            std::iter::once(1).chain(WHOLE).map(Coarser::Multiple).collect()
        }
        ValueType::Text(_) => (1..=3).rev().map(Coarser::Prefix).collect(),
        _ => Vec::new(),
    }
}
