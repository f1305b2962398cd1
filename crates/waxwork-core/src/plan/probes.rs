//! What the engine must look up in rows before it reads them, since a plan does not depend on any.

use super::{ColumnAction, ColumnPlan, JsonAction, MaskSpec, TablePlan};
use crate::catalog::{ColumnId, TableId, ValueType};
use crate::condition::Predicate;
use crate::masks::{MaskKind, Unique};

/// Rows that must hold a value, at least, for a mask to give it to others: fewer could be one family.
pub const COMMON_ROWS: u64 = 10;

/// What the engine must look up in the source under the snapshot before a row is read; a failure is exit 1.
#[derive(Clone, Debug)]
pub enum Probe {
    /// `min` and `max` of the column must lie in the window.
    IntegerWindow {
        /// Table.
        table: TableId,
        /// Column (a scalar or an array of integers).
        column: ColumnId,
        /// Inclusive window.
        from: (i64, i64),
        /// Rows whose values the mask acts on.
        rows: CaseRows,
    },
    /// Values that many rows of the column hold: the answer goes into [`MaskSpec::common`] of the masks that ask for it.
    CommonValues {
        /// Table, partitions added up.
        table: TableId,
        /// Column (of an array the elements count).
        column: ColumnId,
        /// What of a value.
        of: CommonOf,
        /// Rows that must hold it.
        least: u64,
    },
}

/// What is counted of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommonOf {
    /// The whole value.
    Value,
    /// What follows the last `@` of a text, in lower case.
    MailDomain,
}

/// The rows that one case of a column decides; by default every row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseRows {
    /// Its own condition is true; `None`: it has none.
    pub matching: Option<Predicate>,
    /// None of these is true: the conditions of cases before it.
    pub others: Vec<Predicate>,
}

/// What the masks of a table need to know of its rows.
pub(super) fn of_table(plan: &TablePlan) -> Vec<Probe> {
    let mut probes = Vec::new();
    for column in &plan.columns {
        probes.extend(common(plan, column));
        match &column.action {
            ColumnAction::Cases { cases, otherwise } => {
                let mut others = Vec::new();
                for case in cases {
                    let rows = CaseRows { matching: Some(case.when.clone()), others: others.clone() };
                    probes.extend(window(plan, column, &case.action, rows));
                    others.push(case.when.clone());
                }
                probes.extend(window(plan, column, otherwise, CaseRows { matching: None, others }));
            }
            action => probes.extend(window(plan, column, action, CaseRows::default())),
        }
    }
    probes
}

/// Inputs of an integer permutation must lie in its window.
fn window(plan: &TablePlan, column: &ColumnPlan, action: &ColumnAction, rows: CaseRows) -> Option<Probe> {
    let ColumnAction::Mask(spec) = action else { return None };
    let map = spec.integers.filter(|_| column.value_type.scalar().holds_integers())?;
    Some(Probe::IntegerWindow { table: plan.table, column: column.column, from: map.from, rows })
}

/// The values that a mask of the column takes from others of its rows.
fn common(plan: &TablePlan, column: &ColumnPlan) -> Vec<Probe> {
    let mut asked: Vec<CommonOf> = column.action.masks().into_iter().filter_map(MaskSpec::samples).collect();
    asked.dedup();
    let probe = |of| Probe::CommonValues { table: plan.table, column: column.column, of, least: COMMON_ROWS };
    asked.into_iter().map(probe).collect()
}

impl ColumnPlan {
    /// Its masks, or those of its leaves, do not take every value: only those of an alphabet, of a window, or valid
    /// numbers where there is no room for a code. Windows of whole columns are asked for by [`Probe::IntegerWindow`].
    pub fn may_refuse(&self) -> bool {
        self.action.masks().into_iter().any(|spec| refuses(spec, &self.value_type) || leaf_refuses(spec))
    }
}

fn refuses(spec: &MaskSpec, value_type: &ValueType) -> bool {
    let is_number = spec.injective && matches!(spec.kind.info().unique, Unique::Whole(_));
    let code = MaskKind::Permute.injective_min_chars();
    let without_room =
        value_type.scalar().holds_integers() || spec.max_chars.is_some_and(|chars| chars < code);
    (is_number && without_room) || (spec.kind == MaskKind::Permute && spec.alphabet().is_some())
}

fn leaf_refuses(spec: &MaskSpec) -> bool {
    let Some(json) = &spec.json else { return false };
    let leaves = json.paths.iter().map(|(_, leaf)| leaf).chain([&json.rest]);
    let mut masks = leaves.filter_map(|leaf| match leaf {
        JsonAction::Mask(spec) => Some(&**spec),
        JsonAction::Keep | JsonAction::Null => None,
    });
    masks.any(|spec| spec.kind == MaskKind::Permute && (spec.alphabet().is_some() || spec.integers.is_some()))
}

impl MaskSpec {
    /// What it must know of the values that many rows hold.
    pub fn samples(&self) -> Option<CommonOf> {
        match self.kind {
            MaskKind::Sample => Some(CommonOf::Value),
            MaskKind::Email if self.options.flag("company") => Some(CommonOf::MailDomain),
            _ => None,
        }
    }
}
