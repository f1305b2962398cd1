//! What was read of a policy: tables, columns and rows in waxwork's words, and what could not be put into them.

use crate::draft::{Draft, Outcome};
use crate::place::Place;
use crate::sql;
use crate::write;
use waxwork_core::diagnostic::Location;
use waxwork_core::ident::QualifiedName;
use waxwork_core::rules::RuleFile;
use waxwork_core::rules::name::{plain, plain_table, reference_name, table_name};

/// Something that could not be translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where it stands in the policy; none where the format does not say.
    pub location: Option<Location>,
    /// The table, table and column, or section that it is about.
    pub subject: String,
    /// The foreign mask or setting, without values that may be secrets.
    pub original: String,
    /// Why it could not be translated.
    pub why: String,
    /// What the rule file has in its place.
    pub instead: String,
}

/// One line: what, why and what stands there now.
impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(location) = &self.location {
            write!(f, "{location}: ")?;
        }
        write!(f, "{}: {}: {}; {}", self.subject, self.original, self.why, self.instead)
    }
}

/// A policy in the making.
#[derive(Debug)]
pub(crate) struct Policy {
    /// The file's name for messages.
    file: String,
    /// Whose policy it is.
    pub(crate) tool: &'static str,
    pub(crate) tables: Vec<Table>,
    pub(crate) seeds: Vec<Seed>,
    pub(crate) references: Vec<Reference>,
    pub(crate) gaps: Vec<Gap>,
    /// Tables that a seed does not reach are copied whole.
    pub(crate) whole_others: bool,
}

/// One table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: QualifiedName,
    /// `rows`
    pub(crate) rows: Option<&'static str>,
    pub(crate) columns: Vec<Column>,
}

impl Table {
    /// The column of that name, where something was said of it.
    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|known| known.name == name)
    }
}

/// One column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The foreign mask, as comments show it.
    pub(crate) original: String,
    /// What is different, or why there is no rule.
    pub(crate) notes: Vec<String>,
    /// None where it could not be translated and no rule is sure to fit.
    pub(crate) rule: Option<Draft>,
}

/// Rows to begin with.
#[derive(Debug)]
pub(crate) struct Seed {
    pub(crate) table: QualifiedName,
    pub(crate) condition: Option<String>,
    pub(crate) percent: Option<f64>,
    /// What it was, for comments.
    pub(crate) original: String,
    pub(crate) place: Place,
}

/// A `[[reference]]`.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) child: String,
    pub(crate) parent: String,
    pub(crate) when: Vec<(String, String)>,
    pub(crate) note: Option<&'static str>,
}

/// What a gap says of a column without a rule.
const LEFT_OUT: &str = "left out, so that waxwork refuses the column until it has a rule";

impl Policy {
    pub(crate) fn new(tool: &'static str, file: &str) -> Self {
        Self {
            file: file.to_owned(),
            tool,
            tables: Vec::new(),
            seeds: Vec::new(),
            references: Vec::new(),
            gaps: Vec::new(),
            whole_others: false,
        }
    }

    /// The table of that name, with what is already known of it.
    pub(crate) fn table(&mut self, name: &QualifiedName) -> &mut Table {
        let at = self.tables.iter().position(|table| table.name == *name).unwrap_or_else(|| {
            self.tables.push(Table { name: name.clone(), rows: None, columns: Vec::new() });
            self.tables.len() - 1
        });
        &mut self.tables[at]
    }

    /// The rule that a column has so far.
    pub(crate) fn rule(&mut self, table: &QualifiedName, column: &str) -> Option<Draft> {
        self.table(table).column(column).and_then(|known| known.rule.clone())
    }

    /// Something was said of a column already.
    pub(crate) fn has_column(&mut self, table: &QualifiedName, column: &str) -> bool {
        self.table(table).column(column).is_some()
    }

    /// Says what becomes of a column. Where that was said before in another way, what hides more stands, and both are told.
    pub(crate) fn column(
        &mut self,
        table: &QualifiedName,
        column: &str,
        place: Place,
        original: &str,
        outcome: Outcome,
    ) {
        let known = self.table(table).column(column).cloned();
        self.restate(table, column, place, original, outcome);
        let Some(earlier) = known else { return };
        let Some(later) = self.table(table).columns.pop() else { return };
        if written(&earlier) == written(&later) {
            self.table(table).columns.push(later);
            return;
        }
        let why = format!("the policy names the column twice: {}, then {}", earlier.original, later.original);
        let mut stands = if hides(&earlier) > hides(&later) { earlier } else { later };
        let instead = match &stands.rule {
            Some(_) => format!("{} stands", stands.original),
            None => LEFT_OUT.to_owned(),
        };
        self.gap(place, &subject(table, column), original, &why, &instead);
        stands.notes.push(why);
        self.table(table).columns.push(stands);
    }

    /// Says what becomes of a column; what was said of it before no longer counts.
    pub(crate) fn restate(
        &mut self,
        table: &QualifiedName,
        column: &str,
        place: Place,
        original: &str,
        outcome: Outcome,
    ) {
        let subject = subject(table, column);
        let (rule, notes, why) = match fitted(table, column, outcome) {
            Outcome::Rule(draft, notes) => (Some(draft), notes, None),
            Outcome::Instead(draft, why) => (Some(draft), vec![why.clone()], Some(why)),
            Outcome::Left(why) => (None, vec![why.clone()], Some(why)),
        };
        if let Some(why) = why {
            let instead = rule.as_ref().map_or_else(|| LEFT_OUT.to_owned(), stand_in);
            self.gap(place, &subject, original, &why, &instead);
        }
        let columns = &mut self.table(table).columns;
        columns.retain(|known| known.name != column);
        columns.push(Column { name: column.to_owned(), original: original.to_owned(), notes, rule });
    }

    /// Something that has no place in the rule file.
    pub(crate) fn gap(&mut self, place: Place, subject: &str, original: &str, why: &str, instead: &str) {
        let location = (place.line > 0).then(|| place.within(&self.file));
        let printable = |text: &str| write::printable(text);
        self.gaps.push(Gap {
            location,
            subject: printable(subject),
            original: printable(original),
            why: printable(why),
            instead: printable(instead),
        });
    }

    /// Takes out what has names that no table can have: empty ones, and those with a NUL.
    pub(crate) fn drop_unnameable(&mut self) {
        const WHY: &str = "no table of PostgreSQL can be called that";
        let fits = |name: &QualifiedName| table_name(&plain_table(name)).is_ok();
        let tables = std::mem::take(&mut self.tables).into_iter();
        let (tables, nameless): (Vec<_>, Vec<_>) = tables.partition(|table| fits(&table.name));
        self.tables = tables;
        nameless
            .iter()
            .for_each(|one| self.gap(Place::default(), &plain_table(&one.name), "a table", WHY, "left out"));
        let seeds = std::mem::take(&mut self.seeds).into_iter();
        let (seeds, nameless): (Vec<_>, Vec<_>) = seeds.partition(|seed| fits(&seed.table));
        self.seeds = seeds;
        nameless
            .iter()
            .for_each(|one| self.gap(one.place, &plain_table(&one.table), &one.original, WHY, "left out"));
        let references = std::mem::take(&mut self.references).into_iter();
        let fits =
            |one: &Reference| reference_name(&one.child).is_ok() && reference_name(&one.parent).is_ok();
        let (references, nameless): (Vec<_>, Vec<_>) = references.partition(fits);
        self.references = references;
        nameless
            .iter()
            .for_each(|one| self.gap(Place::default(), &one.child, "a reference", WHY, "left out"));
    }

    /// The only seed is one; of several each would bring rows that the others leave out.
    pub(crate) fn settle_seeds(&mut self) {
        const OTHERS: &str = "it is no condition over the table's own columns";
        const WHY: &str = "all conditions together cut the rows of other tables there, and each of several seeds adds rows here";
        let are_several = self.seeds.len() > 1;
        for mut seed in std::mem::take(&mut self.seeds) {
            let own = seed.condition.take().map(|condition| sql::own_columns(&condition, &seed.table));
            match own {
                _ if are_several => self.lost_seed(&seed, WHY),
                Some(None) => self.lost_seed(&seed, OTHERS),
                own => self.seeds.push(Seed { condition: own.flatten(), ..seed }),
            }
        }
    }

    fn lost_seed(&mut self, seed: &Seed, why: &str) {
        let instead = "every row is copied, masked; see docs/subset.md";
        self.gap(seed.place, &plain_table(&seed.table), &seed.original, why, instead);
    }
}

/// `table(column)`, as messages name it.
pub(crate) fn subject(table: &QualifiedName, column: &str) -> String {
    format!("{}({})", plain_table(table), plain(column))
}

/// A column's rule as a rule file has it.
fn written(column: &Column) -> Option<String> {
    column.rule.as_ref().map(|rule| rule.to_value().to_string())
}

/// How much a column's rule hides: nothing, some rows, all of them; without a rule it is not copied at all.
fn hides(column: &Column) -> u8 {
    match &column.rule {
        Some(Draft::Keep(_)) => 0,
        Some(Draft::Cases(cases, rest)) if keeps_some(cases, rest) => 1,
        Some(Draft::Cases(..) | Draft::Mask(..)) => 2,
        None => 3,
    }
}

fn keeps_some(cases: &[(String, Draft)], rest: &Draft) -> bool {
    cases.iter().map(|(_, draft)| draft).chain([rest]).any(|draft| matches!(draft, Draft::Keep(_)))
}

fn stand_in(draft: &Draft) -> String {
    match draft {
        Draft::Mask(kind, _) => format!("{} masks the column meanwhile", kind.name()),
        Draft::Keep(_) | Draft::Cases(..) => "a list of rules stands for it meanwhile".to_owned(),
    }
}

/// Gives up a rule that a rule file cannot hold: a range with its ends swapped, a column's name without a letter.
fn fitted(table: &QualifiedName, column: &str, outcome: Outcome) -> Outcome {
    let (Outcome::Rule(draft, _) | Outcome::Instead(draft, _)) = &outcome else { return outcome };
    match RuleFile::parse("import", &write::one_column(table, column, draft)) {
        Ok(_) => outcome,
        Err(errors) => {
            let first = errors.first().map(|error| error.message.clone()).unwrap_or_default();
            Outcome::Left(format!("waxwork cannot hold its parameters ({first})"))
        }
    }
}
