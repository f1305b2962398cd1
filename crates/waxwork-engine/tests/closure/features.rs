//! What a case must exercise: each feature as the statements by which the oracle goes on without it.
//!
//! A feature counts for a case when the rows without it are others: whoever forgot it would have failed that case. A run
//! that stops has no rows.

use std::collections::BTreeSet;

use crate::model::{Kind, Model, Quota, Reference, Seed};
use crate::oracle::{Neutralised, Reading, edges, seed_rows};

/// Takes the feature away, or says that the case does not have it.
type Without = fn(&Model) -> Option<String>;

const CLOSE: &str = "SELECT oracle.closure('');\n";

/// Every feature of a subset, by what is done without it.
const FEATURES: [(&str, Without); 41] = [
    ("parent = pull", |model| policy(model, "pull", "no policy")),
    ("parent = drop", |model| policy(model, "drop", "pull")),
    ("parent = null", |model| policy(model, "null", "pull")),
    ("parent = error", |model| policy(model, "error", "pull")),
    ("dangling = drop", |model| dangling(model, "drop")),
    ("dangling = null", |model| dangling(model, "null")),
    ("dangling = keep", |model| dangling(model, "keep")),
    ("dangling rows stop", |model| {
        let stops =
            |reference: &Reference| reference.dangles && reference.valid && reference.dangling.is_none();
        set(model, stops, "dangling = 'keep'")
    }),
    ("limit per parent", |model| set(model, |reference| reference.limit.is_some(), "lim = NULL")),
    ("limit by keyed hash", |model| {
        let sql = "UPDATE oracle.pick SET place = other FROM (SELECT ref, parent, child,
             row_number() OVER (PARTITION BY ref, parent ORDER BY h DESC, child) AS other FROM oracle.pick) x
             WHERE (x.ref, x.parent, x.child) = (pick.ref, pick.parent, pick.child);";
        model.references.iter().any(|reference| reference.limit.is_some()).then(|| sql.to_owned() + CLOSE)
    }),
    ("children where", |model| {
        altered(model, Reading::default(), |reference| {
            reference.condition.is_some().then(|| Reference { condition: None, ..reference.clone() })
        })
    }),
    ("children not followed", |model| set(model, |reference| !reference.follow, "follow = true")),
    ("needed rows bring no children", |_| mode("needed")),
    ("strict: who leaves takes others along", |model| {
        let leaves =
            |reference: &Reference| reference.parent_policy == "drop" || reference.dangling == Some("drop");
        model.references.iter().any(leaves).then(|| mode("once")).flatten()
    }),
    ("self reference", |model| removed(model, |reference| reference.child.1 == reference.parent.1)),
    ("cycle of tables", |model| {
        let closing = closing(model);
        removed(model, |reference| {
            closing.contains(&(reference.child.1.as_str(), reference.parent.1.as_str()))
        })
    }),
    ("composite key", |model| {
        altered(model, Reading::default(), |reference| {
            let last = columns(reference).filter(|pairs| pairs.len() > 1)?.last()?.clone();
            Some(Reference { kind: Kind::Columns(vec![last]), ..reference.clone() })
        })
    }),
    ("key to UNIQUE", |model| {
        altered(model, Reading { as_text: true, ..Reading::default() }, |reference| {
            let [(own, key)] = columns(reference)? else { return None };
            let kind = Kind::Columns(vec![(own.clone(), "id".to_owned())]);
            (key != "id").then(|| Reference { kind, ..reference.clone() })
        })
    }),
    ("NULL under MATCH SIMPLE", |model| {
        let composite = |reference: &Reference| columns(reference).is_some_and(|pairs| pairs.len() > 1);
        nulls_agree(model, |reference| composite(reference) && !reference.match_full)
    }),
    ("NULL under MATCH FULL", |model| nulls_agree(model, |reference| reference.match_full)),
    ("NOT VALID", |model| set(model, |reference| reference.declared && !reference.valid, "valid = true")),
    ("deferred", |model| removed(model, |reference| reference.deferred)),
    ("inheritance", |model| {
        let has_heirs = |reference: &Reference| {
            [&reference.child.1, &reference.parent.1].iter().any(|name| model.table(name).has_heirs)
        };
        altered(model, Reading { heirs: true, ..Reading::default() }, |reference| {
            has_heirs(reference).then(|| reference.clone())
        })
    }),
    ("no primary key", |model| {
        removed(model, |reference| {
            [&reference.child.1, &reference.parent.1].iter().any(|name| !model.table(name).has_primary_key)
        })
    }),
    ("virtual reference", |model| {
        removed(model, |reference| {
            !reference.declared && reference.when.is_none() && columns(reference).is_some()
        })
    }),
    ("polymorphic reference", |model| {
        altered(model, Reading::default(), |reference| {
            reference.when.is_some().then(|| Reference { when: None, ..reference.clone() })
        })
    }),
    ("ids in an array", |model| removed(model, |reference| matches!(reference.kind, Kind::Array(..)))),
    ("ids in JSON", |model| removed(model, |reference| matches!(reference.kind, Kind::Json(..)))),
    ("key to one partition", |model| removed(model, |reference| reference.parent.0 != reference.parent.1)),
    ("key on one partition", |model| {
        altered(model, Reading::default(), |reference| {
            let child = (reference.child.1.clone(), reference.child.1.clone());
            (reference.child != child).then(|| Reference { child, ..reference.clone() })
        })
    }),
    ("generated column in a key", |model| removed(model, |reference| reference.generated)),
    ("seed where", |model| {
        seeds(model, |seed| seed.condition.is_some().then(|| Seed { condition: None, ..seed.clone() }))
    }),
    ("seed percent", |model| {
        let percent = |seed: &Seed| matches!(seed.quota, Quota::Percent(_));
        seeds(model, |seed| percent(seed).then(|| Seed { quota: Quota::Every, ..seed.clone() }))
    }),
    ("seed rows", |model| {
        let rows = |seed: &Seed| matches!(seed.quota, Quota::Rows(_));
        seeds(model, |seed| rows(seed).then(|| Seed { quota: Quota::Every, ..seed.clone() }))
    }),
    ("seed keys", |model| {
        seeds(model, |seed| (!seed.keys.is_empty()).then(|| Seed { keys: Vec::new(), ..seed.clone() }))
    }),
    ("seed by a column", |model| {
        seeds(model, |seed| seed.by.is_some().then(|| Seed { by: None, ..seed.clone() }))
    }),
    ("several seeds", |model| {
        (model.seeds.len() > 1).then(|| format!("DELETE FROM oracle.seed WHERE n > 0;{CLOSE}"))
    }),
    ("rows = all", |model| said(model, "all")),
    ("rows = none", |model| said(model, "none")),
    ("rows = subset", |model| said(model, "subset")),
    ("lookup", |_| Some(format!("UPDATE oracle.setting SET lookup_rows = -1;{CLOSE}"))),
];

/// Features of which the rows themselves are what is forgotten; then other rows must be others.
const ROWS: [(&str, &str); 2] = [
    ("partitions", "tbl IN (SELECT relname FROM pg_class WHERE relkind = 'p')"),
    (
        "partitions of partitions",
        "leaf IN (SELECT i.inhrelid FROM pg_inherits i JOIN pg_class above ON above.oid = i.inhparent WHERE above.relispartition)",
    ),
];

/// The names of all.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FEATURES.iter().map(|(name, _)| *name).chain(ROWS.iter().map(|(name, _)| *name))
}

/// Those that the case has.
pub(crate) fn of(model: &Model) -> Vec<Neutralised> {
    let without = FEATURES.iter().filter_map(|(name, without)| {
        let sql = without(model)?;
        Some(Neutralised { name, ignored: None, sql })
    });
    let partitioned = model.tables.iter().any(|table| table.partitioned);
    let rows = ROWS.iter().filter(|_| partitioned);
    let rows = rows.map(|(name, rows)| Neutralised { name, ignored: Some(rows), sql: CLOSE.to_owned() });
    without.chain(rows).collect()
}

fn columns(reference: &Reference) -> Option<&[(String, String)]> {
    match &reference.kind {
        Kind::Columns(pairs) => Some(pairs),
        Kind::Array(..) | Kind::Json(..) => None,
    }
}

fn mode(mode: &str) -> Option<String> {
    Some(format!("SELECT oracle.closure('{mode}');\n"))
}

/// The indexes of those references, as a list in SQL.
fn listed(model: &Model, wanted: impl Fn(&Reference) -> bool) -> Option<String> {
    let ids = model.references.iter().enumerate().filter(|(_, reference)| wanted(reference));
    let ids: Vec<String> = ids.map(|(at, _)| at.to_string()).collect();
    (!ids.is_empty()).then(|| ids.join(", "))
}

fn set(model: &Model, wanted: impl Fn(&Reference) -> bool, change: &str) -> Option<String> {
    listed(model, wanted).map(|ids| format!("UPDATE oracle.ref SET {change} WHERE id IN ({ids});{CLOSE}"))
}

fn policy(model: &Model, policy: &str, instead: &str) -> Option<String> {
    set(model, |reference| reference.parent_policy == policy, &format!("policy = '{instead}'"))
}

fn dangling(model: &Model, policy: &str) -> Option<String> {
    set(model, |reference| reference.dangling == Some(policy), "dangling = NULL")
}

fn deletion(ids: &str) -> String {
    let delete =
        |(table, column): (&str, &str)| format!("DELETE FROM oracle.{table} WHERE {column} IN ({ids});\n");
    [("ref", "id"), ("e", "ref"), ("d", "ref"), ("pick", "ref")].map(delete).concat()
}

/// As if nobody had found those references.
fn removed(model: &Model, wanted: impl Fn(&Reference) -> bool) -> Option<String> {
    listed(model, wanted).map(|ids| deletion(&ids) + CLOSE)
}

/// As if some references were others.
fn altered(
    model: &Model,
    reading: Reading,
    other: impl Fn(&Reference) -> Option<Reference>,
) -> Option<String> {
    let mut sql = String::new();
    for (at, reference) in model.references.iter().enumerate() {
        if let Some(other) = other(reference) {
            sql.push_str(&deletion(&at.to_string()));
            sql.push_str(&edges(model, at, &other, reading));
        }
    }
    (!sql.is_empty()).then(|| sql + CLOSE)
}

fn nulls_agree(model: &Model, wanted: impl Fn(&Reference) -> bool) -> Option<String> {
    let reading = Reading { nulls_agree: true, ..Reading::default() };
    altered(model, reading, |reference| wanted(reference).then(|| reference.clone()))
}

fn seeds(model: &Model, other: impl Fn(&Seed) -> Option<Seed>) -> Option<String> {
    let mut sql = String::new();
    for (at, seed) in model.seeds.iter().enumerate() {
        if let Some(other) = other(seed) {
            sql.push_str(&format!(
                "DELETE FROM oracle.seed WHERE n = {at};\n{}",
                seed_rows(model, at, &other)
            ));
        }
    }
    (!sql.is_empty()).then(|| sql + CLOSE)
}

fn said(model: &Model, word: &str) -> Option<String> {
    let says = model.tables.iter().any(|table| table.rows == Some(word));
    says.then(|| format!("UPDATE oracle.tbl SET said = NULL WHERE said = '{word}';{CLOSE}"))
}

/// From which table to which a reference closes a cycle of two tables or more: those back to an earlier one in a search
/// in depth.
fn closing(model: &Model) -> BTreeSet<(&str, &str)> {
    fn visit<'m>(
        model: &'m Model,
        table: &'m str,
        path: &mut Vec<&'m str>,
        done: &mut BTreeSet<&'m str>,
        closing: &mut BTreeSet<(&'m str, &'m str)>,
    ) {
        path.push(table);
        for reference in model.references.iter().filter(|reference| reference.child.1 == table) {
            let parent = reference.parent.1.as_str();
            if parent != table && path.contains(&parent) {
                closing.insert((table, parent));
            } else if parent != table && !done.contains(parent) {
                visit(model, parent, path, done, closing);
            }
        }
        path.pop();
        done.insert(table);
    }
    let (mut done, mut closing) = (BTreeSet::new(), BTreeSet::new());
    for table in &model.tables {
        if !done.contains(table.name.as_str()) {
            visit(model, &table.name, &mut Vec::new(), &mut done, &mut closing);
        }
    }
    closing
}
