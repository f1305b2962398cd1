//! What masks read besides the value that they mask: the column of a `by`.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, new_target};

#[test]
fn dates_by_one_key_move_alike_however_the_key_is_written() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let schema = "
        CREATE EXTENSION citext;
        CREATE TABLE person (handle citext PRIMARY KEY, rate numeric(10,2) UNIQUE, born date, hired date);
        CREATE TABLE post (by_user citext REFERENCES person, at_rate numeric(10,4) REFERENCES person (rate),
                           at date, edited date, paid date, booked date);
        INSERT INTO person VALUES ('Alice', 1.50, '2000-01-01', '2000-01-01'), ('BOB', 20, '2000-01-01', '2000-01-01');
        INSERT INTO post SELECT lower(handle), rate, born, born, born, born FROM person";
    cluster.psql(&source, schema).unwrap();
    let shift = |by: &str| format!("{{ mask = \"date.shift\", days = 3000, by = \"{by}\" }}");
    let rules = format!(
        "version = 1\n[table.person]\nhandle = {{ keep = \"a name\" }}\nrate = {{ keep = \"a rate\" }}\n\
         born = {}\nhired = {}\n[table.post]\nat = {}\nedited = {}\npaid = {}\nbooked = {}\n",
        shift("handle"),
        shift("rate"),
        shift("by_user.handle"),
        shift("by_user"),
        shift("at_rate.rate"),
        shift("at_rate")
    );
    let (target_name, target) = new_target(cluster);
    Call::refresh(&rules, &cluster.uri(&source), &target).run().published();
    let rows =
        "SELECT string_agg(handle::text, ',' ORDER BY handle), count(*) FILTER (WHERE born <> '2000-01-01'),
                       count(*) FILTER (WHERE at = born AND edited = born AND paid = hired AND booked = hired)
                FROM person JOIN post ON by_user = handle";
    assert_eq!(cluster.psql(&target_name, rows).unwrap().trim(), "Alice,BOB|2|2");
}
