//! Refreshes of the shop: the copy is right, and the same whichever way it was made.

use std::sync::OnceLock;

use waxwork_fixtures::TempCluster;
use waxwork_fixtures::judge::{Database, Expectation, Schema, Treatment, differences, stays};
use waxwork_fixtures::shop::{self, Shop};

use crate::rule_file;
use crate::support::{Call, OTHER_KEY, drop_databases, new_target, refresh_and_judge};

/// A loaded shop, its rules, and what they promise. Nobody writes to it.
pub(crate) struct Stock {
    pub(crate) cluster: &'static TempCluster,
    pub(crate) uri: String,
    pub(crate) rules: String,
    pub(crate) expectation: Expectation,
}

/// `WAXWORK_TEST_SCALE`, else a fifth of scale 1: about 21,000 rows.
fn scale() -> f64 {
    std::env::var("WAXWORK_TEST_SCALE").map_or(0.2, |scale| scale.parse().unwrap())
}

/// A new copy of the shop, for whoever writes to it: the database's name.
pub(crate) fn shop_copy(cluster: &TempCluster) -> String {
    cluster.copy_of("shop", |cluster, name| Shop::load(&cluster.client(name), scale()).map(drop)).unwrap()
}

/// The shop's own rules.
pub(crate) fn shop_rules(cluster: &TempCluster, database: &str) -> String {
    let contrib =
        cluster.psql(database, "SELECT count(*) FROM pg_extension WHERE extname = 'citext'").unwrap();
    shop::rules(contrib == "1")
}

pub(crate) fn stock() -> &'static Stock {
    static STOCK: OnceLock<Stock> = OnceLock::new();
    STOCK.get_or_init(|| {
        let cluster = TempCluster::shared().unwrap();
        let name = shop_copy(cluster);
        let (uri, rules) = (cluster.uri(&name), shop_rules(cluster, &name));
        let expectation = shop_expectation(&rules, &uri);
        Stock { cluster, uri, rules, expectation }
    })
}

/// What the shop's own rules promise, their virtual references included.
pub(crate) fn shop_expectation(rules: &str, uri: &str) -> Expectation {
    let schema = Schema::read(&Database::new(uri)).unwrap();
    let mut expectation = rule_file::expectation(rules, &schema);
    let customer_id = expectation.columns[&place("customer", "id")].clone();
    expectation.columns.insert(place("page_view", "customer_ref"), customer_id);
    // Polymorphic, and arrays of keys: asked for below, by what they lead to.
    for (table, column) in [("message", "subject_id"), ("cart", "owner_ids"), ("cart", "product_ids")] {
        expectation.columns.insert(place(table, column), Treatment::Unjudged);
    }
    expectation.same_answers.extend(SAME_ANSWERS.iter().map(|query| (*query).to_owned()));
    expectation
}

fn place(table: &str, column: &str) -> (String, String) {
    (format!("public.{table}"), column.to_owned())
}

/// What rows lead to, by columns that are kept, and spans of time that shifts by one root keep.
const SAME_ANSWERS: &[&str] = &[
    "SELECT v.path, v.at, c.segment, c.locale FROM public.page_view v LEFT JOIN public.customer c ON c.id = v.customer_ref",
    "SELECT m.id, c.segment, c.locale FROM public.message m JOIN public.customer c ON c.id = m.subject_id WHERE m.subject_type = 'Customer'",
    "SELECT m.id, o.id FROM public.message m JOIN public.orders o ON o.id = m.subject_id WHERE m.subject_type = 'Order'",
    "SELECT m.id, s.id FROM public.message m JOIN public.staff s ON s.id = m.subject_id WHERE m.subject_type = 'Staff'",
    "SELECT k.id, u.n, c.segment, c.locale FROM public.cart k CROSS JOIN LATERAL unnest(k.owner_ids) WITH ORDINALITY AS u(owner, n) \
       LEFT JOIN public.customer c ON c.id = u.owner",
    "SELECT id, product_ids, array_dims(owner_ids) FROM public.cart",
    // The same customer, so the same shift.
    "SELECT o.id, o.placed_at - c.created_at FROM public.orders o JOIN public.customer c ON c.id = o.customer_id",
    "SELECT p.id, p.settled_at - (o.placed_at AT TIME ZONE 'UTC') FROM public.payment p JOIN public.orders o ON o.id = p.order_id",
];

#[test]
fn the_shop_passes_the_judge() {
    let stock = stock();
    let (name, target) = new_target(stock.cluster);
    let call = Call::refresh(&stock.rules, &stock.uri, &target);
    let (_, verdict) = refresh_and_judge(call, &stock.uri, &target, &stock.expectation);
    let seen = verdict.coverage;
    assert!(seen.masked_columns > 120 && seen.foreign_keys >= 37 && seen.pairs > seen.rows / 2, "{verdict}");
    // The next night: the copy that is there gives way.
    refresh_and_judge(
        Call::refresh(&stock.rules, &stock.uri, &target),
        &stock.uri,
        &target,
        &stock.expectation,
    );
    drop_databases(stock.cluster, &[&name]);
}

#[test]
fn the_shop_goes_from_one_cluster_to_another() {
    let stock = stock();
    let other = TempCluster::start(&waxwork_fixtures::ClusterOptions::default()).unwrap();
    let (_, target) = new_target(&other);
    let expectation = Expectation { other_roles: true, ..stock.expectation.clone() };
    refresh_and_judge(Call::refresh(&stock.rules, &stock.uri, &target), &stock.uri, &target, &expectation);
}

#[track_caller]
fn check_same(one: &str, other: &str) {
    let found = differences(&Database::new(one), &Database::new(other)).unwrap();
    assert!(found.is_empty(), "the copies differ: {found:#?}");
}

#[test]
fn equal_keys_and_either_wire_and_a_dump_give_the_same_copy() {
    let stock = stock();
    let (first_name, first) = new_target(stock.cluster);
    Call::refresh(&stock.rules, &stock.uri, &first).run().published();
    let (again_name, again) = new_target(stock.cluster);
    Call::refresh(&stock.rules, &stock.uri, &again).run().published();
    check_same(&first, &again);
    let (text_name, text) = new_target(stock.cluster);
    Call::refresh(&stock.rules, &stock.uri, &text).arg("--wire").arg("text").run().published();
    check_same(&first, &text);
    let dumped = restored_dump(stock);
    check_same(&first, &stock.cluster.uri(&dumped));
    drop_databases(stock.cluster, &[&first_name, &again_name, &text_name, &dumped]);
}

/// `waxwork dump` through psql into a new database.
fn restored_dump(stock: &Stock) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.sql");
    let run = Call::dump(&stock.rules, &stock.uri, &file).run();
    assert!(run.status.success(), "{run}");
    let name = stock.cluster.fresh_database().unwrap();
    stock.cluster.client(&name).run_script(&file).unwrap();
    Database::new(&stock.cluster.uri(&name)).run("ANALYZE").unwrap();
    name
}

#[test]
fn another_key_or_realm_gives_other_values() {
    let stock = stock();
    let (first_name, first) = new_target(stock.cluster);
    Call::refresh(&stock.rules, &stock.uri, &first).run().published();
    let (key_name, by_key) = new_target(stock.cluster);
    Call::refresh(&stock.rules, &stock.uri, &by_key).key(OTHER_KEY, 0o600).run().published();
    let (realm_name, by_realm) = new_target(stock.cluster);
    let rules = stock.rules.replace("realm = \"shop\"", "realm = \"other shop\"");
    assert_ne!(rules, stock.rules);
    Call::refresh(&rules, &stock.uri, &by_realm).run().published();
    for other in [&by_key, &by_realm] {
        check_other(&first, other, &stock.expectation);
    }
    drop_databases(stock.cluster, &[&first_name, &key_name, &realm_name]);
}

/// No masked value stays oftener than its mask's range explains.
#[track_caller]
fn check_other(one: &str, other: &str, expectation: &Expectation) {
    let mut compared = 0;
    for stay in stays(&Database::new(one), &Database::new(other), expectation).unwrap() {
        let share_max = match stay.mask.as_str() {
            "constant" | "text.redact" if !stay.injective => continue,
            "secret.token" | "id.permute" | "json" => 0.0,
            _ if stay.injective => 0.0,
            "contact.email" | "person.full_name" | "contact.phone" => 0.01,
            // A shape may have ten texts (a digit), a shift twenty days, a pool of places or names some dozens.
            _ => 0.15,
        };
        compared += stay.all;
        let allowed = (stay.all as f64 * share_max).ceil() as u64 + u64::from(share_max > 0.0) * 3;
        assert!(stay.same <= allowed, "by another key, too much stayed: {stay:?}");
    }
    assert!(compared > 1000, "only {compared} values were compared");
}
