//! COPY in both directions, and every way in which it can end.

use crate::support::{database, leader, target, worker};
use waxwork_copy::Wire;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_pg::{CopyQuery, PgErrorKind, doing};

const THOUSAND_ROWS: &str = "CREATE TABLE t (id int, note text); \
    INSERT INTO t SELECT i, repeat('x', i % 300) FROM generate_series(1, 1000) AS i; CREATE TABLE copy (LIKE t)";

fn columns() -> [Ident; 2] {
    [Ident::new("id"), Ident::new("note")]
}

fn table(name: &str) -> QualifiedName {
    QualifiedName::new("public", name)
}

#[tokio::test]
async fn rows_go_out_and_in_the_same_on_both_wires() {
    for wire in [Wire::Binary, Wire::Text] {
        let (cluster, name, info) = database(THOUSAND_ROWS);
        let (_leader, view) = leader(&info).await;
        let mut source = worker(&info, &view).await;
        let mut sink = target(&info).await;

        let query = CopyQuery::whole(&table("t"), &columns());
        let mut copy_out = source.copy_out(&query, wire, 10_000).await.unwrap();
        let mut copy_in = sink.copy_in(&table("copy"), &columns(), wire, false).await.unwrap();
        let (mut rows, mut batches) = (0, 0);
        while let Some(batch) = copy_out.next_batch().await.unwrap() {
            (rows, batches) = (rows + batch.rows() as u64, batches + 1);
            copy_in.send(batch.into_bytes()).await.unwrap();
        }
        assert_eq!(copy_in.finish().await.unwrap(), 1000);
        assert_eq!(rows, 1000);
        assert!(batches > 5, "{batches} batches of at least 10 kB");
        let difference =
            cluster.psql(&name, "SELECT count(*) FROM (TABLE t EXCEPT ALL TABLE copy) AS d").unwrap();
        assert_eq!(difference, "0");
        assert_eq!(cluster.psql(&name, "SELECT count(*) FROM copy").unwrap(), "1000");
        // Both sessions go on after a clean end.
        sink.execute(doing("go on"), "SELECT 1").await.unwrap();
        assert_eq!(source.fetch(doing("go on"), "SELECT 1", &[]).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_copy_that_fails_at_its_start_closes_the_connection_instead_of_losing_step() {
    let (_, _, info) = database(THOUSAND_ROWS);
    let (_leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let query = CopyQuery::whole(&table("t"), &[Ident::new("no_such_column")]);
    let mut copy_out = source.copy_out(&query, Wire::Binary, 1000).await.unwrap();
    assert_eq!(copy_out.next_batch().await.unwrap_err().kind(), PgErrorKind::UndefinedObject);
    assert!(copy_out.next_batch().await.unwrap().is_none());
    drop(copy_out);
    assert!(source.is_closed());
    let error = source.fetch(doing("go on"), "SELECT 1", &[]).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::ConnectionLost);
}
