//! Policies of other tools, imported and run: what they masked holds no original.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, Run, drop_databases, new_target};

/// People with what every tool has masks for, and orders that refer to them.
const SOURCE: &str = "
    CREATE TYPE mood AS ENUM ('glad', 'sad', 'so so');
    CREATE TABLE person (id int PRIMARY KEY, first text, last text, full_name text, email text UNIQUE, phone text, iban text,
        city text, born date, seen timestamptz, salary numeric(9,2), rank int, active bool, mood mood, token uuid, ip inet,
        notes text, doc jsonb, country text, gone text);
    CREATE TABLE purchase (id int PRIMARY KEY, person_id int NOT NULL REFERENCES person, card text, placed date);
    CREATE TABLE log (id int PRIMARY KEY, line text);
    CREATE TABLE note (id int PRIMARY KEY, owner_id int, body text);
    INSERT INTO person SELECT n, 'Firstname' || n, 'Lastname' || n, 'Firstname' || n || ' Lastname' || n,
        'original' || n || '@acme.de', '+49 30 1234' || n, 'DE89370400440532013000', 'Originaltown' || n,
        date '1980-01-01' + n, timestamptz '2020-01-01' + n * interval '1 hour', 1000.25 + n, n * 7, n % 2 = 0, 'sad',
        gen_random_uuid(), ('81.169.145.' || n)::inet, 'Original note ' || n,
        jsonb_build_object('mail', 'original' || n || '@acme.de', 'tag', 'originaltag' || n),
        CASE WHEN n % 3 = 0 THEN 'DE' WHEN n % 3 = 1 THEN 'FR' END, 'original gone ' || n FROM generate_series(1, 60) n;
    INSERT INTO purchase SELECT n, 1 + n % 60, '4929823474110082', date '2021-01-01' + n FROM generate_series(1, 120) n;
    INSERT INTO log SELECT n, 'Original line ' || n FROM generate_series(1, 2000) n;
    INSERT INTO note SELECT n, 1 + n % 60, 'Original body ' || n FROM generate_series(1, 30) n;";

/// What no policy names, decided by hand as its user would.
const REST: &str = "
[pattern.\"*.*\"]
keep = \"looked at\"
";

/// A run of `waxwork import`, with the policy beside it.
fn import(tool: &str, policy: &str) -> Call {
    Call::import(tool).with_file("policy", policy).arg("policy")
}

#[track_caller]
fn rules_of(run: &Run, code: i32) -> String {
    assert_eq!(run.status.code(), Some(code), "{run}");
    assert!(run.stderr.contains("copies columns that its policy does not name as they are"), "{run}");
    run.stdout.clone()
}

/// A source and a copy of it by some rules.
struct Copied {
    cluster: &'static TempCluster,
    source: String,
    target: String,
}

impl Copied {
    #[track_caller]
    fn by(rules: &str) -> Self {
        let cluster = TempCluster::shared().unwrap();
        let source = cluster.fresh_database().unwrap();
        cluster.psql(&source, SOURCE).unwrap();
        let (target, uri) = new_target(cluster);
        let run = Call::refresh(&format!("{rules}{REST}"), &cluster.uri(&source), &uri).run();
        assert_eq!(run.status.code(), Some(0), "{run}\n{rules}");
        Self { cluster, source, target }
    }

    fn ask(&self, sql: &str) -> String {
        self.cluster.psql(&self.target, sql).unwrap()
    }

    /// Rows of the copy that hold a value which the same row held.
    #[track_caller]
    fn holds_no_original(&self, table: &str, columns: &[&str]) {
        for column in columns {
            let rows = |database: &str| {
                let sql = format!("SELECT coalesce({column}::text, '') FROM {table} ORDER BY id");
                self.cluster.psql(database, &sql).unwrap()
            };
            let (before, after) = (rows(&self.source), rows(&self.target));
            let same =
                before.lines().zip(after.lines()).filter(|(one, other)| one == other && !one.is_empty());
            assert_eq!(same.count(), 0, "{table}({column}) holds originals:\n{after}");
        }
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        drop_databases(self.cluster, &[&self.target, &self.source]);
    }
}

const GREENMASK: &str = r#"
storage: {type: directory}
dump:
  pg_dump_options: {dbname: "host=h password=hunter2", exclude-table-data: [log]}
  virtual_references:
    - {schema: public, name: note, references: [{schema: public, name: person, columns: [{name: owner_id}]}]}
  transformation:
    - schema: public
      name: person
      subset_conds: ["public.person.rank > 140 and public.person.email <> ''"]
      transformers:
        - {name: RandomInt, apply_for_references: true, params: {column: id, engine: hash, min: 1, max: 100}}
        - {name: RandomPerson, params: {engine: hash, columns: [{name: first, template: "{{ .FirstName }}"}, {name: last, template: "{{ .LastName }}"}]}}
        - {name: RandomEmail, params: {column: email, engine: hash, keep_original_domain: true}}
        - {name: RandomE164PhoneNumber, params: {column: phone}}
        - {name: RealAddress, params: {columns: [{name: city, template: "{{.City}}"}]}}
        - {name: RandomDate, params: {column: born, min: "1950-01-01", max: "1970-12-31"}}
        - {name: NoiseDate, params: {column: seen, max_ratio: "2 mons 3 days"}}
        - {name: NoiseNumeric, params: {column: salary, max_ratio: 0.3}}
        - {name: NoiseInt, params: {column: rank, max_ratio: 0.5}}
        - {name: RandomBool, params: {column: active}}
        - {name: RandomUuid, params: {column: token}}
        - {name: RandomIp, params: {column: ip, subnet: 10.0.0.0/8}}
        - {name: Masking, params: {column: notes}}
        - {name: Json, params: {column: doc, operations: [{operation: set, path: mail, value: "x@example.com"}]}}
        - {name: Replace, when: 'record.country == "DE"', params: {column: full_name, value: Somebody}}
        - {name: SetNull, params: {column: gone}}
    - schema: public
      name: purchase
      transformers:
        - {name: RandomCCNumber, params: {column: card}}
        - {name: RegexpReplace, params: {column: nothing, regexp: a, replace: b}}
"#;

#[test]
fn a_policy_of_greenmask_masks_what_it_masked_there() {
    let with_key = |policy: &str| import("greenmask", policy).arg("--key-column").arg("id").run();
    let run = with_key(GREENMASK);
    rules_of(&run, 3);
    assert!(run.stderr.contains("not translated: policy:32:11: purchase(nothing): RegexpReplace("), "{run}");
    assert!(!format!("{run}").contains("hunter2"), "{run}");
    let whole: String = GREENMASK
        .lines()
        .filter(|line| !line.contains("RegexpReplace"))
        .map(|line| format!("{line}\n"))
        .collect();
    let copied = Copied::by(&rules_of(&with_key(&whole), 0));
    copied.holds_no_original(
        "person",
        &[
            "first", "last", "email", "phone", "city", "born", "seen", "salary", "rank", "token", "ip",
            "notes", "doc", "gone",
        ],
    );
    copied.holds_no_original("purchase", &["card"]);
    assert_eq!(copied.ask("SELECT count(*), count(gone), count(DISTINCT email) FROM person"), "40|0|40");
    assert_eq!(copied.ask("SELECT count(*) FROM log"), "0");
    assert_eq!(copied.ask("SELECT count(*) FROM note WHERE owner_id NOT IN (SELECT id FROM person)"), "0");
    // Rows of which the condition is not known are masked, and those of which it is known not to hold are kept.
    let names = "SELECT coalesce(country, '-'), bool_and(full_name = 'Somebody'), bool_or(full_name = 'Somebody') FROM person GROUP BY 1 ORDER BY min(coalesce(country, '-')) COLLATE \"C\"";
    assert_eq!(copied.ask(names), "-|t|t\nDE|t|t\nFR|f|f");
}

const REPLIBYTE: &str = "
source:
  connection_uri: postgres://root:hunter2@localhost/app
  skip: [{database: public, table: log}]
  database_subset: {database: public, table: person, strategy_name: random, strategy_options: {percent: 50}, passthrough_tables: [note]}
  transformers:
    - database: public
      table: person
      columns:
        - {name: first, transformer_name: first-name}
        - {name: last, transformer_name: random}
        - {name: email, transformer_name: email}
        - {name: phone, transformer_name: phone-number}
        - {name: city, transformer_name: keep-first-char}
        - {name: notes, transformer_name: redacted, transformer_options: {character: '#', width: 12}}
        - {name: country, transformer_name: transient}
    - {database: public, table: purchase, columns: [{name: card, transformer_name: credit-card}]}
datastore: {local_disk: {dir: /tmp}}
";

#[test]
fn a_policy_of_replibyte_masks_what_it_masked_there() {
    let copied = Copied::by(&rules_of(&import("replibyte", REPLIBYTE).run(), 0));
    copied.holds_no_original("person", &["first", "last", "email", "phone", "city", "notes"]);
    copied.holds_no_original("purchase", &["card"]);
    assert_eq!(
        copied.ask(
            "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM log), (SELECT count(*) FROM note)"
        ),
        "30|0|30"
    );
    assert_eq!(copied.ask("SELECT DISTINCT left(city, 2) FROM person"), "O*");
}

const PGSTREAM: &str = "
source: {postgres: {url: \"postgres://postgres:hunter2@localhost:5432\"}}
modifiers:
  transformations:
    validation_mode: relaxed
    table_transformers:
      - schema: public
        table: person
        column_transformers:
          first: {name: greenmask_firstname, parameters: {generator: deterministic}}
          last: {name: neosync_lastname}
          full_name: {name: neosync_fullname}
          email: {name: neosync_email, parameters: {preserve_domain: true}}
          phone: {name: phone_number, parameters: {min_length: 9, max_length: 12}}
          city: {name: pg_anonymizer, parameters: {anon_function: anon.fake_city, postgres_url: \"postgres://u:hunter2@h\"}}
          born: {name: greenmask_date, parameters: {min_value: \"1950-01-01\", max_value: \"1970-12-31\"}}
          rank: {name: greenmask_integer, parameters: {min_value: 1000, max_value: 2000}}
          active: {name: greenmask_boolean}
          token: {name: greenmask_uuid}
          notes: {name: masking, parameters: {type: custom, mask_end: \"5\"}}
          doc: {name: json, parameters: {operations: [{operation: set, path: mail, value: \"-\"}, {operation: delete, path: tag}]}}
          gone: {name: literal_string, parameters: {literal: x}}
          country: {name: noop}
      - {schema: public, table: purchase, column_transformers: {card: {name: masking, parameters: {type: credit_card}}}}
";

#[test]
fn a_policy_of_pgstream_masks_what_it_masked_there() {
    let run = import("pgstream", PGSTREAM).arg("--key-column").arg("id").run();
    let copied = Copied::by(&rules_of(&run, 0));
    assert!(!format!("{run}").contains("hunter2"), "{run}");
    copied.holds_no_original(
        "person",
        &[
            "first",
            "last",
            "full_name",
            "email",
            "phone",
            "city",
            "born",
            "rank",
            "token",
            "notes",
            "doc",
            "gone",
        ],
    );
    copied.holds_no_original("purchase", &["card"]);
    assert_eq!(
        copied.ask("SELECT count(*), count(DISTINCT gone) FROM person WHERE rank BETWEEN 1000 AND 2000"),
        "60|1"
    );
}

const NEOSYNC: &str = r#"{"mappings": [
    {"schema": "public", "table": "person", "column": "id", "transformer": {"config": {"passthroughConfig": {}}}},
    {"schema": "public", "table": "person", "column": "first", "transformer": {"config": {"transformFirstNameConfig": {"preserveLength": true}}}},
    {"schema": "public", "table": "person", "column": "full_name", "transformer": {"config": {"generateFullNameConfig": {}}}},
    {"schema": "public", "table": "person", "column": "email", "transformer": {"config": {"transformEmailConfig": {"preserveDomain": false}}}},
    {"schema": "public", "table": "person", "column": "phone", "transformer": {"config": {"generateE164PhoneNumberConfig": {}}}},
    {"schema": "public", "table": "person", "column": "city", "transformer": {"config": {"generateCityConfig": {}}}},
    {"schema": "public", "table": "person", "column": "seen", "transformer": {"config": {"generateUtctimestampConfig": {}}}},
    {"schema": "public", "table": "person", "column": "salary", "transformer": {"config": {"transformFloat64Config": {"randomizationRangeMin": 1}}}},
    {"schema": "public", "table": "person", "column": "rank", "transformer": {"config": {"generateInt64Config": {"min": "5000", "max": "6000"}}}},
    {"schema": "public", "table": "person", "column": "active", "transformer": {"config": {"generateBoolConfig": {}}}},
    {"schema": "public", "table": "person", "column": "token", "transformer": {"config": {"transformUuidConfig": {}}}},
    {"schema": "public", "table": "person", "column": "notes", "transformer": {"config": {"transformCharacterScrambleConfig": {}}}},
    {"schema": "public", "table": "person", "column": "country", "transformer": {"config": {"generateCategoricalConfig": {"categories": "AT,CH,LI"}}}},
    {"schema": "public", "table": "person", "column": "gone", "transformer": {"config": {"nullconfig": {}}}},
    {"schema": "public", "table": "purchase", "column": "card", "transformer": {"config": {"generateCardNumberConfig": {"validLuhn": true}}}}
  ],
  "virtualForeignKeys": [{"schema": "public", "table": "note", "columns": ["owner_id"], "foreignKey": {"schema": "public", "table": "person", "columns": ["id"]}}],
  "source": {"options": {"postgres": {"subsetByForeignKeyConstraints": true, "schemas": [{"schema": "public", "tables": [{"table": "person", "whereClause": "rank <= 70"}]}]}}}}"#;

#[test]
fn a_job_of_neosync_masks_what_it_masked_there() {
    let run = import("neosync", NEOSYNC).arg("--key-column").arg("id").run();
    let copied = Copied::by(&rules_of(&run, 0));
    copied.holds_no_original(
        "person",
        &[
            "first",
            "full_name",
            "email",
            "phone",
            "city",
            "seen",
            "salary",
            "rank",
            "token",
            "notes",
            "country",
            "gone",
        ],
    );
    copied.holds_no_original("purchase", &["card"]);
    let counts =
        "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM log), (SELECT count(*) FROM purchase)";
    assert_eq!(copied.ask(counts), "10|2000|20");
}

/// Labels with what a column is called in them, so that a script and a catalog have the same.
const LABELS: [(&str, &str); 14] = [
    ("first", "MASKED WITH FUNCTION anon.dummy_first_name_locale('fr_FR')"),
    ("last", "MASKED WITH FUNCTION anon.pseudo_last_name(email)"),
    ("full_name", "MASKED WITH FUNCTION anon.partial(full_name, 1, $$xxx$$, 1)"),
    ("email", "MASKED WITH FUNCTION anon.partial_email(email)"),
    ("phone", "MASKED WITH FUNCTION anon.random_phone('0033')"),
    ("iban", "MASKED WITH FUNCTION anon.fake_iban()"),
    ("born", "MASKED WITH FUNCTION anon.dnoise(born, '2 years'::interval)"),
    ("salary", "MASKED WITH FUNCTION anon.noise(salary, 0.33)"),
    ("rank", "MASKED WITH FUNCTION anon.random_int_between(1000, 2000)"),
    ("mood", "MASKED WITH FUNCTION anon.random_in_enum(mood)"),
    ("token", "MASKED WITH FUNCTION anon.dummy_uuidv4()"),
    ("notes", "MASKED WITH VALUE $$CONFIDENTIAL$$"),
    ("gone", "MASKED WITH FUNCTION anon.ternary(rank > 70, NULL, anon.left(anon.hash(gone), 12))"),
    ("country", "NOT MASKED"),
];

/// Columns that the labels mask; of three moods one may come back.
const LABELLED: [&str; 12] = [
    "first",
    "last",
    "full_name",
    "email",
    "phone",
    "iban",
    "born",
    "salary",
    "rank",
    "token",
    "notes",
    "gone",
];

#[test]
fn labels_in_a_script_mask_what_they_masked_there() {
    let statement = |(column, label): &(&str, &str)| {
        format!(
            "SECURITY LABEL FOR anon ON COLUMN public.person.{column} IS '{}';\n",
            label.replace('\'', "''")
        )
    };
    let script = format!("{SOURCE}\n{}", LABELS.iter().map(statement).collect::<String>());
    let run = import("anon", &script).arg("--key-column").arg("id").run();
    let copied = Copied::by(&rules_of(&run, 0));
    copied.holds_no_original("person", &LABELLED);
    assert_eq!(copied.ask("SELECT DISTINCT notes FROM person"), "CONFIDENTIAL");
    assert_eq!(copied.ask("SELECT count(*) FROM person WHERE gone IS NULL"), "50");
}

#[test]
fn labels_in_a_catalog_are_read_from_the_source() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SOURCE).unwrap();
    cluster.psql(&source, "CREATE TABLE part (id int, secret text) PARTITION BY LIST (id); CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1)").unwrap();
    let put = |table: &str, column: &str, label: &str| {
        // No provider is loaded here: what SECURITY LABEL would write.
        let sql = format!(
            "SET allow_system_table_mods = on; INSERT INTO pg_catalog.pg_seclabel SELECT attrelid, 'pg_class'::regclass, attnum, 'anon', $label${label}$label$ FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attname = '{column}'"
        );
        cluster.psql(&source, &sql).unwrap();
    };
    let empty = Call::import("anon").arg("--source").arg(cluster.uri(&source)).run();
    assert_eq!(empty.status.code(), Some(2), "{empty}");
    assert!(empty.stderr.contains("no security labels"), "{empty}");
    LABELS.iter().for_each(|(column, label)| put("person", column, label));
    put("part_1", "secret", "MASKED WITH VALUE NULL");
    let run =
        Call::import("anon").arg("--source").arg(cluster.uri(&source)).arg("--key-column").arg("id").run();
    let rules = rules_of(&run, 0);
    let (target, uri) = new_target(cluster);
    Call::refresh(&format!("{rules}{REST}"), &cluster.uri(&source), &uri).run().published();
    assert!(rules.contains("[table.part]\nsecret = \"null\""), "{rules}");
    assert_eq!(cluster.psql(&target, "SELECT DISTINCT notes FROM person").unwrap(), "CONFIDENTIAL");
    drop_databases(cluster, &[&target, &source]);
}

#[test]
fn a_rule_file_that_stands_is_overwritten_only_by_force() {
    let policy = "source: {transformers: [{table: t, columns: [{name: c, transformer_name: email}]}]}";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.toml");
    let call = || import("replibyte", policy).arg("-o").arg(&file);
    let first = call().run();
    assert_eq!((first.status.code(), first.stdout.as_str()), (Some(0), ""), "{first}");
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("c = \"contact.email\""), "{written}");
    std::fs::write(&file, "mine").unwrap();
    let second = call().run();
    assert_eq!(second.status.code(), Some(2), "{second}");
    assert!(second.stderr.contains("exists already") && second.stderr.contains("--force"), "{second}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(call().arg("--force").run().status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place_and_writes_nothing() {
    for (tool, policy) in [
        ("greenmask", "dump:\n  transformation: [hunter2"),
        ("replibyte", "source: a\n\thunter2: b"),
        ("pgstream", "transformations: []\ntransformations: hunter2"),
        ("neosync", "{\n\"mappings\": hunter2}"),
        ("anon", "SELECT 1;\nSECURITY LABEL FOR anon ON COLUMN t.c IS 'hunter2"),
    ] {
        let run = import(tool, policy).arg("-o").arg("out.toml").run();
        assert_eq!(run.status.code(), Some(2), "{run}");
        assert!(run.stderr.contains("--> policy:"), "{tool}: {run}");
        assert!(!format!("{run}").contains("hunter2"), "{tool}: {run}");
    }
    let missing = Call::import("greenmask").arg("missing.yml").run();
    assert_eq!(missing.status.code(), Some(2), "{missing}");
}
