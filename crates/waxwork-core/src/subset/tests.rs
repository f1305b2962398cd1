//! Subset rules against a small catalog: what resolves, and what is refused in which words.

use std::collections::BTreeMap;

use super::*;
use crate::catalog::*;
use crate::diagnostic::Diagnostic;
use crate::ident::{Ident, QualifiedName};
use crate::rules::*;

const INT4: u32 = 23;
const INT4_ARRAY: u32 = 1007;
const JSONB: u32 = 3802;

/// Builds catalogs from lines: a table is `name: column column? …` with `?` for nullable, `[]` for an array, `{}` for
/// jsonb; the first column is the primary key unless it is nullable.
fn catalog(tables: &[&str]) -> Catalog {
    let base = |name: &str, oid, kind| {
        let name = QualifiedName::new("pg_catalog", name);
        (oid, PgType { oid, name, kind, extension: None, has_binary: true })
    };
    let types = BTreeMap::from([
        base("int4", INT4, TypeKind::Base),
        base("_int4", INT4_ARRAY, TypeKind::Array { element: INT4 }),
        base("jsonb", JSONB, TypeKind::Base),
    ]);
    let mut tables: Vec<Table> = tables.iter().map(|line| table(line)).collect();
    tables.sort_by(|left, right| left.name.cmp(&right.name));
    Catalog { server_version: 150_000, tables, types, ..Catalog::default() }
}

fn table(line: &str) -> Table {
    let (name, columns) = line.split_once(": ").unwrap();
    let columns: Vec<Column> =
        columns.split(' ').enumerate().map(|(at, column)| self::column(at, column)).collect();
    let primary = UniqueKey {
        name: Ident::new(format!("{name}_pkey")),
        primary: true,
        parts: vec![KeyPart::Column(ColumnId(0))],
        predicate: None,
        predicate_columns: vec![],
        nulls_not_distinct: false,
    };
    let unique_keys = if columns[0].not_null { vec![primary] } else { vec![] };
    Table {
        oid: 0,
        name: QualifiedName::new("public", name),
        sql_name: format!("public.{name}"),
        kind: TableKind::Ordinary,
        partition_of: None,
        inherits: vec![],
        columns,
        unique_keys,
        exclusions: vec![],
        checks: vec![],
        partition_key: None,
        partition_bound: None,
        access_method: "heap".into(),
        row_security: false,
        extension: None,
        estimate: Estimate::default(),
    }
}

fn column(at: usize, text: &str) -> Column {
    let name = text.trim_end_matches(['?', '[', ']', '{', '}']);
    let type_oid = if text.contains('[') {
        INT4_ARRAY
    } else if text.contains('{') {
        JSONB
    } else {
        INT4
    };
    Column {
        name: Ident::new(name),
        number: at as i16 + 1,
        type_oid,
        type_name: "integer".into(),
        typmod: -1,
        not_null: !text.ends_with('?'),
        generation: Generation::Plain,
        nondeterministic: false,
    }
}

impl Catalog {
    fn id(&self, name: &str) -> TableId {
        self.find(&QualifiedName::new("public", name)).unwrap()
    }

    fn table_mut(&mut self, name: &str) -> &mut Table {
        let id = self.id(name);
        &mut self.tables[id.0 as usize]
    }

    /// Adds `child(columns) -> parent(columns)`.
    fn key(&mut self, child: &str, columns: &[&str], parent: &str, parents: &[&str]) -> &mut ForeignKey {
        let (child, parent) = (self.id(child), self.id(parent));
        let pair = |(own, other): (&&str, &&str)| {
            (self.table(child).find_column(own).unwrap(), self.table(parent).find_column(other).unwrap())
        };
        let columns = columns.iter().zip(parents).map(pair).collect();
        let name = Ident::new(format!("fk_{}", self.foreign_keys.len()));
        let key =
            ForeignKey { name, child, parent, columns, match_full: false, validated: true, period: false };
        self.foreign_keys.push(key);
        self.foreign_keys.last_mut().unwrap()
    }
}

fn place(line: u32) -> Location {
    Location { file: "rules.toml".into(), line, column: 1 }
}

fn at<T>(line: u32, value: T) -> At<T> {
    At { value, location: place(line) }
}

fn rules() -> RuleFile {
    RuleFile {
        file: "rules.toml".into(),
        source: None,
        target: None,
        publish: None,
        keep: None,
        never: Default::default(),
        key: KeySource::default(),
        policy: Policy::default(),
        subset: SubsetRules::default(),
        references: vec![],
        tables: vec![],
        patterns: Vec::new(),
        inserts: vec![],
        scrubbers: vec![],
        quasi_identifiers: Vec::new(),
        hooks: Vec::new(),
        large_objects: None,
    }
}

fn named(text: &str) -> ReferenceName {
    let (child, parent) = match text.split_once(" -> ") {
        Some((child, parent)) => (child, Some(QualifiedName::new("public", parent))),
        None => (text, None),
    };
    let (table, inside) = child.trim_end_matches(')').split_once('(').unwrap();
    let key = match inside.split_once('>') {
        Some((column, path)) => KeyExpression::JsonPath { column: column.into(), path: path.into() },
        None if inside.ends_with("[*]") => {
            KeyExpression::ArrayElements(inside.trim_end_matches("[*]").into())
        }
        None => KeyExpression::Columns(inside.split(", ").map(str::to_owned).collect()),
    };
    ReferenceName { table: QualifiedName::new("public", table), key, parent }
}

fn entry(line: u32, name: &str) -> ReferenceRule {
    let name = at(line, named(name));
    ReferenceRule { name, children: None, condition: None, limit: None, parent: None, dangling: None }
}

fn parent(line: u32, name: &str, policy: &str) -> ReferenceRule {
    ReferenceRule { parent: Some(at(line, policy.into())), ..entry(line, name) }
}

fn reference(line: u32, child: &str, parent: &str, when: &[(&str, &str)]) -> VirtualReference {
    let when = when.iter().map(|(column, text)| (at(line, (*column).into()), (*text).into())).collect();
    VirtualReference { child: at(line, named(child)), parent: at(line, named(parent)), when }
}

fn seed(line: u32, table: &str) -> SeedRule {
    let table = at(line, QualifiedName::new("public", table));
    SeedRule { table, condition: None, keys: None, percent: None, rows: None, by: None }
}

fn rows(line: u32, table: &str, word: &str) -> TableRules {
    TableRules {
        name: at(line, QualifiedName::new("public", table)),
        rows: Some(at(line, word.into())),
        columns: vec![],
    }
}

fn compile(rules: &RuleFile, catalog: &Catalog) -> SubsetPlan {
    let mut diagnostics = Vec::new();
    let plan = SubsetPlan::compile(rules, catalog, &mut diagnostics);
    assert_eq!(diagnostics, Vec::<Diagnostic>::new());
    plan
}

/// (code, line) of everything that is refused.
fn refused(rules: &RuleFile, catalog: &Catalog) -> Vec<(&'static str, u32)> {
    let mut diagnostics = Vec::new();
    SubsetPlan::compile(rules, catalog, &mut diagnostics);
    diagnostics.iter().map(|found| (found.code, found.location.as_ref().map_or(0, |at| at.line))).collect()
}

fn shop() -> Catalog {
    let mut shop =
        catalog(&["customer: id", "orders: id customer_id rep_id? code?", "item: id order_id", "colour: id"]);
    shop.key("orders", &["customer_id"], "customer", &["id"]);
    shop.key("orders", &["rep_id"], "customer", &["id"]);
    shop.key("item", &["order_id"], "orders", &["id"]);
    shop
}

#[test]
fn without_a_seed_every_table_is_whole_and_nothing_is_computed() {
    let plan = compile(&rules(), &shop());
    assert!(plan.tables.iter().all(|(_, rows)| *rows == TableRows::All));
    assert!(!plan.needs_closure);
    assert_eq!(plan.references.len(), 3);
}

#[test]
fn classes_follow_the_references_that_are_followed_downward() {
    let shop = shop();
    let mut rules = rules();
    rules.subset.seeds.push(seed(1, "customer"));
    let classes = |rules: &RuleFile| -> Vec<TableRows> {
        let plan = compile(rules, &shop);
        assert!(plan.needs_closure);
        ["customer", "orders", "item", "colour"].map(|name| plan.rows(&shop, shop.id(name))).to_vec()
    };
    use TableRows::*;
    assert_eq!(classes(&rules), [Subset, Subset, Subset, Lookup]);
    rules
        .subset
        .references
        .push(ReferenceRule { children: Some(at(2, false)), ..entry(2, "item(order_id)") });
    assert_eq!(classes(&rules), [Subset, Subset, Lookup, Lookup]);
    rules.tables.push(rows(3, "item", "all"));
    rules.tables.push(rows(4, "colour", "subset"));
    assert_eq!(classes(&rules), [Subset, Subset, All, Subset]);
    rules.subset.references.clear();
    rules.subset.children_listed = true;
    rules.tables.clear();
    assert_eq!(classes(&rules), [Subset, Lookup, Lookup, Lookup]);
    rules.subset.references.push(ReferenceRule { limit: Some(at(5, 3)), ..entry(5, "orders(rep_id)") });
    assert_eq!(classes(&rules), [Subset, Subset, Lookup, Lookup]);
}

#[test]
fn an_entry_speaks_for_every_reference_with_its_columns_unless_one_names_the_parent() {
    let mut both = catalog(&["a: id", "b: id", "c: id x? y?"]);
    both.key("c", &["x"], "a", &["id"]);
    both.key("c", &["x"], "b", &["id"]);
    let mut rules = rules();
    rules.subset.references =
        vec![parent(1, "c(x) -> b", "drop"), ReferenceRule { limit: Some(at(2, 7)), ..entry(2, "c(x)") }];
    let plan = compile(&rules, &both);
    let policies: Vec<_> =
        plan.references.iter().map(|found| (found.name.as_str(), found.parent_policy, found.limit)).collect();
    assert_eq!(
        policies,
        [
            ("public.c(x) -> public.a", ParentPolicy::Pull, Some(7)),
            ("public.c(x) -> public.b", ParentPolicy::Drop, None)
        ]
    );
}

#[test]
fn names_that_do_not_exist_are_refused_with_the_nearest() {
    let shop = shop();
    let mut rules = rules();
    rules.subset.references =
        vec![entry(1, "order(customer_id)"), entry(2, "orders(custmer_id)"), entry(3, "orders(code)")];
    rules.subset.seeds = vec![seed(4, "custommer")];
    let mut diagnostics = Vec::new();
    SubsetPlan::compile(&rules, &shop, &mut diagnostics);
    let details: Vec<_> =
        diagnostics.iter().map(|found| (found.code, found.detail.as_deref().unwrap_or_default())).collect();
    assert_eq!(
        details[..2],
        [
            ("unknown_table", "The closest name is \"orders\"."),
            ("unknown_reference", "The closest reference is public.orders(customer_id).")
        ]
    );
    assert_eq!(details[2].0, "unknown_reference");
    assert_eq!(details[3], ("unknown_table", "The closest name is \"customer\"."));
}

#[test]
fn a_composite_key_is_named_with_its_columns_in_any_order() {
    let mut pair = catalog(&["a: id t", "b: id t a_id?"]);
    pair.table_mut("a").unique_keys[0].parts.push(KeyPart::Column(ColumnId(1)));
    pair.key("b", &["t", "a_id"], "a", &["t", "id"]);
    let mut rules = rules();
    rules.subset.references = vec![parent(1, "b(a_id, t)", "null")];
    let plan = compile(&rules, &pair);
    assert_eq!(plan.references[0].parent_policy, ParentPolicy::Null);
    // `t` is NOT NULL, so only `a_id` becomes NULL.
    assert_eq!(plan.references[0].null_columns, [ColumnId(2)]);
    pair.foreign_keys[0].match_full = true;
    assert_eq!(refused(&rules, &pair), [("reference_null", 1)]);
}

#[test]
fn a_column_that_something_else_reads_does_not_become_null() {
    let null = |change: &dyn Fn(&mut Catalog)| {
        let mut shop = shop();
        change(&mut shop);
        let mut rules = rules();
        rules.subset.references = vec![parent(1, "orders(rep_id)", "null")];
        refused(&rules, &shop)
    };
    let refused = [("reference_null", 1)];
    let unique = |parts, predicate_columns| UniqueKey {
        name: Ident::new("u"),
        primary: false,
        parts,
        predicate: None,
        predicate_columns,
        nulls_not_distinct: false,
    };
    let rep = ColumnId(2);
    assert_eq!(null(&|_| ()), []);
    // What fixes how many columns are NULL can be read; of any other CHECK only rows can tell.
    let checked = |definition: &str| {
        null(&|shop| {
            let check =
                Check { name: Ident::new("c"), definition: definition.to_owned(), columns: vec![rep] };
            shop.table_mut("orders").checks.push(check);
        })
    };
    assert_eq!(checked("CHECK ((num_nonnulls(rep_id, id) = 1))"), refused);
    assert_eq!(checked("CHECK ((num_nulls(id, rep_id) = 0))"), refused);
    assert_eq!(checked("CHECK ((num_nonnulls(id, customer_id) = 1))"), []);
    assert_eq!(checked("CHECK ((num_nonnulls(rep_id, id) >= 1))"), []);
    assert_eq!(checked("CHECK (((num_nonnulls(rep_id, id) = 1) OR true))"), []);
    assert_eq!(null(&|shop| shop.table_mut("orders").columns[2].not_null = true), refused);
    assert_eq!(
        null(&|shop| shop.table_mut("orders").unique_keys.push(unique(vec![KeyPart::Column(rep)], vec![]))),
        refused
    );
    assert_eq!(null(&|shop| shop.table_mut("orders").unique_keys.push(unique(vec![], vec![rep]))), refused);
    assert_eq!(
        null(&|shop| {
            let parts = vec![KeyPart::Expression { text: "(rep_id + 1)".into(), columns: vec![rep] }];
            shop.table_mut("orders").partition_key = Some(PartitionKey { strategy: 'r', parts });
        }),
        refused
    );
    assert_eq!(
        null(&|shop| {
            let orders = shop.table_mut("orders");
            orders.columns[3].generation = Generation::Generated { reads: vec![rep] };
            orders.unique_keys.push(unique(vec![KeyPart::Column(ColumnId(3))], vec![]));
        }),
        refused
    );
    // Another reference with the same column is no hindrance, one with more columns is.
    assert_eq!(null(&|shop| _ = shop.key("orders", &["rep_id"], "colour", &["id"])), []);
    assert_eq!(
        null(&|shop| {
            let both = vec![KeyPart::Column(ColumnId(0)), KeyPart::Column(ColumnId(1))];
            shop.table_mut("item").unique_keys.push(unique(both, vec![]));
            shop.key("orders", &["rep_id", "code"], "item", &["id", "order_id"]);
        }),
        refused
    );
}

#[test]
fn a_table_without_rows_must_be_spoken_of_by_those_that_refer_to_it() {
    let shop = shop();
    let mut rules = rules();
    rules.tables.push(rows(1, "customer", "none"));
    rules.subset.references.push(parent(2, "orders(rep_id)", "null"));
    assert_eq!(refused(&rules, &shop), [("reference_none", 0)]);
    rules.subset.references.push(parent(3, "orders(customer_id)", "drop"));
    assert!(compile(&rules, &shop).needs_closure);
    rules.subset.references.clear();
    rules.tables.push(rows(4, "orders", "none"));
    assert_eq!(refused(&rules, &shop), [("reference_none", 0)]);
    rules.tables.push(rows(5, "item", "none"));
    assert!(!compile(&rules, &shop).needs_closure);
    rules.subset.seeds.push(seed(6, "item"));
    assert_eq!(refused(&rules, &shop), [("seed_none", 6)]);
}

#[test]
fn a_polymorphic_reference_keeps_its_constants() {
    let poly = catalog(&["post: id", "photo: id", "comment: id kind? about?"]);
    let mut rules = rules();
    rules.references = vec![
        reference(1, "comment(about)", "post(id)", &[("kind", "+1")]),
        reference(2, "comment(about)", "photo(id)", &[("kind", "2")]),
    ];
    rules.subset.references = vec![parent(3, "comment(about)", "null")];
    let plan = compile(&rules, &poly);
    assert_eq!(plan.references[0].when, [(ColumnId(1), "1".to_owned())]);
    assert_eq!(plan.references[1].null_columns, [ColumnId(2)]);
    for (column, constant, code) in [
        ("knd", "2", "unknown_column"),
        ("kind", "Photo", "when_type"),
        ("kind", "01", "overlapping_references"),
    ] {
        rules.references[1] = reference(2, "comment(about)", "photo(id)", &[(column, constant)]);
        assert_eq!(refused(&rules, &poly), [(code, 2)], "{constant}");
    }
}

#[test]
fn ids_within_a_column_point_at_a_unique_key() {
    let carts = catalog(&["cart: id items[]? doc{}?", "item: id code?"]);
    let mut rules = rules();
    rules.references = vec![
        reference(1, "cart(items[*])", "item(id)", &[]),
        reference(2, "cart(doc>$.item.id)", "item(id)", &[]),
    ];
    rules.subset.references = vec![parent(3, "cart(items[*])", "drop")];
    let names: Vec<_> = compile(&rules, &carts).references.iter().map(|found| found.name.clone()).collect();
    assert_eq!(
        names,
        ["public.cart(items[*]) -> public.item", "public.cart(doc -> '$.item.id') -> public.item"]
    );
    rules.references.push(reference(5, "cart(items[*])", "item(code)", &[]));
    rules.references.push(reference(6, "cart(doc[*])", "item(id)", &[]));
    let found = refused(&rules, &carts);
    assert_eq!(found, [("reference_parent", 5), ("reference_type", 6)]);
}

#[test]
fn dangling_rows_are_not_kept_where_the_server_cannot_hold_them() {
    let mut shop = shop();
    shop.table_mut("orders").kind = TableKind::Partitioned;
    let mut rules = rules();
    let keep = ReferenceRule { dangling: Some(at(1, "keep".into())), ..entry(1, "orders(customer_id)") };
    rules.subset.references = vec![keep];
    assert_eq!(refused(&rules, &shop), [("dangling_keep", 1)]);
    shop.server_version = 180_000;
    assert!(compile(&rules, &shop).needs_closure);
}

#[test]
fn a_temporal_key_is_refused_only_where_a_subset_needs_it() {
    let mut shop = shop();
    shop.foreign_keys[2].period = true;
    let mut rules = rules();
    compile(&rules, &shop);
    rules.subset.seeds.push(seed(1, "customer"));
    assert_eq!(refused(&rules, &shop), [("reference_period", 0)]);
    rules.tables = vec![rows(2, "item", "none")];
    compile(&rules, &shop);
    // Where no row need be looked for either.
    let mut rules = self::rules();
    rules.tables = vec![rows(3, "orders", "none")];
    assert_eq!(refused(&rules, &shop), [("reference_period", 0)]);
}

#[test]
fn a_seed_names_a_whole_table_and_keeps_the_decimal_that_is_written() {
    let mut shop = shop();
    let orders = shop.id("orders");
    shop.table_mut("item").partition_of = Some(orders);
    let mut rules = rules();
    rules.subset.seeds = vec![seed(1, "item")];
    assert_eq!(refused(&rules, &shop), [("seed_partition", 1)]);
    let percent = SeedRule { percent: Some(at(2, "2.50".into())), ..seed(2, "customer") };
    rules.subset.seeds = vec![percent, SeedRule { rows: Some(at(3, 7)), ..seed(3, "customer") }];
    let quotas: Vec<Quota> = compile(&rules, &shop).seeds.into_iter().map(|seed| seed.quota).collect();
    assert_eq!(quotas, [Quota::Percent { digits: 250, scale: 2 }, Quota::Rows(7)]);
}

#[test]
fn a_seeds_keys_have_a_value_for_each_column_of_the_primary_key() {
    let mut rules = rules();
    let keys = |keys: &[&[&str]]| {
        let key = |key: &&[&str]| SeedKey {
            values: key.iter().map(|value| (*value).to_owned()).collect(),
            line: 2,
            column: 1,
        };
        let stated = StatedKeys { file: None, keys: keys.iter().map(key).collect() };
        SeedRule { keys: Some(at(2, SeedKeys::Stated(stated))), ..seed(1, "customer") }
    };
    rules.subset.seeds = vec![keys(&[&["7"], &["8"]])];
    let plan = compile(&rules, &shop());
    assert_eq!(format!("{:?}", plan.seeds[0].keys.as_ref().unwrap().value), "Stated(2 keys)");
    rules.subset.seeds = vec![keys(&[&["7", "8"]])];
    assert_eq!(refused(&rules, &shop()), [("seed_keys", 2)]);
    let by = |column: &str| SeedRule { by: Some(at(3, column.to_owned())), ..seed(1, "customer") };
    rules.subset.seeds = vec![by("nowhere")];
    assert_eq!(refused(&rules, &shop()), [("unknown_column", 3)]);
}
