//! What masks read besides the value that they mask: the columns of a `by` and of a `when`.

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

#[test]
fn what_becomes_null_still_says_by_whom_a_date_moves_and_which_case_a_row_is() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    // A tsvector sends its table as text.
    for wire in ["int", "tsvector"] {
        let schema = format!(
            "DROP TABLE IF EXISTS owner, pet;
             CREATE TABLE owner (id int PRIMARY KEY, born date);
             CREATE TABLE pet (n int, kind text, ref int, owner int, born date, extra {wire});
             INSERT INTO owner VALUES (1, '2000-01-01'), (2, '2000-01-01');
             INSERT INTO pet VALUES (1, 'Owner', 1, 1, '2000-01-01'), (2, 'Cat', 2, 2, '2000-01-01')"
        );
        cluster.psql(&source, &schema).unwrap();
        let rules = "version = 1
            [[reference]]
            child = \"pet(ref)\"
            parent = \"owner(id)\"
            when = { kind = \"Owner\" }
            [[reference]]
            child = \"pet(owner)\"
            parent = \"owner(id)\"
            [table.owner]
            id = \"id.permute\"
            born = { mask = \"date.shift\", days = 3000, by = \"id\" }
            [table.pet]
            n = { keep = \"n\" }
            kind = \"null\"
            ref = { keep = \"cats\" }
            owner = \"null\"
            born = { mask = \"date.shift\", days = 3000, by = \"owner\" }
            extra = \"null\"";
        let (target_name, target) = new_target(cluster);
        Call::refresh(rules, &cluster.uri(&source), &target).run().published();
        let rows = "SELECT count(*) FILTER (WHERE n = 1 AND ref = id AND owner.born = pet.born),
                           count(*) FILTER (WHERE n = 2 AND ref = 2 AND owner.born = pet.born),
                           num_nonnulls(string_agg(kind, ''), sum(owner)), count(DISTINCT owner.born)
                    FROM pet, owner WHERE pet.born <> '2000-01-01'";
        assert_eq!(cluster.psql(&target_name, rows).unwrap().trim(), "1|1|0|2", "{wire}");
    }
}
