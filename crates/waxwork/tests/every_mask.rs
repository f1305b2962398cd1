//! Every mask through PostgreSQL: tables of 40 masked columns made from `waxwork masks --format json`, refreshed, and
//! judged in SQL against the same rows made once more beside the copy.

use std::process::Command;

use serde_json::Value;
use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

const ROWS: u32 = 400;
const COLUMNS_A_TABLE: usize = 40;

/// A masked column.
struct Column {
    name: String,
    mask: String,
    rule: String,
    sql_type: &'static str,
    /// Its value in row `g`, which is NULL in every tenth where the column is not unique.
    value: String,
    is_unique: bool,
    /// The manual says that it may give values back.
    may_stay: bool,
}

/// Columns for every type that the manual says of each mask, nullable, and unique where it says that it can be.
fn columns() -> Vec<Column> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_waxwork")).args(["masks", "--format", "json"]).output().unwrap();
    let manual: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut columns = Vec::new();
    for page in manual["masks"].as_array().unwrap() {
        let text = |field: &str| page[field].as_str().unwrap().to_owned();
        let types = page["types"].as_array().unwrap();
        for (at, kind) in types.iter().enumerate() {
            let example = &page["example"];
            let Some((sql_type, value)) = sql(kind.as_str().unwrap(), example["input"].as_str().unwrap())
            else {
                continue;
            };
            let column = |is_unique: bool| Column {
                name: format!("{}{at}_{}", if is_unique { "u" } else { "m" }, text("name").replace('.', "_")),
                mask: text("name"),
                rule: rule(page, is_unique),
                sql_type,
                // Twenty rows hold each value: masks that sample find common ones.
                value: if is_unique { value.clone() } else { value.replace("{g}", "(g % 20)") },
                is_unique,
                may_stay: !page["gives_back"].as_array().unwrap().is_empty(),
            };
            columns.push(column(false));
            // Which integers are valid numbers of a kind is the mask's matter.
            let is_identifier =
                sql_type == "int8" && page["stops_at"].is_string() && text("name") != "id.permute";
            if !page["unique"].is_null() && !is_identifier {
                columns.push(column(true));
            }
        }
        let has_place = columns.iter().any(|column: &Column| column.mask == page["name"]);
        assert!(has_place, "{} is in no table: `sql` knows none of its types", page["name"]);
    }
    columns
}

/// The column's type, and an expression for its value with `{g}` for the row's number.
fn sql(kind: &str, sample: &str) -> Option<(&'static str, String)> {
    let quoted = sample.replace('\'', "''");
    Some(match kind {
        "text" | "any type" => ("text", format!("'{quoted} ' || {{g}}")),
        "integer" => ("int8", "100000 + {g} * 7".to_owned()),
        "double precision" => ("float8", "1000.25 + {g}".to_owned()),
        "numeric" => ("numeric", "100000 + {g}".to_owned()),
        "boolean" => ("bool", "{g} % 3 = 0".to_owned()),
        "date" => ("date", "date '1987-05-17' + {g}".to_owned()),
        "time" => ("time", "time '10:17:00' + {g} * interval '1 minute'".to_owned()),
        "timestamp" => {
            ("timestamp", "timestamp '1987-05-17 10:30:17' + {g} * interval '31 hours'".to_owned())
        }
        "timestamptz" => {
            ("timestamptz", "timestamptz '1987-05-17 10:30:17+00' + {g} * interval '31 hours'".to_owned())
        }
        "interval" => ("interval", "{g} * interval '61 minutes'".to_owned()),
        "uuid" => ("uuid", "md5(({g})::text)::uuid".to_owned()),
        "bytea" => ("bytea", "decode(md5(({g})::text), 'hex')".to_owned()),
        "json" => (
            "jsonb",
            format!(
                "jsonb_build_object('a', 'value ' || {{g}}, 'b', jsonb_build_array({{g}} + 7, '{}'))",
                quoted.replace(['{', '}'], "")
            ),
        ),
        "hstore" => ("hstore", "hstore('mail', 'anna' || {g} || '@corp.com') || 'gone=>NULL'".to_owned()),
        "range of numbers" => ("numrange", "numrange(1000.25 + {g}, 1100.5 + 2 * {g}, '[)')".to_owned()),
        "range of dates" => {
            ("daterange", "daterange(date '1987-05-17' + {g}, date '1988-05-17' + 3 * {g})".to_owned())
        }
        "range of timestamps" => (
            "tstzrange",
            "tstzrange(timestamptz '1987-05-17 10:30:17+00' + {g} * interval '31 hours', NULL, '(]')"
                .to_owned(),
        ),
        "inet" => ("inet", "inet '81.169.1.1' + {g}".to_owned()),
        "cidr" => ("cidr", "set_masklen((inet '81.169.1.1' + {g})::cidr, 32)".to_owned()),
        "enum" => ("mood", "(ARRAY['ok', 'so so', 'gone'])[{g} % 3 + 1]::mood".to_owned()),
        _ => return None,
    })
}

/// The manual's rule; a unique column has a domain of its own, so that it does not make the nullable one unique.
fn rule(page: &Value, is_unique: bool) -> String {
    let rule = page["example"]["rule"].as_str().unwrap().to_owned();
    let has = |name: &str| page["options"].as_array().unwrap().iter().any(|option| option["name"] == name);
    if !is_unique || !has("domain") {
        return rule;
    }
    let open = rule.trim_end_matches([' ', '}']).trim_start_matches(['{', ' ']).to_owned();
    let open = if rule.starts_with('{') { open } else { format!("mask = {rule}") };
    let whole = if has("reserved") { ", reserved = false" } else { "" };
    format!("{{ {open}, domain = \"unique {}\"{whole} }}", page["name"].as_str().unwrap())
}

/// Tables `t0`, `t1`, … with a child each that refers to the unique columns, and a document.
fn schema(columns: &[Column]) -> String {
    let mut sql = "CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public;\nCREATE TYPE mood AS ENUM ('ok', 'so so', 'gone');\n".to_owned();
    for (at, part) in columns.chunks(COLUMNS_A_TABLE).enumerate() {
        let of = |write: fn(&Column) -> String| part.iter().map(write).collect::<Vec<_>>().join(",\n");
        let defined = of(|column| {
            let Column { name, sql_type, .. } = column;
            if column.is_unique {
                format!("{name} {sql_type} NOT NULL UNIQUE CHECK ({name}::text <> '')")
            } else {
                format!("{name} {sql_type} CHECK (length({name}::text) < 1000)")
            }
        });
        let values = of(|column| {
            let value = column.value.replace("{g}", "g");
            if column.is_unique { value } else { format!("CASE WHEN g % 10 <> 0 THEN {value} END") }
        });
        sql += &format!(
            "CREATE TABLE t{at} (id int8 PRIMARY KEY, name text NOT NULL, doc json NOT NULL, docb jsonb NOT NULL,\n{defined});
             INSERT INTO t{at} SELECT g, 'Anna Schmidt ' || g, {DOCUMENT}, {DOCUMENT}::jsonb,\n{values} FROM generate_series(1, {ROWS}) g;\n"
        );
        let unique: Vec<&Column> = part.iter().filter(|column| column.is_unique).collect();
        let referring: String = unique
            .iter()
            .map(|column| format!(", {0} {1} REFERENCES t{at} ({0})", column.name, column.sql_type))
            .collect();
        let names: String = unique.iter().map(|column| format!(", {}", column.name)).collect();
        sql += &format!(
            "CREATE TABLE c{at} (id int8 PRIMARY KEY{referring});\nINSERT INTO c{at} SELECT id{names} FROM t{at} WHERE id % 3 = 0;\n"
        );
    }
    sql
}

/// Spaces, escapes, a duplicate key and a number's digits, which no parser keeps.
const DOCUMENT: &str = r#"('{ "mail" :"anna' || g || '@corp.com",  "n":1.50e+2, "n": -0.0,"list":[ {"ip": "81.169.0.' || g % 250 || '"} ,null],"\u0061":"kept\/' || g || '" }')::json"#;

const PATHS: &str = r#"{ mask = "json", paths = { "$.mail" = "contact.email", "$.list[*].ip" = "internet.ip" }, rest = "keep" }"#;

fn rules(columns: &[Column]) -> String {
    let mut rules = "version = 1\n".to_owned();
    for (at, part) in columns.chunks(COLUMNS_A_TABLE).enumerate() {
        rules += &format!(
            "[table.t{at}]\nid = {{ keep = \"a number\" }}\nname = {{ keep = \"made up\" }}\n\
             doc = {PATHS}\ndocb = {PATHS}\n"
        );
        for column in part {
            rules += &format!("{} = {}\n", column.name, column.rule);
        }
        rules += &format!("[table.c{at}]\nid = {{ keep = \"a number\" }}\n");
    }
    rules
}

#[test]
fn tables_with_every_mask_are_refreshed_and_hold_what_they_must() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let columns = columns();
    assert!(columns.len() > 60, "{}", columns.len());
    cluster.psql(&source, &schema(&columns)).unwrap();
    let (name, target) = new_target(cluster);
    Call::refresh(&rules(&columns), &cluster.uri(&source), &target).run().published();
    // The originals once more, beside the copy.
    cluster
        .psql(&name, &format!("CREATE SCHEMA before; SET search_path = before, public; {}", schema(&columns)))
        .unwrap();
    let one = |sql: &str| cluster.psql(&name, sql).unwrap();
    let mut wrong = Vec::new();
    for (at, part) in columns.chunks(COLUMNS_A_TABLE).enumerate() {
        for column in part {
            let found = one(&verdict(at, column));
            if found != "t|t|t|t" {
                wrong.push(format!("{} of {} ({}): {found}", column.name, column.mask, column.rule));
            }
        }
        assert_eq!(one(&documents(at)), format!("{ROWS}"), "documents of t{at}");
    }
    assert!(wrong.is_empty(), "changed|nulls|shared|followed\n{wrong:#?}");
    let invalid =
        "SELECT count(*) FROM pg_constraint WHERE NOT convalidated AND connamespace = 'public'::regnamespace";
    assert_eq!(one(invalid), "0");
    drop_databases(cluster, &[&name, &source]);
}

/// Whether no row has its own value, NULL is where it was, no result is anybody's original, and children follow.
fn verdict(at: usize, column: &Column) -> String {
    let Column { name, mask, is_unique, may_stay, .. } = column;
    let both = format!("public.t{at} a JOIN before.t{at} b USING (id)");
    let changed = format!("SELECT count(*) = 0 FROM {both} WHERE a.{name}::text = b.{name}::text");
    let nulls = if mask == "null" {
        format!("SELECT bool_and({name} IS NULL) FROM public.t{at}")
    } else {
        format!("SELECT bool_and((a.{name} IS NULL) = (b.{name} IS NULL)) FROM {both}")
    };
    // A pseudonym may by chance be somebody's number or date; no text that ends in a row's number is made up.
    let is_text = column.sql_type == "text" || column.sql_type == "jsonb";
    let shared = format!(
        "SELECT count(*) = 0 FROM public.t{at} a JOIN before.t{at} b ON a.{name}::text = b.{name}::text"
    );
    let followed =
        format!("SELECT count(*) = {} FROM public.c{at} JOIN public.t{at} USING (id, {name})", ROWS / 3);
    let or_true = |asked: bool, sql: String| if asked { format!("({sql})") } else { "true".to_owned() };
    format!(
        "SELECT {}, ({nulls}), {}, {}",
        or_true(!may_stay, changed),
        or_true(is_text && !may_stay, shared),
        or_true(*is_unique, followed)
    )
}

/// Documents whose bytes are the originals' but for the two named leaves, which are others; jsonb has bytes of its own.
fn documents(at: usize) -> String {
    let leaf = |pattern: &str, row: &str| format!("substring({row}.doc::text from '{pattern}')");
    let (mail, ip) = (r#""mail" :"([^"]*)""#, r#""ip": "([^"]*)""#);
    let blank =
        |row: &str| format!("regexp_replace(regexp_replace({row}.doc::text, '{mail}', 'M'), '{ip}', 'I')");
    format!(
        "SELECT count(*) FROM public.t{at} a JOIN before.t{at} b USING (id)
         WHERE a.docb #- '{{mail}}' #- '{{list,0,ip}}' = b.docb #- '{{mail}}' #- '{{list,0,ip}}'
         AND a.docb->>'mail' = a.doc->>'mail' AND a.docb#>>'{{list,0,ip}}' = a.doc#>>'{{list,0,ip}}'
         AND {} = {} AND {} <> {} AND {} <> {} AND {} LIKE '%@example.%'",
        blank("a"),
        blank("b"),
        leaf(mail, "a"),
        leaf(mail, "b"),
        leaf(ip, "a"),
        leaf(ip, "b"),
        leaf(mail, "a")
    )
}
