//! What the command line takes and says, apart from the rows.

use std::time::Duration;

use rustix::process::{Pid, Signal};
use waxwork_fixtures::TempCluster;

use crate::support::{Call, KEY, drop_databases, is_gone, new_target, wait_for};

const RULES: &str = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";

/// A source with one table: its name and URI.
fn source(cluster: &TempCluster) -> (String, String) {
    let name = cluster.fresh_database().unwrap();
    cluster.psql(&name, "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 3)").unwrap();
    let uri = cluster.uri(&name);
    (name, uri)
}

#[test]
fn a_target_is_named_with_its_database() {
    let cluster = TempCluster::shared().unwrap();
    let (name, uri) = source(cluster);
    let socket = cluster.socket_directory();
    for target in
        ["".to_owned(), "user=postgres".to_owned(), format!("host={} user=postgres", socket.display())]
    {
        let said = Call::refresh(RULES, &uri, &target).run().refused(2);
        assert!(said.contains("names no database"), "{said}");
    }
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_plan_is_planned_and_comes_with_its_text() {
    let cluster = TempCluster::shared().unwrap();
    let (name, uri) = source(cluster);
    let call = |command: &str| Call::of(command, RULES).arg("--source").arg(&uri);
    let report = call("plan").arg("--format").arg("json").run().report();
    assert_eq!((&report["outcome"], &report["exit_code"]), (&"planned".into(), &0.into()));
    let plain = call("plan").run();
    assert_eq!(report["plan"].as_str().unwrap().trim_end(), plain.stdout.trim_end());
    assert!(plain.stdout.contains("table public.t"));
    let report = call("check").arg("--format").arg("json").run().report();
    assert_eq!((&report["outcome"], report.get("plan")), (&"planned".into(), None));
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_script_has_stdout_to_itself() {
    let cluster = TempCluster::shared().unwrap();
    let (name, uri) = source(cluster);
    let call = || Call::of("dump", RULES).arg("--source").arg(&uri);
    let report = call().arg("--format").arg("json").run();
    assert_eq!(report.status.code(), Some(2), "{report}");
    assert_eq!(report.report()["outcome"], "refused");
    let (without, dash) = (call().run(), call().arg("--output").arg("-").run());
    assert!(without.status.success() && without.stdout.contains("COPY"), "{without}");
    assert_eq!(without.stdout, dash.stdout);
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_closed_stderr_changes_no_exit_code() {
    let cluster = TempCluster::shared().unwrap();
    let (name, uri) = source(cluster);
    let rules = "version = 1\n";
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    assert_eq!(Call::of("check", rules).arg("--source").arg(&uri).with_stderr(full()), Some(3));
    assert_eq!(Call::of("check", RULES).arg("--source").arg(&uri).with_stderr(full()), Some(0));
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_key_is_read_from_a_file_and_from_nothing_that_could_wait() {
    let cluster = TempCluster::shared().unwrap();
    let (name, uri) = source(cluster);
    let (_, target) = new_target(cluster);
    let call = Call::refresh(RULES, &uri, &target);
    let key = call.key_file();
    std::fs::remove_file(&key).unwrap();
    assert!(std::process::Command::new("mkfifo").arg("-m").arg("600").arg(&key).status().unwrap().success());
    assert!(call.run().refused(2).contains("no regular file"));
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_cell_that_names_an_object_is_in_no_message() {
    let cluster = TempCluster::shared().unwrap();
    let name = cluster.fresh_database().unwrap();
    cluster.psql(&name, "CREATE TABLE t (a text PRIMARY KEY); INSERT INTO t VALUES ('secretjane')").unwrap();
    let (_, target) = new_target(cluster);
    for condition in [
        "a::regclass IS NOT NULL",
        "has_database_privilege(a, 'connect')",
        "has_table_privilege(a, 'select')",
    ] {
        let rules = format!(
            "version = 1\n[subset]\nseed = [{{ table = \"t\", where = \"{condition}\" }}]\n[table.t]\na = \"secret.token\"\n"
        );
        let run = Call::refresh(&rules, &cluster.uri(&name), &target).arg("-vv").run();
        assert_eq!(run.status.code(), Some(1), "{run}");
        assert!(!run.to_string().contains("secretjane"), "{run}");
    }
    drop_databases(cluster, &[&name]);
}

#[test]
fn what_cannot_be_written_is_no_success() {
    let cluster = TempCluster::shared().unwrap();
    let (name, uri) = source(cluster);
    for command in ["plan", "dump"] {
        let run = Call::of(command, RULES).arg("--source").arg(&uri).into_full_disk();
        assert_eq!(run, Some(1), "{command}");
    }
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_signal_at_any_moment_leaves_no_half_made_copy() {
    let cluster = TempCluster::shared().unwrap();
    let (name, uri) = source(cluster);
    let (target, target_uri) = new_target(cluster);
    let next = format!("SELECT count(*) FROM pg_database WHERE datname = '{target}__next'");
    // A run takes about half a second, half of it CREATE DATABASE.
    for delay in (0..600).step_by(40) {
        let running = Call::refresh(RULES, &uri, &target_uri).start();
        std::thread::sleep(Duration::from_millis(delay));
        running.signal(Signal::TERM);
        // As `timeout` does: the process and its group.
        running.signal(Signal::TERM);
        let run = running.wait();
        // Before it listens the signal ends it, after the end there is nobody to take it.
        assert!(matches!(run.status.code(), Some(143 | 0) | None), "after {delay} ms: {run}");
        assert_eq!(cluster.psql("postgres", &next).unwrap(), "0", "after {delay} ms: {run}");
    }
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_script_replaces_files_by_force_and_nothing_else() {
    let cluster = TempCluster::shared().unwrap();
    let (name, uri) = source(cluster);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let dump = |path: &std::path::Path| Call::dump(RULES, &uri, path).run().status.code();
    std::fs::write(at("file"), "old").unwrap();
    std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
    for taken in ["file", "link"] {
        let run = Call::dump(RULES, "postgresql://u@127.0.0.1:1/x", &at(taken)).run();
        assert_eq!(run.status.code(), Some(2), "{run}");
        assert!(run.stderr.contains("exists already") && run.stderr.contains("--force"), "{run}");
    }
    assert_eq!(std::fs::read_to_string(at("file")).unwrap(), "old");
    let forced = Call::dump(RULES, &uri, &at("link")).arg("--force").run();
    assert_eq!(forced.status.code(), Some(0), "{forced}");
    assert!(at("link").is_symlink() && std::fs::read_to_string(at("file")).unwrap().contains("COPY"));
    // A device is written to, and stays what it is.
    assert_eq!((dump("/dev/null".as_ref()), dump("/dev/full".as_ref())), (Some(0), Some(1)));
    assert!(!std::path::Path::new("/dev/null").is_file() && !std::path::Path::new("/dev/full").is_file());
    // So is a pipe, without force too.
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let pipe = at("pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    assert_eq!(dump(&at("pipe")), Some(0));
    assert!(reader.join().unwrap().contains("COPY"));
    std::fs::remove_file(at("pipe")).unwrap();
    // What cannot be written to is known before the source is asked.
    for path in [folder.path().to_owned(), at("no/such/folder")] {
        let run = Call::dump(RULES, "postgresql://u@127.0.0.1:1/x", &path).run();
        assert_eq!(run.status.code(), Some(2), "{run}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_key_command_does_not_outlive_the_run_that_asked_it() {
    let cluster = TempCluster::shared().unwrap();
    let (name, uri) = source(cluster);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let at = file.display();
    let rules = format!("{RULES}[key]\ncommand = 'echo $$ > {at}.new; mv {at}.new {at}; exec sleep 300'\n");
    let running = Call::dump(&rules, &uri, "/dev/null".as_ref()).without_key().start();
    wait_for("the key's command", || file.exists());
    running.signal(Signal::TERM);
    let run = running.wait();
    assert_eq!(run.status.code(), Some(143), "{run}");
    let pid = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    let pid = Pid::from_raw(pid).unwrap();
    wait_for("the end of the key's command", || is_gone(pid));
    drop_databases(cluster, &[&name]);
}

#[test]
fn url_and_key_may_stand_in_variables_that_begin_like_libpqs() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, "CREATE TABLE t (a int)").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let rules = "version = 1\n[source]\nurl = { env = \"PG_PROD_URL\" }\n[key]\nenv = \"PGKEY\"\n[table.t]\na = \"null\"\n";
    std::fs::write(folder.path().join("rules.toml"), rules).unwrap();
    let plan = |variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_waxwork"));
        command
            .current_dir(folder.path())
            .args(["plan", "--rules", "rules.toml"])
            .envs(variables.iter().copied());
        command.output().unwrap()
    };
    let uri = cluster.uri(&source);
    let output = plan(&[("PG_PROD_URL", &uri), ("PGKEY", KEY)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let unset = plan(&[("PG_PROD_URL", &uri)]);
    assert_eq!(unset.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unset.stderr).contains("\"PGKEY\" of [key] env is not set"));
}

/// With no memory at all a subset's search would have a file for every row.
#[test]
fn a_limit_of_nothing_is_refused_before_anybody_is_asked() {
    for (option, value, said) in [
        ("--memory", "0", "it must be a whole number of MiB from 1 to 1048576"),
        ("--memory", "1.5", "it must be a whole number of MiB"),
        ("--memory", "18446744073709551615", "it must be a whole number of MiB"),
        ("--max-rows", "0", "it must be a whole number of at least 1"),
        ("--jobs", "0", "it must be a whole number of at least 1"),
        ("--split-tables-larger-than", "0", "it must be a number above 0 with a unit"),
        ("--max-bytes", "0", "it must be a number above 0"),
        ("--max-bytes", "0 GB", "it must be a number above 0"),
    ] {
        let run = Call::refresh(RULES, "nowhere", "nowhere").arg(format!("{option}={value}")).run();
        assert_eq!(run.status.code(), Some(2), "{option} {value}: {run}");
        let told = format!("{run}");
        assert!(told.contains(said) && told.contains(option), "{option} {value}: {run}");
    }
}

/// A name may hold any character but NUL: on a terminal it stays on its line, and for a script it is what it is.
#[test]
fn names_with_line_breaks_break_no_line() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let ddl = "CREATE TABLE \"a\nb\u{7}\" (id int PRIMARY KEY, \"c\n\td\" int REFERENCES \"a\nb\u{7}\");
        INSERT INTO \"a\nb\u{7}\" VALUES (1, 1)";
    cluster.psql(&source, ddl).unwrap();
    let rules = r#"version = 1
[pattern]
"*.*" = { keep = "a number" }
[subset]
seed = [{ table = "\"a\nb\u0007\"", rows = 1 }]
"#;
    let (name, target) = new_target(cluster);
    let uri = cluster.uri(&source);
    let plan = Call::of("plan", rules).arg("--exact").arg("--source").arg(&uri).run();
    assert!(plan.status.success(), "{plan}");
    for line in [
        r#"table public."a\nb\u{7}""#,
        r#"  "c\n\td"  keep"#,
        r#"reference public."a\nb\u{7}"("c\n\td") -> public."a\nb\u{7}""#,
        r#"  seed public."a\nb\u{7}": 1 row"#,
    ] {
        assert!(plan.stdout.contains(line), "no {line}\n{plan}");
    }
    let masked = rules.replace(r#""*.*" = { keep = "a number" }"#, r#""*.id" = "id.permute""#);
    let follows = Call::of("plan", &masked).arg("--source").arg(&uri).run();
    assert!(follows.stdout.contains(r#"follows public."a\nb\u{7}""#), "{follows}");
    let summary = Call::of("refresh", rules).arg("--source").arg(&uri).arg("--target").arg(&target).run();
    let line = r#"public."a\nb\u{7}"             1  "#;
    assert!(summary.stdout.contains(line), "{summary}");
    assert!(summary.stdout.contains(": 1 row in "), "{summary}");
    assert!(!format!("{plan}{summary}").contains('\u{7}'), "{plan}\n{summary}");
    let report = Call::refresh(rules, &uri, &target).run().published();
    assert_eq!(report["tables"][0]["name"], "public.\"a\nb\u{7}\"");
    drop_databases(cluster, &[&name, &source]);
}
