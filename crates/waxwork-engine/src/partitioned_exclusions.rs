//! Exclusion constraints of partitioned tables (17), and their keys WITHOUT OVERLAPS (18), are made from the top.
//!
//! ```text
//!   CONSTRAINT (ONLY root) ─┐
//!   CONSTRAINT (partition) ─┼─► CONSTRAINT (root, and with it every partition; then the names they had, CLUSTER ON)
//!   INDEX ATTACH           ─┘
//! ```
//!
//! `pg_dump` makes one for each table and attaches their indexes, which no server takes: it finds no two indexes with
//! exclusion operators alike (PostgreSQL source, `index.c`, `CompareIndexInfo`).

use crate::schema::SchemaWork;
use std::collections::BTreeSet;
use waxwork_pg::{PgError, SchemaEntry, SourceLeader, doing, sql_text};

/// By constraint of a partitioned table that has none above it: its OID, and OID, table and name of itself, then of those
/// beneath it. A foreign key has a `conindid` too, its parent's.
const TREES: &str = "\
    WITH RECURSIVE tree AS ( \
      SELECT k.oid AS root, k.oid, k.conrelid, k.conname FROM pg_constraint k \
      JOIN pg_index i ON i.indexrelid = k.conindid AND i.indisexclusion \
      JOIN pg_class t ON t.oid = k.conrelid AND t.relkind = 'p' \
      WHERE k.conparentid = 0 AND k.contype IN ('p', 'u', 'x') \
      UNION ALL \
      SELECT tree.root, k.oid, k.conrelid, k.conname FROM tree \
      JOIN pg_constraint k ON k.conparentid = tree.oid AND k.contype IN ('p', 'u', 'x')) \
    SELECT root, oid, conrelid::regclass::text, conname FROM tree ORDER BY root, oid <> root, oid";

/// One constraint.
struct Part {
    oid: u32,
    /// Its table's name as SQL writes it.
    table: String,
    name: String,
}

/// A constraint and those that partitions have of it.
struct Tree {
    root: Part,
    beneath: Vec<Part>,
}

/// Leaves of every tree the root's entry alone, which makes all of it.
///
/// # Errors
/// What the source says.
pub(crate) async fn join(leader: &mut SourceLeader, schema: &mut SchemaWork) -> Result<(), PgError> {
    for tree in read(leader).await?.iter().filter(|tree| !tree.beneath.is_empty()) {
        join_tree(tree, &mut schema.builds);
    }
    Ok(())
}

async fn read(leader: &mut SourceLeader) -> Result<Vec<Tree>, PgError> {
    let mut trees: Vec<Tree> = Vec::new();
    for row in leader.session().fetch(doing("read the exclusion constraints"), TREES, &[]).await? {
        let part = Part { oid: row.oid(1)?, table: row.text(2)?.to_owned(), name: row.text(3)?.to_owned() };
        match trees.last_mut() {
            Some(tree) if tree.root.oid == row.oid(0)? => tree.beneath.push(part),
            _ => trees.push(Tree { root: part, beneath: Vec::new() }),
        }
    }
    Ok(trees)
}

fn join_tree(tree: &Tree, builds: &mut Vec<SchemaEntry>) {
    let is_of = |entry: &SchemaEntry, part: &Part| {
        entry.description == "CONSTRAINT" && entry.catalog_oid.1 == part.oid
    };
    let (joined, others): (Vec<_>, Vec<_>) = std::mem::take(builds)
        .into_iter()
        .partition(|entry| tree.beneath.iter().any(|part| is_of(entry, part)));
    let gone: BTreeSet<i32> = joined.iter().map(|entry| entry.dump_id).collect();
    let attaches = |entry: &SchemaEntry| {
        entry.description == "INDEX ATTACH" && entry.dependencies.iter().any(|id| gone.contains(id))
    };
    *builds = others.into_iter().filter(|entry| !attaches(entry)).collect();
    for top in builds.iter_mut().filter(|entry| is_of(entry, &tree.root)) {
        top.definition = top.definition.replacen("ALTER TABLE ONLY ", "ALTER TABLE ", 1);
        top.definition.push_str(&rename(tree));
        // What follows an entry's first statement is about its index: CLUSTER ON.
        let more =
            joined.iter().flat_map(|entry| sql_text::split_statements(&entry.definition).into_iter().skip(1));
        more.for_each(|statement| top.definition.push_str(&format!("{statement};\n")));
    }
}

/// Gives the partitions' constraints the names that they have in the source. In two steps, since the server may have
/// given one of them a name that is to be another's.
fn rename(tree: &Tree) -> String {
    let literal = sql_text::literal;
    let (table, name) = (literal(&tree.root.table), literal(&tree.root.name));
    let named =
        tree.beneath.iter().map(|part| format!("({}, {})", literal(&part.table), literal(&part.name)));
    let names = named.collect::<Vec<_>>().join(", ");
    let block = format!(
        "DECLARE part record;\n\
         BEGIN FOR step IN 1..2 LOOP\n\
         FOR part IN WITH RECURSIVE tree AS (\n\
         SELECT oid FROM pg_catalog.pg_constraint WHERE conrelid = {table}::pg_catalog.regclass AND conname = {name}\n\
         UNION ALL SELECT k.oid FROM tree JOIN pg_catalog.pg_constraint k ON k.conparentid = tree.oid)\n\
         SELECT k.conrelid::pg_catalog.regclass AS name, k.conname AS old,\n\
         CASE step WHEN 1 THEN 'waxwork ' || k.oid ELSE wanted END AS new\n\
         FROM tree JOIN pg_catalog.pg_constraint k USING (oid)\n\
         JOIN (VALUES {names}) AS source (name, wanted) ON source.name::pg_catalog.regclass = k.conrelid LOOP\n\
         EXECUTE pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', part.name, part.old, part.new);\n\
         END LOOP; END LOOP; END"
    );
    format!("DO {};\n", literal(&block))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(
        dump_id: i32,
        description: &str,
        oid: u32,
        definition: &str,
        dependencies: &[i32],
    ) -> SchemaEntry {
        SchemaEntry {
            dump_id,
            catalog_oid: (2606, oid),
            description: description.to_owned(),
            definition: definition.to_owned(),
            dependencies: dependencies.to_vec(),
            ..SchemaEntry::default()
        }
    }

    fn part(oid: u32, table: &str, name: &str) -> Part {
        Part { oid, table: table.to_owned(), name: name.to_owned() }
    }

    #[test]
    fn the_root_makes_the_whole_tree_and_says_of_it_what_was_said_of_its_parts() {
        let tree =
            Tree { root: part(1, "p", "p_excl"), beneath: vec![part(2, "a", "it's"), part(3, "b", "of b")] };
        let other = entry(14, "CONSTRAINT", 4, "ALTER TABLE ONLY d\n    ADD CONSTRAINT x;\n", &[]);
        let attached = entry(16, "INDEX ATTACH", 0, "ALTER INDEX q ATTACH PARTITION d_q;\n", &[14]);
        let mut builds = vec![
            entry(11, "CONSTRAINT", 1, "ALTER TABLE ONLY p\n    ADD CONSTRAINT p_excl EXCLUDE;\n", &[]),
            entry(
                12,
                "CONSTRAINT",
                2,
                "ALTER TABLE ONLY a\n    ADD x;\nALTER TABLE a CLUSTER ON \"it's\";\n",
                &[],
            ),
            entry(13, "CONSTRAINT", 3, "ALTER TABLE ONLY b\n    ADD x;\n", &[]),
            other.clone(),
            entry(15, "INDEX ATTACH", 0, "ALTER INDEX p_excl ATTACH PARTITION \"it's\";\n", &[11, 12]),
            attached.clone(),
        ];
        join_tree(&tree, &mut builds);
        let [top, rest @ ..] = builds.as_slice() else { panic!("nothing is left") };
        assert_eq!(rest, [other, attached]);
        let statements = sql_text::split_statements(&top.definition);
        let [add, rename, cluster] = statements.try_into().unwrap();
        assert_eq!(add.trim(), "ALTER TABLE p\n    ADD CONSTRAINT p_excl EXCLUDE");
        assert!(
            rename.trim().starts_with("DO '") && rename.contains("(''a'', ''it''''s''), (''b'', ''of b'')"),
            "{rename}"
        );
        assert_eq!(cluster.trim(), "ALTER TABLE a CLUSTER ON \"it's\"");
    }
}
