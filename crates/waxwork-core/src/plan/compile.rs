//! [`Plan::compile`]: the stages in their order, all errors of one run together.

use super::coverage::{self, Refused};
use super::decisions::{self, Verdicts};
use super::derived;
use super::domains::Domains;
use super::inserts;
use super::keys::KeyGraph;
use super::listed::ListedRules;
use super::lookalikes;
use super::packs::PackRules;
use super::persons::Persons;
use super::schema::Schema;
use super::tables::Assembly;
use super::unique::KeyChecks;
use super::{Plan, integers, json, partitions, patterns, probes, quasi, scrub, templates, warnings};
use crate::catalog::Catalog;
use crate::diagnostic::{Class, Diagnostic};
use crate::rules::RuleFile;
use crate::subset::SubsetPlan;
use std::collections::BTreeSet;

impl Plan {
    /// Decides what a run does with every table and column of a catalog.
    ///
    /// # Errors
    /// Everything that stands in the way, at once: errors that a rule causes in file order, then gaps in catalog
    /// order, then warnings.
    pub fn compile(rules: &RuleFile, catalog: &Catalog) -> Result<Plan, Vec<Diagnostic>> {
        Plan::compile_or_coverage(rules, catalog).map_err(|refused| refused.diagnostics)
    }

    /// The same; a refusal says how far the rules reach.
    ///
    /// # Errors
    /// As [`Plan::compile`].
    pub fn compile_or_coverage(rules: &RuleFile, catalog: &Catalog) -> Result<Plan, Refused> {
        let mut diagnostics = Vec::new();
        let subset = SubsetPlan::compile(rules, catalog, &mut diagnostics);
        let schema = Schema::new(catalog, &subset);
        let listed = ListedRules::resolve(rules, &schema, &mut diagnostics);
        let graph = KeyGraph::build(&schema, &subset.references);
        let packs = PackRules::new(&rules.policy);
        let mut verdicts =
            decisions::decide(&schema, &graph, &listed, &rules.patterns, &packs, &mut diagnostics);
        diagnostics.extend(patterns::idle(&rules.patterns, &schema));
        json::follow_references(&schema, &graph, &mut verdicts, &mut diagnostics);
        let inserts = inserts::resolve(rules, &schema, &verdicts, &mut diagnostics);
        let mut plan = assemble(&schema, &graph, &subset, &verdicts, rules, &mut diagnostics);
        plan.quasi_identifiers = quasi::resolve(rules, &schema, &graph, &plan, &mut diagnostics);
        plan.packs = packs.coverage(&subset, &verdicts);
        plan.ddl_literals = rules.policy.ddl_literals.iter().map(|literal| literal.value.clone()).collect();
        plan.large_objects = rules.large_objects.as_ref().map(|reason| reason.value.clone());
        if diagnostics.iter().any(|diagnostic| diagnostic.class != Class::Warning) {
            diagnostics.append(&mut plan.warnings);
            let tables = coverage::tables(&schema, &verdicts);
            return Err(Refused { diagnostics: sorted(diagnostics), packs: plan.packs, tables });
        }
        plan.warnings.append(&mut diagnostics);
        plan.inserts = inserts;
        plan.subset = subset;
        Ok(plan)
    }
}

fn assemble(
    schema: &Schema,
    graph: &KeyGraph,
    subset: &SubsetPlan,
    verdicts: &Verdicts,
    rules: &RuleFile,
    diagnostics: &mut Vec<Diagnostic>,
) -> Plan {
    let references = &subset.references;
    let mut domains = Domains::collect(schema, verdicts, diagnostics);
    derived::check(schema, graph, verdicts, diagnostics);
    templates::check_cycles(schema, verdicts, diagnostics);
    KeyChecks { schema, graph, references, verdicts, domains: &mut domains, diagnostics }.run();
    domains.settle(diagnostics);
    let reflections = partitions::check(schema, verdicts, &domains, diagnostics);
    let assembly = Assembly {
        schema,
        graph,
        references,
        verdicts,
        domains: &domains,
        reflections: &reflections,
        scrubbers: &rules.scrubbers,
    };
    let tables = assembly.tables(diagnostics);
    diagnostics.extend(scrub::idle(&rules.scrubbers, verdicts));
    let mut warnings = warnings::of_checks(schema, verdicts, &domains);
    warnings.extend(lookalikes::warnings(schema, verdicts));
    warnings.extend(Persons { schema, graph, references, verdicts }.warnings());
    warnings.extend(assembly.blind_scrubs());
    Plan {
        probes: tables.iter().flat_map(probes::of_table).collect(),
        tables,
        sequences: integers::sequences(schema, verdicts, &domains, &mut warnings),
        domains: domains.plans(),
        inserts: Vec::new(),
        quasi_identifiers: Vec::new(),
        subset: SubsetPlan::default(),
        packs: Vec::new(),
        scrubbers: rules.scrubbers.clone(),
        ddl_literals: Vec::new(),
        large_objects: None,
        warnings,
    }
}

/// Errors of rules by their place in the file, then the others in the order they were found, then warnings; what two
/// checks say in the same words is said once.
fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| {
        (diagnostic.class == Class::Warning, diagnostic.location.is_none(), diagnostic.location.clone())
    });
    let mut said = BTreeSet::new();
    diagnostics.retain(|found| said.insert((found.code, found.message.clone(), found.location.clone())));
    diagnostics
}
