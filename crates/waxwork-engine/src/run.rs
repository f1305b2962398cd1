//! What every command does first: connect, lock, snapshot, catalog, plan, rows, schema.
//!
//! ```text
//!   RunRequest ─► RuleFile ─► SourceLeader ─► Snapshot { id, Catalog } ─► Plan ─► Selection
//!                                                   └─► pg_dump ─► SchemaWork ─► DDL literals checked
//! ```
//!
//! Everything that can refuse a run refuses here, before the target holds anything.

use crate::blocking::{self, Lookout};
use crate::closure::{self, Asked, Growth, Measured, Selection, Size};
use crate::copy_leaf::CopyContext;
use crate::derive_triggers::DeriveTriggers;
use crate::derived::{self, Derivation};
use crate::error::RunError;
use crate::event::{Event, Events};
use crate::rate::Rate;
use crate::request::RunRequest;
use crate::schema::{SchemaWork, foreign_key_entry, is_foreign_key, leave_not_valid};
use crate::secrets::{self, Missing};
use crate::transfer::Budget;
use crate::verify::ConstraintName;
use crate::wire::{WireChoice, wire};
use crate::{constants, frequency, inserts, key, literals, partitioned_exclusions, probes, report, standby};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use waxwork_copy::Wire;
use waxwork_core::catalog::{Catalog, TableId};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::plan::{Plan, TablePlan};
use waxwork_core::report::{Finding, exit};
use waxwork_core::rules::{RuleFile, toml_string};
use waxwork_core::subset::SubsetPlan;
use waxwork_mask::{Keyring, MaskError, RowHash, TableMask};
use waxwork_pg::{ConnInfo, PgDump, SnapshotId, SourceLeader, SourceView, SourceWorker, Workers};

/// A source under its snapshot, with the plan made against it.
pub(crate) struct Run {
    /// The source as it was named.
    pub(crate) source: ConnInfo,
    /// Keeps the snapshot and the locks alive.
    pub(crate) leader: SourceLeader,
    /// What the snapshot shows, the catalog apart.
    pub(crate) view: SourceView,
    /// The catalog under the snapshot.
    catalog: Arc<Catalog>,
    /// What happens to every table and column.
    pub(crate) plan: Arc<Plan>,
    /// How the target computes derived columns.
    pub(crate) derivations: Vec<Derivation>,
    /// Subkeys of the run.
    pub(crate) keyring: Keyring,
    /// Warnings so far.
    pub(crate) findings: Vec<Finding>,
    /// `[policy] accept`: warnings that nobody needs to hear of.
    accepted: Vec<String>,
    /// How much of each leaf was selected, where a budget asks for it.
    pub(crate) sizes: BTreeMap<TableId, Measured>,
    /// How far the budget let the seeds grow.
    pub(crate) growth: Option<Growth>,
    /// How fast rows are read.
    pub(crate) rate: Rate,
    /// Who looks for those that wait behind our locks.
    lookout: Option<Lookout>,
    /// For how long the snapshot was held; `None` while it is.
    released: Option<Duration>,
}

impl Run {
    /// Locks the source, takes the snapshot and compiles the plan.
    ///
    /// # Errors
    /// Exit 1, 2, 3, 4 or 7, as `DESIGN.md` section 6 says.
    pub(crate) async fn open(
        request: &RunRequest,
        rules: &RuleFile,
        source: ConnInfo,
        leader: SourceLeader,
        events: &Events,
    ) -> Result<Self, RunError> {
        let mut lookout = Lookout::open(request.max_blocking, &leader).await?;
        let opened = Self::open_watched(request, rules, source, leader, events);
        let opened = blocking::within(lookout.as_mut(), opened).await;
        match (opened, lookout) {
            (Ok(run), lookout) => Ok(Self { lookout, ..run }),
            (Err(error), lookout) => {
                blocking::close(lookout).await;
                Err(error)
            }
        }
    }

    async fn open_watched(
        request: &RunRequest,
        rules: &RuleFile,
        source: ConnInfo,
        mut leader: SourceLeader,
        events: &Events,
    ) -> Result<Self, RunError> {
        let key = key::load(rules, request.key_file()).await?;
        let keyring = Keyring::new(&key, &rules.key.realm);
        let mut view = leader.begin(request.lock_timeout).await?;
        events.say(Event::Snapshot { locked_tables: view.locked_tables });
        let catalog = Arc::new(std::mem::take(&mut view.catalog));
        let mut unset = Vec::new();
        let missing = if request.writes { Missing::Refused } else { Missing::Told(&mut unset) };
        match plan(rules, &catalog, &source, &view.snapshot, missing).await {
            Ok((plan, derivations)) => {
                let accepted = rules.policy.accept.iter().map(|warning| warning.value.clone()).collect();
                let (plan, findings) = (Arc::new(plan), Vec::new());
                let (sizes, growth) = (BTreeMap::new(), None);
                let mut run = Self {
                    source,
                    leader,
                    view,
                    catalog,
                    plan,
                    derivations,
                    keyring,
                    findings,
                    accepted,
                    sizes,
                    growth,
                    rate: Rate::new(request.max_rate),
                    lookout: None,
                    released: None,
                };
                run.note(unset.iter().map(Finding::from).collect(), events);
                run.warned(request, events).await
            }
            Err(error) => {
                leader.close().await;
                Err(error)
            }
        }
    }

    /// Itself, with the plan's warnings said, unless they refuse.
    async fn warned(mut self, request: &RunRequest, events: &Events) -> Result<Self, RunError> {
        match self.warn(request, events) {
            Ok(()) => Ok(self),
            Err(error) => {
                self.close().await;
                Err(error)
            }
        }
    }

    /// Says the plan's warnings; under `--strict` they refuse.
    fn warn(&mut self, request: &RunRequest, events: &Events) -> Result<(), RunError> {
        let mut warnings = self.plan.warnings.clone();
        if self.view.facts.can_run_programs {
            warnings.push(
                Diagnostic::warning(
                    "source_role",
                    "the source role is a superuser or may run server programs",
                )
                .hint("Use a role that can only read: GRANT pg_read_all_data TO …"),
            );
        }
        warnings.extend(self.view.standby.as_ref().and_then(standby::warning));
        warnings.extend(connection_warnings("source", &self.source));
        self.note_unless_strict(&warnings, request, events)
    }

    /// Keeps and says warnings that come before anything is written; under `--strict` they refuse.
    ///
    /// # Errors
    /// Exit 2.
    pub(crate) fn note_unless_strict(
        &mut self,
        warnings: &[Diagnostic],
        request: &RunRequest,
        events: &Events,
    ) -> Result<(), RunError> {
        let said = warnings.iter().filter(|warning| !self.accepted.contains(&warning.acceptance()));
        if request.strict {
            let errors: Vec<Finding> = said.map(refused_warning).collect();
            if errors.is_empty() {
                return Ok(());
            }
            return Err(RunError::of(exit::RULES, errors));
        }
        let findings = said.map(Finding::from).collect();
        self.note(findings, events);
        Ok(())
    }

    /// Keeps findings for the report and says them.
    pub(crate) fn note(&mut self, findings: Vec<Finding>, events: &Events) {
        events.note(findings, &mut self.findings);
    }

    /// Says what the copy will not have.
    pub(crate) fn say_left_out(&mut self, schema: &SchemaWork, events: &Events) {
        let mut findings = report::left_out(&schema.left_out);
        findings.extend(self.view.materialized_views.unpopulated.iter().map(report::unpopulated));
        self.note(findings, events);
    }

    /// The catalog.
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// BLAKE3 of the plan's text, hexadecimal.
    pub(crate) fn plan_hash(&self) -> String {
        self.plan.hash(&self.catalog).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A connection that reads under the snapshot.
    ///
    /// # Errors
    /// What the source says.
    pub(crate) async fn worker(&self) -> Result<SourceWorker, RunError> {
        Ok(SourceWorker::connect(&self.source, &self.view.snapshot).await?)
    }

    /// A worker that rows are copied by.
    ///
    /// # Errors
    /// No connection, or the snapshot is gone.
    pub(crate) async fn reader(&self) -> Result<SourceWorker, RunError> {
        Ok(SourceWorker::connect_apart(&self.source, &self.view.snapshot).await?)
    }

    /// Has at most so many workers do something, and says goodbye to them whatever came of that.
    async fn with_workers<T>(
        &self,
        most: usize,
        work: impl AsyncFnOnce(&mut Workers) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let mut workers = Workers::connect(&self.source, &self.view.snapshot, most).await?;
        let outcome = work(&mut workers).await;
        workers.close().await;
        outcome
    }

    /// Has the server vet every condition of the rule file: what does not stay in its place is refused.
    ///
    /// # Errors
    /// Exit 2, file, line and length of each.
    pub(crate) async fn vet_conditions(&self) -> Result<(), RunError> {
        let (subset, catalog) = (&self.plan.subset, &self.catalog);
        self.with_workers(1, async |workers| Ok(closure::vet(subset, catalog, workers).await?)).await
    }

    /// Has masks learn from the data what they need, and says what the data gives away through them.
    ///
    /// # Errors
    /// Exit 1: the data has too little for a mask.
    pub(crate) async fn sample(&mut self, request: &RunRequest, events: &Events) -> Result<(), RunError> {
        let catalog = Arc::clone(&self.catalog);
        let mut plan = Plan::clone(&self.plan);
        let sample = async |workers: &mut Workers| {
            probes::tell_common_values(&mut plan, &catalog, &mut workers.first).await?;
            frequency::warnings(&plan, &catalog, &mut workers.first).await
        };
        let warnings = self.with_workers(1, sample).await?;
        self.plan = Arc::new(plan);
        self.note_unless_strict(&warnings, request, events)
    }

    /// Checks the data against the plan and finds the rows.
    ///
    /// # Errors
    /// Exit 2 for a condition that does not stay in its place, exit 1 for what the data forbids.
    pub(crate) async fn select(
        &mut self,
        request: &RunRequest,
        events: &Events,
    ) -> Result<Selection, RunError> {
        self.sample(request, events).await?;
        let (plan, catalog, keyring) = (&self.plan, &self.catalog, &self.keyring);
        let hash_of = |table| key_hash(catalog, keyring, table);
        let select = async |workers: &mut Workers| {
            probes::check(plan, catalog, &mut workers.first).await?;
            let asked = Asked {
                pieces: request.pieces(),
                ceiling: request.ceiling,
                measures: request.exact,
                ..Asked::default()
            };
            Ok(closure::select(&plan.subset, catalog, workers, hash_of, asked, |_| {}).await?)
        };
        let mut selection = self.with_workers(request.searchers(), select).await?;
        (self.sizes, self.growth) = (std::mem::take(&mut selection.sizes), selection.growth);
        self.note_unless_strict(&selection.warnings, request, events)?;
        Ok(selection)
    }

    /// The size that a refresh by other rules would have, from the same seeds.
    ///
    /// # Errors
    /// What the source says.
    pub(crate) async fn measure(&self, subset: &SubsetPlan, request: &RunRequest) -> Result<Size, RunError> {
        let (catalog, keyring) = (&self.catalog, &self.keyring);
        let hash_of = |table| key_hash(catalog, keyring, table);
        let asked = Asked {
            pieces: request.pieces(),
            seeds: self.growth.map(|growth| growth.taken),
            ..Asked::default()
        };
        let measure = async |workers: &mut Workers| {
            Ok(closure::measure(subset, catalog, workers, hash_of, asked).await?)
        };
        self.with_workers(request.searchers(), measure).await
    }

    /// Counts the rows that break a foreign key in the source already, which a copy of whole tables does not ask for
    /// beforehand.
    ///
    /// # Errors
    /// Exit 1 with their numbers.
    pub(crate) async fn check_whole_tables(&self) -> Result<(), RunError> {
        let (subset, catalog) = (&self.plan.subset, &self.catalog);
        self.with_workers(1, async |workers| Ok(closure::check_whole_tables(subset, catalog, workers).await?))
            .await
    }

    /// The size of a rule table, its partitions added up; zero where nobody measured.
    pub(crate) fn measured(&self, table: TableId) -> Measured {
        let mut sum = Measured::default();
        for leaf in self.catalog.leaves(table) {
            let measured = self.sizes.get(&leaf).copied().unwrap_or_default();
            sum.copied += measured.copied;
            sum.source += measured.source;
        }
        sum
    }

    /// The size of all that was selected.
    pub(crate) fn selected(&self) -> Size {
        self.sizes.values().map(|measured| measured.copied).sum()
    }

    /// The triggers that compute derived columns while rows come in.
    pub(crate) fn derive_triggers(&self, schema: &SchemaWork) -> DeriveTriggers {
        DeriveTriggers::new(&self.derivations, &self.catalog, schema)
    }

    /// Compiles the masks: what every leaf needs to know.
    ///
    /// # Errors
    /// Exit 2: a mask that does not fit its column.
    pub(crate) fn copy_context(
        &self,
        request: &RunRequest,
        choice: WireChoice,
        events: &Events,
    ) -> Result<CopyContext, RunError> {
        self.copy_context_of(Arc::clone(&self.plan), request, choice, events)
    }

    /// The same of another plan against the catalog.
    ///
    /// # Errors
    /// Exit 2: a mask that does not fit its column.
    pub(crate) fn copy_context_of(
        &self,
        plan: Arc<Plan>,
        request: &RunRequest,
        choice: WireChoice,
        events: &Events,
    ) -> Result<CopyContext, RunError> {
        let catalog = &self.catalog;
        let scrubbers = crate::scrubber::processes(&plan);
        let mut errors = Vec::new();
        let mut masks = Vec::new();
        for table in &plan.tables {
            let wire = match choice {
                WireChoice::Fastest => wire(catalog, table),
                WireChoice::Text => Wire::Text,
            };
            match TableMask::compile_with(&self.keyring, table, catalog, wire, &scrubbers) {
                Ok(mask) => masks.push((Arc::new(mask), wire)),
                Err(found) => errors.extend(found.iter().map(|error| does_not_fit(table, error))),
            }
        }
        if !errors.is_empty() {
            return Err(RunError::diagnostics(&errors));
        }
        Ok(CopyContext {
            catalog: Arc::clone(catalog),
            plan,
            masks: Arc::new(masks),
            budget: Budget::new(request.memory_bytes),
            rate: self.rate.clone(),
            events: events.clone(),
        })
    }

    /// Names the tables that later events speak of by index, with the bytes that each is thought to bring.
    pub(crate) fn say_tables(&self, events: &Events) {
        let bytes = |root| {
            self.catalog.leaves(root).iter().map(|leaf| self.catalog.table(*leaf).estimate.bytes).sum()
        };
        let tables = self
            .plan
            .tables
            .iter()
            .map(|plan| (self.catalog.table(plan.table).sql_name.clone(), bytes(plan.table)));
        events.say(Event::Tables(tables.collect()));
    }

    /// Leaves the constraints NOT VALID under which rows that dangle are kept; returns their tables and names.
    pub(crate) fn leave_not_valid(
        &self,
        schema: &mut SchemaWork,
        selection: &Selection,
    ) -> BTreeSet<ConstraintName> {
        let references = selection.kept_dangling.keys().map(|at| &self.plan.subset.references[*at]);
        let keys = references.filter_map(|reference| reference.foreign_key);
        keys.map(|key| {
            let key = self.catalog.foreign_key(key);
            let wanted = foreign_key_entry(&self.catalog, key);
            let entries = schema.builds.iter_mut().filter(|entry| is_foreign_key(entry));
            entries
                .filter(|entry| (&entry.namespace, &entry.tag) == (&wanted.0, &wanted.1))
                .for_each(leave_not_valid);
            (self.catalog.table(key.child).name.clone(), key.name.clone())
        })
        .collect()
    }

    /// Adds to an error what the source's being a standby may have to do with it.
    pub(crate) fn explain(&self, error: RunError) -> RunError {
        standby::explain(error, self.view.standby.as_ref())
    }

    /// For whoever does what holds the locks: [`blocking::within`].
    pub(crate) fn take_lookout(&mut self) -> Option<Lookout> {
        self.lookout.take()
    }

    /// Gives up snapshot and locks: the source is not read any more.
    ///
    /// # Errors
    /// The leader's connection was lost meanwhile, and with it the locks.
    pub(crate) async fn release(&mut self) -> Result<(), RunError> {
        self.leader.end().await?;
        self.released = Some(self.view.taken.elapsed());
        Ok(())
    }

    /// For how long the snapshot was held, or has been.
    pub(crate) fn held(&self) -> Duration {
        self.released.unwrap_or_else(|| self.view.taken.elapsed())
    }

    /// Says goodbye: a connection that just ends in a transaction is a line in production's log.
    pub(crate) async fn close(self) {
        blocking::close(self.lookout).await;
        self.leader.close().await;
    }

    /// Has `pg_dump` read the schema under the snapshot.
    ///
    /// # Errors
    /// Exit 2: no `pg_dump` that can read this server; exit 3: a literal looks personal.
    pub(crate) async fn schema(&mut self, request: &RunRequest) -> Result<SchemaWork, RunError> {
        let program = PgDump::find(self.view.facts.version).await?;
        let archive = program.schema(&self.source, &self.view.snapshot, request.lock_timeout).await?;
        let mut work = SchemaWork::new(archive);
        partitioned_exclusions::join(&mut self.leader, self.view.facts.version, &mut work).await?;
        literals::check(&work, &self.view.settings, &self.plan.ddl_literals)?;
        Ok(work)
    }
}

/// The plan, with its secrets read, its constants as the source reads them, and its derived columns as it takes them.
async fn plan(
    rules: &RuleFile,
    catalog: &Catalog,
    source: &ConnInfo,
    snapshot: &SnapshotId,
    missing: Missing<'_>,
) -> Result<(Plan, Vec<Derivation>), RunError> {
    let mut plan = Plan::compile_or_coverage(rules, catalog).map_err(RunError::refused)?;
    secrets::read(&mut plan, missing)?;
    if !asks_the_source(&mut plan) {
        return Ok((plan, Vec::new()));
    }
    let mut worker = SourceWorker::connect(source, snapshot).await?;
    let read = read(&mut plan, catalog, &mut worker).await;
    worker.close().await;
    read.map(|derivations| (plan, derivations))
}

fn asks_the_source(plan: &mut Plan) -> bool {
    let derives = plan.tables.iter().any(|table| !table.derived.is_empty());
    let mut columns = plan.tables.iter_mut().flat_map(|table| &mut table.columns);
    derives || !plan.inserts.is_empty() || columns.any(|column| !column.action.constants_mut().is_empty())
}

async fn read(
    plan: &mut Plan,
    catalog: &Catalog,
    worker: &mut SourceWorker,
) -> Result<Vec<Derivation>, RunError> {
    constants::read(plan, catalog, worker).await?;
    inserts::vet(plan, catalog, worker).await?;
    derived::settle(plan, catalog, worker).await
}

/// What is to be said of a way to a server: nobody verifies who answers, or a file was passed over.
pub(crate) fn connection_warnings(side: &str, server: &ConnInfo) -> Vec<Diagnostic> {
    let mut warnings: Vec<Diagnostic> =
        server.notes().iter().map(|note| Diagnostic::warning("connection_file", note.clone())).collect();
    if server.is_unverified() {
        let message = format!("nothing verifies that the {side} is who it says: {}", server.describe());
        warnings
            .push(Diagnostic::warning("unverified_connection", message).hint(
                "Use sslmode=verify-full, with sslrootcert where the certificate is not a public one.",
            ));
    }
    warnings
}

/// A warning that refuses a run under `--strict`, with what accepts it.
fn refused_warning(warning: &Diagnostic) -> Finding {
    let accept =
        format!("Where you have looked at it: [policy] accept = [{}].", toml_string(&warning.acceptance()));
    let finding = Finding::from(warning);
    let hint = finding.hint.as_ref().map_or(accept.clone(), |hint| format!("{hint} {accept}"));
    finding.hint(hint)
}

fn does_not_fit(table: &TablePlan, error: &MaskError) -> Diagnostic {
    let diagnostic = Diagnostic::rule("mask_does_not_fit", error.to_string());
    let Some(column) = error.field.map(|field| &table.columns[field]) else { return diagnostic };
    let diagnostic = match column.origin.starts_with("pack ") {
        true => diagnostic.detail(format!("The rule is of {}.", column.origin)),
        false => diagnostic,
    };
    diagnostic.at(column.location.clone())
}

/// The order in which rows of a table are chosen: by a subkey of its own, under the rule table's name.
fn key_hash(catalog: &Catalog, keyring: &Keyring, table: TableId) -> closure::KeyHash {
    let hash = RowHash::new(keyring, &catalog.table(table).name.to_string());
    Box::new(move |key| hash.hash(key))
}
