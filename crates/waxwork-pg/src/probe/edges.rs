//! Edges of the closure: from child rows up to their parents, from parent rows down to their children.

use waxwork_core::catalog::{Catalog, ColumnId, TableId, TableKind, ValueType};
use waxwork_core::rules::json_path::JsonPath;
use waxwork_core::subset::{Reference, ReferenceKey};

use super::equality::Equality;
use super::rows::key_text;
use super::side_by_side::{self, Join, Question, Routing};
use super::when::{bind, when_terms};
use crate::error::{PgError, doing};
use crate::row::{Param, Row, Tid};
use crate::source::{SourceWorker, Workers};

/// Where a child row refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpEdge {
    /// The child.
    pub child: Tid,
    /// Its key refers to something: no NULL in it, and its `when` holds.
    pub refers: bool,
    /// OID of the parent's leaf and the parent; `None` with `refers`: it dangles.
    pub parent: Option<(u32, Tid)>,
}

/// A child of a parent row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownEdge {
    /// The parent.
    pub parent: Tid,
    /// OID of the child's leaf and the child; `None`: the parent has no child.
    pub child: Option<(u32, Tid)>,
}

/// One reference, ready to be asked.
#[derive(Debug)]
pub struct ReferenceProbe<'a> {
    catalog: &'a Catalog,
    reference: &'a Reference,
    equalities: &'a [Equality],
    routing: Routing,
}

impl<'a> ReferenceProbe<'a> {
    /// `equalities` are those of the reference, see [`equalities`](super::equalities).
    pub fn new(
        catalog: &'a Catalog,
        reference: &'a Reference,
        equalities: &'a [Equality],
        routing: Routing,
    ) -> Self {
        Self { catalog, reference, equalities, routing }
    }

    /// Where rows of a leaf of the child refer to: those with `tids`, or all. At least one edge a row.
    ///
    /// # Errors
    ///
    /// As the server says, and what `take` returns.
    pub async fn parents(
        &self,
        workers: &mut Workers,
        leaf: TableId,
        tids: Option<&[Tid]>,
        mut take: impl FnMut(UpEdge) -> Result<(), PgError>,
    ) -> Result<(), PgError> {
        let lock = async |worker: &mut SourceWorker| self.lock(worker, leaf, self.reference.parent).await;
        let question = |tids: Option<&[Tid]>, join| {
            let mut params = Vec::new();
            let chosen = chosen("c", tids, &mut params);
            let join = self.up_join(leaf, join, &mut params);
            let refers = self.refers(&mut params);
            let sql = format!("SELECT c.ctid, coalesce({refers}, false), p.tableoid, p.ctid {join}{chosen}");
            Question { doing: doing("follow reference").to(&self.reference.name), sql, params }
        };
        let read = |row: Row| {
            let parent = row.opt_oid(2)?.map(|oid| Ok::<_, PgError>((oid, row.tid(3)?))).transpose()?;
            take(UpEdge { child: row.tid(0)?, refers: row.bool(1)?, parent })
        };
        side_by_side::for_each_row(workers, lock, tids, self.routing, question, read).await
    }

    /// The parents that a whole leaf of the child refers to, each once: OID of the leaf, and the row.
    ///
    /// # Errors
    ///
    /// As the server says, and what `take` returns.
    pub async fn referenced(
        &self,
        worker: &mut SourceWorker,
        leaf: TableId,
        mut take: impl FnMut((u32, Tid)) -> Result<(), PgError>,
    ) -> Result<(), PgError> {
        self.lock(worker, leaf, self.reference.parent).await?;
        let mut params = Vec::new();
        let join = self.up_join(leaf, Join::Planned, &mut params);
        let sql = format!("SELECT DISTINCT p.tableoid, p.ctid {join} WHERE p.ctid IS NOT NULL");
        let doing = doing("follow reference").to(&self.reference.name);
        let read = |row: Row| take((row.oid(0)?, row.tid(1)?));
        worker.for_each_row(doing, &sql, &params, read).await
    }

    /// The rows of a whole leaf of the child whose parent does not exist; one that holds several ids may come twice.
    ///
    /// # Errors
    ///
    /// As the server says.
    pub async fn dangling(
        &self,
        worker: &mut SourceWorker,
        leaf: TableId,
        mut take: impl FnMut(Tid),
    ) -> Result<(), PgError> {
        self.lock(worker, leaf, self.reference.parent).await?;
        let mut params = Vec::new();
        let join = self.up_join(leaf, Join::Planned, &mut params);
        let refers = self.refers(&mut params);
        let sql = format!("SELECT c.ctid {join} WHERE {refers} AND p.ctid IS NULL");
        let doing = doing("look for rows that dangle under").to(&self.reference.name);
        worker.for_each_row(doing, &sql, &params, |row: Row| row.tid(0).map(&mut take)).await
    }

    /// The children of rows of a leaf of the parent: of those with `tids`, or of all. At least one edge a row, and where
    /// a child holds the same id twice as many. With `keyed` the second argument is the text of the child's key, see
    /// [`keys_of`](super::keys_of).
    ///
    /// # Errors
    ///
    /// As the server says, and what `take` returns.
    pub async fn children(
        &self,
        workers: &mut Workers,
        leaf: TableId,
        tids: Option<&[Tid]>,
        keyed: bool,
        mut take: impl FnMut(DownEdge, &[u8]) -> Result<(), PgError>,
    ) -> Result<(), PgError> {
        let lock = async |worker: &mut SourceWorker| self.lock(worker, leaf, self.reference.child).await;
        let question = |tids: Option<&[Tid]>, join| self.children_question(leaf, tids, keyed, join);
        let read = |row: Row| {
            let child = row.opt_oid(1)?.map(|oid| Ok::<_, PgError>((oid, row.tid(2)?))).transpose()?;
            take(DownEdge { parent: row.tid(0)?, child }, row.bytes(3)?.unwrap_or_default())
        };
        side_by_side::for_each_row(workers, lock, tids, self.routing, question, read).await
    }

    fn children_question(&self, leaf: TableId, tids: Option<&[Tid]>, keyed: bool, join: Join) -> Question {
        let mut params = Vec::new();
        let chosen = chosen("p", tids, &mut params);
        let child = format!("{} AS c", from(self.catalog, self.reference.child));
        let child = match self.elements(&mut params) {
            Some(elements) => format!("({child} CROSS JOIN LATERAL {elements})"),
            None => child,
        };
        let on = self.on(&mut params);
        let parent = &self.catalog.table(leaf).name;
        let root = self.catalog.table(self.catalog.root(self.reference.child));
        let key = if keyed { key_text("c", root) } else { "''::pg_catalog.text".to_owned() };
        let sql = match join {
            Join::Planned => format!(
                "SELECT p.ctid, c.tableoid, c.ctid, CASE WHEN c.tableoid IS NOT NULL THEN {key} END \
                 FROM ONLY {parent} AS p LEFT JOIN {child} ON {on}{chosen}"
            ),
            Join::RowByRow => format!(
                "SELECT p.ctid, c.tableoid, c.ctid, c.key FROM ONLY {parent} AS p \
                 LEFT JOIN LATERAL (SELECT c.tableoid, c.ctid, {key} AS key FROM {child} WHERE {on} OFFSET 0) AS c \
                 ON true{chosen}"
            ),
        };
        Question { doing: doing("follow reference down").to(&self.reference.name), sql, params }
    }

    /// Locks without waiting what the statement would else wait for, behind somebody who waits for our leader.
    async fn lock(&self, worker: &mut SourceWorker, leaf: TableId, other: TableId) -> Result<(), PgError> {
        worker.lock_table(&self.catalog.table(leaf).name).await?;
        worker.lock_tree(self.catalog, other).await
    }

    fn up_join(&self, leaf: TableId, join: Join, params: &mut Vec<Param>) -> String {
        let child = &self.catalog.table(leaf).name;
        let lateral = match self.elements(params) {
            Some(elements) => format!(" LEFT JOIN LATERAL {elements} ON true"),
            None => String::new(),
        };
        let parent = from(self.catalog, self.reference.parent);
        let on = self.on(params);
        let parent = match join {
            Join::Planned => format!("{parent} AS p ON {on}"),
            Join::RowByRow => format!(
                "LATERAL (SELECT p.tableoid, p.ctid FROM {parent} AS p WHERE {on} OFFSET 0) AS p ON true"
            ),
        };
        format!("FROM ONLY {child} AS c{lateral} LEFT JOIN {parent}")
    }

    /// The ids inside one column of the child `c`, as `k (value)`.
    fn elements(&self, params: &mut Vec<Param>) -> Option<String> {
        let name = |column: ColumnId| &self.catalog.table(self.reference.child).column(column).name;
        match &self.reference.key {
            ReferenceKey::Columns(_) => None,
            ReferenceKey::ArrayElements { child, .. } => {
                Some(format!("pg_catalog.unnest(c.{}) AS k (value)", name(*child)))
            }
            ReferenceKey::JsonPath { child, path, .. } => Some(format!(
                "(SELECT j.leaf OPERATOR(pg_catalog.#>>) '{{}}'::pg_catalog.text[] FROM \
                 pg_catalog.jsonb_path_query(c.{}::pg_catalog.jsonb, {}::pg_catalog.jsonpath) AS j (leaf)) \
                 AS k (value)",
                name(*child),
                bind(params, Param::Text(in_words_of_server(path)))
            )),
        }
    }

    /// A key with a NULL equals nothing, so [`refers`](Self::refers) need not be said: the planner takes
    /// `num_nulls(…) = 0` for a rare thing, and rather hashes all children than go to them by the key's index.
    fn on(&self, params: &mut Vec<Param>) -> String {
        let child = self.catalog.table(self.reference.child);
        let mut terms = when_terms(self.catalog, child, "c", &self.reference.when, params);
        let parent = self.catalog.table(self.reference.parent);
        match &self.reference.key {
            ReferenceKey::Columns(pairs) => {
                terms.extend(pairs.iter().zip(self.equalities).map(|((own, key), equality)| {
                    let own = format!("c.{}", child.column(*own).name);
                    equality.sql(&format!("p.{}", parent.column(*key).name), &own)
                }));
            }
            ReferenceKey::ArrayElements { parent: key, .. } => {
                let key = format!("p.{}", parent.column(*key).name);
                terms.extend(self.equalities.iter().map(|equality| equality.sql(&key, "k.value")));
            }
            ReferenceKey::JsonPath { parent: key, .. } => terms.push(self.text_equality(*key)),
        }
        terms.join(" AND ")
    }

    /// A JSON leaf has no type of the database, so text forms compare, and no text is ever cast: a leaf that is no
    /// integer dangles under an integer key. A uuid may be written in capitals.
    fn text_equality(&self, key: ColumnId) -> String {
        let column = self.catalog.table(self.reference.parent).column(key);
        let value = match self.catalog.value_type(column) {
            ValueType::Uuid => "pg_catalog.lower(k.value)",
            _ => "k.value",
        };
        let text = "pg_catalog.text COLLATE pg_catalog.\"C\"";
        format!("p.{}::{text} OPERATOR(pg_catalog.=) {value} COLLATE pg_catalog.\"C\"", column.name)
    }

    /// Whether the row `c` refers to anything: no NULL in its key, and `when` holds.
    fn refers(&self, params: &mut Vec<Param>) -> String {
        let child = self.catalog.table(self.reference.child);
        let values = match &self.reference.key {
            ReferenceKey::Columns(pairs) => {
                pairs.iter().map(|(own, _)| format!("c.{}", child.column(*own).name)).collect()
            }
            _ => vec!["k.value".to_owned()],
        };
        // IS NULL would look into a composite value, num_nulls does not.
        let mut terms = vec![format!("pg_catalog.num_nulls({}) OPERATOR(pg_catalog.=) 0", values.join(", "))];
        terms.extend(when_terms(self.catalog, child, "c", &self.reference.when, params));
        format!("({})", terms.join(" AND "))
    }
}

fn in_words_of_server(path: &str) -> String {
    JsonPath::parse(path).expect("the parser has read each path").to_jsonpath()
}

/// A foreign key sees partitions and never inheritance children.
fn from(catalog: &Catalog, table: TableId) -> String {
    let name = &catalog.table(table).name;
    let elsewhere =
        |id: TableId| catalog.table(id).kind == TableKind::Foreign && catalog.is_within(id, table);
    match catalog.table(table).kind {
        TableKind::Partitioned if catalog.table_ids().any(elsewhere) => what_is_here(catalog, table),
        TableKind::Partitioned => name.to_string(),
        _ => format!("ONLY {name}"),
    }
}

/// A partitioned table without its foreign partitions, whose servers a query of the whole would ask.
fn what_is_here(catalog: &Catalog, table: TableId) -> String {
    let columns = catalog.table(table).columns.iter().map(|column| format!(", {}", column.name));
    let columns: String = columns.collect();
    let of = |id: TableId| format!("SELECT tableoid, ctid{columns} FROM ONLY {}", catalog.table(id).name);
    // The partitioned table by itself has no rows, and names the columns where no partition is left.
    let parts: Vec<String> = std::iter::once(table).chain(catalog.leaves(table)).map(of).collect();
    format!("({})", parts.join(" UNION ALL "))
}

fn chosen(alias: &str, tids: Option<&[Tid]>, params: &mut Vec<Param>) -> String {
    match tids {
        Some(tids) => {
            let tids = bind(params, Param::Tids(tids.to_vec()));
            format!(" WHERE {alias}.ctid OPERATOR(pg_catalog.=) ANY ({tids})")
        }
        None => String::new(),
    }
}
