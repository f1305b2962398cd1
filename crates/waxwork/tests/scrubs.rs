//! `text.scrub` through PostgreSQL: a note says what the row and its parents say in the copy.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, new_target};

const SCHEMA: &str = "
    CREATE TABLE patient (id int PRIMARY KEY, first_name text, full_name varchar(80), email text UNIQUE, phone text);
    CREATE TABLE visit (id int PRIMARY KEY, patient_id int REFERENCES patient, referrer int REFERENCES patient,
                        doctor varchar(40), note text, kept text);
    INSERT INTO patient SELECT i, 'Ann' || chr(64 + i), 'Ann' || chr(64 + i) || ' Müller', 'ann' || i || '@corp.com',
           '+49 30 7654' || lpad(i::text, 3, '0') FROM generate_series(1, 20) i;
    INSERT INTO visit SELECT v, p.id, CASE WHEN v % 2 = 0 THEN r.id END, 'Zbigniew',
           format('%s (%s, tel. %s) seen by Dr. ZBIGNIEW; asked for %s. Paid 12.50 in 2024; card 4111 1111 1111 1111.',
                  p.full_name, upper(p.email), '030/7654' || lpad(p.id::text, 3, '0'), r.full_name), 'of ' || p.full_name
      FROM generate_series(1, 60) v JOIN patient p ON p.id = 1 + v % 20 JOIN patient r ON r.id = 1 + (v + 7) % 20";

const RULES: &str = "version = 1
    [table.patient]
    id = { keep = \"a number\" }
    first_name = { mask = \"person.first_name\", by = \"id\" }
    full_name = { mask = \"person.full_name\", by = \"id\" }
    email = \"contact.email\"
    phone = \"contact.phone\"
    [table.visit]
    id = { keep = \"a number\" }
    doctor = \"person.last_name\"
    note = \"text.scrub\"
    kept = { keep = \"a test of what stays\" }";

#[test]
fn a_note_says_what_its_row_and_both_parents_say() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    for wire in ["auto", "text"] {
        let (target_name, target) = new_target(cluster);
        Call::refresh(RULES, &cluster.uri(&source), &target).arg("--wire").arg(wire).run().published();
        let agree = "SELECT count(*), count(*) FILTER (WHERE starts_with(note,
                            format('%s (%s, tel. %s) seen by Dr. %s; asked for ', p.full_name, p.email, p.phone, doctor))),
                            count(*) FILTER (WHERE r.id IS NOT NULL AND note LIKE '%asked for ' || r.full_name || '. Paid%'),
                            count(*) FILTER (WHERE note LIKE '%Paid 12.50 in 2024; card %' AND note NOT LIKE '%4111 1111%'),
                            count(*) FILTER (WHERE kept LIKE 'of Ann_ Müller')
                     FROM visit JOIN patient p ON p.id = patient_id LEFT JOIN patient r ON r.id = referrer";
        assert_eq!(cluster.psql(&target_name, agree).unwrap().trim(), "60|60|30|60|60", "{wire}");
        let names = "SELECT count(*) FROM visit WHERE note ~* 'zbigniew|corp\\.com|7654'
                     OR (referrer IS NOT NULL AND note ~ 'Ann|Müller')";
        assert_eq!(cluster.psql(&target_name, names).unwrap().trim(), "0", "{wire}");
    }
}

#[test]
fn a_known_column_that_is_not_there_is_told() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    let listed = "{ mask = \"text.scrub\", known = [\"patient_id.full_name\", \"patient_id.frist_name\"] }";
    let rules = RULES.replace("\"text.scrub\"", listed);
    let (_, target) = new_target(cluster);
    let run = Call::refresh(&rules, &cluster.uri(&source), &target).run();
    let said = run.refused(2);
    assert!(said.contains("known names no column: frist_name of table public.patient"), "{said}");
    assert!(said.contains("Perhaps you meant"), "{said}");
}

/// The rules with a program that has the last word on notes.
fn with_program(scrubber: &str) -> String {
    let rules = RULES.replace("\"text.scrub\"", "{ mask = \"text.scrub\", scrubber = \"site\" }");
    format!("{rules}\n[scrubber.site]\n{scrubber}")
}

#[test]
fn a_program_of_the_site_has_the_last_word() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    // Enough texts to fill every pipe, and some that no program hears of.
    let more = "INSERT INTO visit SELECT 100 + i, NULL, NULL, NULL, 'asks for Mrs Okonkwo ' || repeat('- ', i % 500), NULL
                  FROM generate_series(1, 20000) i;
                INSERT INTO visit SELECT 30000 + i, 1, NULL, NULL, nullif('', repeat('x', i)), NULL FROM generate_series(0, 9) i";
    cluster.psql(&source, SCHEMA).unwrap();
    cluster.psql(&source, more).unwrap();
    let rules = with_program(
        r#"command = ["sed", "-u", 's/Okonkwo/\\u00d6zil \\\\ \\t/g']
                                processes = 2"#,
    );
    for wire in ["auto", "text"] {
        let (target_name, target) = new_target(cluster);
        Call::refresh(&rules, &cluster.uri(&source), &target).arg("--wire").arg(wire).run().published();
        let notes = "SELECT count(*) FILTER (WHERE note = 'asks for Mrs Özil \\ ' || E'\\t ' || repeat('- ', (id - 100) % 500)),
                            count(*) FILTER (WHERE note ~ 'Okonkwo'), count(*) FILTER (WHERE note = '' OR note IS NULL)
                     FROM visit WHERE id > 100";
        assert_eq!(cluster.psql(&target_name, notes).unwrap().trim(), "20000|0|10", "{wire}");
    }
}

#[test]
fn a_program_that_fails_stops_the_run_and_says_no_text() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    for (scrubber, reason) in [
        (r#"command = ["/nowhere/ner"]"#, r#"could not start \"/nowhere/ner\": entity not found"#),
        (r#"command = ["false"]"#, "it ended after 0 of 60 answers"),
        (r#"command = ["head", "-n", "7"]"#, "it ended after 7 of 60 answers"),
        (r#"command = "while read -r line; do echo Müller; done""#, "an answer is no JSON object"),
        (r#"command = ["sed", "-u", 's/Paid/Müller\\u0000/']"#, "an answer holds NUL"),
        // One answer too many would put each text into the row behind it.
        (r#"command = ["sed", "-u", '1s/.*/&\n&/']"#, "an answer is not to the question whose turn it is"),
        (r#"command = ["sed", "-u", 's/"id":[0-9]*,//']"#, "an answer is no JSON object"),
        (
            r#"command = "test -z \"$PGPASSWORD$WAXWORK_CANARY\" && exec false; exec sleep 100""#,
            "it ended after 0",
        ),
        ("command = [\"sleep\", \"100\"]\ntimeout = 1", "no answer within 1 s"),
    ] {
        let (_, target) = new_target(cluster);
        let call = Call::refresh(&with_program(scrubber), &cluster.uri(&source), &target);
        let said = call.env("PGPASSWORD", "x").env("WAXWORK_CANARY", "x").run().refused(1);
        assert!(said.contains(&format!("scrubber site failed: {reason}")), "{scrubber}: {said}");
        assert!(!said.contains("Müller") && !said.contains("corp.com"), "{scrubber}: {said}");
    }
}

#[test]
fn a_program_that_is_not_declared_or_not_used_is_told() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    let (_, target) = new_target(cluster);
    let refused = |rules: &str| Call::refresh(rules, &cluster.uri(&source), &target).run().refused(2);
    let named = with_program("command = [\"cat\"]").replace("scrubber = \"site\"", "scrubber = \"sight\"");
    let said = refused(&named);
    assert!(
        said.contains("scrubber sight does not exist") && said.contains("no rule names scrubber"),
        "{said}"
    );
    let said = refused(&with_program("command = [\"cat\"]\nprocesses = 0"));
    assert!(said.contains("processes"), "{said}");
    assert!(refused(&with_program("processes = 1")).contains("command"), "it needs a command");
}
