use super::{Lane, Schedule, Task, analyzable};
use crate::extension_order::ExtensionOrder;
use crate::schema::SchemaWork;
use waxwork_core::catalog::{Catalog, Estimate, ExtensionTable, ForeignKey, Table, TableId, TableKind};
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_pg::{SchemaArchive, SchemaEntry, Section};

fn table(oid: u32, partition_of: Option<TableId>) -> Table {
    let name = format!("t{oid}");
    Table {
        oid,
        sql_name: format!("public.{name}"),
        name: QualifiedName::new("public", name),
        kind: TableKind::Ordinary,
        partition_of,
        inherits: Vec::new(),
        columns: Vec::new(),
        unique_keys: Vec::new(),
        exclusions: Vec::new(),
        checks: Vec::new(),
        partition_key: None,
        partition_bound: None,
        access_method: "heap".to_owned(),
        row_security: false,
        extension: None,
        estimate: Estimate::default(),
    }
}

/// Object class of relations, `pg_class`.
const RELATIONS: u32 = 1259;

fn entry(dump_id: i32, oid: u32, description: &str, dependencies: &[i32]) -> SchemaEntry {
    SchemaEntry {
        dump_id,
        catalog_oid: (RELATIONS, oid),
        tag: format!("e{dump_id}"),
        description: description.to_owned(),
        section: if description == "TABLE" { Section::PreData } else { Section::PostData },
        definition: "SELECT 1;".to_owned(),
        namespace: "public".to_owned(),
        relkind: 'r',
        dependencies: dependencies.to_vec(),
        ..SchemaEntry::default()
    }
}

fn work(entries: Vec<SchemaEntry>) -> SchemaWork {
    SchemaWork::new(SchemaArchive { dump_version: String::new(), server_version: String::new(), entries })
}

/// Two tables, a key each, and a foreign key between them.
fn shop() -> (Catalog, SchemaWork) {
    let catalog = Catalog { tables: vec![table(10, None), table(20, None)], ..Catalog::default() };
    let entries = vec![
        entry(1, 10, "TABLE", &[]),
        entry(2, 20, "TABLE", &[]),
        entry(3, 0, "CONSTRAINT", &[1]),
        entry(4, 0, "INDEX", &[2]),
        entry(5, 0, "FK CONSTRAINT", &[1, 2, 3]),
    ];
    (catalog, work(entries))
}

/// Every task, one after the other, copies first.
fn run_all(schedule: &mut Schedule) -> Vec<Task> {
    let mut order = Vec::new();
    while !schedule.is_empty() {
        let task =
            schedule.next(Lane::Copy).or_else(|| schedule.next(Lane::Build)).expect("something can run");
        schedule.done(&task);
        order.push(task);
    }
    order
}

#[test]
fn keys_wait_for_their_own_table_only() {
    let (catalog, schema) = shop();
    let mut schedule =
        Schedule::new(&catalog, &[TableId(0), TableId(1)], &[TableId(0), TableId(1)], &[], &schema);
    assert_eq!(schedule.next(Lane::Build), None);
    assert_eq!(schedule.next(Lane::Copy), Some(Task::Copy(0)));
    assert_eq!(schedule.next(Lane::Copy), Some(Task::Copy(1)));
    schedule.done(&Task::Copy(0));
    assert_eq!(schedule.next(Lane::Build), Some(Task::Build(0)));
    assert_eq!(schedule.next(Lane::Build), None, "the other table is not in yet");
}

#[test]
fn a_load_that_runs_again_keeps_its_keys_waiting() {
    let (catalog, schema) = shop();
    let tables = [TableId(0), TableId(1)];
    let mut schedule = Schedule::new(&catalog, &tables, &[tables[0], tables[0], tables[1]], &[], &schema);
    assert_eq!(schedule.next(Lane::Copy), Some(Task::Copy(0)));
    assert_eq!(schedule.next(Lane::Copy), Some(Task::Copy(1)), "another part of the same table");
    schedule.again(&Task::Copy(0));
    schedule.done(&Task::Copy(1));
    assert_eq!((schedule.next(Lane::Build), schedule.next(Lane::Copy)), (None, Some(Task::Copy(0))));
    schedule.done(&Task::Copy(0));
    assert_eq!(schedule.next(Lane::Build), Some(Task::Build(0)));
}

#[test]
fn a_foreign_key_waits_for_both_tables_and_all_their_keys() {
    let (catalog, schema) = shop();
    let mut schedule =
        Schedule::new(&catalog, &[TableId(0), TableId(1)], &[TableId(0), TableId(1)], &[], &schema);
    let order = run_all(&mut schedule);
    let at = |task: Task| order.iter().position(|one| *one == task).expect("every task runs");
    let foreign_key = at(Task::Build(2));
    assert!(
        [Task::Copy(0), Task::Copy(1), Task::Build(0), Task::Build(1)]
            .into_iter()
            .all(|one| at(one) < foreign_key)
    );
    assert_eq!(order.len(), 7, "two copies, three builds, two ANALYZE");
}

fn foreign_key(child: u32, parent: u32) -> ForeignKey {
    ForeignKey {
        name: Ident::new("e3"),
        child: TableId(child),
        parent: TableId(parent),
        columns: Vec::new(),
        match_full: false,
        validated: true,
        period: false,
    }
}

/// 0 refers to 1, 1 to 2, and 2 to 0; to itself, too.
#[test]
fn tables_of_extensions_come_after_those_that_they_refer_to_and_others_as_they_like() {
    let mut catalog = Catalog { tables: (0..4).map(|oid| table(oid, None)).collect(), ..Catalog::default() };
    for table in &mut catalog.tables[..3] {
        table.extension = Some(ExtensionTable { name: "e".to_owned(), condition: Some(String::new()) });
    }
    catalog.foreign_keys =
        [(0, 0), (0, 1), (1, 2), (2, 0), (3, 0)].map(|(child, parent)| foreign_key(child, parent)).to_vec();
    let order = ExtensionOrder::new(&catalog);
    assert_eq!([0, 1, 2, 3].map(|table| order.depth(TableId(table))), [2, 1, 0, 0]);
    let tables = [0, 1, 2, 3].map(TableId);
    let mut schedule = Schedule::new(&catalog, &tables, &tables, &[], &work(Vec::new()));
    assert_eq!(schedule.next(Lane::Copy), Some(Task::Copy(2)));
    assert_eq!(schedule.next(Lane::Copy), Some(Task::Copy(3)));
    assert_eq!(schedule.next(Lane::Copy), None);
    schedule.done(&Task::Copy(2));
    assert_eq!((schedule.next(Lane::Copy), schedule.next(Lane::Copy)), (Some(Task::Copy(1)), None));
}

#[test]
fn a_foreign_key_waits_for_a_table_that_has_no_entry_of_its_own() {
    let (mut catalog, _) = shop();
    catalog.foreign_keys.push(foreign_key(0, 1));
    let mut foreign_key = entry(3, 0, "FK CONSTRAINT", &[1]);
    foreign_key.tag = "t10 e3".to_owned();
    let schema = work(vec![entry(1, 10, "TABLE", &[]), foreign_key]);
    let mut schedule =
        Schedule::new(&catalog, &[TableId(0), TableId(1)], &[TableId(0), TableId(1)], &[], &schema);
    let order = run_all(&mut schedule);
    let at = |task: Task| order.iter().position(|one| *one == task).expect("every task runs");
    assert!(at(Task::Copy(1)) < at(Task::Build(0)));
}

#[test]
fn a_build_that_names_no_table_waits_for_every_row() {
    let (catalog, _) = shop();
    let schema = work(vec![entry(1, 10, "TABLE", &[]), entry(2, 0, "CHECK CONSTRAINT", &[])]);
    let mut schedule = Schedule::new(&catalog, &[], &[TableId(0), TableId(1)], &[], &schema);
    for _ in 0..2 {
        assert_eq!(schedule.next(Lane::Build), None);
        let copy = schedule.next(Lane::Copy).expect("a copy can run");
        schedule.done(&copy);
    }
    assert_eq!(schedule.next(Lane::Build), Some(Task::Build(0)));
}

#[test]
fn an_exclusive_build_never_runs_beside_another_on_its_table() {
    let catalog = Catalog { tables: vec![table(10, None)], ..Catalog::default() };
    let entries = vec![
        entry(1, 10, "TABLE", &[]),
        entry(2, 0, "INDEX", &[1]),
        entry(3, 0, "INDEX", &[1]),
        entry(4, 0, "CONSTRAINT", &[1]),
    ];
    let schema = work(entries);
    let mut schedule = Schedule::new(&catalog, &[TableId(0)], &[TableId(0)], &[], &schema);
    let copy = schedule.next(Lane::Copy).expect("the copy can run");
    schedule.done(&copy);
    assert_eq!(schedule.next(Lane::Build), Some(Task::Build(0)));
    assert_eq!(schedule.next(Lane::Build), Some(Task::Build(1)), "two indexes may be built at once");
    assert_eq!(schedule.next(Lane::Build), None, "a constraint locks the table alone");
}

#[test]
fn a_partitioned_tables_keys_wait_for_every_leaf() {
    let mut root = table(10, None);
    root.kind = TableKind::Partitioned;
    let leaves = [table(11, Some(TableId(0))), table(12, Some(TableId(0)))];
    let catalog = Catalog { tables: [vec![root], leaves.to_vec()].concat(), ..Catalog::default() };
    let entries = vec![
        entry(1, 10, "TABLE", &[]),
        entry(2, 11, "TABLE", &[]),
        entry(3, 12, "TABLE", &[]),
        entry(4, 0, "INDEX", &[1]),
    ];
    let schema = work(entries);
    let mut schedule = Schedule::new(&catalog, &[TableId(0)], &[TableId(1), TableId(2)], &[], &schema);
    let first = schedule.next(Lane::Copy).expect("a leaf can run");
    schedule.done(&first);
    assert_eq!(schedule.next(Lane::Build), None);
    let second = schedule.next(Lane::Copy).expect("a leaf can run");
    schedule.done(&second);
    assert_eq!(schedule.next(Lane::Build), Some(Task::Build(0)));
}

#[test]
fn a_table_without_rows_is_analyzed_too() {
    let (catalog, schema) = shop();
    let mut schedule = Schedule::new(&catalog, &[TableId(0), TableId(1)], &[], &[], &schema);
    let order = run_all(&mut schedule);
    let at = |task: Task| order.iter().position(|one| *one == task).expect("every task runs");
    assert!(at(Task::Analyze(TableId(0))) > at(Task::Build(0)));
    assert!(at(Task::Analyze(TableId(1))) > at(Task::Build(1)));
}

#[test]
fn a_parent_of_foreign_tables_is_analyzed_by_its_local_parts() {
    let of = |oid, parent, kind| Table { kind, ..table(oid, parent) };
    let (root, parts) = (Some(TableId(0)), Some(TableId(2)));
    let mut heir = of(60, None, TableKind::Foreign);
    heir.inherits = vec![TableId(6)];
    let tables = vec![
        of(10, None, TableKind::Partitioned),
        of(11, root, TableKind::Foreign),
        of(12, root, TableKind::Partitioned),
        of(13, parts, TableKind::Ordinary),
        of(14, root, TableKind::Ordinary),
        of(20, None, TableKind::Ordinary),
        of(50, None, TableKind::Ordinary),
        heir,
    ];
    let catalog = Catalog { tables, ..Catalog::default() };
    assert_eq!(analyzable(&catalog, TableId(0)), [TableId(2), TableId(4)]);
    assert_eq!(analyzable(&catalog, TableId(5)), [TableId(5)]);
    assert_eq!(analyzable(&catalog, TableId(6)), []);
}

#[test]
fn rows_are_inserted_after_the_copied_ones_and_before_anything_is_built() {
    let (catalog, schema) = shop();
    let tables = [TableId(0), TableId(1)];
    let mut schedule = Schedule::new(&catalog, &tables, &[TableId(0)], &tables, &schema);
    // Nothing is copied into the second table.
    assert_eq!(schedule.next(Lane::Build), Some(Task::Insert(TableId(1))));
    assert_eq!(schedule.next(Lane::Build), None);
    assert_eq!(schedule.next(Lane::Copy), Some(Task::Copy(0)));
    schedule.done(&Task::Copy(0));
    assert_eq!(schedule.next(Lane::Build), Some(Task::Insert(TableId(0))));
    assert_eq!(schedule.next(Lane::Build), None);
    schedule.done(&Task::Insert(TableId(0)));
    assert!(matches!(schedule.next(Lane::Build), Some(Task::Build(_))));
}
