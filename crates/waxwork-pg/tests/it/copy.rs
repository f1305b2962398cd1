//! COPY in both directions, and every way in which it can end.

use crate::support::{backend_is_gone, database, has_extension, leader, target, worker};
use std::time::Duration;
use waxwork_copy::Wire;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_pg::{CopyQuery, PgErrorKind, TargetSession, doing};

const THOUSAND_ROWS: &str = "CREATE TABLE t (id int, note text); \
    INSERT INTO t SELECT i, repeat('x', i % 300) FROM generate_series(1, 1000) AS i; CREATE TABLE copy (LIKE t)";

fn columns() -> [Ident; 2] {
    [Ident::new("id"), Ident::new("note")]
}

fn table(name: &str) -> QualifiedName {
    QualifiedName::new("public", name)
}

async fn count(session: &mut TargetSession, name: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {}", table(name));
    session.fetch(doing("count"), &sql, &[]).await.unwrap()[0].int(0).unwrap()
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
        assert_eq!(count(&mut sink, "copy").await, 1000);
        assert_eq!(source.fetch(doing("go on"), "SELECT 1", &[]).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_empty_table_gives_no_batch_and_an_empty_copy_is_fine() {
    let (_, _, info) = database(THOUSAND_ROWS);
    let (_leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let query = CopyQuery::whole(&table("copy"), &columns());
    let mut copy_out = source.copy_out(&query, Wire::Binary, 1000).await.unwrap();
    assert!(copy_out.next_batch().await.unwrap().is_none());
    let mut sink = target(&info).await;
    let copy_in = sink.copy_in(&table("copy"), &columns(), Wire::Binary, false).await.unwrap();
    assert_eq!(copy_in.finish().await.unwrap(), 0);
}

// sqlx 0.9 `pg_begin_copy_out` leaves the ReadyForQuery after an error unread: "received more ReadyForQuery messages
// than expected" came with the next use.
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

#[tokio::test]
async fn a_copy_out_that_is_dropped_ends_its_backend() {
    let (cluster, _, info) = database(
        "CREATE TABLE t AS SELECT i AS id, repeat('x', 900) AS note \
                                 FROM generate_series(1, 50000) AS i",
    );
    let (_leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let query = CopyQuery::whole(&table("t"), &columns());
    let mut copy_out = source.copy_out(&query, Wire::Binary, 1000).await.unwrap();
    assert!(copy_out.next_batch().await.unwrap().is_some());
    drop(copy_out);
    assert!(source.is_closed());
    assert!(backend_is_gone(cluster, source.backend_pid()).await);
}

#[tokio::test]
async fn a_copy_in_that_is_dropped_leaves_no_row_and_ends_its_backend() {
    let (cluster, name, info) = database(THOUSAND_ROWS);
    let mut sink = target(&info).await;
    let mut copy_in = sink.copy_in(&table("copy"), &columns(), Wire::Text, false).await.unwrap();
    copy_in.send(b"1\tone\n".repeat(1000)).await.unwrap();
    drop(copy_in);
    assert!(sink.is_closed());
    assert!(backend_is_gone(cluster, sink.backend_pid()).await);
    assert_eq!(cluster.psql(&name, "SELECT count(*) FROM copy").unwrap(), "0");
}

#[tokio::test]
async fn an_aborted_copy_in_can_be_rolled_back_and_the_session_goes_on() {
    let (_, _, info) = database(THOUSAND_ROWS);
    let mut sink = target(&info).await;
    sink.begin().await.unwrap();
    let mut copy_in = sink.copy_in(&table("copy"), &columns(), Wire::Text, false).await.unwrap();
    copy_in.send(b"1\tone\n".to_vec()).await.unwrap();
    copy_in.abort().await.unwrap();
    sink.roll_back().await.unwrap();
    assert_eq!(count(&mut sink, "copy").await, 0);
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_an_error_that_does_not_repeat_it() {
    let (_, _, info) = database(THOUSAND_ROWS);
    let mut sink = target(&info).await;
    let mut copy_in = sink.copy_in(&table("copy"), &columns(), Wire::Text, false).await.unwrap();
    copy_in.send(b"hunter2\tone\n".to_vec()).await.unwrap();
    let error = copy_in.finish().await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (PgErrorKind::Data, Some("22P02")));
    assert_eq!(
        error.to_string(),
        "could not write table \"public\".\"copy\": a value does not fit (SQLSTATE 22P02)"
    );
    assert!(!format!("{error:?}").contains("hunter2"));
    assert!(sink.is_closed());
}

#[tokio::test]
async fn a_violated_constraint_is_named_without_its_key() {
    let (_, _, info) = database("CREATE TABLE t (email text CONSTRAINT one_each UNIQUE)");
    let mut sink = target(&info).await;
    let mut copy_in = sink.copy_in(&table("t"), &[Ident::new("email")], Wire::Text, false).await.unwrap();
    copy_in.send(b"ann@example.com\nann@example.com\n".to_vec()).await.unwrap();
    let error = copy_in.finish().await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::IntegrityViolation);
    assert_eq!(error.objects().constraint.as_deref(), Some("one_each"));
    assert!(!format!("{error} {error:?}").contains("ann@"));
}

#[tokio::test]
async fn a_running_copy_can_be_cancelled_from_the_leader() {
    let (_, _, info) = database(
        "CREATE TABLE t AS SELECT i AS id, repeat('x', 900) AS note \
                                 FROM generate_series(1, 100000) AS i",
    );
    let (mut leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let pid = source.backend_pid();
    let query = CopyQuery::whole(&table("t"), &columns());
    let mut copy_out = source.copy_out(&query, Wire::Binary, 1000).await.unwrap();
    assert!(copy_out.next_batch().await.unwrap().is_some());
    assert!(leader.cancel(pid).await.unwrap());
    let error = loop {
        match copy_out.next_batch().await {
            Ok(batch) => assert!(batch.is_some(), "the whole table came in spite of the cancel"),
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), error.sqlstate()), (PgErrorKind::Canceled, Some("57014")));
}

#[tokio::test]
async fn a_terminated_backend_is_a_lost_connection() {
    let (cluster, name, info) = database(THOUSAND_ROWS);
    let mut sink = target(&info).await;
    let pid = sink.backend_pid();
    let mut copy_in = sink.copy_in(&table("copy"), &columns(), Wire::Text, false).await.unwrap();
    copy_in.send(b"1\tone\n".to_vec()).await.unwrap();
    cluster.psql(&name, &format!("SELECT pg_terminate_backend({pid})")).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(copy_in.finish().await.unwrap_err().kind(), PgErrorKind::ConnectionLost);
    assert!(sink.is_closed());
}

#[tokio::test]
async fn a_send_that_was_given_up_half_way_loses_and_doubles_nothing() {
    let (_, _, info) = database(THOUSAND_ROWS);
    let mut sink = target(&info).await;
    let mut copy_in = sink.copy_in(&table("copy"), &columns(), Wire::Text, false).await.unwrap();
    let slice =
        b"1\txxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(100_000);
    // Polled once and dropped: the slice is with the connection, partly written.
    let _ = tokio::time::timeout(Duration::ZERO, copy_in.send(slice.clone())).await;
    copy_in.send(slice).await.unwrap();
    assert_eq!(copy_in.finish().await.unwrap(), 200_000);
}

#[tokio::test]
async fn rows_loaded_into_a_table_emptied_in_the_same_transaction_are_frozen() {
    let (cluster, name, info) = database(THOUSAND_ROWS);
    // Before 14 the rows are frozen, but their pages are not marked so.
    if !has_extension(cluster, "pg_visibility") || cluster.binaries().major < 14 {
        return;
    }
    cluster.psql(&name, "CREATE EXTENSION pg_visibility").unwrap();
    let mut sink = target(&info).await;
    sink.begin().await.unwrap();
    sink.truncate(&table("copy")).await.unwrap();
    let mut copy_in = sink.copy_in(&table("copy"), &columns(), Wire::Text, true).await.unwrap();
    copy_in.send(b"1\tone\n".repeat(5000)).await.unwrap();
    assert_eq!(copy_in.finish().await.unwrap(), 5000);
    sink.commit().await.unwrap();
    let sql = "SELECT all_frozen = pg_relation_size('copy') / 8192 FROM pg_visibility_map_summary('copy')";
    assert_eq!(cluster.psql(&name, sql).unwrap(), "t");
}
