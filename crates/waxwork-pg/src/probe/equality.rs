//! With which operators a reference compares, as the server would for a foreign key: never one found by name.

use waxwork_core::catalog::{Catalog, ColumnId, TableId};
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::plan::{ContextField, ContextStep, TablePlan};
use waxwork_core::subset::{Reference, ReferenceKey};

use crate::error::{PgError, PgErrorKind, doing};
use crate::row::{Param, Row};
use crate::source::SourceWorker;

/// How one pair of columns compares: `parent OPERATOR(schema.=) child`, both brought to the operator's types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equality {
    operator: String,
    parent_type: Option<QualifiedName>,
    child_type: Option<QualifiedName>,
    collation: Option<QualifiedName>,
}

impl Equality {
    /// The comparison of two expressions.
    pub(crate) fn sql(&self, parent: &str, child: &str) -> String {
        let cast =
            |name: &Option<QualifiedName>| name.as_ref().map(|name| format!("::{name}")).unwrap_or_default();
        let collation = self.collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default();
        let (left, right) = (cast(&self.parent_type), cast(&self.child_type));
        format!("{parent}{left} {} {child}{right}{collation}", self.operator)
    }

    fn read(row: &Row) -> Result<Self, PgError> {
        let named = |schema: usize| -> Result<Option<QualifiedName>, PgError> {
            let name = row.opt_text(schema + 1)?;
            Ok(match (row.opt_text(schema)?, name) {
                (Some(schema), Some(name)) => Some(QualifiedName::new(schema, name)),
                _ => None,
            })
        };
        Ok(Self {
            operator: operator(row.text(1)?, row.text(2)?)?,
            parent_type: named(3)?,
            child_type: named(5)?,
            collation: named(7)?,
        })
    }
}

/// An operator's name stands in SQL without quotes, so what no operator's name can hold is refused
/// (PostgreSQL manual, 4.1.3 Operators).
fn operator(schema: &str, name: &str) -> Result<String, PgError> {
    if name.is_empty() || !name.chars().all(|character| "+-*/<>=~!@#%^&|`?".contains(character)) {
        let doing = doing("compare keys");
        return Err(PgError::new(PgErrorKind::Codec, doing, "the operator's name is not an operator's"));
    }
    Ok(format!("OPERATOR({}.{name})", Ident::new(schema)))
}

/// The equalities of every reference, pair by pair in its key's order; `None` where no foreign key could compare the
/// two types. A JSON path compares text forms and has none.
///
/// # Errors
///
/// As the server says.
pub async fn equalities(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    references: &[&Reference],
) -> Result<Vec<Option<Vec<Equality>>>, PgError> {
    let declared = declared(worker, catalog, references).await?;
    let listed = listed(worker, catalog, references).await?;
    let found = references.iter().enumerate().map(|(at, reference)| {
        let of = if reference.foreign_key.is_some() { &declared } else { &listed };
        let pairs: Vec<Equality> =
            of.iter().filter(|(index, _)| *index == at).map(|(_, equality)| equality.clone()).collect();
        let complete = match reference.key {
            ReferenceKey::JsonPath { .. } => true,
            _ => pairs.len() == reference.key.child_columns().len(),
        };
        complete.then_some(pairs)
    });
    Ok(found.collect())
}

async fn declared(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    references: &[&Reference],
) -> Result<Vec<(usize, Equality)>, PgError> {
    let keys: Vec<_> = (0..references.len())
        .filter_map(|at| Some((at, catalog.foreign_key(references[at].foreign_key?))))
        .collect();
    let children = keys.iter().map(|(_, key)| i64::from(catalog.table(key.child).oid)).collect();
    let names = keys.iter().map(|(_, key)| key.name.as_str().to_owned()).collect();
    let sql = include_str!("../sql/declared_equality.sql");
    let rows =
        worker.fetch(doing("read foreign keys"), sql, &[Param::Ints(children), Param::Texts(names)]).await?;
    indexed(&rows, |at| keys.get(at).map(|(reference, _)| *reference))
}

/// How the parents that a table's context fields are joined from compare with it: by field, step and pair of columns.
#[derive(Clone, Debug, Default)]
pub struct ContextEqualities(Vec<Vec<Vec<Equality>>>);

impl ContextEqualities {
    /// Asks for the equalities of the references that the fields of `plan` follow; of none, where it has no fields.
    ///
    /// # Errors
    ///
    /// As the server says, or a field follows none of `references`.
    pub async fn read(
        worker: &mut SourceWorker,
        catalog: &Catalog,
        references: &[Reference],
        plan: &TablePlan,
    ) -> Result<Self, PgError> {
        if plan.context.is_empty() {
            return Ok(Self::default());
        }
        let mut followed = Vec::new();
        for field in &plan.context {
            let mut from = plan.table;
            for step in &field.path {
                followed.push(reference_of(catalog, references, from, step)?);
                from = step.parent;
            }
        }
        let mut found =
            equalities(worker, catalog, &followed).await?.into_iter().map(Option::unwrap_or_default);
        let of = |field: &ContextField| found.by_ref().take(field.path.len()).collect();
        Ok(Self(plan.context.iter().map(of).collect()))
    }

    /// Those of one field's path.
    pub(crate) fn of_field(&self, field: usize) -> &[Vec<Equality>] {
        self.0.get(field).map(Vec::as_slice).unwrap_or_default()
    }
}

fn reference_of<'a>(
    catalog: &Catalog,
    references: &'a [Reference],
    from: TableId,
    step: &ContextStep,
) -> Result<&'a Reference, PgError> {
    let follows = |reference: &&Reference| {
        reference.parent == step.parent
            && catalog.root(reference.child) == catalog.root(from)
            && reference.columns_of(catalog, from).is_some_and(|columns| columns == step.columns)
    };
    references.iter().find(follows).ok_or_else(|| {
        let doing = doing("join a parent to").to(&catalog.table(from).name);
        PgError::new(PgErrorKind::Codec, doing, "no reference leads to it")
    })
}

async fn listed(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    references: &[&Reference],
) -> Result<Vec<(usize, Equality)>, PgError> {
    let mut of = Vec::new();
    let mut columns: [Vec<i64>; 5] = Default::default();
    for (at, reference) in references.iter().enumerate().filter(|(_, found)| found.foreign_key.is_none()) {
        let (pairs, elements) = match &reference.key {
            ReferenceKey::Columns(pairs) => (pairs.clone(), 0),
            ReferenceKey::ArrayElements { child, parent } => (vec![(*child, *parent)], 1),
            ReferenceKey::JsonPath { .. } => (Vec::new(), 0),
        };
        for (child, parent) in pairs {
            let number = |table: TableId, column: ColumnId| {
                let table = catalog.table(table);
                (i64::from(table.oid), i64::from(table.column(column).number))
            };
            let (parent, child) = (number(reference.parent, parent), number(reference.child, child));
            let values = [parent.0, parent.1, child.0, child.1, elements];
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
            of.push(at);
        }
    }
    let sql = include_str!("../sql/virtual_equality.sql");
    let rows = worker.fetch(doing("compare key types"), sql, &columns.map(Param::Ints)).await?;
    indexed(&rows, |at| of.get(at).copied())
}

/// Rows start with the ordinality of what was asked, from 1.
fn indexed(rows: &[Row], of: impl Fn(usize) -> Option<usize>) -> Result<Vec<(usize, Equality)>, PgError> {
    let mut found = Vec::new();
    for row in rows {
        let asked = usize::try_from(row.int(0)?).ok().and_then(|at| at.checked_sub(1));
        if let Some(reference) = asked.and_then(&of) {
            found.push((reference, Equality::read(row)?));
        }
    }
    Ok(found)
}
