//! The SELECT inside `COPY (…) TO STDOUT`, built from identifiers and plan types alone.
//!
//! ```text
//!   SELECT own columns (canonical form | NULL), context columns
//!   FROM ONLY leaf t  LEFT JOIN parent c0 ON …  LEFT JOIN grandparent c1 ON …
//!   [WHERE t.ctid = ANY (ids) | t.ctid in a range] [AND extcondition]
//! ```
//!
//! Where that would be plain columns of all rows, COPY takes the table itself, which spares the executor.
//!
//! COPY takes no parameters, and a read-only transaction does not stop `COPY … TO PROGRAM`, so no text of a user may
//! ever come near: names go in as [`Ident`](waxwork_core::ident::Ident)s, ids by `set_config`.

use std::fmt::Write;
use waxwork_copy::Wire;
use waxwork_core::catalog::{Catalog, ColumnId, TableId, TableKind, ValueType};
use waxwork_core::ident::QualifiedName;
use waxwork_core::plan::{Canonical, ColumnAction, ColumnPlan, ContextStep, TablePlan};

use crate::probe::{ContextEqualities, Equality};

/// Which rows of a leaf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowChoice {
    /// All.
    #[default]
    All,
    /// Those set by [`SourceWorker::set_ids`](super::SourceWorker::set_ids): a TID scan.
    Ids,
    /// Blocks from the first, up to but without the second; `None`: to the end, wherever that is. A TID range scan
    /// from 14 on, before that a filtered scan of the whole table.
    Blocks(u32, Option<u32>),
}

/// A query for the rows of one leaf table.
#[derive(Clone, Debug)]
pub struct CopyQuery {
    table: QualifiedName,
    /// Tables that context fields are joined from, partitions included.
    joined: Vec<QualifiedName>,
    select: String,
    /// The columns, where the SELECT says no more than COPY of the table would.
    plain: Option<String>,
}

impl CopyQuery {
    /// The rows of `leaf` with the columns and context fields of `plan`, in that order. Columns of `null_columns`
    /// (of the rule table) are NULL in every row: step 6 of the closure, for a unit of rows whose parents are absent.
    /// Parents are joined by `equalities`, which are those of `plan`.
    pub fn new(
        catalog: &Catalog,
        plan: &TablePlan,
        equalities: &ContextEqualities,
        leaf: TableId,
        rows: RowChoice,
        null_columns: &[ColumnId],
    ) -> Self {
        let mut fields: Vec<String> =
            plan.columns.iter().map(|column| field(catalog, plan.table, column, null_columns)).collect();
        let mut joins = Joins { catalog, start: plan.table, sql: String::new(), made: Vec::new() };
        for (at, context) in plan.context.iter().enumerate() {
            let last = joins.alias(&context.path, equalities.of_field(at));
            let table = context.path.last().map_or(plan.table, |step| step.parent);
            let value = format!("{last}.{}", catalog.table(table).column(context.column).name);
            fields.push(canonical_form(&value, context.canonical, &context.value_type));
        }
        let table = catalog.table(leaf).name.clone();
        let chosen = chosen(catalog, leaf, rows);
        let select = format!("SELECT {} FROM ONLY {table} AS t{}{chosen}", fields.join(", "), joins.sql);
        let is_plain =
            |column: &ColumnPlan| column.canonical == Canonical::AsIs && !becomes_null(column, null_columns);
        let says_no_more = !plan.columns.is_empty()
            && plan.context.is_empty()
            && chosen.is_empty()
            && plan.columns.iter().all(is_plain);
        let name = |column: &ColumnPlan| catalog.table(plan.table).column(column.column).name.to_string();
        let plain = says_no_more.then(|| plan.columns.iter().map(name).collect::<Vec<_>>().join(", "));
        Self { table, joined: joined_tables(catalog, plan), select, plain }
    }

    /// All of a table's plain columns, for tests and counting.
    pub fn whole(table: &QualifiedName, columns: &[waxwork_core::ident::Ident]) -> Self {
        let fields: Vec<String> = columns.iter().map(|column| format!("t.{column}")).collect();
        let select = format!("SELECT {} FROM ONLY {table} AS t", fields.join(", "));
        Self { table: table.clone(), joined: Vec::new(), select, plain: None }
    }

    /// The leaf.
    pub fn table(&self) -> &QualifiedName {
        &self.table
    }

    /// Every table that the query reads, to be locked before.
    pub fn reads(&self) -> impl Iterator<Item = &QualifiedName> {
        std::iter::once(&self.table).chain(&self.joined)
    }

    /// The SELECT alone, to explain or to count by.
    pub fn select(&self) -> &str {
        &self.select
    }

    /// The COPY statement.
    pub fn to_copy(&self, wire: Wire) -> String {
        let rows = match &self.plain {
            Some(columns) => format!("{} ({columns})", self.table),
            None => format!("({})", self.select),
        };
        format!("COPY {rows} TO STDOUT (FORMAT {})", format_name(wire))
    }
}

fn joined_tables(catalog: &Catalog, plan: &TablePlan) -> Vec<QualifiedName> {
    let parents = plan.context.iter().flat_map(|context| &context.path).map(|step| step.parent);
    let trees =
        parents.flat_map(|parent| catalog.table_ids().filter(move |id| catalog.is_within(*id, parent)));
    trees.map(|id| catalog.table(id).name.clone()).collect()
}

/// COPY's name of a wire.
pub(crate) fn format_name(wire: Wire) -> &'static str {
    match wire {
        Wire::Binary => "binary",
        Wire::Text => "text",
    }
}

fn chosen(catalog: &Catalog, leaf: TableId, rows: RowChoice) -> String {
    let mut terms = condition(rows);
    terms.extend(
        own_tids(catalog, leaf).map(|own| format!("t.ctid OPERATOR(pg_catalog.=) ANY (ARRAY({own}))")),
    );
    if terms.is_empty() { String::new() } else { format!(" WHERE {}", terms.join(" AND ")) }
}

/// What selects the tuple ids of an extension's table that are not the extension's own rows. By the table's own name, as
/// `pg_dump` does: the condition may say it.
pub(crate) fn own_tids(catalog: &Catalog, leaf: TableId) -> Option<String> {
    let table = catalog.table(leaf);
    // The line break ends a comment that the condition may end in.
    let sql = |condition| format!("SELECT ctid FROM ONLY {} WHERE ({condition}\n)", table.name);
    table.extension_condition().map(sql)
}

fn condition(rows: RowChoice) -> Vec<String> {
    let ctid = "t.ctid OPERATOR(pg_catalog";
    let from = |block| format!("{ctid}.>=) '({block},0)'::pg_catalog.tid");
    match rows {
        RowChoice::All => Vec::new(),
        RowChoice::Ids => {
            vec![format!("{ctid}.=) ANY (pg_catalog.current_setting('waxwork.ids')::pg_catalog.tid[])")]
        }
        RowChoice::Blocks(first, None) => vec![from(first)],
        RowChoice::Blocks(first, Some(end)) => {
            vec![from(first), format!("{ctid}.<) '({end},0)'::pg_catalog.tid")]
        }
    }
}

/// One own column in the form that the mask expects. What becomes NULL in every row does not leave the source.
fn field(catalog: &Catalog, table: TableId, plan: &ColumnPlan, null_columns: &[ColumnId]) -> String {
    let name = &catalog.table(table).column(plan.column).name;
    if becomes_null(plan, null_columns) {
        return format!("NULL AS {name}");
    }
    canonical_form(&format!("t.{name}"), plan.canonical, &plan.value_type)
}

fn becomes_null(plan: &ColumnPlan, null_columns: &[ColumnId]) -> bool {
    plan.action == ColumnAction::Null || null_columns.contains(&plan.column)
}

/// A column, `alias.name`, in its canonical form.
fn canonical_form(column: &str, form: Canonical, value_type: &ValueType) -> String {
    match form {
        Canonical::AsIs => column.to_owned(),
        Canonical::TrimScale => format!("pg_catalog.trim_scale({column})"),
        Canonical::Rtrim => format!("pg_catalog.rtrim({column}::pg_catalog.text, ' ')"),
        Canonical::Lower => format!("pg_catalog.lower({column}::pg_catalog.text)"),
        Canonical::PositiveZero => {
            // The other operand must be of the column's own width, or float4 would widen to float8 on the wire.
            let float = if *value_type == ValueType::Float4 { "float4" } else { "float8" };
            format!("({column} OPERATOR(pg_catalog.+) '0'::pg_catalog.{float})")
        }
    }
}

/// The parents that context fields are read from, each joined once. A join is on a unique key, so it never multiplies
/// a row.
struct Joins<'a> {
    catalog: &'a Catalog,
    start: TableId,
    sql: String,
    /// The way to a parent, and its alias.
    made: Vec<(&'a [ContextStep], String)>,
}

impl<'a> Joins<'a> {
    /// The alias of the last table on a path, `t` of an empty one; parents that are not joined yet are.
    fn alias(&mut self, path: &'a [ContextStep], equalities: &[Vec<Equality>]) -> String {
        let (mut from, mut alias) = (self.start, "t".to_owned());
        for (at, step) in path.iter().enumerate() {
            let way = &path[..=at];
            alias = match self.made.iter().find(|(known, _)| *known == way) {
                Some((_, known)) => known.clone(),
                None => {
                    // Of another plan's equalities none would be left here, and the server refuse an empty ON.
                    let equalities = equalities.get(at).map(Vec::as_slice).unwrap_or_default();
                    let joined = self.join(from, &alias, step, equalities);
                    self.made.push((way, joined.clone()));
                    joined
                }
            };
            from = step.parent;
        }
        alias
    }

    fn join(&mut self, from: TableId, alias: &str, step: &ContextStep, equalities: &[Equality]) -> String {
        let parent = self.catalog.table(step.parent);
        let next = format!("c{}", self.made.len());
        let pairs = step.columns.iter().zip(equalities).map(|((child, key), equality)| {
            let (child, key) = (&self.catalog.table(from).column(*child).name, &parent.column(*key).name);
            equality.sql(&format!("{next}.{key}"), &format!("{alias}.{child}"))
        });
        let on = pairs.collect::<Vec<_>>().join(" AND ");
        // A foreign key never sees inheritance children, but it does see partitions.
        let only = if parent.kind == TableKind::Partitioned { "" } else { "ONLY " };
        // Writing to a String cannot fail.
        let _ = write!(self.sql, " LEFT JOIN {only}{} AS {next} ON {on}", parent.name);
        next
    }
}
