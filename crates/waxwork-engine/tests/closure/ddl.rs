//! A drawn case as SQL: tables, keys, and rows with dead versions among them.

use crate::model::{Kind, Model, Reference};
use crate::random::{Draft, Random, Shape};

pub(crate) fn ddl(drafts: &[Draft], model: &Model, random: &mut Random) -> String {
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
    sql.push_str("SET session_replication_role = origin;\n");
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
    columns.extend(draft.columns.iter().map(|column| {
        format!("{} {}{}", column.name, column.sql_type, if column.not_null { " NOT NULL" } else { "" })
    }));
    let listed = columns.join(", ");
    let mut sql = match draft.shape {
        Shape::Plain => format!(
            "CREATE TABLE {name} ({listed}, g bigint GENERATED ALWAYS AS (id * 7) STORED UNIQUE, PRIMARY KEY (id), UNIQUE (u));\n"
        ),
        Shape::Composite => format!("CREATE TABLE {name} ({listed}, PRIMARY KEY (k, id), UNIQUE (u));\n"),
        Shape::NoPrimaryKey => format!("CREATE TABLE {name} ({listed}, UNIQUE (u));\n"),
        Shape::Partitioned { nested } => {
            columns.reverse();
            let reversed = columns.join(", ").replace(" k integer,", " k integer NOT NULL,");
            partitioned(name, &listed, &reversed, nested)
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

/// By list of `k`; the second partition may go two levels deeper.
fn partitioned(name: &str, listed: &str, reversed: &str, nested: bool) -> String {
    let second = match nested {
        true => format!(
            "CREATE TABLE {name}_p1 PARTITION OF {name} FOR VALUES IN (1) PARTITION BY RANGE (id);
             CREATE TABLE {name}_p1a PARTITION OF {name}_p1 FOR VALUES FROM (MINVALUE) TO (4);
             CREATE TABLE {name}_p1b PARTITION OF {name}_p1 FOR VALUES FROM (4) TO (MAXVALUE) PARTITION BY HASH (id);
             CREATE TABLE {name}_p1b0 PARTITION OF {name}_p1b FOR VALUES WITH (MODULUS 2, REMAINDER 0);
             CREATE TABLE {name}_p1b1 PARTITION OF {name}_p1b FOR VALUES WITH (MODULUS 2, REMAINDER 1);\n"
        ),
        false => format!("CREATE TABLE {name}_p1 PARTITION OF {name} FOR VALUES IN (1);\n"),
    };
    format!(
        "CREATE TABLE {name} ({listed}, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
         CREATE TABLE {name}_p0 ({reversed});
         ALTER TABLE {name} ATTACH PARTITION {name}_p0 FOR VALUES IN (0);\n{second}"
    )
}

fn foreign_key(reference: &Reference) -> String {
    let Kind::Columns(pairs) = &reference.kind else { return String::new() };
    let own: Vec<&str> = pairs.iter().map(|(own, _)| own.as_str()).collect();
    let key: Vec<&str> = pairs.iter().map(|(_, key)| key.as_str()).collect();
    format!(
        "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({}){}{}{};\n",
        reference.child.0,
        own.join(", "),
        reference.parent.0,
        key.join(", "),
        if reference.match_full { " MATCH FULL" } else { "" },
        if reference.deferred { " DEFERRABLE INITIALLY DEFERRED" } else { "" },
        if reference.valid { "" } else { " NOT VALID" },
    )
}

fn insert(draft: &Draft, random: &mut Random) -> String {
    let columns = draft.all_columns().join(", ");
    let mut sql = String::new();
    for at in 1..=draft.rows {
        let own = [draft.value("id", at), draft.value("k", at), draft.value("u", at)];
        let kind = random.pick(&["'Post'", "'Photo'", "'Else'", "NULL"]);
        let rest = draft.values[at as usize - 1].join(", ");
        let comma = if rest.is_empty() { "" } else { ", " };
        let values = format!("{}, {}, {kind}{comma}{rest}", own.join(", "), random.below(6));
        sql.push_str(&format!("INSERT INTO {} ({columns}) VALUES ({values});\n", draft.name));
        // Dead versions and holes, so that a row's place is not its number.
        if random.chance(20) {
            sql.push_str(&format!("UPDATE {} SET kind = kind WHERE id = {};\n", draft.name, own[0]));
        }
        // An heir repeats ids of its parent, whose references must not see it.
        if draft.heir && random.chance(50) {
            sql.push_str(&format!("INSERT INTO {}_heir ({columns}) VALUES ({values});\n", draft.name));
        }
    }
    sql
}
