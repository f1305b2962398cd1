//! `[[quasi_identifiers]]`: how many rows of the copy agree, and what is done where they are too few.
//!
//! ```text
//!   loaded tables, keys proven ─► [generalise: step by step, each an UPDATE of the rows in small groups] ─► counts
//!     ─► QuasiReport ─► [fail, generalise: exit 8 below k] ─► production's triggers, views, publish
//! ```
//!
//! No trigger of production's is there yet, and no view is filled. Counts alone come back; no value does.

use crate::coarser::Groups;
use crate::error::RunError;
use crate::run::Run;
use waxwork_core::catalog::Catalog;
use waxwork_core::plan::{Plan, QuasiSet};
use waxwork_core::report::{Finding, QuasiReport, exit};
use waxwork_core::rules::Below;
use waxwork_core::words;
use waxwork_pg::{PgErrorKind, TargetSession, doing};

/// Generalises where that is asked for, then counts every set into `told`.
///
/// # Errors
/// Exit 8 where a set that fails or generalises is below its k; exit 1 where a CHECK refuses a coarser value.
pub(crate) async fn settle(
    run: &Run,
    target: &mut TargetSession,
    told: &mut Vec<QuasiReport>,
) -> Result<Vec<Finding>, RunError> {
    let catalog = run.catalog();
    let mut generalised = Vec::new();
    for set in &run.plan.quasi_identifiers {
        generalised.push(match set.below {
            Below::Generalise => Some(generalise(&Groups::new(catalog, set), set, target).await?),
            Below::Report | Below::Fail => None,
        });
    }
    for (set, generalised_rows) in run.plan.quasi_identifiers.iter().zip(generalised) {
        let counts = count(&Groups::new(catalog, set), target).await?;
        told.push(QuasiReport { generalised_rows, ..report(catalog, set, &counts) });
    }
    verdict(catalog, &run.plan, told)
}

/// What the server counts of a set.
#[derive(Default)]
struct Counts {
    rows: u64,
    combinations: u64,
    smallest: Option<u64>,
    below: u64,
    unique: u64,
}

async fn count(groups: &Groups<'_>, target: &mut TargetSession) -> Result<Counts, RunError> {
    let rows = target.fetch(doing("count groups of").to(groups.table()), &groups.counts(), &[]).await?;
    let Some(row) = rows.first() else { return Ok(Counts::default()) };
    let number = |at| row.int(at).map(|count| u64::try_from(count).unwrap_or(0));
    Ok(Counts {
        rows: number(0)?,
        combinations: number(1)?,
        smallest: row.opt_int(2)?.map(i64::unsigned_abs),
        below: number(3)?,
        unique: number(4)?,
    })
}

fn report(catalog: &Catalog, set: &QuasiSet, counts: &Counts) -> QuasiReport {
    let table = catalog.table(set.table);
    QuasiReport {
        table: table.sql_name.clone(),
        columns: set.columns.iter().map(|column| table.column(*column).name.as_str().to_owned()).collect(),
        k: set.k,
        below: set.below,
        rows: counts.rows,
        combinations: counts.combinations,
        smallest_k: counts.smallest,
        rows_below_k: set.k.map(|_| counts.below),
        unique_combinations: counts.unique,
        unique_share: counts.unique as f64 / counts.combinations.max(1) as f64,
        generalised_rows: None,
    }
}

/// Takes the steps until no group is too small; returns how many rows were in such groups.
async fn generalise(
    groups: &Groups<'_>,
    set: &QuasiSet,
    target: &mut TargetSession,
) -> Result<u64, RunError> {
    let before = count(groups, target).await?;
    let mut below = before.below;
    target.begin().await?;
    // VACUUM cannot call rows visible to all before their COMMIT is on the disk.
    target.execute(doing("wait for the disk"), "SET LOCAL synchronous_commit = on").await?;
    for (column, coarser) in &set.steps {
        if below == 0 {
            break;
        }
        update(groups, target, &groups.step(*column, *coarser)).await?;
        below = count(groups, target).await?.below;
    }
    let mut joined = 0;
    if below > 0 {
        let rows = target.fetch(doing("count groups of").to(groups.table()), &groups.joined(), &[]).await?;
        joined = rows.first().map_or(Ok(0), |row| row.int(0))?.unsigned_abs();
        update(groups, target, &groups.join_nearest()).await?;
    }
    target.commit().await?;
    if before.below > 0 {
        // Dead rows hold the finer values, and the statistics the most common of them.
        let sql = format!("VACUUM (FREEZE, ANALYZE) {}", groups.table());
        target.execute(doing("vacuum table").to(groups.table()), &sql).await?;
    }
    Ok(before.below + joined)
}

async fn update(groups: &Groups<'_>, target: &mut TargetSession, sql: &str) -> Result<(), RunError> {
    let done = target.execute(doing("generalise table").to(groups.table()), sql).await;
    done.map_err(|error| {
        let refused = matches!(error.kind(), PgErrorKind::IntegrityViolation | PgErrorKind::Data);
        let failure = RunError::from(error);
        if refused {
            return failure.hint("A constraint takes no coarser value: leave the column out of the set.");
        }
        failure
    })
}

/// What the counts mean for the run.
fn verdict(catalog: &Catalog, plan: &Plan, told: &[QuasiReport]) -> Result<Vec<Finding>, RunError> {
    let (mut findings, mut errors) = (Vec::new(), Vec::new());
    for (set, counted) in plan.quasi_identifiers.iter().zip(told) {
        if let (Some(k), Some(below @ 1..)) = (set.k, counted.rows_below_k) {
            let found = too_few(catalog, set, counted, k, below);
            if set.below == Below::Report { findings.push(found) } else { errors.push(found) }
        }
    }
    if errors.is_empty() {
        return Ok(findings);
    }
    Err(RunError::of(exit::VERIFY, errors).with_findings(findings))
}

fn too_few(catalog: &Catalog, set: &QuasiSet, counted: &QuasiReport, k: u64, below: u64) -> Finding {
    let message = format!("k of the copy is below {k}: {}", label(catalog, set));
    let found = Finding::new("k_below", message).detail(format!(
        "{below} of {} are in groups of fewer than {k}, the smallest of {}.",
        words::counted(counted.rows, "row"),
        counted.smallest_k.unwrap_or(0)
    ));
    let hint = match set.below {
        Below::Report => "Mask the columns more coarsely, or say below = \"generalise\".",
        Below::Fail => "Mask the columns more coarsely, ask for less, or say below = \"generalise\".",
        Below::Generalise => {
            "Columns that are NOT NULL have only a few coarser forms: mask them more coarsely, leave one out, or ask for less."
        }
    };
    Finding { place: Some(set.location.to_string()), ..found.hint(hint) }
}

/// `public.patient (postcode, birth_date)`.
fn label(catalog: &Catalog, set: &QuasiSet) -> String {
    let table = catalog.table(set.table);
    let names: Vec<&str> = set.columns.iter().map(|column| table.column(*column).name.as_str()).collect();
    format!("{} ({})", table.sql_name, names.join(", "))
}

/// The same of a script: statements that generalise, and that stop psql below k.
pub(crate) fn script(plan: &Plan, catalog: &Catalog) -> Vec<String> {
    let mut statements = Vec::new();
    for set in &plan.quasi_identifiers {
        let groups = Groups::new(catalog, set);
        statements.extend(set.steps.iter().map(|(column, coarser)| groups.step(*column, *coarser)));
        if set.below == Below::Generalise {
            statements.push(groups.join_nearest());
        }
    }
    for set in plan.quasi_identifiers.iter().filter(|set| set.below != Below::Report) {
        let message = format!("k of the copy is below {}: {}", set.k.unwrap_or(0), label(catalog, set));
        statements.push(Groups::new(catalog, set).stop(&message));
    }
    statements
}

/// A script is not counted before somebody loads it.
pub(crate) fn not_counted(plan: &Plan, catalog: &Catalog) -> Vec<Finding> {
    let reported = plan.quasi_identifiers.iter().filter(|set| set.below == Below::Report);
    let found = reported.map(|set| {
        let message = format!("k of a script is not counted: {}", label(catalog, set));
        let hint = "Say below = \"fail\": the script then stops psql where too few rows agree.";
        let found = Finding::new("k_not_counted", message).hint(hint);
        Finding { place: Some(set.location.to_string()), ..found }
    });
    found.collect()
}
