//! `waxwork doctor`: what stands in the way of a refresh, said before one is made; and what a failed one may leave.

use std::collections::BTreeMap;

use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::failing::Session;
use crate::gate::Gate;
use crate::standing::{Standing, place_copy};
use crate::support::{Call, Run, drop_databases, new_target};

const RULES: &str = "version = 1\n[table.t]\na = { keep = \"a number\" }\nid = { keep = \"a number\" }\n[table.'\"My Schema\".u']\na = { keep = \"a number\" }\n";

fn doctor(source: &str, target: &str) -> Call {
    Call::of_target("doctor", target).arg("--source").arg(source).arg("--format=json")
}

/// Checks by name, each with its status and all its words; the exit code must be that.
#[track_caller]
fn checks(run: &Run, code: i32) -> BTreeMap<String, (String, String)> {
    assert_eq!(run.status.code(), Some(code), "{run}");
    let report = run.report();
    let checks = report["checks"].as_array().unwrap().iter();
    checks
        .map(|check| {
            let (name, status) = (check["name"].as_str().unwrap(), check["status"].as_str().unwrap());
            (name.to_owned(), (status.to_owned(), check.to_string()))
        })
        .collect()
}

/// The check of that name has that status and those words, and no check failed that is not it.
#[track_caller]
fn check(call: Call, code: i32, name: &str, status: &str, words: &[&str]) {
    let run = call.run();
    let found = checks(&run, code);
    let (was, said) = found.get(name).unwrap_or_else(|| panic!("nothing of {name}\n{run}"));
    assert_eq!(was, status, "{name}\n{run}");
    for word in words {
        assert!(said.contains(word), "{name} does not say {word}\n{run}");
    }
    let others = found.iter().filter(|(other, (status, _))| *other != name && status == "fail");
    assert_eq!(others.count(), 0, "{run}");
}

fn production() -> TempCluster {
    let cluster = TempCluster::start(&ClusterOptions::default()).unwrap();
    cluster.create_database("shop").unwrap();
    let schema =
        "CREATE SCHEMA \"My Schema\"; CREATE ROLE keeper; GRANT CREATE, USAGE ON SCHEMA public TO keeper;
        CREATE TABLE t (id serial PRIMARY KEY, a int); INSERT INTO t (a) VALUES (1), (2);
        CREATE TABLE \"My Schema\".u (a int); ALTER TABLE \"My Schema\".u OWNER TO keeper";
    cluster.psql("shop", schema).unwrap();
    cluster
}

#[test]
fn the_role_that_doctor_prints_can_make_a_copy_and_nothing_else() {
    let production = production();
    let printed = Call::of_target("doctor", "host=nowhere dbname=x")
        .arg("--source")
        .arg(production.uri("shop"))
        .arg("--sql")
        .run();
    assert_eq!(printed.status.code(), Some(0), "{printed}");
    production.psql("shop", &printed.stdout).unwrap();
    production.psql("shop", "SET ROLE keeper; CREATE TABLE later (a int)").unwrap();
    let source = production.uri_as("waxwork", "shop");
    let (name, target) = new_target(TempCluster::shared().unwrap());
    let run = doctor(&source, &target).run();
    let found = checks(&run, 0);
    let warned: Vec<&String> =
        found.iter().filter(|(_, (status, _))| status != "ok").map(|(name, _)| name).collect();
    assert_eq!(warned, ["both.roles"], "{run}");
    assert!(found["both.roles"].1.contains("keeper"), "{run}");
    for name in
        ["source.tls", "source.pooler", "source.pg_dump", "source.read_only", "target.guard", "both.disk"]
    {
        assert!(found.contains_key(name), "nothing of {name}\n{run}");
    }
    let rules = format!("{RULES}[table.later]\na = {{ keep = \"a number\" }}\n");
    Call::refresh(&rules, &source, &target).run().published();
    let client = waxwork_fixtures::Client::new(source);
    let write = "SET default_transaction_read_only = off; INSERT INTO t (a) VALUES (3)";
    assert!(client.run(write).unwrap_err().to_string().contains("permission denied"));
    // For people, too: one line a check.
    let text = Call::of_target("doctor", &target).arg("--source").arg(production.uri("shop")).run();
    assert!(text.status.success() && text.stdout.contains("warn  source.role"), "{text}");
    assert!(text.stdout.contains(" checks: 0 failed, 2 warnings"), "{text}");
    drop_databases(TempCluster::shared().unwrap(), &[&name]);
}

#[test]
fn what_stands_in_the_way_is_named_with_the_code_of_a_refresh() {
    let production = production();
    let (shop, staging) = (production.uri("shop"), production.uri("staging"));
    let nobody = Gate::shut(&production).uri("shop");
    check(doctor(&nobody, &staging), 5, "source.connection", "fail", &["could not connect"]);
    check(doctor(&shop, &nobody), 5, "target.connection", "fail", &["could not connect"]);
    check(doctor(&shop, &shop), 6, "target.guard", "fail", &["source database"]);
    check(doctor(&shop, &production.uri("x__next")), 2, "target.names", "fail", &["__next"]);
    production.create_database("live").unwrap();
    check(doctor(&shop, &production.uri("live")), 0, "target.name", "warn", &["live", "waxwork:production"]);
    production.psql("live", "CREATE TABLE theirs (a int)").unwrap();
    check(doctor(&shop, &production.uri("live")), 6, "target.guard", "fail", &["not made by waxwork"]);
    production.psql("postgres", "COMMENT ON DATABASE live IS 'waxwork:production'").unwrap();
    check(doctor(&shop, &production.uri("live")), 6, "target.guard", "fail", &["marked as production"]);

    production.psql("shop", "CREATE ROLE reader LOGIN; GRANT SELECT ON t, t_id_seq TO reader").unwrap();
    let reader = production.uri_as("reader", "shop");
    check(doctor(&reader, &staging), 1, "source.privileges", "fail", &["My Schema", "doctor --sql"]);
    let grant = "GRANT USAGE ON SCHEMA \"My Schema\" TO reader; GRANT SELECT ON \"My Schema\".u TO reader";
    production.psql("shop", grant).unwrap();
    check(doctor(&reader, &staging), 0, "source.privileges", "ok", &[]);
    production.psql("shop", "ALTER TABLE t ENABLE ROW LEVEL SECURITY").unwrap();
    check(doctor(&reader, &staging), 1, "source.row_security", "fail", &["BYPASSRLS"]);
    // Not the source's role: one that may make no databases.
    let powerless = production.uri_as("reader", "staging");
    check(doctor(&shop, &powerless), 1, "target.guard", "fail", &["CREATEDB"]);

    let never = format!("{RULES}[target.never]\nhosts = [\"nowhere.*\"]\ndatabases = [\"s*\"]\n");
    let with_rules = |rules: &str, target: &str| {
        let call = Call::of("doctor", rules).arg("--source").arg(&shop).arg("--format=json");
        call.arg("--target").arg(target)
    };
    let database = ["staging", "like \\\"s*\\\"", "rules.toml:"];
    check(with_rules(&never, &staging), 6, "target.never", "fail", &database);
    let host = "host=Nowhere.example.com dbname=x";
    check(with_rules(&never, host), 6, "target.never", "fail", &["nowhere.*"]);
    let other = production.uri("other");
    check(with_rules(&never, &other), 0, "target.never", "ok", &["none of the 2 patterns"]);
    check(with_rules(RULES, &other), 0, "target.never", "ok", &["no [target.never]"]);

    let lock = "SELECT pg_advisory_lock(x'77617877'::int, hashtext('staging'));";
    let session = Session::open(&production, "postgres", lock);
    check(doctor(&shop, &staging), 7, "target.run", "fail", &["working on this target"]);
    session.finish("");
    let broken = Call::of("doctor", "version = 1\nnonsense = 1\n").arg("--source").arg(&shop).arg("--target");
    check(broken.arg(&staging).arg("--format=json"), 2, "rules", "fail", &["nonsense"]);
    let names = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate";
    assert_eq!(production.psql("postgres", names).unwrap(), "live postgres shop");
}

#[test]
fn a_standby_and_halves_of_the_way_are_looked_at_too() {
    let production = production();
    let standby = production.standby(&[]).unwrap();
    production.wait_for(&standby).unwrap();
    let (_, target) = new_target(TempCluster::shared().unwrap());
    check(
        doctor(&standby.uri("shop"), &target),
        0,
        "source.standby",
        "warn",
        &["max_standby_streaming_delay"],
    );
    check(doctor(&production.uri("shop"), &standby.uri("staging")), 6, "target.guard", "fail", &["standby"]);
    let alone = Call::of_target("doctor", &target).arg("--format=json");
    check(alone, 0, "source", "warn", &["no source is named"]);
    let rules = format!("{RULES}[source]\nurl = {{ env = \"SHOP\" }}\n");
    let half = Call::of("doctor", &rules).env("SHOP", production.uri("shop")).arg("--format=json");
    check(half, 0, "target", "warn", &["no target is named"]);
}

#[test]
fn the_half_made_copy_of_a_failed_run_stays_where_that_is_wanted() {
    let standing = Standing::new();
    let toml = standing.rules.toml();
    let veto = format!("{toml}\n[[hook]]\non = \"before_publish\"\ncommand = [\"false\"]\n");
    let call = || standing.call_with(&veto);
    standing.check_refused(call(), 8, &["hook"]);
    let kept = call().arg("--keep-failed").run();
    kept.refused(8);
    let next = format!("{}__next", standing.target_name);
    let told = kept.report()["findings"].to_string();
    assert!(told.contains("kept_failed") && told.contains(&next), "{kept}");
    assert!(kept.stderr.contains(&next), "{kept}");
    assert_eq!(standing.cluster.psql(&next, "SELECT count(*) FROM customer").unwrap(), "300");
    check(doctor(&standing.source, &standing.target), 0, "target.leftovers", "warn", &[&next]);
    // Another one takes its place, a signal leaves one too, and a run that succeeds leaves none.
    call().arg("--keep-failed").run().refused(8);
    let slow = format!("{toml}\n[[hook]]\non = \"before_publish\"\ncommand = [\"sleep\", \"60\"]\n");
    let ended = standing.call_with(&slow).arg("--keep-failed").arg("--max-duration=8s").run();
    assert!(ended.refused(1).contains("max_duration"), "{ended}");
    assert!(ended.report()["findings"].to_string().contains("kept_failed"), "{ended}");
    // Refused before anything is made, it has nothing to leave.
    let early = standing.call_with("version = 1\n").arg("--keep-failed").run();
    assert!(!early.report()["findings"].to_string().contains("kept_failed"), "{early}");
    standing.call().run().published();
    let names = format!(
        "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname LIKE '{}%'",
        standing.target_name
    );
    let left = format!("{0} {0}__old1", standing.target_name);
    assert_eq!(standing.cluster.psql("postgres", &names).unwrap(), left);
}

#[test]
fn doctor_shows_no_password_and_says_what_a_copy_is_that_stands() {
    const PASSWORD: &str = "kestrel-umbrella-4711";
    let options = ClusterOptions { tcp_password: Some(PASSWORD.to_owned()), ..Default::default() };
    let cluster = TempCluster::start(&options).unwrap();
    cluster.create_database("shop").unwrap();
    place_copy(&cluster, "staging", "");
    let right = cluster.tcp_uri("postgres", PASSWORD, "shop").unwrap();
    let wrong = cluster.tcp_uri("postgres", "jackdaw-parasol-0815", "shop").unwrap();
    let run = doctor(&right, &cluster.uri("staging")).run();
    let found = checks(&run, 0);
    assert!(found["target.guard"].1.contains("a copy that waxwork made"), "{run}");
    assert!(found["source.tls"].1.contains("not encrypted, on this machine"), "{run}");
    let refused = doctor(&wrong, &cluster.uri("staging")).run();
    assert_eq!(checks(&refused, 5)["source.connection"].0, "fail");
    for shown in [run.to_string(), refused.to_string()] {
        assert!(!shown.contains(PASSWORD) && !shown.contains("jackdaw"), "{shown}");
    }
}

#[test]
fn an_extension_that_only_a_superuser_may_create_is_named() {
    let production = production();
    production.psql("shop", "CREATE EXTENSION pageinspect; CREATE ROLE loader LOGIN CREATEDB").unwrap();
    let (staging, loader) = (production.uri("staging"), production.uri_as("loader", "staging"));
    let words = ["the target's role may not create extensions: pageinspect", "Refresh as a superuser"];
    check(doctor(&production.uri("shop"), &loader), 0, "both.extensions", "warn", &words);
    check(doctor(&production.uri("shop"), &staging), 0, "both.extensions", "ok", &[]);
}

#[test]
fn an_extension_that_the_target_has_no_package_of_is_named() {
    let production = production();
    let staging = production.uri("staging");
    // A name that no package has: as if the target's server lacked it.
    let rename = "CREATE EXTENSION citext; UPDATE pg_catalog.pg_extension SET extname = 'wax_museum' WHERE extname = 'citext'";
    production.psql("shop", rename).unwrap();
    let words = ["the target lacks extensions of the source: wax_museum", "Install their packages"];
    check(doctor(&production.uri("shop"), &staging), 1, "both.extensions", "fail", &words);
    production
        .psql("shop", "UPDATE pg_catalog.pg_extension SET extname = 'citext' WHERE extname = 'wax_museum'")
        .unwrap();
    check(doctor(&production.uri("shop"), &staging), 0, "both.extensions", "ok", &[]);
}
