//! Small random databases with random subsets: cycles, diamonds, self references, two keys to one table, composite
//! and shared columns, keys to UNIQUE, partitions (nested, in another column order, keys on and to one of them),
//! heirs, no primary key, MATCH FULL, NOT VALID, deferred, generated keys, dangling rows, polymorphic, array and JSON
//! references; seeds of every kind.

use std::collections::BTreeSet;

use crate::ddl::ddl;
use crate::model::{Kind, Model, Quota, Reference, Seed, Table};
use crate::policies::policies;

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

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }
}

/// A database and a subset of it.
pub(crate) struct Case {
    pub(crate) ddl: String,
    pub(crate) model: Model,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    Plain,
    /// Neither `k` nor `id` is unique without the other; so of the partitioned ones.
    Composite,
    NoPrimaryKey,
    /// By list of `k`: 0, and 1, which may be partitioned twice again; the first is attached in another column order.
    Partitioned {
        nested: bool,
    },
}

/// A column for references.
pub(crate) struct Column {
    pub(crate) name: String,
    /// With what it is made from, where it is generated.
    pub(crate) sql_type: String,
    pub(crate) not_null: bool,
    pub(crate) generated: bool,
}

pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) rows: u64,
    /// Type of the UNIQUE column `u`.
    pub(crate) unique_type: &'static str,
    pub(crate) heir: bool,
    pub(crate) columns: Vec<Column>,
    /// Reference columns under a unique index of their own.
    pub(crate) indexed: Vec<String>,
    /// A value for each of `columns` that is not generated, row by row.
    pub(crate) values: Vec<Vec<String>>,
}

impl Draft {
    pub(crate) fn is_partitioned(&self) -> bool {
        matches!(self.shape, Shape::Partitioned { .. })
    }

    /// Row `at` (from 1) in the columns id, k, g, u.
    pub(crate) fn value(&self, column: &str, at: u64) -> String {
        match (column, self.unique_type) {
            ("id", _) if self.keyed_by_two() => at.div_ceil(2).to_string(),
            ("id", _) => at.to_string(),
            ("k", _) => (at % 2).to_string(),
            ("g", _) => (at * 7).to_string(),
            (_, "text") => format!("'u{at}'"),
            _ => (at * 10 + 3).to_string(),
        }
    }

    /// Columns that a reference can point at.
    fn targets(&self) -> Vec<Vec<&'static str>> {
        match self.shape {
            Shape::Plain => vec![vec!["id"], vec!["u"], vec!["id"], vec!["u"], vec!["g"]],
            Shape::Composite => vec![vec!["k", "id"], vec!["u"]],
            Shape::NoPrimaryKey => vec![vec!["u"]],
            Shape::Partitioned { .. } => vec![vec!["k", "id"]],
        }
    }

    fn keyed_by_two(&self) -> bool {
        matches!(self.shape, Shape::Composite | Shape::Partitioned { .. })
    }

    fn key(&self) -> Vec<String> {
        let names: &[&str] = match self.shape {
            Shape::Plain => &["id"],
            Shape::Composite | Shape::Partitioned { .. } => &["k", "id"],
            Shape::NoPrimaryKey => return self.all_columns(),
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Those that are not generated.
    pub(crate) fn all_columns(&self) -> Vec<String> {
        let own = ["id", "k", "u", "v", "kind"].map(str::to_owned);
        let rest = self.columns.iter().filter(|column| !column.generated).map(|column| column.name.clone());
        own.into_iter().chain(rest).collect()
    }
}

/// Draws a case.
pub(crate) fn case(seed: u64) -> Case {
    let mut random = Random(seed);
    let bias = match random.below(7) {
        0 => Bias { partitioned: 70, to_partition: 60, dangles: 40 },
        1..4 => Bias { partitioned: 15, to_partition: 25, dangles: 60 },
        _ => Bias { partitioned: 25, to_partition: 25, dangles: 10 },
    };
    let mut drafts: Vec<Draft> = (0..2 + random.below(4)).map(|at| draft(at, &bias, &mut random)).collect();
    let mut model =
        Model { listed: random.chance(10), lookup_rows: random.pick(&[0, 6, 1000]), ..Model::default() };
    model.ties = random.chance(25);
    for child in 0..drafts.len() {
        for at in 0..1 + random.below(3) {
            reference(&mut drafts, &mut model, child, at, &bias, &mut random);
        }
        if random.chance(50) {
            polymorphic(&mut drafts, &mut model, child, &mut random);
        }
        if random.chance(38) {
            inside(&mut drafts, &mut model, child, &mut random);
        }
    }
    add_tables(&drafts, &mut model, &mut random);
    add_seeds(&drafts, &mut model, &mut random);
    policies(&drafts, &mut model, &mut random);
    Case { ddl: ddl(&drafts, &model, &mut random), model }
}

/// What a case has more of than another, in percent.
struct Bias {
    /// Tables that are partitioned.
    partitioned: u64,
    /// Of the keys on partitioned tables and to them those on, and to, one partition.
    to_partition: u64,
    /// Valid keys that dangle.
    dangles: u64,
}

fn draft(at: u64, bias: &Bias, random: &mut Random) -> Draft {
    let shape = match random.below(7) {
        _ if random.chance(bias.partitioned) => Shape::Partitioned { nested: random.chance(50) },
        0..4 => Shape::Plain,
        4..6 => Shape::Composite,
        _ => Shape::NoPrimaryKey,
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
        deferred: false,
        generated: false,
        dangles: false,
        parent_policy: "pull",
        follow: true,
        condition: None,
        limit: None,
        dangling: None,
        null_columns: BTreeSet::new(),
    }
}

/// One key of one or two columns; where it is composite its `k` may be the child's own.
fn reference(
    drafts: &mut [Draft],
    model: &mut Model,
    child: usize,
    at: u64,
    bias: &Bias,
    random: &mut Random,
) {
    let parent = random.below(drafts.len() as u64) as usize;
    let targets = drafts[parent].targets();
    let target = random.pick(&targets);
    let declared = random.chance(80);
    let only_partition =
        |draft: &Draft, random: &mut Random| draft.is_partitioned() && random.chance(bias.to_partition);
    let on_partition = only_partition(&drafts[child], random);
    // PostgreSQL 15 fails on a key from a partitioned table to a partition of its own.
    let to_partition = only_partition(&drafts[parent], random) && child != parent;
    let relation = |draft: &Draft, part: bool| {
        if part { format!("{}_p0", draft.name) } else { draft.name.clone() }
    };
    let shares_k = target.len() == 2 && random.chance(30);
    let not_null = random.chance(30) && !shares_k && drafts[parent].rows > 1;
    let partitioned_child = drafts[child].is_partitioned() && !on_partition;
    let valid = declared && (partitioned_child || random.chance(70));
    let dangles = random.chance(if valid { bias.dangles } else { 70 });
    let generated = !drafts[child].is_partitioned() && !shares_k && random.chance(12);
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
    reference.match_full = declared && target.len() == 2 && !shares_k && random.chance(80);
    reference.deferred = declared && random.chance(20);
    reference.generated = generated || target == ["g"];
    reference.dangles = dangles;
    let nature = Nature { to_partition, dangles, not_null, generated, match_full: reference.match_full };
    fill(drafts, (child, parent), (&own, &target), &nature, random);
    let column = own.last().expect("a key has columns").clone();
    if drafts[child].shape == Shape::Plain && !generated && random.chance(10) {
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

/// What rows a key is to have.
struct Nature {
    to_partition: bool,
    dangles: bool,
    not_null: bool,
    generated: bool,
    match_full: bool,
}

/// Adds the columns of a key and a value for every row.
fn fill(
    drafts: &mut [Draft],
    (child, parent): (usize, usize),
    (own, target): (&[String], &[&'static str]),
    nature: &Nature,
    random: &mut Random,
) {
    for (name, key) in own.iter().zip(target).filter(|(name, _)| *name != "k") {
        let (name, sql_type) = (name.clone(), type_of(&drafts[parent], key, random));
        let mut add = |name, sql_type, generated| {
            let column = Column { name, sql_type, not_null: nature.not_null, generated };
            drafts[child].columns.push(column);
        };
        if nature.generated {
            let base = format!("{name}_base");
            add(base.clone(), sql_type.clone(), false);
            add(name, format!("{sql_type} GENERATED ALWAYS AS ({base}) STORED"), true);
        } else {
            add(name, sql_type, false);
        }
    }
    let shares_k = own.iter().any(|name| name == "k");
    for row in 1..=drafts[child].rows {
        let at = parent_of(drafts[parent].rows, shares_k.then_some(row % 2), nature, random);
        let half = !nature.match_full && random.chance(50);
        let mut values = Vec::new();
        for (column, key) in own.iter().zip(target).filter(|(name, _)| *name != "k") {
            let last = column == own.last().expect("a key has columns");
            let null = at.is_none() && !nature.not_null && (last || !half);
            let value = at.unwrap_or(drafts[parent].rows + 70);
            values.push(if null { "NULL".to_owned() } else { drafts[parent].value(key, value) });
        }
        drafts[child].values[row as usize - 1].extend(values);
    }
}

/// Which row of the parent (from 1) a row refers to; one above its last is not there. `own_k` is the child's, where the
/// key shares it.
fn parent_of(parents: u64, own_k: Option<u64>, nature: &Nature, random: &mut Random) -> Option<u64> {
    let wanted_k = if nature.to_partition { Some(0) } else { own_k };
    // Under a key to partition 0 a shared k of 1 can only dangle, or its row refers to nothing.
    let none_fits = nature.to_partition && own_k == Some(1);
    let fits: Vec<u64> =
        (1..=parents).filter(|at| !none_fits && wanted_k.is_none_or(|k| at % 2 == k)).collect();
    let elsewhere: Vec<u64> = (1..=parents).filter(|at| at % 2 == 1 && own_k != Some(0)).collect();
    let absent = (!nature.not_null && random.chance(20)) || fits.is_empty();
    match (absent, nature.dangles && random.chance(30)) {
        // In another partition than the one that the key points at.
        (_, true) if nature.to_partition && !elsewhere.is_empty() && random.chance(60) => {
            Some(random.pick(&elsewhere))
        }
        (_, true) => Some(parents + 40 + random.below(3)),
        (true, _) => None,
        (false, _) => Some(random.pick(&fits)),
    }
}

fn type_of(parent: &Draft, key: &str, random: &mut Random) -> String {
    let types: &[&str] = match (key, parent.unique_type) {
        ("id" | "k" | "g", _) => &["integer", "bigint", "smallint"],
        (_, "text") => &["text", "varchar(20)"],
        (_, "numeric") => &["numeric", "integer"],
        _ => &["integer", "bigint"],
    };
    random.pick(types).to_owned()
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
    drafts[child].columns.push(plain("about", "integer"));
    for row in &mut drafts[child].values {
        row.push(if random.chance(20) { "NULL".to_owned() } else { (1 + random.below(most)).to_string() });
    }
}

fn plain(name: &str, sql_type: &str) -> Column {
    Column { name: name.to_owned(), sql_type: sql_type.to_owned(), not_null: false, generated: false }
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
    drafts[child].columns.push(plain(column, column_type));
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
            2 | 3 => Some("none"),
            4 | 5 => Some("subset"),
            _ => None,
        };
        let (name, partitioned) = (draft.name.clone(), draft.is_partitioned());
        let has_primary_key = draft.shape != Shape::NoPrimaryKey;
        let (key, has_heirs) = (draft.key(), draft.heir);
        model.tables.push(Table { name, partitioned, key, has_primary_key, has_heirs, rows });
        if draft.heir {
            let (name, key) = (format!("{}_heir", draft.name), draft.all_columns());
            // As a lookup it would mostly be whole, and nobody would see that a reference went into it.
            let rows = random.chance(70).then_some("subset");
            let (partitioned, has_primary_key, has_heirs) = (false, false, false);
            model.tables.push(Table { name, partitioned, key, has_primary_key, has_heirs, rows });
        }
    }
}

fn add_seeds(drafts: &[Draft], model: &mut Model, random: &mut Random) {
    let able: Vec<String> = model
        .tables
        .iter()
        .filter(|table| table.rows != Some("none"))
        .map(|table| table.name.clone())
        .collect();
    let seeds = if able.is_empty() || random.chance(4) { 0 } else { 1 + random.below(2) };
    for _ in 0..seeds {
        let table = random.pick(&able);
        let keyed = drafts.iter().find(|draft| draft.name == table && draft.shape != Shape::NoPrimaryKey);
        let keys = match keyed {
            Some(draft) if random.chance(25) => some_keys(draft, random),
            _ => Vec::new(),
        };
        let condition =
            (keys.is_empty() && random.chance(40)).then(|| format!("v < {}", 1 + random.below(4)));
        let quota = match random.below(4) {
            0 => Quota::Every,
            1 => Quota::Rows(random.below(5)),
            _ => Quota::Percent(random.pick(&["5", "20", "33.3", "60"])),
        };
        let by = (!matches!(quota, Quota::Every) && random.chance(30)).then(|| random.pick(&["v", "kind"]));
        model.seeds.push(Seed { table, condition, keys, quota, by });
    }
}

/// Some primary keys, of which one or two may be no row's.
fn some_keys(draft: &Draft, random: &mut Random) -> Vec<Vec<String>> {
    let one = |random: &mut Random| {
        let at = 1 + random.below(draft.rows + 2);
        draft.key().iter().map(|column| draft.value(column, at)).collect()
    };
    (0..1 + random.below(6)).map(|_| one(random)).collect()
}
