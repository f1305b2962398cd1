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

/// A partitioned table may have one from this version on.
const PARTITIONED: u32 = 170_000;

/// By constraint of a partitioned table that has none above it: its OID, and whether every partition has it, as not all do
/// after ALTER TABLE ONLY; then OID, table, name, index and that one's storage parameters, of itself and of those beneath it.
/// A foreign key has a `conindid` too, its parent's.
const TREES: &str = "\
    WITH RECURSIVE tree AS ( \
      SELECT k.oid AS root, i.indisvalid AS whole, k.oid, k.conrelid, k.conindid, k.conname FROM pg_constraint k \
      JOIN pg_index i ON i.indexrelid = k.conindid AND i.indisexclusion \
      JOIN pg_class t ON t.oid = k.conrelid AND t.relkind = 'p' \
      WHERE k.conparentid = 0 AND k.contype IN ('p', 'u', 'x') \
      UNION ALL \
      SELECT tree.root, whole, k.oid, k.conrelid, k.conindid, k.conname FROM tree \
      JOIN pg_constraint k ON k.conparentid = tree.oid AND k.contype IN ('p', 'u', 'x')) \
    SELECT root, whole, tree.oid, conrelid::regclass::text, conname, conindid::regclass::text, \
      coalesce(array_to_string(reloptions, ', '), '') \
    FROM tree JOIN pg_class c ON c.oid = conindid ORDER BY root, tree.oid <> root, tree.oid";

/// One constraint.
struct Part {
    oid: u32,
    /// Its table's name as SQL writes it.
    table: String,
    name: String,
    /// Its index, as SQL writes it.
    index: String,
    /// Its index's storage parameters: `fillfactor=70, buffering=off`.
    parameters: String,
}

/// A constraint and those that partitions have of it.
struct Tree {
    root: Part,
    /// No partition is without it.
    is_whole: bool,
    beneath: Vec<Part>,
}

/// Leaves of every tree the root's entry alone, which makes all of it. Where a partition has none, each is made by its own
/// entry instead, and nothing is attached.
///
/// # Errors
/// What the source says.
pub(crate) async fn join(
    leader: &mut SourceLeader,
    source_version: u32,
    schema: &mut SchemaWork,
) -> Result<(), PgError> {
    if source_version < PARTITIONED {
        return Ok(());
    }
    for tree in read(leader).await?.iter().filter(|tree| !tree.beneath.is_empty()) {
        let detached = detach(tree, &mut schema.builds);
        match tree.is_whole {
            true => join_tree(tree, &mut schema.builds),
            false => *schema.left_out.entry("index attach".to_owned()).or_default() += detached,
        }
    }
    Ok(())
}

async fn read(leader: &mut SourceLeader) -> Result<Vec<Tree>, PgError> {
    let mut trees: Vec<Tree> = Vec::new();
    for row in leader.session().fetch(doing("read the exclusion constraints"), TREES, &[]).await? {
        let part = Part {
            oid: row.oid(2)?,
            table: row.text(3)?.to_owned(),
            name: row.text(4)?.to_owned(),
            index: row.text(5)?.to_owned(),
            parameters: row.text(6)?.to_owned(),
        };
        match trees.last_mut() {
            Some(tree) if tree.root.oid == row.oid(0)? => tree.beneath.push(part),
            _ => trees.push(Tree { root: part, is_whole: row.bool(1)?, beneath: Vec::new() }),
        }
    }
    Ok(trees)
}

fn makes(entry: &SchemaEntry, part: &Part) -> bool {
    entry.description == "CONSTRAINT" && entry.catalog_oid.1 == part.oid
}

/// Takes away what attaches the tree's indexes, and says how many that were.
fn detach(tree: &Tree, builds: &mut Vec<SchemaEntry>) -> usize {
    let parts = builds.iter().filter(|entry| tree.beneath.iter().any(|part| makes(entry, part)));
    let parts: BTreeSet<i32> = parts.map(|entry| entry.dump_id).collect();
    let before = builds.len();
    builds.retain(|entry| {
        entry.description != "INDEX ATTACH" || !entry.dependencies.iter().any(|id| parts.contains(id))
    });
    before - builds.len()
}

fn join_tree(tree: &Tree, builds: &mut Vec<SchemaEntry>) {
    let (joined, others): (Vec<_>, Vec<_>) = std::mem::take(builds)
        .into_iter()
        .partition(|entry| tree.beneath.iter().any(|part| makes(entry, part)));
    *builds = others;
    for top in builds.iter_mut().filter(|entry| makes(entry, &tree.root)) {
        top.definition = top.definition.replacen("ALTER TABLE ONLY ", "ALTER TABLE ", 1);
        top.definition.push_str(&rename(tree));
        tree.beneath.iter().for_each(|part| top.definition.push_str(&parameters(&tree.root, part)));
        // What follows an entry's first statement is about its index: CLUSTER ON.
        let more =
            joined.iter().flat_map(|entry| sql_text::split_statements(&entry.definition).into_iter().skip(1));
        more.for_each(|statement| top.definition.push_str(&format!("{statement};\n")));
    }
}

/// Gives a partition's index its own storage parameters, where they are not the root's.
fn parameters(root: &Part, part: &Part) -> String {
    if part.parameters == root.parameters {
        return String::new();
    }
    let names: Vec<&str> =
        root.parameters.split(", ").filter_map(|one| Some(one.split_once('=')?.0)).collect();
    let statement = |verb: &str, list: &str| match list {
        "" => String::new(),
        list => format!("ALTER INDEX {} {verb} ({list});\n", part.index),
    };
    statement("RESET", &names.join(", ")) + &statement("SET", &part.parameters)
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

    fn part(oid: u32, table: &str, name: &str, parameters: &str) -> Part {
        let [table, name, index, parameters] =
            [table, name, &format!("i{oid}"), parameters].map(str::to_owned);
        Part { oid, table, name, index, parameters }
    }

    #[test]
    fn the_root_makes_the_whole_tree_and_says_of_it_what_was_said_of_its_parts() {
        let tree = Tree {
            root: part(1, "p", "p_excl", "fillfactor=70"),
            is_whole: true,
            beneath: vec![part(2, "a", "it's", "fillfactor=70"), part(3, "b", "of b", "buffering=off")],
        };
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
        assert_eq!(detach(&tree, &mut builds), 1);
        join_tree(&tree, &mut builds);
        let [top, rest @ ..] = builds.as_slice() else { panic!("nothing is left") };
        assert_eq!(rest, [other, attached]);
        let statements = sql_text::split_statements(&top.definition);
        let [add, rename, reset, set, cluster] = statements.try_into().unwrap();
        assert_eq!(add.trim(), "ALTER TABLE p\n    ADD CONSTRAINT p_excl EXCLUDE");
        assert!(
            rename.trim().starts_with("DO '") && rename.contains("(''a'', ''it''''s''), (''b'', ''of b'')"),
            "{rename}"
        );
        assert_eq!(
            (reset.trim(), set.trim()),
            ("ALTER INDEX i3 RESET (fillfactor)", "ALTER INDEX i3 SET (buffering=off)")
        );
        assert_eq!(cluster.trim(), "ALTER TABLE a CLUSTER ON \"it's\"");
    }
}
