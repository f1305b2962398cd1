//! Small random databases with random subsets: cycles, diamonds, self references, two keys to one table, composite
//! and shared columns, keys to UNIQUE, partitions (nested, in another column order, keys on and to one of them),
//! heirs, no primary key, MATCH FULL, NOT VALID, dangling rows, polymorphic, array and JSON references.

use std::collections::BTreeSet;

use crate::model::{Kind, Model, Quota, Reference, Seed, Table};

/// SplitMix64 (Steele, Lea, Flood 2014): a case is its seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }
}

/// A database and a subset of it.
pub(crate) struct Case {
    pub(crate) ddl: String,
    pub(crate) model: Model,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Plain,
    Composite,
    NoPrimaryKey,
    /// By list of `k`: 0, and 1, which may be partitioned again; the first is attached in another column order.
    Partitioned {
        nested: bool,
    },
}

struct Draft {
    name: String,
    shape: Shape,
    rows: u64,
    /// Type of the UNIQUE column `u`.
    unique_type: &'static str,
    heir: bool,
    /// Columns for references: name, type, NOT NULL.
    columns: Vec<(String, &'static str, bool)>,
    /// Reference columns under a unique index of their own.
    indexed: Vec<String>,
    /// A value for each of `columns`, row by row.
    values: Vec<Vec<String>>,
}

impl Draft {
    fn is_partitioned(&self) -> bool {
        matches!(self.shape, Shape::Partitioned { .. })
    }

    /// Row `at` (from 1) in the columns id, k, u.
    fn id(&self, column: &str, at: u64) -> String {
        match (column, self.unique_type) {
            ("id", _) => at.to_string(),
            ("k", _) => (at % 2).to_string(),
            (_, "text") => format!("'u{at}'"),
            _ => (at * 10 + 3).to_string(),
        }
    }

    /// Columns that a reference can point at.
    fn targets(&self) -> Vec<Vec<&'static str>> {
        match self.shape {
            Shape::Plain => vec![vec!["id"], vec!["u"]],
            Shape::Composite => vec![vec!["k", "id"], vec!["u"]],
            Shape::NoPrimaryKey => vec![vec!["u"]],
            Shape::Partitioned { .. } => vec![vec!["k", "id"]],
        }
    }

    fn key(&self) -> Vec<String> {
        let names: &[&str] = match self.shape {
            Shape::Plain => &["id"],
            Shape::Composite | Shape::Partitioned { .. } => &["k", "id"],
            Shape::NoPrimaryKey => return self.all_columns(),
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn all_columns(&self) -> Vec<String> {
        let own = ["id", "k", "u", "v", "kind"].map(str::to_owned);
        own.into_iter().chain(self.columns.iter().map(|(name, _, _)| name.clone())).collect()
    }
}

/// Draws a case.
pub(crate) fn case(seed: u64) -> Case {
    let mut random = Random(seed);
    let mut drafts: Vec<Draft> = (0..2 + random.below(4)).map(|at| draft(at, &mut random)).collect();
    let mut model =
        Model { listed: random.chance(10), lookup_rows: random.pick(&[0, 6, 1000]), ..Model::default() };
    for child in 0..drafts.len() {
        for at in 0..1 + random.below(3) {
            reference(&mut drafts, &mut model, child, at, &mut random);
        }
        if random.chance(50) {
            polymorphic(&mut drafts, &mut model, child, &mut random);
        }
        if random.chance(25) {
            inside(&mut drafts, &mut model, child, &mut random);
        }
    }
    add_tables(&drafts, &mut model, &mut random);
    add_seeds(&mut model, &mut random);
    policies(&drafts, &mut model, &mut random);
    Case { ddl: ddl(&drafts, &model, &mut random), model }
}

fn draft(at: u64, random: &mut Random) -> Draft {
    let shape = match random.below(10) {
        0..4 => Shape::Plain,
        4..6 => Shape::Composite,
        6 => Shape::NoPrimaryKey,
        _ => Shape::Partitioned { nested: random.chance(50) },
    };
    let rows = random.below(16);
    Draft {
        name: format!("t{at}"),
        shape,
        rows,
        unique_type: random.pick(&["integer", "bigint", "numeric", "text"]),
        heir: shape == Shape::Plain && random.chance(35),
        columns: Vec::new(),
        indexed: Vec::new(),
        values: vec![Vec::new(); rows as usize],
    }
}

fn base(child: (&str, &str), parent: (&str, &str), kind: Kind) -> Reference {
    let named = |(relation, root): (&str, &str)| (relation.to_owned(), root.to_owned());
    Reference {
        child: named(child),
        parent: named(parent),
        kind,
        when: None,
        declared: false,
        valid: false,
        match_full: false,
        parent_policy: "pull",
        follow: true,
        condition: None,
        limit: None,
        dangling: None,
        null_columns: BTreeSet::new(),
    }
}

/// One key of one or two columns; where it is composite its `k` may be the child's own.
fn reference(drafts: &mut [Draft], model: &mut Model, child: usize, at: u64, random: &mut Random) {
    let parent = random.below(drafts.len() as u64) as usize;
    let targets = drafts[parent].targets();
    let target = random.pick(&targets);
    let declared = random.chance(80);
    let only_partition = |draft: &Draft, random: &mut Random| draft.is_partitioned() && random.chance(25);
    let on_partition = only_partition(&drafts[child], random);
    // PostgreSQL 15 fails on a key from a partitioned table to a partition of its own.
    let to_partition = only_partition(&drafts[parent], random) && child != parent;
    let relation = |draft: &Draft, part: bool| {
        if part { format!("{}_p0", draft.name) } else { draft.name.clone() }
    };
    let shares_k = target.len() == 2 && random.chance(40);
    let not_null = random.chance(30) && !shares_k && drafts[parent].rows > 1;
    let partitioned_child = drafts[child].is_partitioned() && !on_partition;
    let valid = declared && (partitioned_child || random.chance(80));
    let dangles = if valid { random.chance(9) } else { random.chance(70) };
    let own: Vec<String> = target
        .iter()
        .map(|column| match *column {
            "k" if shares_k => "k".to_owned(),
            "k" => format!("r{at}_k"),
            _ => format!("r{at}"),
        })
        .collect();
    let mut reference = base(
        (&relation(&drafts[child], on_partition), &drafts[child].name.clone()),
        (&relation(&drafts[parent], to_partition), &drafts[parent].name.clone()),
        Kind::Columns(own.iter().cloned().zip(target.iter().map(|name| (*name).to_owned())).collect()),
    );
    (reference.declared, reference.valid) = (declared, valid);
    reference.match_full = declared && target.len() == 2 && !shares_k && random.chance(30);
    fill(
        drafts,
        (child, parent),
        (&own, &target),
        (to_partition, dangles, not_null, reference.match_full),
        random,
    );
    let column = own.last().expect("a key has columns").clone();
    if drafts[child].shape == Shape::Plain && random.chance(10) {
        drafts[child].indexed.push(column.clone());
    }
    // A second parent for the same column: no row may then be valid under both but by chance.
    if target.len() == 1 && random.chance(15) {
        let other = random.below(drafts.len() as u64) as usize;
        let twin = drafts[other].unique_type == drafts[parent].unique_type
            && drafts[other].targets().contains(&target);
        if other != parent && twin {
            let mut second = reference.clone();
            second.parent = (drafts[other].name.clone(), drafts[other].name.clone());
            (second.declared, second.valid) = (false, false);
            model.references.push(second);
        }
    }
    model.references.push(reference);
}

/// Adds the columns of a key and a value for every row.
fn fill(
    drafts: &mut [Draft],
    (child, parent): (usize, usize),
    (own, target): (&[String], &[&'static str]),
    (to_partition, dangles, not_null, match_full): (bool, bool, bool, bool),
    random: &mut Random,
) {
    let type_of = |column: &str, random: &mut Random| match (column, drafts[parent].unique_type) {
        ("id" | "k", _) => random.pick(&["integer", "bigint", "smallint"]),
        (_, "text") => random.pick(&["text", "varchar(20)"]),
        (_, "numeric") => random.pick(&["numeric", "integer"]),
        _ => random.pick(&["integer", "bigint"]),
    };
    let new: Vec<(String, &'static str, bool)> = own
        .iter()
        .zip(target)
        .filter(|(name, _)| *name != "k")
        .map(|(name, key)| (name.clone(), type_of(key, random), not_null))
        .collect();
    let shares_k = own.iter().any(|name| name == "k");
    let parents = drafts[parent].rows;
    for row in 1..=drafts[child].rows {
        let wanted_k = if to_partition { Some(0) } else { shares_k.then_some(row % 2) };
        let fits: Vec<u64> = (1..=parents).filter(|at| wanted_k.is_none_or(|k| at % 2 == k)).collect();
        // Under a key to partition 0 a shared k of 1 can only dangle, or its row refers to nothing.
        let fits = if to_partition && shares_k && row % 2 == 1 { Vec::new() } else { fits };
        let absent = (!not_null && random.chance(20)) || fits.is_empty();
        let at = match (absent, dangles && random.chance(30)) {
            (_, true) => Some(parents + 40 + random.below(3)),
            (true, _) => None,
            (false, _) => Some(random.pick(&fits)),
        };
        let half = !match_full && random.chance(50);
        let mut values = Vec::new();
        for (column, key) in own.iter().zip(target).filter(|(name, _)| *name != "k") {
            let null = at.is_none() && !not_null && (column == own.last().expect("columns") || !half);
            let value = at.unwrap_or(parents + 70);
            values.push(if null { "NULL".to_owned() } else { drafts[parent].id(key, value) });
        }
        drafts[child].values[row as usize - 1].extend(values);
    }
    drafts[child].columns.extend(new);
}

/// `about` refers to one of two tables, as `kind` says.
fn polymorphic(drafts: &mut [Draft], model: &mut Model, child: usize, random: &mut Random) {
    let able: Vec<usize> = (0..drafts.len()).filter(|at| drafts[*at].shape == Shape::Plain).collect();
    let Some((first, second)) = able.first().zip(able.last()).filter(|(first, second)| first != second)
    else {
        return;
    };
    for (parent, kind) in [(*first, "Post"), (*second, "Photo")] {
        let (name, parent) = (drafts[child].name.clone(), drafts[parent].name.clone());
        let pairs = vec![("about".to_owned(), "id".to_owned())];
        let mut reference = base((&name, &name), (&parent, &parent), Kind::Columns(pairs));
        reference.when = Some(("kind".to_owned(), kind.to_owned()));
        model.references.push(reference);
    }
    let most = drafts[*first].rows.max(drafts[*second].rows) + 2;
    drafts[child].columns.push(("about".to_owned(), "integer", false));
    for row in &mut drafts[child].values {
        row.push(if random.chance(20) { "NULL".to_owned() } else { (1 + random.below(most)).to_string() });
    }
}

/// Ids in an array or in JSON.
fn inside(drafts: &mut [Draft], model: &mut Model, child: usize, random: &mut Random) {
    let able: Vec<usize> = (0..drafts.len()).filter(|at| drafts[*at].shape == Shape::Plain).collect();
    if able.is_empty() {
        return;
    }
    let parent = random.pick(&able);
    let (name, parent_name) = (drafts[child].name.clone(), drafts[parent].name.clone());
    let most = drafts[parent].rows + u64::from(random.chance(50));
    let in_array = random.chance(50);
    let (column, kind, column_type) = if in_array {
        ("ids", Kind::Array("ids".into(), "id".into()), "bigint[]")
    } else {
        ("doc", Kind::Json("doc".into(), "id".into()), "jsonb")
    };
    model.references.push(base((&name, &name), (&parent_name, &parent_name), kind));
    drafts[child].columns.push((column.to_owned(), column_type, false));
    for at in 0..drafts[child].values.len() {
        let id = |random: &mut Random| match random.below(8) {
            0 => "null".to_owned(),
            _ => (1 + random.below(most.max(1))).to_string(),
        };
        let value = match (random.below(6), in_array) {
            (0, _) => "NULL".to_owned(),
            (1, true) => "'{}'".to_owned(),
            (1, false) => "'{\"user\": 7}'".to_owned(),
            (_, true) => format!("'{{{},{},{}}}'", id(random), id(random), id(random)),
            (_, false) => format!("'{{\"user\": {{\"id\": {}}}}}'", id(random)),
        };
        drafts[child].values[at].push(value);
    }
}

fn add_tables(drafts: &[Draft], model: &mut Model, random: &mut Random) {
    for draft in drafts {
        let rows = match random.below(20) {
            0 | 1 => Some("all"),
            2 => Some("none"),
            3 => Some("subset"),
            _ => None,
        };
        let (name, partitioned) = (draft.name.clone(), draft.is_partitioned());
        model.tables.push(Table { name, partitioned, key: draft.key(), rows });
        if draft.heir {
            let (name, key) = (format!("{}_heir", draft.name), draft.all_columns());
            // As a lookup it would mostly be whole, and nobody would see that a reference went into it.
            let rows = random.chance(70).then_some("subset");
            model.tables.push(Table { name, partitioned: false, key, rows });
        }
    }
}

fn add_seeds(model: &mut Model, random: &mut Random) {
    let able: Vec<String> = model
        .tables
        .iter()
        .filter(|table| table.rows != Some("none"))
        .map(|table| table.name.clone())
        .collect();
    let seeds = if able.is_empty() || random.chance(4) { 0 } else { 1 + random.below(2) };
    for _ in 0..seeds {
        let condition = random.chance(40).then(|| format!("v < {}", 1 + random.below(4)));
        let quota = match random.below(4) {
            0 => Quota::Every,
            1 => Quota::Rows(random.below(5)),
            _ => Quota::Percent(random.pick(&["5", "20", "33.3", "60"])),
        };
        model.seeds.push(Seed { table: random.pick(&able), condition, quota });
    }
}

fn policies(drafts: &[Draft], model: &mut Model, random: &mut Random) {
    let null_columns: Vec<BTreeSet<String>> =
        (0..model.references.len()).map(|at| free_columns(drafts, model, at)).collect();
    let none: BTreeSet<String> = model
        .tables
        .iter()
        .filter(|table| table.rows == Some("none"))
        .map(|table| table.name.clone())
        .collect();
    for (reference, null_columns) in model.references.iter_mut().zip(null_columns) {
        let may_null = !null_columns.is_empty();
        reference.null_columns = null_columns;
        let nulled_or_dropped = |random: &mut Random| {
            if may_null && random.chance(60) { "null" } else { "drop" }
        };
        let into_none = none.contains(&reference.parent.1) && !none.contains(&reference.child.1);
        reference.parent_policy = match random.below(100) {
            _ if into_none => nulled_or_dropped(random),
            0..62 => "pull",
            62..97 => nulled_or_dropped(random),
            _ => "error",
        };
        let partitioned =
            drafts.iter().any(|draft| draft.is_partitioned() && draft.name == reference.child.0);
        reference.dangling = match random.below(10) {
            0 | 1 => Some("drop"),
            2 | 3 if may_null => Some("null"),
            4 if !(reference.declared && partitioned) => Some("keep"),
            _ => None,
        };
        reference.condition = random.chance(20).then(|| "v % 3 <> 0".to_owned());
        reference.limit = random.chance(20).then(|| 1 + random.below(2));
        let narrowed = reference.condition.is_some() || reference.limit.is_some();
        let by_default = narrowed || !model.listed;
        reference.follow = if !narrowed && random.chance(15) { !by_default } else { by_default };
    }
}

/// What `"null"` may null: nullable, in no key, and in no reference of this table that has other columns.
fn free_columns(drafts: &[Draft], model: &Model, at: usize) -> BTreeSet<String> {
    let reference = &model.references[at];
    let columns = |reference: &Reference| -> Option<BTreeSet<String>> {
        match &reference.kind {
            Kind::Columns(pairs) => Some(pairs.iter().map(|(own, _)| own.clone()).collect()),
            _ => None,
        }
    };
    let Some(own) = columns(reference) else { return BTreeSet::new() };
    let draft = drafts.iter().find(|draft| draft.name == reference.child.1).expect("a child is a table");
    let free = |column: &String| {
        let nullable = match draft.columns.iter().find(|(name, _, _)| name == column) {
            Some((_, _, not_null)) => !not_null,
            None => !matches!(draft.shape, Shape::Composite | Shape::Partitioned { .. }),
        };
        let shared = model.references.iter().any(|other| {
            let theirs = columns(other).unwrap_or_default();
            other.child.1 == reference.child.1 && theirs != own && theirs.contains(column)
        });
        nullable && !shared && !draft.indexed.contains(column)
    };
    let free: BTreeSet<String> = own.iter().filter(|column| free(column)).cloned().collect();
    if reference.match_full && free.len() < own.len() { BTreeSet::new() } else { free }
}

fn ddl(drafts: &[Draft], model: &Model, random: &mut Random) -> String {
    let mut sql = String::new();
    for draft in drafts {
        sql.push_str(&create(draft));
    }
    for reference in model.references.iter().filter(|reference| reference.declared) {
        sql.push_str(&foreign_key(reference));
    }
    sql.push_str("SET session_replication_role = replica;\n");
    for draft in drafts {
        sql.push_str(&insert(draft, random));
    }
    sql
}

fn create(draft: &Draft) -> String {
    let name = &draft.name;
    let mut columns: Vec<String> = vec![
        "id integer NOT NULL".into(),
        "k integer".into(),
        format!("u {}", draft.unique_type),
        "v integer".into(),
        "kind text".into(),
    ];
    columns.extend(draft.columns.iter().map(|(name, column_type, not_null)| {
        format!("{name} {column_type}{}", if *not_null { " NOT NULL" } else { "" })
    }));
    let listed = columns.join(", ");
    let mut sql = match draft.shape {
        Shape::Plain => format!("CREATE TABLE {name} ({listed}, PRIMARY KEY (id), UNIQUE (u));\n"),
        Shape::Composite => format!("CREATE TABLE {name} ({listed}, PRIMARY KEY (k, id), UNIQUE (u));\n"),
        Shape::NoPrimaryKey => format!("CREATE TABLE {name} ({listed}, UNIQUE (u));\n"),
        Shape::Partitioned { nested } => {
            columns.reverse();
            let reversed = columns.join(", ").replace(" k integer,", " k integer NOT NULL,");
            let second = if nested {
                format!(
                    "CREATE TABLE {name}_p1 PARTITION OF {name} FOR VALUES IN (1) PARTITION BY RANGE (id);
                     CREATE TABLE {name}_p1a PARTITION OF {name}_p1 FOR VALUES FROM (MINVALUE) TO (6);
                     CREATE TABLE {name}_p1b PARTITION OF {name}_p1 FOR VALUES FROM (6) TO (MAXVALUE);\n"
                )
            } else {
                format!("CREATE TABLE {name}_p1 PARTITION OF {name} FOR VALUES IN (1);\n")
            };
            format!(
                "CREATE TABLE {name} ({listed}, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
                 CREATE TABLE {name}_p0 ({reversed});
                 ALTER TABLE {name} ATTACH PARTITION {name}_p0 FOR VALUES IN (0);\n{second}"
            )
        }
    };
    for column in &draft.indexed {
        sql.push_str(&format!("CREATE UNIQUE INDEX ON {name} (id, {column});\n"));
    }
    if draft.heir {
        sql.push_str(&format!("CREATE TABLE {name}_heir () INHERITS ({name});\n"));
    }
    sql
}

fn foreign_key(reference: &Reference) -> String {
    let Kind::Columns(pairs) = &reference.kind else { return String::new() };
    let own: Vec<&str> = pairs.iter().map(|(own, _)| own.as_str()).collect();
    let key: Vec<&str> = pairs.iter().map(|(_, key)| key.as_str()).collect();
    format!(
        "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({}){}{};\n",
        reference.child.0,
        own.join(", "),
        reference.parent.0,
        key.join(", "),
        if reference.match_full { " MATCH FULL" } else { "" },
        if reference.valid { "" } else { " NOT VALID" },
    )
}

fn insert(draft: &Draft, random: &mut Random) -> String {
    let columns = draft.all_columns().join(", ");
    let mut sql = String::new();
    for at in 1..=draft.rows {
        let own = [draft.id("id", at), draft.id("k", at), draft.id("u", at)];
        let kind = random.pick(&["'Post'", "'Photo'", "'Else'", "NULL"]);
        let rest = draft.values[at as usize - 1].join(", ");
        let comma = if rest.is_empty() { "" } else { ", " };
        let values = format!("{}, {}, {kind}{comma}{rest}", own.join(", "), random.below(6));
        sql.push_str(&format!("INSERT INTO {} ({columns}) VALUES ({values});\n", draft.name));
        // Dead versions and holes, so that a row's place is not its number.
        if random.chance(20) {
            sql.push_str(&format!("UPDATE {} SET kind = kind WHERE id = {at};\n", draft.name));
        }
        // An heir repeats ids of its parent, whose references must not see it.
        if draft.heir && random.chance(50) {
            sql.push_str(&format!("INSERT INTO {}_heir ({columns}) VALUES ({values});\n", draft.name));
        }
    }
    sql
}
