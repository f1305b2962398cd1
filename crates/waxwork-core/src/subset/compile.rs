//! Puts the rules of the closure together, and refuses what no schedule could carry out.

use crate::catalog::{Catalog, TableId};
use crate::diagnostic::Diagnostic;
use crate::rules::RuleFile;
use crate::rules::name::plain_table;
use crate::rules::text::toml_key;

use super::names::full_name;
use super::{
    DanglingPolicy, ParentPolicy, Reference, SubsetPlan, TableRows, classes, resolve_references, seeds,
};

impl SubsetPlan {
    /// Resolves `[subset]`, `[[reference]]` and every `rows` against the catalog; errors go to `diagnostics`.
    pub fn compile(rules: &RuleFile, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) -> SubsetPlan {
        let references = resolve_references(rules, catalog, diagnostics);
        let seeds = seeds::resolve(&rules.subset.seeds, catalog, diagnostics);
        let classes = classes::resolve(rules, catalog, &seeds, &references);
        let mut plan = SubsetPlan {
            seeds,
            tables: classes.tables,
            left_out: classes.left_out,
            stated: classes.stated,
            references,
            lookup_rows: rules.subset.lookup_rows,
            budget: rules.subset.budget,
            needs_closure: false,
        };
        plan.needs_closure = plan.asks_for_rows(catalog);
        diagnostics.extend(plan.seeds_of_none(catalog));
        diagnostics.extend(plan.pulls_from_none(catalog));
        diagnostics.extend(plan.temporal_keys(catalog));
        plan
    }

    /// The plan with `children = false` on one reference: with it tables may fall out of every seed's reach.
    #[must_use]
    pub fn without_children(&self, catalog: &Catalog, reference: usize) -> SubsetPlan {
        let mut plan = self.clone();
        plan.references[reference].follow_children = false;
        plan.tables = classes::of(&plan.stated, catalog, &plan.seeds, &plan.references);
        plan
    }

    /// The class of a table; a partition has its root's. A table that holds no rows of its own is `None`.
    pub fn rows(&self, catalog: &Catalog, table: TableId) -> TableRows {
        let root = catalog.root(table);
        self.tables.iter().find(|(id, _)| *id == root).map_or(TableRows::None, |(_, rows)| *rows)
    }

    /// Whether tables "all" and "none" alone do not say which rows are in the copy.
    fn asks_for_rows(&self, catalog: &Catalog) -> bool {
        !self.seeds.is_empty()
            || self.tables.iter().any(|(_, rows)| matches!(rows, TableRows::Subset | TableRows::Lookup))
            || self.references.iter().any(|reference| self.narrows_whole_tables(catalog, reference))
    }

    /// Between tables that are there whole, or not at all: rows leave, change, or must be counted nevertheless.
    fn narrows_whole_tables(&self, catalog: &Catalog, reference: &Reference) -> bool {
        let parent_absent = self.rows(catalog, reference.parent) == TableRows::None;
        let dangling = match reference.dangling {
            None => false,
            // Under a key that is not valid anyway, to keep is to do nothing.
            Some(DanglingPolicy::Keep) => reference.valid,
            Some(DanglingPolicy::Null | DanglingPolicy::Drop) => true,
        };
        self.rows(catalog, reference.child) != TableRows::None
            && (dangling || (parent_absent && reference.parent_policy != ParentPolicy::Pull))
    }

    fn seeds_of_none(&self, catalog: &Catalog) -> Vec<Diagnostic> {
        self.seeds
            .iter()
            .filter(|seed| self.rows(catalog, seed.table) == TableRows::None)
            .map(|seed| {
                let name = &catalog.table(seed.table).sql_name;
                let message = format!("seed names a table without rows: table {name} has rows = \"none\"");
                Diagnostic::rule("seed_none", message)
                    .hint("Delete the seed, or the table's rows = \"none\".")
                    .at(seed.location.clone())
            })
            .collect()
    }

    fn pulls_from_none(&self, catalog: &Catalog) -> Vec<Diagnostic> {
        self.references
            .iter()
            .filter(|reference| {
                reference.parent_policy == ParentPolicy::Pull
                    && self.rows(catalog, reference.parent) == TableRows::None
                    && self.rows(catalog, reference.child) != TableRows::None
                    && !is_temporal(catalog, reference)
            })
            .map(|reference| self.parent_without_rows(catalog, reference))
            .collect()
    }

    fn parent_without_rows(&self, catalog: &Catalog, reference: &Reference) -> Diagnostic {
        let root = catalog.root(reference.parent);
        let parent = &catalog.table(root).sql_name;
        let entry = toml_key(&full_name(catalog, reference));
        let hint =
            format!("Under [subset.reference] say {entry} = {{ parent = \"null\" }}, \"drop\" or \"error\"");
        let (who, hint) = match self.left_out.get(&root) {
            None => (String::new(), format!("{hint}.")),
            Some(clause) => {
                let table = toml_key(&plain_table(&catalog.table(root).name));
                let hint = format!("{hint}; or under [table.{table}] rows = \"all\".");
                (format!("Pack {} leaves its rows out ({}). ", clause.pack, clause.what), hint)
            }
        };
        let message = format!("parent of reference has rows = \"none\": {}", reference.name);
        Diagnostic::rule("reference_none", message)
            .detail(format!("{who}No row of table {parent} is in the copy, so the key could not hold."))
            .hint(hint)
    }

    /// A temporal key (`PERIOD`) asks for containment, which the closure does not compute.
    fn temporal_keys(&self, catalog: &Catalog) -> Vec<Diagnostic> {
        let whole = |table| matches!(self.rows(catalog, table), TableRows::All);
        self.references
            .iter()
            .filter(|reference| {
                is_temporal(catalog, reference)
                    && self.rows(catalog, reference.child) != TableRows::None
                    && !(whole(reference.child) && whole(reference.parent))
            })
            .map(|reference| {
                let message = format!("subset cannot follow a temporal foreign key: {}", reference.name);
                Diagnostic::rule("reference_period", message)
                    .detail("A PERIOD key refers to a set of rows that cover a range, not to one row.")
                    .hint("Give both of its tables rows = \"all\", or its child rows = \"none\".")
            })
            .collect()
    }
}

fn is_temporal(catalog: &Catalog, reference: &Reference) -> bool {
    reference.foreign_key.is_some_and(|id| catalog.foreign_key(id).period)
}
