//! The plan as text: stable, one fact a line, so that two plans differ where `diff` says they do.
//!
//! It holds names, lengths and the constants of a `when`; no `where`, no constant of a mask, no estimate, nothing that
//! depends on rows or on where in a file a rule stands.

use super::{
    ByField, Canonical, Coarser, ColumnAction, ColumnPlan, DomainPlan, JsonAction, KeyForm, MaskSpec,
    PackCoverage, Plan, SequencePosition, TablePlan, TemplatePart,
};
use crate::catalog::{Catalog, ColumnId, TableId};
use crate::condition::to_text;
use crate::ident::QualifiedName;
use crate::masks::MaskKind;
use crate::rules::name::plain;
use crate::subset::{Condition, DanglingPolicy, ParentPolicy, Quota, Reference, Seed, SizeLimit, TableRows};
use crate::words::{counted, printable};
use std::fmt::{self, Write};

/// Version of the text's own form.
const TEXT_VERSION: u32 = 1;

impl Plan {
    /// What the run does, for people and for `diff`.
    pub fn to_text(&self, catalog: &Catalog) -> String {
        let mut out = String::new();
        Writer { plan: self, catalog, out: &mut out }.write().expect("a String takes all");
        out
    }
}

struct Writer<'a> {
    plan: &'a Plan,
    catalog: &'a Catalog,
    out: &'a mut String,
}

impl Writer<'_> {
    fn write(&mut self) -> fmt::Result {
        writeln!(self.out, "waxwork plan {TEXT_VERSION}")?;
        self.subset()?;
        for pack in &self.plan.packs {
            write_pack(self.out, pack)?;
        }
        for table in &self.plan.tables {
            self.table(table)?;
        }
        self.references()?;
        for domain in &self.plan.domains {
            self.domain(domain)?;
        }
        self.sequences()?;
        self.quasi_identifiers()?;
        if let Some(reason) = &self.plan.large_objects {
            writeln!(self.out, "\nlarge objects that kept columns point at: keep {reason:?}")?;
        }
        for warning in &self.plan.warnings {
            writeln!(self.out, "\n{}", warning.clone().at(None))?;
        }
        Ok(())
    }

    fn subset(&mut self) -> fmt::Result {
        if self.plan.subset.seeds.is_empty() {
            return writeln!(self.out, "\nsubset: none");
        }
        let most = counted(self.plan.subset.lookup_rows, "row");
        writeln!(self.out, "\nsubset: lookup tables up to {most}")?;
        for seed in &self.plan.subset.seeds {
            let line = self.seed(seed);
            writeln!(self.out, "  seed {line}")?;
        }
        let SizeLimit { rows, bytes } = self.plan.subset.budget;
        let limits = [rows.map(|rows| counted(rows, "row")), bytes.map(|bytes| counted(bytes, "byte"))];
        let limits: Vec<String> = limits.into_iter().flatten().collect();
        if !limits.is_empty() {
            writeln!(self.out, "  seeds grow until the copy has {}", limits.join(" or "))?;
        }
        Ok(())
    }

    fn seed(&self, seed: &Seed) -> String {
        let quota = match &seed.quota {
            Quota::Every => "every row".to_owned(),
            Quota::Percent { digits, scale } => format!("{} percent", decimal(*digits, *scale)),
            Quota::Rows(rows) => counted(*rows, "row"),
        };
        let condition =
            seed.condition.as_ref().map(|condition| format!(" {}", length(condition))).unwrap_or_default();
        let keys = seed
            .stated_keys()
            .map(|stated| format!(" of {}", counted(stated.keys.len() as u64, "key")))
            .unwrap_or_default();
        let by =
            seed.by.map(|by| format!(" of each {}", self.column_name(seed.table, by))).unwrap_or_default();
        format!("{}: {quota}{by}{keys}{condition}", self.table_name(seed.table))
    }

    fn table(&mut self, plan: &TablePlan) -> fmt::Result {
        let rows = match self
            .plan
            .subset
            .tables
            .iter()
            .find(|(table, _)| *table == plan.table)
            .map(|(_, rows)| rows)
        {
            Some(TableRows::None) => "none",
            Some(TableRows::Subset) => "subset",
            Some(TableRows::Lookup) => "lookup",
            Some(TableRows::All) | None => "all",
        };
        writeln!(self.out, "\ntable {}", self.table_name(plan.table))?;
        let by_pack = self.plan.subset.left_out.get(&plan.table);
        let by_pack = by_pack.map(|clause| format!(" (pack {clause})")).unwrap_or_default();
        writeln!(self.out, "  rows {rows}{by_pack}")?;
        if let Some(insert) = self.plan.inserts.iter().find(|insert| insert.table == plan.table) {
            writeln!(self.out, "  inserts {}", counted(insert.rows.len() as u64, "row"))?;
        }
        if plan.load_through_root {
            writeln!(self.out, "  loads through its root: a partition key is masked")?;
        }
        let copied = plan.columns.iter().map(|column| column.column);
        let names: Vec<String> = copied
            .chain(plan.derived.iter().map(|derived| derived.column))
            .map(|column| self.column_name(plan.table, column))
            .collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let (copied, derived) = names.split_at(plan.columns.len());
        for (column, name) in plan.columns.iter().zip(copied) {
            write!(self.out, "  {name:width$}  ")?;
            self.column(plan, column)?;
        }
        for (column, name) in plan.derived.iter().zip(derived) {
            let length = counted(column.sql.value.len() as u64, "byte");
            writeln!(self.out, "  {name:width$}  derive ({length}) ({})", printable(&column.origin))?;
        }
        Ok(())
    }

    fn column(&mut self, plan: &TablePlan, column: &ColumnPlan) -> fmt::Result {
        let form = form(column.canonical);
        if let ColumnAction::Cases { cases, otherwise } = &column.action {
            writeln!(self.out, "cases{form} ({})", printable(&column.origin))?;
            for case in cases {
                let when = to_text(&case.when, self.catalog.table(plan.table), self.catalog);
                let action = self.action(plan, &case.action);
                writeln!(self.out, "    when {when}: {action}")?;
                self.json(plan, &case.action, "      ")?;
            }
            let action = self.action(plan, otherwise);
            writeln!(self.out, "    otherwise: {action}")?;
            return self.json(plan, otherwise, "      ");
        }
        let action = self.action(plan, &column.action);
        writeln!(self.out, "{action}{form} ({})", printable(&column.origin))?;
        self.json(plan, &column.action, "    ")
    }

    fn action(&self, plan: &TablePlan, action: &ColumnAction) -> String {
        match action {
            ColumnAction::Keep { reason } => format!("keep {reason:?}"),
            ColumnAction::Null => "null".to_owned(),
            ColumnAction::Mask(spec) => self.mask(plan, spec),
            // Cases hold no cases.
            ColumnAction::Cases { .. } => "cases".to_owned(),
        }
    }

    fn mask(&self, plan: &TablePlan, spec: &MaskSpec) -> String {
        let mut text = spec.kind.name().to_owned();
        if let Some(identity) = &spec.identity {
            text.push_str(&format!(" of one {identity}"));
        } else if spec.kind.has_domain() && spec.domain != text {
            text.push_str(&format!(" in {}", printable(&spec.domain)));
        }
        let mut add = |part: String| text.push_str(&format!(", {part}"));
        if spec.injective {
            add("injective".to_owned());
        }
        if let Some(chars) = spec.max_chars {
            add(format!("at most {}", counted(chars.into(), "character")));
        }
        if let Some(map) = spec.integers {
            add(format!("[{}, {}] to [{}, {}]", map.from.0, map.from.1, map.range.0, map.range.1));
        }
        if let Some(alphabet) = spec.alphabet() {
            add(format!("alphabet of {}", alphabet.chars().count()));
        }
        if let Some(value) = spec.options.text("value") {
            add(format!("a value of {}", counted(value.chars().count() as u64, "character")));
        }
        if let Some(secret) = spec.options.secret("password") {
            add(format!("a password {secret}"));
        }
        let reads = spec.template.iter().filter_map(|part| match part {
            TemplatePart::Column(at) => Some(self.column_name(plan.table, plan.columns.get(*at)?.column)),
            TemplatePart::Text(_) => None,
        });
        let reads: Vec<String> = reads.collect();
        if spec.kind == MaskKind::Template {
            let reads = if reads.is_empty() { "no column".to_owned() } else { reads.join(", ") };
            add(format!("of {reads}"));
        }
        if let Some(scrub) = &spec.scrub {
            let known: Vec<String> =
                scrub.known.iter().map(|known| self.by_field(plan, known.field)).collect();
            let known = if known.is_empty() { "no column".to_owned() } else { known.join(", ") };
            let program = scrub.scrubber.as_ref().map(|name| format!(", then by scrubber {}", plain(name)));
            let program = program.unwrap_or_default();
            add(format!("knowing {known}, else by form{program}; the rest stays"));
        }
        if let Some(by) = &spec.by {
            add(format!("by {} ({})", self.by_field(plan, by.field), printable(&by.root)));
        }
        if spec.speaks_english() {
            add(format!("English where {} has no words", spec.locale()));
        }
        if let Some(field) = spec.gender {
            add(format!("gender as {} says", self.by_field(plan, field)));
        }
        if let Some((first, end)) = spec.reflect {
            add(format!("inside its partitions [{first}, {end})"));
        }
        if spec.mask_nulls {
            add("NULL masked".to_owned());
        }
        text
    }

    fn by_field(&self, plan: &TablePlan, field: ByField) -> String {
        match field {
            ByField::Column(index) => self.column_name(plan.table, plan.columns[index].column),
            ByField::Context(index) => {
                let field = &plan.context[index];
                let mut at = plan.table;
                let mut names = Vec::new();
                for step in &field.path {
                    let columns: Vec<String> =
                        step.columns.iter().map(|(child, _)| self.column_name(at, *child)).collect();
                    names.push(columns.join("+"));
                    at = step.parent;
                }
                names.push(self.column_name(at, field.column));
                names.join(".")
            }
        }
    }

    fn json(&mut self, plan: &TablePlan, action: &ColumnAction, indent: &str) -> fmt::Result {
        let ColumnAction::Mask(spec) = action else { return Ok(()) };
        let Some(json) = &spec.json else { return Ok(()) };
        for (path, form) in &json.kept_keys {
            let form = match form {
                KeyForm::Integer => ", integers",
                KeyForm::Uuid => ", uuids",
                KeyForm::Any => "",
            };
            let path = printable(path);
            writeln!(self.out, "{indent}{path}: keep, like the key that it refers to{form}")?;
        }
        for (path, action) in
            json.paths.iter().map(|(path, action)| (path.as_str(), action)).chain([("rest", &json.rest)])
        {
            let text = match action {
                JsonAction::Keep => "keep".to_owned(),
                JsonAction::Null => "null".to_owned(),
                JsonAction::Mask(spec) => self.mask(plan, spec),
            };
            writeln!(self.out, "{indent}{}: {text}", printable(path))?;
        }
        Ok(())
    }

    fn references(&mut self) -> fmt::Result {
        for (index, reference) in self.plan.subset.references.iter().enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            writeln!(
                self.out,
                "{gap}reference {}: {}",
                printable(&reference.name),
                self.policies(reference)
            )?;
        }
        Ok(())
    }

    fn policies(&self, reference: &Reference) -> String {
        let mut parts = Vec::new();
        if !reference.when.is_empty() {
            let when: Vec<String> = reference
                .when
                .iter()
                .map(|(column, constant)| {
                    format!("{} = {constant:?}", self.column_name(reference.child, *column))
                })
                .collect();
            parts.push(format!("when {}", when.join(" and ")));
        }
        parts.push(match reference.parent_policy {
            ParentPolicy::Pull => "pulls its parent".to_owned(),
            ParentPolicy::Drop => "drops the row".to_owned(),
            ParentPolicy::Null => "nulls the key".to_owned(),
            ParentPolicy::Error => "stops the run".to_owned(),
        });
        parts.push(
            if reference.follow_children { "children followed" } else { "children not followed" }.to_owned(),
        );
        parts.extend(reference.limit.map(|limit| format!("limit {limit}")));
        parts.extend(reference.condition.as_ref().map(length));
        parts.extend(reference.dangling.map(|dangling| {
            let word = match dangling {
                DanglingPolicy::Null => "null",
                DanglingPolicy::Drop => "drop",
                DanglingPolicy::Keep => "keep",
            };
            format!("dangling {word}")
        }));
        parts.extend((!reference.valid).then(|| "not valid".to_owned()));
        parts.join(", ")
    }

    fn domain(&mut self, domain: &DomainPlan) -> fmt::Result {
        write!(self.out, "\ndomain {}", printable(&domain.name))?;
        if let Some(why) = &domain.injective {
            write!(self.out, "\n  injective: {}", printable(why))?;
        }
        if let Some((chars, column)) = &domain.narrowest {
            let chars = counted((*chars).into(), "character");
            write!(self.out, "\n  at most {chars}: {}", printable(column))?;
        }
        for column in &domain.columns {
            write!(self.out, "\n  {}", printable(column))?;
        }
        writeln!(self.out)
    }

    fn sequences(&mut self) -> fmt::Result {
        for (index, plan) in self.plan.sequences.iter().enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            let name = shown_name(&self.catalog.sequences[plan.sequence].name);
            let position = match plan.position {
                SequencePosition::AsSource => "as in the source".to_owned(),
                SequencePosition::StartAt(value) => format!("starts at {value}"),
            };
            writeln!(self.out, "{gap}sequence {name}: {position}")?;
        }
        Ok(())
    }

    fn quasi_identifiers(&mut self) -> fmt::Result {
        for set in &self.plan.quasi_identifiers {
            let name = |column: &ColumnId| self.column_name(set.table, *column);
            let columns: Vec<String> = set.columns.iter().map(name).collect();
            let columns = columns.join(", ");
            let k = set.k.map(|k| format!("; k {k}, below it: {}", set.below.name())).unwrap_or_default();
            let table = self.table_name(set.table);
            writeln!(self.out, "\nquasi-identifiers of {table}: {columns}{k}")?;
            for (column, coarser) in &set.steps {
                let step = match coarser {
                    Coarser::Beginning(period) => format!("its {period}"),
                    Coarser::Multiple(step) => format!("a multiple of {step}"),
                    Coarser::Prefix(chars) => {
                        format!("{} where it has a digit", counted((*chars).into(), "character"))
                    }
                    Coarser::Null => "null".to_owned(),
                };
                writeln!(self.out, "  {}: {step}", self.column_name(set.table, *column))?;
            }
        }
        Ok(())
    }

    fn table_name(&self, table: TableId) -> String {
        shown_name(&self.catalog.table(table).name)
    }

    fn column_name(&self, table: TableId, column: ColumnId) -> String {
        printable(&plain(self.catalog.table(table).column(column).name.as_str()))
    }
}

fn shown_name(name: &QualifiedName) -> String {
    printable(&format!("{}.{}", plain(name.schema.as_str()), plain(name.name.as_str())))
}

/// What is said of a form.
pub(super) fn form(canonical: Canonical) -> &'static str {
    match canonical {
        Canonical::AsIs => "",
        Canonical::TrimScale => ", read without trailing zeros",
        Canonical::Rtrim => ", read without trailing blanks",
        Canonical::Lower => ", read in lower case",
        Canonical::PositiveZero => ", read with -0 as 0",
    }
}

/// All that is shown of a condition.
fn length(condition: &Condition) -> String {
    format!("where ({})", counted(condition.sql.len() as u64, "byte"))
}

/// (25, 1) is 2.5.
fn decimal(digits: u64, scale: u32) -> String {
    let text = format!("{digits:0width$}", width = scale as usize + 1);
    let (whole, fraction) = text.split_at(text.len() - scale as usize);
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

/// What each clause of a pack took; those that took nothing are only counted.
pub(super) fn write_pack(out: &mut dyn Write, pack: &PackCoverage) -> fmt::Result {
    writeln!(out, "\npack {}", pack.name)?;
    let (took, idle): (Vec<_>, Vec<_>) =
        pack.clauses.iter().partition(|clause| clause.tables + clause.columns > 0);
    for clause in took {
        let counts = [(clause.tables, "table"), (clause.columns, "column")];
        let counts: Vec<String> =
            counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, noun)| counted(n as u64, noun)).collect();
        writeln!(out, "  {}: {}", clause.what, counts.join(", "))?;
    }
    if !idle.is_empty() {
        writeln!(out, "  took nothing: {}", counted(idle.len() as u64, "clause"))?;
    }
    Ok(())
}
