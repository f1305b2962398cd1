//! Values that many rows hold, and how uneven columns are.

use crate::support::{database, leader, worker};
use waxwork_core::catalog::Catalog;
use waxwork_core::ident::QualifiedName;
use waxwork_core::plan::CommonOf;
use waxwork_pg::SourceWorker;
use waxwork_pg::probe::{common_values, commonest_values};

async fn common(
    source: &mut SourceWorker,
    catalog: &Catalog,
    table: &str,
    column: &str,
    of: CommonOf,
) -> Vec<(String, u64)> {
    let table = catalog.find(&QualifiedName::new("public", table)).unwrap();
    let column = catalog.table(table).find_column(column).unwrap();
    common_values(source, catalog, table, column, of, 10).await.unwrap()
}

fn owned(values: &[(&str, u64)]) -> Vec<(String, u64)> {
    values.iter().map(|(text, rows)| ((*text).to_owned(), *rows)).collect()
}

#[tokio::test]
async fn values_of_all_partitions_are_added_up_and_rare_ones_left_out() {
    let (_, _, info) = database(
        "CREATE TABLE t (id int, n numeric, b bool) PARTITION BY LIST (id);
         CREATE TABLE t0 PARTITION OF t FOR VALUES IN (0);
         CREATE TABLE t1 (b bool, n numeric, id int);
         ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1);
         INSERT INTO t SELECT g % 2, 7.50, true FROM generate_series(1, 12) g;
         INSERT INTO t SELECT g % 2, 3, NULL FROM generate_series(1, 10) g;
         INSERT INTO t SELECT g % 2, 10, NULL FROM generate_series(1, 10) g;
         INSERT INTO t SELECT 1, 9, false FROM generate_series(1, 9) g",
    );
    let (_leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let numbers = common(&mut source, &view.catalog, "t", "n", CommonOf::Value).await;
    assert_eq!(numbers, owned(&[("7.50", 12), ("10", 10), ("3", 10)]));
    let flags = common(&mut source, &view.catalog, "t", "b", CommonOf::Value).await;
    assert_eq!(flags, owned(&[("t", 12)]), "as COPY prints it");
}

#[tokio::test]
async fn a_value_that_one_row_repeats_is_held_by_one_row() {
    let (_, _, info) = database(
        "CREATE TABLE t (tags int[]);
         INSERT INTO t SELECT ARRAY[1, 1, 2, NULL, g] FROM generate_series(100, 110) g;
         INSERT INTO t SELECT array_fill(5, ARRAY[20])",
    );
    let (_leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let tags = common(&mut source, &view.catalog, "t", "tags", CommonOf::Value).await;
    assert_eq!(tags, owned(&[("1", 11), ("2", 11)]));
}

#[tokio::test]
async fn mail_domains_are_counted_in_lower_case_and_nothing_else_of_an_address() {
    let (_, _, info) = database(
        "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE TABLE t (mail text COLLATE folding);
         INSERT INTO t SELECT 'p' || g || '@' || CASE WHEN g % 2 = 0 THEN 'Acme.DE' ELSE 'acme.de' END
             FROM generate_series(1, 10) g;
         INSERT INTO t SELECT 'A B <a@b@mail.corp.com> ' FROM generate_series(1, 11);
         INSERT INTO t SELECT 'no address' FROM generate_series(1, 30);
         INSERT INTO t SELECT 'x@rare.example' FROM generate_series(1, 9)",
    );
    let (_leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let domains = common(&mut source, &view.catalog, "t", "mail", CommonOf::MailDomain).await;
    assert_eq!(domains, owned(&[("mail.corp.com", 11), ("acme.de", 10)]));
}

#[tokio::test]
async fn a_cast_of_somebodys_own_is_not_called() {
    let (_, _, info) = database(
        "CREATE TYPE mood AS ENUM ('ok', 'sad');
         CREATE FUNCTION lie(mood) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'lie' $$;
         CREATE CAST (mood AS text) WITH FUNCTION lie(mood) AS IMPLICIT;
         CREATE TABLE t (m mood); INSERT INTO t SELECT 'sad' FROM generate_series(1, 10)",
    );
    let (_leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let moods = common(&mut source, &view.catalog, "t", "m", CommonOf::Value).await;
    assert_eq!(moods, owned(&[("sad", 10)]));
}

#[tokio::test]
async fn the_statistics_tell_how_often_the_commonest_value_stands_in_a_column() {
    let (_, _, info) = database(
        "CREATE TABLE t (skewed int, flat int, sole int);
         INSERT INTO t SELECT CASE WHEN g <= 400 THEN 0 ELSE g END, g % 10, g FROM generate_series(1, 1000) g;
         ANALYZE t",
    );
    let (_leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let found = commonest_values(&mut source, 50).await.unwrap();
    let shares: Vec<_> = found
        .iter()
        .map(|found| (found.column.as_str(), found.share, found.even_share, found.rows))
        .collect();
    assert_eq!(shares, [("flat", 100, 100, 100), ("skewed", 400, 2, 400)]);
}
