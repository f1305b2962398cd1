//! The catalog model, read from a schema that has everything.

use crate::support::{database, leader};

#[tokio::test]
async fn a_table_is_read_with_its_columns_and_key() {
    let (_, _, info) =
        database("CREATE TABLE t (id int PRIMARY KEY, gone int, note varchar(7)); ALTER TABLE t DROP gone");
    let (_leader, view) = leader(&info).await;
    let table = &view.catalog.tables[0];
    assert_eq!(table.sql_name, "public.t");
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["id", "note"]);
    assert_eq!(table.columns[1].type_name, "character varying(7)");
    assert_eq!(table.primary_key().unwrap().len(), 1);
}
