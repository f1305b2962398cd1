//! Other versions of PostgreSQL, where their binaries are: `WAXWORK_PG_BINS`, folders parted by `:`.

use waxwork_fixtures::judge::{Database, Expectation, differences};
use waxwork_fixtures::shop::Shop;
use waxwork_fixtures::{ClusterOptions, PgBinaries, TempCluster};

use crate::copies::{shop_expectation, shop_rules};
use crate::support::{Call, new_target, refresh_and_judge};

/// The installations that the environment names; none where it does not.
fn installations() -> Vec<PgBinaries> {
    let Some(folders) = std::env::var_os("WAXWORK_PG_BINS") else { return Vec::new() };
    let folders = std::env::split_paths(&folders);
    let read = |folder: std::path::PathBuf| {
        let output = std::process::Command::new(folder.join("postgres")).arg("--version").output();
        let output = output.unwrap_or_else(|error| panic!("no postgres in {}: {error}", folder.display()));
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = line.rsplit(' ').next().unwrap().split('.').next().unwrap();
        let major = number.trim().parse().unwrap_or_else(|_| panic!("{} says {line}", folder.display()));
        PgBinaries { folder, major }
    };
    folders.map(read).collect()
}

fn check_pair(source_major: u32, target_major: u32) {
    let known = installations();
    if known.is_empty() {
        eprintln!("WAXWORK_PG_BINS is not set: {source_major} to {target_major} was not tried");
        return;
    }
    let start = |major: u32| {
        let binaries = known.iter().find(|binaries| binaries.major == major);
        let binaries = binaries.unwrap_or_else(|| panic!("WAXWORK_PG_BINS names no PostgreSQL {major}"));
        TempCluster::start(&ClusterOptions { binaries: Some(binaries.clone()), ..Default::default() })
            .unwrap()
    };
    let (from, to) = (start(source_major), start(target_major));
    let database = from.fresh_database().unwrap();
    Shop::load(&from.client(&database), 0.1).unwrap();
    let contrib = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'";
    if to.psql("postgres", contrib).unwrap() == "0" {
        from.psql(
            &database,
            "DROP SCHEMA IF EXISTS extra CASCADE; DROP EXTENSION IF EXISTS citext, hstore CASCADE",
        )
        .unwrap();
    }
    let (source, rules) = (from.uri(&database), shop_rules(&from, &database));
    let mut expectation = Expectation { other_roles: true, ..shop_expectation(&rules, &source) };
    // 16 and later print columns without their table where one table is all there is; that both have the same
    // materialized views is compared elsewhere too.
    if source_major < 16 && target_major >= 16 {
        expectation.schema_differences.push("MATERIALIZED VIEW".to_owned());
    }
    let (_, target) = new_target(&to);
    refresh_and_judge(call(&known, &rules, &source, &target), &source, &target, &expectation);
    let (_, text) = new_target(&to);
    let in_parts =
        call(&known, &rules, &source, &text).arg("--wire=text").arg("--split-tables-larger-than=8kB");
    let report = in_parts.run().published();
    let streams =
        report["tables"].as_array().unwrap().iter().filter(|table| table["streams"].is_u64()).count();
    // Before 14 a part of a table takes reading all of it.
    assert_eq!(streams > 0, source_major >= 14, "{report}");
    let found = differences(&Database::new(&target), &Database::new(&text)).unwrap();
    assert!(found.is_empty(), "the wires differ: {found:#?}");
}

fn call(known: &[PgBinaries], rules: &str, source: &str, target: &str) -> Call {
    of_installations(known, Call::refresh(rules, source, target))
}

/// Its pg_dump comes from these installations.
fn of_installations(known: &[PgBinaries], call: Call) -> Call {
    let folders = std::env::join_paths(known.iter().map(|binaries| &binaries.folder)).unwrap();
    call.env("WAXWORK_PG_BIN", folders)
}

/// A cluster of that version or a newer one, with the installations for [`call`].
fn at_least(major: u32) -> Option<(Vec<PgBinaries>, TempCluster)> {
    let known = installations();
    let Some(binaries) = known.iter().find(|binaries| binaries.major >= major) else {
        eprintln!("WAXWORK_PG_BINS names no PostgreSQL {major} or newer: what came with it was not tried");
        return None;
    };
    let options = ClusterOptions { binaries: Some(binaries.clone()), ..ClusterOptions::default() };
    Some((known.clone(), TempCluster::start(&options).unwrap()))
}

/// They came with 17.
#[test]
fn login_triggers_of_the_copy_do_not_fire_while_it_is_made() {
    let Some((known, cluster)) = at_least(17) else { return };
    let source = cluster.fresh_database().unwrap();
    let schema = "CREATE TABLE seen (who text);
        CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO public.seen VALUES (current_database());
               IF current_database() LIKE '%next' THEN RAISE 'not here'; END IF; END $$;
        CREATE EVENT TRIGGER noted ON login EXECUTE FUNCTION note()";
    cluster.psql(&source, schema).unwrap();
    let rules = "version = 1\n[table.seen]\nwho = { keep = \"a name\" }\n[[hook]]\non = \"before_publish\"\nsql = \"SELECT 1\"\n";
    let (name, target) = new_target(&cluster);
    call(&known, rules, &cluster.uri(&source), &target).run().published();
    // It fires again for whoever asks.
    let found = "SELECT bool_or(who LIKE '%next'), bool_or(who = current_database()) FROM seen";
    assert_eq!(cluster.psql(&name, found).unwrap(), "f|t");
}

/// They came with 17. Names are those of partitions that were given each other's names since.
#[test]
fn exclusion_constraints_of_partitioned_tables_are_what_they_were() {
    let Some((known, cluster)) = at_least(17) else { return };
    let source = cluster.fresh_database().unwrap();
    let schema = r#"CREATE SCHEMA app;
        CREATE TABLE app.p (r int4range, s int4range, EXCLUDE USING gist (r WITH =, s WITH &&) WITH (fillfactor = 70))
            PARTITION BY LIST (r);
        CREATE TABLE app.a PARTITION OF app.p FOR VALUES IN ('[1,2)');
        CREATE TABLE app.b PARTITION OF app.p FOR VALUES IN ('[2,3)') PARTITION BY LIST (r);
        CREATE TABLE app."b 'x" PARTITION OF app.b DEFAULT;
        ALTER TABLE app.a RENAME CONSTRAINT a_r_s_excl TO between;
        ALTER TABLE app.b RENAME CONSTRAINT b_r_s_excl TO a_r_s_excl;
        ALTER TABLE app.a RENAME CONSTRAINT between TO b_r_s_excl;
        ALTER TABLE app."b 'x" RENAME CONSTRAINT "b 'x_r_s_excl" TO "it's";
        ALTER TABLE app."b 'x" CLUSTER ON "it's";
        ALTER INDEX app.b_r_s_excl RESET (fillfactor);
        ALTER INDEX app.b_r_s_excl SET (buffering = off);
        CREATE TABLE app.alone (r int4range, EXCLUDE USING gist (r WITH =)) PARTITION BY LIST (r);
        INSERT INTO app.p VALUES ('[1,2)', '[1,9)'), ('[1,2)', '[9,12)'), ('[2,3)', '[1,9)');
        CREATE TABLE app.late (r int4range, s int4range) PARTITION BY LIST (r);
        CREATE TABLE app.without PARTITION OF app.late FOR VALUES IN ('[1,2)');
        INSERT INTO app.late VALUES ('[1,2)', '[1,9)'), ('[1,2)', '[1,9)');
        ALTER TABLE ONLY app.late ADD EXCLUDE USING gist (r WITH =, s WITH &&);
        CREATE TABLE app.with PARTITION OF app.late FOR VALUES IN ('[2,3)')"#;
    cluster.psql(&source, schema).unwrap();
    let rules = "version = 1\n[table.'app.p']\nr = { keep = \"a range\" }\ns = { keep = \"a range\" }
        [table.'app.alone']\nr = { keep = \"a range\" }
        [table.'app.late']\nr = { keep = \"a range\" }\ns = { keep = \"a range\" }";
    let (name, target) = new_target(&cluster);
    call(&known, rules, &cluster.uri(&source), &target).run().published();
    let constraints = "SELECT string_agg(concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(k.oid), conislocal, coninhcount,
            indisvalid, indisclustered, reloptions, conparentid <> 0), '; ' ORDER BY conrelid::regclass::text)
        FROM pg_constraint k JOIN pg_index ON indexrelid = conindid JOIN pg_class c ON c.oid = indexrelid
        WHERE contype = 'x' AND conrelid <> 'app.with'::regclass";
    let wanted = cluster.psql(&source, constraints).unwrap();
    assert_eq!(wanted.matches("EXCLUDE").count(), 6);
    assert_eq!(cluster.psql(&name, constraints).unwrap(), wanted);
    // What its root's partitions have not all it has by itself.
    let alone = "SELECT conname, conparentid FROM pg_constraint WHERE conrelid = 'app.with'::regclass AND contype = 'x'";
    assert_eq!(cluster.psql(&name, alone).unwrap(), "with_r_s_excl|0");
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let dump = of_installations(&known, Call::dump(rules, &cluster.uri(&source), &script)).run();
    assert!(dump.status.success(), "{dump}");
    let restored = cluster.fresh_database().unwrap();
    cluster.client(&restored).run_script(&script).unwrap();
    assert_eq!(cluster.psql(&restored, constraints).unwrap(), wanted);
}

/// They came with 18. Nothing computes them but whoever reads them.
#[test]
fn a_virtual_column_that_masked_values_do_not_make_is_told_of() {
    let Some((known, cluster)) = at_least(18) else { return };
    let source = cluster.fresh_database().unwrap();
    let schema = "CREATE TABLE parts (id int, code text, kept text, number int GENERATED ALWAYS AS (code::int) VIRTUAL,
            \"long one\" text GENERATED ALWAYS AS (code || id) VIRTUAL, whole int GENERATED ALWAYS AS (kept::int) VIRTUAL) PARTITION BY LIST (id);
        CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
        INSERT INTO parts VALUES (1, '17', 'none of its business');
        CREATE TABLE parent (id int PRIMARY KEY);
        INSERT INTO parent VALUES (1), (2);
        CREATE TABLE child (id int PRIMARY KEY, up int REFERENCES parent, ratio int GENERATED ALWAYS AS (1 / coalesce(up, 0)) VIRTUAL);
        INSERT INTO child VALUES (1, 1), (2, 2)";
    cluster.psql(&source, schema).unwrap();
    let rules = "version = 1\n[table.parts]\nrows = \"all\"\nid = { keep = \"a number\" }\ncode = \"text.redact\"\nkept = { keep = \"a word\" }
        [table.parent]\nid = { keep = \"a number\" }\n[table.child]\nid = { keep = \"a number\" }
        [subset]\nlookup_rows = 0\nseed = [{ table = \"parent\", where = \"id < 2\" }, { table = \"child\", percent = 100 }]
        [subset.reference]\n\"child(up)\" = { parent = \"null\" }";
    let (name, target) = new_target(&cluster);
    let report = call(&known, rules, &cluster.uri(&source), &target).run().published();
    let findings =
        report["findings"].as_array().unwrap().iter().filter(|one| one["code"] == "unreadable_column");
    let messages: Vec<&str> = findings.map(|one| one["message"].as_str().unwrap()).collect();
    assert_eq!(
        messages,
        ["child(ratio)", "part(number)"]
            .map(|column| format!("virtual column cannot be computed: public.{column}"))
    );
    assert_eq!(cluster.psql(&name, "SELECT \"long one\" FROM parts").unwrap(), "[redacted]1");
}

/// NOT NULL has a name from 18 on, and is a partition's own or its root's; keys are made in another way from 1 MB on.
#[test]
fn not_null_of_a_partition_stays_its_roots() {
    let Some((known, cluster)) = at_least(18) else { return };
    let source = cluster.fresh_database().unwrap();
    let schema = "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)) PARTITION BY RANGE (a);
        CREATE TABLE big PARTITION OF p FOR VALUES FROM (0) TO (9000) WITH (fillfactor = 10);
        CREATE TABLE small PARTITION OF p DEFAULT;
        INSERT INTO p SELECT i, i FROM generate_series(1, 9000) i";
    cluster.psql(&source, schema).unwrap();
    let rules = "version = 1\n[table.p]\na = { keep = \"a number\" }\nb = { keep = \"a number\" }";
    let (name, target) = new_target(&cluster);
    call(&known, rules, &cluster.uri(&source), &target).run().published();
    let found = "SELECT string_agg(concat_ws(' ', conrelid::regclass, conname, conislocal, coninhcount), '; ' ORDER BY conrelid::regclass::text, conname)
        FROM pg_constraint WHERE conrelid IN ('p'::regclass, 'big'::regclass, 'small'::regclass)";
    assert_eq!(cluster.psql(&name, found).unwrap(), cluster.psql(&source, found).unwrap());
    assert_eq!(cluster.psql(&source, "SELECT pg_table_size('big') > 1048576").unwrap(), "t");
}

#[test]
fn fifteen_goes_to_eighteen() {
    check_pair(15, 18);
}

#[test]
fn eighteen_goes_to_eighteen() {
    check_pair(18, 18);
}

#[test]
fn thirteen_goes_to_fifteen() {
    check_pair(13, 15);
}
