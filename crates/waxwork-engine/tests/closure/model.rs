//! A subset described twice: as a rule file for the code under test, and in words that the oracle turns into SQL.

use std::collections::BTreeSet;

/// A rule table and its key, as the oracle names them.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// As SQL writes it.
    pub(crate) name: String,
    pub(crate) partitioned: bool,
    /// Columns of the primary key, else all that are no generated ones: what orders rows by keyed hash.
    pub(crate) key: Vec<String>,
    pub(crate) has_primary_key: bool,
    /// Tables inherit from it.
    pub(crate) has_heirs: bool,
    /// `all`, `none`, `subset`, or nothing said.
    pub(crate) rows: Option<&'static str>,
}

/// How a child names its parents.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Columns(Vec<(String, String)>),
    /// Elements of an array column.
    Array(String, String),
    /// `$.user.id` of a column.
    Json(String, String),
}

/// A reference with everything that is said of it.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    /// The relation that has the key, and its rule table.
    pub(crate) child: (String, String),
    pub(crate) parent: (String, String),
    pub(crate) kind: Kind,
    pub(crate) when: Option<(String, String)>,
    pub(crate) declared: bool,
    pub(crate) valid: bool,
    pub(crate) match_full: bool,
    pub(crate) deferred: bool,
    /// A column of the key, on either side, is generated.
    pub(crate) generated: bool,
    /// Some of its rows have no parent.
    pub(crate) dangles: bool,
    pub(crate) parent_policy: &'static str,
    pub(crate) follow: bool,
    pub(crate) condition: Option<String>,
    pub(crate) limit: Option<u64>,
    pub(crate) dangling: Option<&'static str>,
    /// What `"null"` nulls.
    pub(crate) null_columns: BTreeSet<String>,
}

/// How many rows a seed takes.
#[derive(Clone, Debug)]
pub(crate) enum Quota {
    Every,
    Percent(&'static str),
    Rows(u64),
}

#[derive(Clone, Debug)]
pub(crate) struct Seed {
    pub(crate) table: String,
    pub(crate) condition: Option<String>,
    /// Keys, in the order of the primary key's columns; none: not by keys.
    pub(crate) keys: Vec<Vec<String>>,
    pub(crate) quota: Quota,
    /// So much of the rows of each value of this column.
    pub(crate) by: Option<&'static str>,
}

/// A subset of one database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) tables: Vec<Table>,
    pub(crate) references: Vec<Reference>,
    pub(crate) seeds: Vec<Seed>,
    pub(crate) lookup_rows: u64,
    pub(crate) listed: bool,
    /// Keyed hashes are so short that rows share them.
    pub(crate) ties: bool,
}

impl Model {
    pub(crate) fn table(&self, name: &str) -> &Table {
        self.tables.iter().find(|table| table.name == name).expect("the model knows its tables")
    }

    /// The rule file that says the same.
    pub(crate) fn rules(&self) -> String {
        let mut text = format!("version = 1\n[subset]\nlookup_rows = {}\n", self.lookup_rows);
        if self.listed {
            text.push_str("children = \"listed\"\n");
        }
        let seeds: Vec<String> = self.seeds.iter().map(seed).collect();
        text.push_str(&format!("seed = [{}]\n[subset.reference]\n", seeds.join(", ")));
        let mut said = BTreeSet::new();
        for reference in &self.references {
            let entry = reference.entry(self.listed);
            if !entry.is_empty() && said.insert(reference.name()) {
                text.push_str(&format!("\"{}\" = {{ {} }}\n", reference.name(), entry.join(", ")));
            }
        }
        for reference in self.references.iter().filter(|reference| !reference.declared) {
            text.push_str(&reference.listed());
        }
        for table in &self.tables {
            if let Some(rows) = table.rows {
                text.push_str(&format!("[table.'{}']\nrows = \"{rows}\"\n", table.name));
            }
        }
        text
    }
}

fn seed(seed: &Seed) -> String {
    let mut text = format!("{{ table = '{}'", seed.table);
    if let Some(condition) = &seed.condition {
        text.push_str(&format!(", where = '{condition}'"));
    }
    if !seed.keys.is_empty() {
        let keys: Vec<String> = seed.keys.iter().map(|key| format!("[{}]", key.join(", "))).collect();
        text.push_str(&format!(", keys = [{}]", keys.join(", ")));
    }
    if let Some(by) = seed.by {
        text.push_str(&format!(", by = \"{by}\""));
    }
    match &seed.quota {
        Quota::Every => {}
        Quota::Percent(percent) => text.push_str(&format!(", percent = {percent}")),
        Quota::Rows(rows) => text.push_str(&format!(", rows = {rows}")),
    }
    text + " }"
}

impl Reference {
    fn inside(&self) -> String {
        match &self.kind {
            Kind::Columns(pairs) => {
                pairs.iter().map(|(child, _)| child.as_str()).collect::<Vec<_>>().join(", ")
            }
            Kind::Array(column, _) => format!("{column}[*]"),
            Kind::Json(column, _) => format!("{column} -> '$.user.id'"),
        }
    }

    /// `child(columns) -> parent`, by which policies name it.
    pub(crate) fn name(&self) -> String {
        format!("{}({}) -> {}", self.child.0, self.inside(), self.parent.0)
    }

    fn entry(&self, listed: bool) -> Vec<String> {
        let mut entry = Vec::new();
        if let Some(condition) = &self.condition {
            entry.push(format!("where = \"{condition}\""));
        }
        if let Some(limit) = self.limit {
            entry.push(format!("limit = {limit}"));
        }
        let narrowed = self.condition.is_some() || self.limit.is_some();
        if self.follow != (narrowed || !listed) {
            entry.push(format!("children = {}", self.follow));
        }
        if self.parent_policy != "pull" {
            entry.push(format!("parent = \"{}\"", self.parent_policy));
        }
        if let Some(dangling) = self.dangling {
            entry.push(format!("dangling = \"{dangling}\""));
        }
        entry
    }

    fn listed(&self) -> String {
        let inside = self.inside();
        let parents = match &self.kind {
            Kind::Columns(pairs) => {
                pairs.iter().map(|(_, parent)| parent.as_str()).collect::<Vec<_>>().join(", ")
            }
            Kind::Array(_, parent) | Kind::Json(_, parent) => parent.clone(),
        };
        let when = match &self.when {
            Some((column, constant)) => format!("when = {{ {column} = \"{constant}\" }}\n"),
            None => String::new(),
        };
        let (child, parent) = (&self.child.0, &self.parent.0);
        format!("[[reference]]\nchild = \"{child}({inside})\"\nparent = \"{parent}({parents})\"\n{when}")
    }
}
