//! SQL that counts rows by the columns of a set, and makes their values coarser where too few rows agree.
//!
//! ```text
//!   step: rows whose group has fewer than k ─► one column's coarser form
//!   join_nearest: rows of a last form that are still too few ─► as many as they lack take it too, of one other group
//! ```
//!
//! Groups are those of GROUP BY: as the columns' types and collations compare, NULL like any value. Only rows of small
//! groups change, so no group ever loses rows but to become coarser whole.

use waxwork_core::catalog::{Catalog, Column, ColumnId, Table, TableKind, ValueType};
use waxwork_core::ident::QualifiedName;
use waxwork_core::plan::{Coarser, QuasiSet};
use waxwork_pg::sql_text;

/// The groups of a set's rows.
pub(crate) struct Groups<'a> {
    catalog: &'a Catalog,
    set: &'a QuasiSet,
    table: &'a Table,
}

impl<'a> Groups<'a> {
    pub(crate) fn new(catalog: &'a Catalog, set: &'a QuasiSet) -> Self {
        Self { catalog, set, table: catalog.table(set.table) }
    }

    /// The table's name.
    pub(crate) fn table(&self) -> &'a QualifiedName {
        &self.table.name
    }

    /// One row: rows, groups, the smallest group, rows in groups below k, groups of one row.
    pub(crate) fn counts(&self) -> String {
        format!(
            "SELECT coalesce(sum(n), 0)::int8, count(*), min(n), \
             coalesce(sum(n) FILTER (WHERE n < {k}), 0)::int8, count(*) FILTER (WHERE n = 1) \
             FROM ({groups}) AS g",
            k = self.k(),
            groups = self.grouped()
        )
    }

    /// Gives the rows of small groups the coarser form of a column.
    pub(crate) fn step(&self, column: ColumnId, coarser: Coarser) -> String {
        let column = self.table.column(column);
        let (name, form) = (&column.name, self.form(&format!("t.{}", column.name), column, coarser));
        format!(
            "UPDATE {relation} AS t SET {name} = {form} FROM (\
             SELECT ctid AS row, tableoid AS part, count(*) OVER (PARTITION BY {columns}) AS n FROM {relation}) AS g \
             WHERE t.ctid = g.row AND t.tableoid = g.part AND g.n < {k} AND t.{name} IS DISTINCT FROM {form}",
            relation = self.relation(),
            columns = self.columns(),
            k = self.k()
        )
    }

    /// How many rows [`join_nearest`](Self::join_nearest) takes along.
    pub(crate) fn joined(&self) -> String {
        format!("SELECT count(*) FROM ({}) AS g WHERE {CHOSEN}", self.placed())
    }

    /// Gives the last form of every column to rows of another group that has the last form of rows which are too few.
    pub(crate) fn join_nearest(&self) -> String {
        let last = self.last_forms();
        let set = last.iter().map(|(column, form)| format!("{} = {form}", column.name));
        format!(
            "UPDATE {relation} AS t SET {set} FROM ({placed}) AS g \
             WHERE t.ctid = g.row AND t.tableoid = g.part AND {CHOSEN}",
            relation = self.relation(),
            set = set.collect::<Vec<_>>().join(", "),
            placed = self.placed()
        )
    }

    /// Raises the message where a group is too small.
    pub(crate) fn stop(&self, message: &str) -> String {
        let body = format!(
            "BEGIN IF EXISTS (SELECT FROM ({}) AS g WHERE n < {}) THEN RAISE EXCEPTION USING MESSAGE = {}; END IF; END",
            self.grouped(),
            self.k(),
            sql_text::literal(message)
        );
        format!("DO {}", sql_text::literal(&body))
    }

    fn k(&self) -> u64 {
        self.set.k.unwrap_or(0)
    }

    fn grouped(&self) -> String {
        format!("SELECT count(*) AS n FROM {} GROUP BY {}", self.relation(), self.columns())
    }

    /// Every row with what [`CHOSEN`] asks: the size of its group, how many rows the small groups of its last form lack,
    /// the place of its group among those that could help them, best first, and its own seat in the group.
    fn placed(&self) -> String {
        let forms: Vec<String> = self.last_forms().into_iter().map(|(_, form)| form).collect();
        let named: Vec<String> =
            forms.iter().enumerate().map(|(at, form)| format!("{form} AS {}", last_name(at))).collect();
        let last: Vec<String> = (0..forms.len()).map(last_name).collect();
        let (last, columns, k) = (last.join(", "), self.columns(), self.k());
        let sized = format!(
            "SELECT ctid AS \"waxwork row\", tableoid AS \"waxwork part\", {columns}, {named}, \
             hashtextextended((t.*)::text COLLATE \"C\", 0) AS \"waxwork hash\", \
             count(*) OVER (PARTITION BY {columns}) AS \"waxwork n\" FROM {relation} AS t",
            named = named.join(", "),
            relation = self.relation()
        );
        let lacking = format!(
            "SELECT *, {k} - count(*) FILTER (WHERE \"waxwork n\" < {k}) OVER (PARTITION BY {last}) AS \"waxwork lack\" \
             FROM ({sized}) AS s"
        );
        format!(
            "SELECT \"waxwork row\" AS row, \"waxwork part\" AS part, \"waxwork n\" AS n, \"waxwork lack\" AS lack, {k} AS k, \
             dense_rank() OVER (PARTITION BY {last}, \"waxwork n\" < {k} \
             ORDER BY \"waxwork n\" < {k} + \"waxwork lack\", \"waxwork n\", {columns}) AS place, \
             row_number() OVER (PARTITION BY {columns} ORDER BY \"waxwork hash\") AS seat FROM ({lacking}) AS l"
        )
    }

    /// Each column with the form that its last step gives it.
    fn last_forms(&self) -> Vec<(&'a Column, String)> {
        let columns = self.set.columns.iter().map(|id| {
            let column = self.table.column(*id);
            let last = self.set.steps.iter().rev().find(|(of, _)| of == id).map(|(_, coarser)| *coarser);
            let value = format!("t.{}", column.name);
            (column, last.map_or(value.clone(), |last| self.form(&value, column, last)))
        });
        columns.collect()
    }

    fn relation(&self) -> String {
        // Heirs of the old kind are tables of their own; partitions are the table itself.
        let only = if self.table.kind == TableKind::Partitioned { "" } else { "ONLY " };
        format!("{only}{}", self.table.name)
    }

    fn columns(&self) -> String {
        let names = self.set.columns.iter().map(|column| self.table.column(*column).name.to_string());
        names.collect::<Vec<_>>().join(", ")
    }

    fn form(&self, value: &str, column: &Column, coarser: Coarser) -> String {
        match (coarser, self.catalog.value_type(column)) {
            (Coarser::Null, _) => format!("NULL::{}", self.type_name(column)),
            (Coarser::Beginning(period), value_type) => beginning(value, period, &value_type),
            (Coarser::Multiple(step), ValueType::Float4 | ValueType::Float8) => {
                format!("trunc({value}::float8 / {step}) * {step}")
            }
            (Coarser::Multiple(step), ValueType::Numeric(_)) => {
                // Of infinity and NaN there is no remainder.
                format!(
                    "CASE WHEN {value} > '-1e100000' AND {value} < '1e100000' THEN {value} - {value} % {step} ELSE {value} END"
                )
            }
            (Coarser::Multiple(step), _) => format!("{value} - {value} % {step}"),
            (Coarser::Prefix(chars), _) => prefix(value, chars),
        }
    }

    /// A column's type as SQL writes it.
    fn type_name(&self, column: &Column) -> String {
        let found = self.catalog.types.get(&column.type_oid);
        found.map_or_else(|| column.type_name.clone(), |found| found.name.to_string())
    }
}

/// Rows that join those which are too few: as many as are lacking where their group can spare them, else all of it.
const CHOSEN: &str =
    "g.n >= g.k AND g.lack < g.k AND g.place = 1 AND (g.n < g.k + g.lack OR g.seat <= g.lack)";

/// What a column's last form is called beside the table's own columns.
fn last_name(at: usize) -> String {
    format!("\"waxwork last {at}\"")
}

/// What `date_trunc` takes, infinity and the ends of its range apart, and back in the column's type.
fn beginning(value: &str, period: &str, value_type: &ValueType) -> String {
    let (inner, outer) = match value_type {
        ValueType::Time => return format!("date_trunc('{period}', {value}::interval)::time"),
        ValueType::Date => (format!("{value}::timestamp"), "::date"),
        _ => (value.to_owned(), ""),
    };
    format!(
        "CASE WHEN {value} >= '4000-01-01 BC' AND {value} < '294000-01-01' \
         THEN date_trunc('{period}', {inner}){outer} ELSE {value} END"
    )
}

/// A text with a digit up to that character; behind it only the form stays.
fn prefix(value: &str, chars: u32) -> String {
    let text = format!("{value}::text COLLATE \"C\"");
    let rest = format!("substr({text}, {})", chars + 1);
    let (digits, capitals) = ("'[0-9]', '0', 'g'", "'[A-Z]', 'X', 'g'");
    let shape = format!(
        "regexp_replace(regexp_replace(regexp_replace({rest}, {digits}), {capitals}), '[a-z]|[^ -~]', 'x', 'g')"
    );
    format!("CASE WHEN {text} ~ '[0-9]' THEN left({text}, {chars}) || {shape} ELSE {value}::text END")
}
