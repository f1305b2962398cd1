//! The rule file of the manual, piece by piece: what each line must come to.

use super::*;

const MANUAL: &str = r#"version = 1

[source]                                  # a libpq URI, or service = "prod"; PG* variables apply to the source only
url = { env = "WAXWORK_SOURCE" }
[target]                                  # always explicit; --source and --target override both
url = { env = "WAXWORK_TARGET" }
publish = "rename"

[key]
file = "/etc/waxwork/key"                 # or env, or command; absent = random per run
realm = "staging"                         # two realms share no pseudonym; default empty

[policy]
unlisted = "refuse"                       # what no rule and no pack names stops the run
packs = ["credentials", "gdpr"]           # shipped in rules/; a pack masks or nulls, never keeps

[subset]
seed = [{ table = "customer", percent = 5 }, { table = "tenant", where = "slug = 'acme'" }]
lookup_rows = 1000
[subset.reference]
"orders(customer_id)" = { limit = 20, where = "placed_at > '2026-01-01'" }
"audit_log(actor_id)" = { children = false }
"orders(sales_rep_id)" = { parent = "null" }

[[reference]]                             # a foreign key that the schema does not declare
child = "events(user_id)"
parent = "users(id)"
[[reference]]                             # polymorphic: constants only, entries on one column exclude each other
child = "comments(commentable_id)"
parent = "posts(id)"
when = { commentable_type = "Post" }
[[reference]]                             # ids in an array or in JSON: pulled or dropped, never nulled
child = "carts(doc -> '$.user.id')"       # or "carts(item_ids[*])"
parent = "users(id)"

[table.customer]
email = "contact.email"
full_name = { mask = "person.full_name", locale = "de_DE" }
born_on = { mask = "date.shift", days = 30, by = "id" }
notes = "text.redact"
profile = { mask = "json", paths = { "$.ip" = "internet.ip", "$.contacts[*].email" = "contact.email" }, rest = "keep" }
segment = { keep = "a marketing bucket, five values" }

[table.audit_log]
rows = "none"                             # all | none | subset
"#;

#[test]
fn the_head_of_the_manuals_file_is_read() {
    let rules = parsed(MANUAL);
    assert_eq!(rules.file, "waxwork.toml");
    assert!(matches!(&rules.source, Some(Endpoint::UrlFromEnv(name)) if name.value == "WAXWORK_SOURCE"));
    assert!(matches!(&rules.target, Some(Endpoint::UrlFromEnv(name)) if name.value == "WAXWORK_TARGET"));
    assert_eq!(value(&rules.publish).as_deref(), Some("rename"));
    assert!(rules.keep.is_none());
    assert_eq!(value(&rules.key.file).as_deref(), Some("/etc/waxwork/key"));
    assert!(rules.key.env.is_none() && rules.key.command.is_none());
    assert_eq!(rules.key.realm, "staging");
    let packs: Vec<&str> = rules.policy.packs.iter().map(|pack| pack.value.as_str()).collect();
    assert_eq!(packs, ["credentials", "gdpr"]);
    assert!(rules.policy.ddl_literals.is_empty() && rules.large_objects.is_none());
}

#[test]
fn the_subset_of_the_manuals_file_is_read() {
    let subset = parsed(MANUAL).subset;
    assert_eq!((subset.lookup_rows, subset.children_listed), (1000, false));
    let [customer, tenant] = &subset.seeds[..] else { panic!("{} seeds", subset.seeds.len()) };
    assert_eq!((&customer.table.value, value(&customer.percent).as_deref()), (&name("customer"), Some("5")));
    assert!(customer.condition.is_none() && customer.rows.is_none());
    let condition = tenant.condition.as_ref().unwrap();
    assert_eq!((&tenant.table.value, condition.sql.as_str()), (&name("tenant"), "slug = 'acme'"));
    assert_eq!(condition.location.as_ref().map(place), Some((18, 74)));

    let [orders, audit, sales] = &subset.references[..] else {
        panic!("{} references", subset.references.len())
    };
    assert_eq!(
        (&orders.name.value.table, &orders.name.value.key),
        (&name("orders"), &columns(&["customer_id"]))
    );
    assert_eq!(value(&orders.limit), Some(20));
    assert_eq!(orders.condition.as_ref().unwrap().sql, "placed_at > '2026-01-01'");
    assert_eq!((value(&audit.children), value(&audit.parent)), (Some(false), None));
    assert_eq!((value(&sales.children), value(&sales.parent).as_deref()), (None, Some("null")));
}

#[test]
fn the_virtual_references_of_the_manuals_file_are_read() {
    let references = parsed(MANUAL).references;
    let [events, comments, carts] = &references[..] else { panic!("{} references", references.len()) };
    assert_eq!(events.child.value.to_string(), "events(user_id)");
    assert_eq!(events.parent.value.to_string(), "users(id)");
    assert!(events.when.is_empty());
    let [(column, constant)] = &comments.when[..] else { panic!("{} constants", comments.when.len()) };
    assert_eq!((column.value.as_str(), constant.as_str()), ("commentable_type", "Post"));
    let path = KeyExpression::JsonPath { column: "doc".to_owned(), path: "$.user.id".to_owned() };
    assert_eq!((&carts.child.value.table, &carts.child.value.key), (&name("carts"), &path));
}

#[test]
fn the_tables_of_the_manuals_file_are_read_in_its_order() {
    let tables = parsed(MANUAL).tables;
    let [customer, audit] = &tables[..] else { panic!("{} tables", tables.len()) };
    assert_eq!((&customer.name.value, &customer.rows), (&name("customer"), &None));
    assert_eq!(place(&customer.name.location), (36, 8));
    let columns: Vec<&str> = customer.columns.iter().map(|rule| rule.column.value.as_str()).collect();
    assert_eq!(columns, ["email", "full_name", "born_on", "notes", "profile", "segment"]);
    let [email, full_name, born_on, notes, _, segment] = &customer.columns[..] else { unreachable!() };
    assert_eq!(mask(&email.rule).0, MaskKind::Email);
    assert_eq!(text(mask(&full_name.rule).1, "locale"), "de_DE");
    let (kind, shift) = mask(&born_on.rule);
    assert_eq!((kind, text(shift, "by").as_str()), (MaskKind::DateShift, "id"));
    assert!(matches!(shift.option("days"), Some(OptionValue::Integer(30))));
    assert_eq!(mask(&notes.rule).0, MaskKind::Redact);
    assert!(matches!(&segment.rule, Rule::Keep(why) if why.value == "a marketing bucket, five values"));
    assert_eq!((&audit.name.value, value(&audit.rows).as_deref()), (&name("audit_log"), Some("none")));
    assert!(audit.columns.is_empty());
}

#[test]
fn the_json_rule_of_the_manuals_file_is_read() {
    let rules = parsed(MANUAL);
    let (kind, json) = mask(&rules.tables[0].columns[4].rule);
    assert_eq!(kind, MaskKind::Json);
    let Some(OptionValue::Paths(paths)) = json.option("paths") else { panic!("no paths") };
    let paths: Vec<(&str, MaskKind)> =
        paths.iter().map(|(path, rule)| (path.value.as_str(), mask(rule).0)).collect();
    assert_eq!(paths, [("$.ip", MaskKind::Ip), ("$.contacts[*].email", MaskKind::Email)]);
    let Some(OptionValue::Rule(rest)) = json.option("rest") else { panic!("no rest") };
    assert!(matches!(**rest, Rule::Keep(_)));
}

#[test]
fn table_names_of_the_manual_are_read_as_sql_reads_them() {
    let rules = parsed(
        r#"version = 1
[table.customer]
[table."sales.customer"]
[table.'"My Schema"."T"']
[table.Orders]
"#,
    );
    let names: Vec<String> = rules.tables.iter().map(|table| table.name.value.to_string()).collect();
    let expected =
        [r#""public"."customer""#, r#""sales"."customer""#, r#""My Schema"."T""#, r#""public"."orders""#];
    assert_eq!(names, expected);
}

#[test]
fn columns_named_like_a_setting_stand_in_a_table_of_their_own() {
    let rules = parsed(
        r#"version = 1
[table.sheet]
rows = "all"
title = "text.shape"
[table.sheet.columns]
rows = "number.noise"
columns = { mask = "number.noise", percent = 2.5 }
"#,
    );
    let [sheet] = &rules.tables[..] else { panic!("{} tables", rules.tables.len()) };
    assert_eq!(value(&sheet.rows).as_deref(), Some("all"));
    let columns: Vec<&str> = sheet.columns.iter().map(|rule| rule.column.value.as_str()).collect();
    assert_eq!(columns, ["title", "rows", "columns"]);
    let percent = mask(&sheet.columns[2].rule).1.option("percent");
    assert!(matches!(percent, Some(OptionValue::Float(percent)) if *percent == 2.5));
}

#[test]
fn a_percent_is_kept_as_it_is_written() {
    for (written, kept) in [("0.1", "0.1"), ("2.50", "2.50"), ("100", "100"), ("100.0", "100.0"), ("+5", "5")]
    {
        let rules =
            parsed(&format!("version = 1\n[subset]\nseed = [{{ table = \"t\", percent = {written} }}]"));
        assert_eq!(value(&rules.subset.seeds[0].percent).as_deref(), Some(kept));
    }
    assert_eq!(decimal("2.50"), Some((250, 2)));
    assert_eq!(decimal("5"), Some((5, 0)));
    for text in ["", ".5", "1e3", "-1", "1.2.3", "1234567890123456789"] {
        assert_eq!(decimal(text), None, "{text}");
    }
}

#[test]
fn every_way_to_name_a_server_and_a_key_is_read() {
    let rules =
        parsed("version = 1\n[source]\nservice = \"prod\"\n[target]\nurl = \"postgresql:///x\"\nkeep = 3");
    assert!(matches!(&rules.source, Some(Endpoint::Service(name)) if name.value == "prod"));
    assert!(matches!(&rules.target, Some(Endpoint::Url(url)) if url.value == "postgresql:///x"));
    assert_eq!(value(&rules.keep), Some(3));
    let words =
        |text: &str| value(&parsed(&format!("version = 1\n[key]\ncommand = {text}")).key.command).unwrap();
    assert_eq!(words("[\"pass\", \"show\", \"key\"]"), ["pass", "show", "key"]);
    assert_eq!(words("\"pass show key\""), ["/bin/sh", "-c", "pass show key"]);
    let env = parsed("version = 1\n[key]\nenv = \"WAXWORK_KEY\"").key.env;
    assert_eq!(value(&env).as_deref(), Some("WAXWORK_KEY"));
}

#[test]
fn settings_beyond_the_example_are_read() {
    let rules = parsed(
        r#"version = 1
[policy]
ddl_literals = ["public.customer"]
[large_objects]
rows = "referenced"
reason = "scanned contracts, all of them invented"
[subset]
children = "listed"
lookup_rows = 0
[[subset.seed]]
table = "tenant"
rows = 10
[subset.reference]
"a(x, y) -> b" = { dangling = "drop", parent = "error", children = true }
"carts(item_ids[*])" = { parent = "drop" }
"#,
    );
    assert_eq!(rules.policy.ddl_literals[0].value, "public.customer");
    assert_eq!(value(&rules.large_objects).as_deref(), Some("scanned contracts, all of them invented"));
    assert_eq!((rules.subset.children_listed, rules.subset.lookup_rows), (true, 0));
    assert_eq!(value(&rules.subset.seeds[0].rows), Some(10));
    let [one, carts] = &rules.subset.references[..] else { panic!("not two references") };
    assert_eq!(one.name.value.parent, Some(name("b")));
    assert_eq!(value(&one.dangling).as_deref(), Some("drop"));
    assert_eq!(carts.name.value.key, KeyExpression::ArrayElements("item_ids".to_owned()));
}

#[test]
fn a_null_is_one_rule_under_both_spellings() {
    let rules = parsed("version = 1\n[table.t]\na = \"null\"\nb = { mask = \"null\" }");
    assert!(rules.tables[0].columns.iter().all(|column| matches!(column.rule, Rule::Null(_))));
}

#[test]
fn a_constant_is_kept_as_postgres_will_read_it() {
    let constants = [("\"x\"", "x"), ("\"\"", ""), ("0x10", "16"), ("1.50", "1.50"), ("true", "true")];
    for (written, kept) in constants.into_iter().chain([("1970-01-01", "1970-01-01")]) {
        let text_of = format!("version = 1\n[table.t]\na = {{ mask = \"constant\", value = {written} }}");
        assert_eq!(text(mask(&parsed(&text_of).tables[0].columns[0].rule).1, "value"), kept);
    }
}

#[test]
fn no_debug_output_shows_a_url_a_command_or_a_condition() {
    let rules = parsed(
        r#"version = 1
[source]
url = "postgresql://u:hunter2@h/d"
[key]
command = "echo hunter2"
[subset]
seed = [{ table = "t", where = "email = 'hunter2'" }]
reference = { "a(b)" = { where = "email = 'hunter2'" } }
"#,
    );
    assert!(!format!("{rules:?}").contains("hunter2"));
}

#[test]
fn keys_of_a_seed_stand_in_the_file_or_in_one_of_their_own() {
    let files = |path: &std::path::Path| match path.to_str() {
        Some("etc/ids.txt") => Ok("1\ta\n\n2\tb\r\n".to_owned()),
        Some("etc/uneven.txt") => Ok("1\ta\n2".to_owned()),
        Some("etc/empty.txt") => Ok("\n\n".to_owned()),
        Some("etc/nul.txt") => Ok("\u{feff}1\n\n2\0\n".to_owned()),
        _ => Err("file not found".to_owned()),
    };
    let read = |seed: &str| {
        let text = format!("version = 1\n[subset]\nseed = [{{ table = \"t\", {seed} }}]");
        RuleFile::parse_with("etc/rules.toml", &text, &files)
            .map(|mut rules| rules.subset.seeds.remove(0).keys.unwrap().value)
    };
    let stated = |keys: &[(&[&str], u32, u32)]| {
        let key = |(values, line, column): &(&[&str], u32, u32)| SeedKey {
            values: values.iter().map(|&value| value.to_owned()).collect(),
            line: *line,
            column: *column,
        };
        keys.iter().map(key).collect::<Vec<_>>()
    };
    let known = |seed: &str| match read(seed).unwrap() {
        SeedKeys::Stated(stated) => stated,
        SeedKeys::File(_) => panic!("it was not read"),
    };
    assert_eq!(
        known("keys = [1, \"x\",\n 2020-01-31]").keys,
        stated(&[(&["1"], 3, 32), (&["x"], 3, 35), (&["2020-01-31"], 4, 2)])
    );
    assert_eq!(known("keys = [[1, true]]").keys, stated(&[(&["1", "true"], 3, 32)]));
    let of_file = known("keys_file = \"ids.txt\"");
    assert_eq!(of_file.keys, stated(&[(&["1", "a"], 1, 1), (&["2", "b"], 3, 1)]));
    assert_eq!(of_file.naming(1), "Line 3 of keys_file \"ids.txt\"");
    let refused = |seed: &str| {
        let found = read(seed).unwrap_err().remove(0);
        assert!(found.hint.is_some() || found.code == "conflicting_keys", "{found}");
        (found.message, found.detail.unwrap_or_default(), found.location.unwrap().column)
    };
    for (keys, why, column) in [
        ("[]", "There is none.", 31),
        ("[[1], [1, 2]]", "This one has 2 columns, the first has 1.", 37),
        ("[1, { a = 1 }]", "This one holds a table.", 35),
        ("[\"a\\u0000\"]", "This one holds a NUL character.", 32),
    ] {
        let said =
            ("invalid value for key \"keys\" in a seed of [subset]".to_owned(), why.to_owned(), column);
        assert_eq!(refused(&format!("keys = {keys}")), said);
    }
    let of_file = |file: &str, why: &str| {
        let said = format!("could not read keys_file \"{file}\": {why}");
        assert_eq!(refused(&format!("keys_file = \"{file}\"")), (said, String::new(), 36));
    };
    of_file("uneven.txt", "line 2 has 1 column, line 1 has 2");
    of_file("nul.txt", "line 3 holds a NUL character");
    of_file("empty.txt", "it holds no key");
    of_file("none.txt", "file not found");
    assert!(refused("keys = [1], where = \"true\"").0.contains("where"));
    assert!(refused("keys = [1], by = \"country\"").0.contains("has nothing to divide"));
}
