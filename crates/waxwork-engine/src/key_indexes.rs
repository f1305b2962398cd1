//! Keys are built as indexes, and made constraints when these stand.
//!
//! ```text
//!   CONSTRAINT (ADD PRIMARY KEY …) ─► INDEX (CREATE UNIQUE INDEX …) ─► CONSTRAINT (ADD … USING INDEX)
//! ```
//!
//! `ADD PRIMARY KEY` locks everybody out of its table while its index is built; CREATE INDEX leaves room for the table's
//! other indexes beside it, and USING INDEX (manual, ALTER TABLE) takes no time. Of a small table the second statement
//! takes longer than anybody waits.

use crate::run::Run;
use crate::schema::SchemaWork;
use std::collections::BTreeMap;
use waxwork_pg::{Param, PgError, SchemaEntry, SourceLeader, doing, sql_text};

/// Tables whose keys are built in two steps have so many bytes of heap and TOAST in the source: the index of fewer is
/// there in some milliseconds.
const TWO_STEPS_FROM: u64 = 1 << 20;

/// The constraint's OID, the statement for its index, and the one that makes a constraint of that, of keys of the tables
/// whose OIDs are $1. There is no USING INDEX for partitioned tables and GiST (WITHOUT OVERLAPS), and an index of another
/// name would lose it. Of a table that inherits it would make the parent's NOT NULL the table's own, as of a partition where
/// NOT NULL has names: $2 is whether it has none.
const KEY_INDEXES: &str = "\
    SELECT k.oid, pg_get_indexdef(k.conindid), \
      format('ALTER TABLE ONLY %s ADD CONSTRAINT %I %s USING INDEX %I%s%s', \
        k.conrelid::regclass, k.conname, CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, k.conname, \
        CASE WHEN k.condeferrable THEN ' DEFERRABLE' END, CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' END) \
    FROM pg_constraint k \
    JOIN pg_class t ON t.oid = k.conrelid AND t.relkind = 'r' \
    JOIN pg_class i ON i.oid = k.conindid AND i.relname = k.conname \
    JOIN pg_am a ON a.oid = i.relam AND a.amname = 'btree' \
    WHERE k.conrelid = ANY ($1::int8[]::oid[]) AND (k.contype = 'u' \
      OR k.contype = 'p' AND (t.relispartition AND $2 OR NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = t.oid)))";

/// NOT NULL is a constraint with a name from this version on.
const NAMED_NOT_NULL: u32 = 180_000;

/// The statements that make a key in two steps.
struct KeyIndex {
    index: String,
    constraint: String,
}

/// Splits the entries of keys whose index can be made first.
///
/// # Errors
/// What the source says.
pub(crate) async fn split(
    run: &mut Run,
    schema: &mut SchemaWork,
    target_version: u32,
) -> Result<(), PgError> {
    let tables = run.catalog().tables.iter().filter(|table| table.estimate.bytes >= TWO_STEPS_FROM);
    let tables = tables.map(|table| i64::from(table.oid)).collect();
    let keys = read(&mut run.leader, tables, target_version < NAMED_NOT_NULL).await?;
    let builds = std::mem::take(&mut schema.builds).into_iter();
    schema.builds = builds.flat_map(|entry| in_steps(entry, &keys)).collect();
    Ok(())
}

/// By OID of the constraint, of the tables with these OIDs; primary keys of partitions or without them.
async fn read(
    leader: &mut SourceLeader,
    tables: Vec<i64>,
    of_partitions: bool,
) -> Result<BTreeMap<u32, KeyIndex>, PgError> {
    let reading = doing("read the indexes of keys");
    let rows = leader
        .session()
        .fetch(reading, KEY_INDEXES, &[Param::Ints(tables), Param::Bool(of_partitions)])
        .await?;
    let mut keys = BTreeMap::new();
    for row in &rows {
        // Of a key that is gone by now, as one of a table that was not locked may be, the server knows no index.
        let Some(index) = row.opt_text(1)? else { continue };
        let constraint = row.text(2)?.to_owned();
        keys.insert(row.oid(0)?, KeyIndex { index: index.to_owned(), constraint });
    }
    Ok(keys)
}

fn in_steps(mut entry: SchemaEntry, keys: &BTreeMap<u32, KeyIndex>) -> Vec<SchemaEntry> {
    let key = if entry.description == "CONSTRAINT" { keys.get(&entry.catalog_oid.1) } else { None };
    let Some(KeyIndex { index, constraint }) = key else { return vec![entry] };
    // What follows the first statement is about the index: CLUSTER ON, REPLICA IDENTITY.
    let more = sql_text::split_statements(&entry.definition).into_iter().skip(1);
    let statements = std::iter::once(constraint.as_str()).chain(more);
    let definition = statements.map(|statement| format!("{statement};\n")).collect();
    let first = SchemaEntry {
        // The archive counts from 1.
        dump_id: -entry.dump_id,
        description: "INDEX".to_owned(),
        definition: format!("{index};\n"),
        ..entry.clone()
    };
    entry.definition = definition;
    entry.dependencies.push(first.dump_id);
    vec![first, entry]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(description: &str) -> SchemaEntry {
        SchemaEntry {
            dump_id: 7,
            catalog_oid: (2606, 40),
            description: description.to_owned(),
            definition: "ALTER TABLE ONLY s.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (a);\n\
                         ALTER TABLE s.t CLUSTER ON t_pkey;\n"
                .to_owned(),
            dependencies: vec![3],
            ..SchemaEntry::default()
        }
    }

    fn keys() -> BTreeMap<u32, KeyIndex> {
        let key = KeyIndex { index: "CREATE".to_owned(), constraint: "ALTER".to_owned() };
        BTreeMap::from([(40, key)])
    }

    #[test]
    fn a_key_waits_for_its_index_and_keeps_what_is_said_of_it_after() {
        let [index, key] = in_steps(entry("CONSTRAINT"), &keys()).try_into().unwrap();
        assert_eq!((index.description.as_str(), index.definition.as_str()), ("INDEX", "CREATE;\n"));
        assert_eq!(key.definition, "ALTER;\nALTER TABLE s.t CLUSTER ON t_pkey;\n");
        assert_eq!((index.dependencies, key.dependencies), (vec![3], vec![3, index.dump_id]));
    }

    #[test]
    fn what_is_no_such_key_stays_as_it_is() {
        assert_eq!(in_steps(entry("CHECK CONSTRAINT"), &keys()), [entry("CHECK CONSTRAINT")]);
        assert_eq!(in_steps(entry("CONSTRAINT"), &BTreeMap::new()), [entry("CONSTRAINT")]);
    }
}
