//! A run that finds another at work on its target, or at its lock file.

use std::path::Path;

use crate::failing::Session;
use crate::standing::Standing;
use crate::support::Call;

/// Another run on the target, as far as others can tell.
fn other_run(standing: &Standing) -> Session {
    let lock = format!("SELECT pg_advisory_lock(x'77617877'::int, hashtext('{}'));", standing.target_name);
    Session::open(standing.cluster, "postgres", &lock)
}

/// It ends as if there had been nothing to do, and says so to whoever asked.
#[track_caller]
fn check_skipped(call: Call) {
    let run = call.arg("--if-locked=skip").run();
    let report = run.report();
    assert_eq!((run.status.code(), report["outcome"].as_str()), (Some(0), Some("skipped")), "{run}");
    assert_eq!(report["errors"].as_array().unwrap().len(), 0, "{run}");
    assert!(report["findings"].to_string().contains("run_locked"), "{run}");
    assert!(run.stderr.contains("another run"), "{run}");
}

/// A rule file whose hooks write into a folder.
fn rules_with_hooks(standing: &Standing, folder: &Path) -> String {
    let hook =
        |on| format!("[[hook]]\non = \"{on}\"\ncommand = [\"touch\", \"{}\"]\n", folder.join(on).display());
    // TOML has tables after them, and the version before.
    let hooks = ["start", "success", "failure"].map(hook).concat();
    standing.rules.toml().replacen("version = 1\n", &format!("version = 1\n{hooks}"), 1)
}

#[test]
fn a_target_that_another_run_holds_is_left_alone() {
    let standing = Standing::new();
    let folder = tempfile::tempdir().unwrap();
    let metrics = folder.path().join("waxwork.prom");
    let rules = rules_with_hooks(&standing, folder.path());
    let call = || standing.call_with(&rules).arg("--metrics").arg(&metrics);
    let other = other_run(&standing);
    check_skipped(call());
    let quiet = call().arg("--quiet").arg("--if-locked=skip").run();
    assert_eq!((quiet.status.code(), &*quiet.stderr), (Some(0), ""), "{quiet}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a hook ran, or metrics were written");
    standing.check_refused(call(), 7, &["run_locked"]);
    assert!(folder.path().join("failure").exists() && metrics.exists());
    assert!(!folder.path().join("start").exists());
    other.finish("SELECT pg_advisory_unlock_all();");
    let run = call().arg("--if-locked=skip").run();
    run.published();
    assert!(folder.path().join("success").exists(), "{run}");
}

#[test]
fn a_lock_file_keeps_jobs_of_one_host_apart_and_its_text_whole() {
    let standing = Standing::new();
    let folder = tempfile::tempdir().unwrap();
    let (file, script) = (folder.path().join("lock"), folder.path().join("out.sql"));
    std::fs::write(&file, "not ours to change").unwrap();
    let refresh = || standing.call().arg("--lock-file").arg(&file);
    let dump = || {
        let call = Call::dump(&standing.rules.toml(), &standing.source, &script);
        call.arg("--format=json").arg("--lock-file").arg(&file)
    };
    let held = std::fs::File::open(&file).unwrap();
    held.lock().unwrap();
    for call in [refresh(), dump()] {
        let told = call.run().refused(7);
        assert!(told.contains("run_locked") && told.contains("another run holds lock file"), "{told}");
    }
    check_skipped(refresh());
    check_skipped(dump());
    assert!(!script.exists());
    standing.check_untouched();
    drop(held);
    dump().run().published();
    refresh().run().published();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not ours to change");
}

#[test]
fn a_lock_file_that_cannot_be_had_is_the_command_lines_fault() {
    let standing = Standing::new();
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe").display().to_string();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in ["/nowhere/lock", "/", "/dev/null", &pipe] {
        let call = standing.call().arg("--lock-file").arg(path).arg("--if-locked=skip");
        standing.check_refused(call, 2, &["lock_file", path]);
    }
}
