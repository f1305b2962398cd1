//! What no policy may get past an import: a keep behind a mask, a transformer left empty, a value of another kind.

use crate::support::{notes, rule, told};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_import::{Import, Options, anon, greenmask, neosync, pgstream, replibyte};

const TOOLS: [&str; 3] = ["neosync", "pgstream", "replibyte"];

/// A policy that names `t(c)` once for each transformer, in that order.
fn with(tool: &str, transformers: [&str; 2]) -> Import {
    let entries = transformers.map(|one| match tool {
        "neosync" => {
            format!(
                r#"{{"table": "t", "column": "c", "transformer": {{"config": {{"{one}Config": {{}}}}}}}}"#
            )
        }
        "pgstream" => format!("{{table: t, column_transformers: {{c: {{name: {one}}}}}}}"),
        _ => format!("{{table: t, columns: [{{name: c, transformer_name: {one}}}]}}"),
    });
    let list = format!("[{}]", entries.join(",\n"));
    let text = match tool {
        "neosync" => list,
        "pgstream" => format!("transformations: {list}"),
        _ => format!("source: {{transformers: {list}}}"),
    };
    read(tool, &text).unwrap()
}

fn read(tool: &str, text: &str) -> Result<Import, Vec<Diagnostic>> {
    let read = match tool {
        "neosync" => neosync,
        "pgstream" => pgstream,
        "replibyte" => replibyte,
        _ => greenmask,
    };
    read("p", text, &Options::default())
}

fn mask_and_keep(tool: &str) -> [&str; 2] {
    match tool {
        "neosync" => ["generateEmail", "passthrough"],
        "pgstream" => ["email", "noop"],
        _ => ["email", "transient"],
    }
}

#[test]
fn of_a_mask_and_a_keep_on_one_column_the_mask_stands_and_both_are_told() {
    for tool in TOOLS {
        let [mask, keep] = mask_and_keep(tool);
        for order in [[mask, keep], [keep, mask]] {
            let import = with(tool, order);
            let told = told(&import);
            assert_eq!(rule(&import, "c").as_deref(), Some("\"contact.email\""), "{tool}: {}", import.rules);
            let [first, second] = order.map(|one| one.replace("generateEmail", "generate_email"));
            let named =
                format!("t(c): {second}: the policy names the column twice: {first}, then {second}; ");
            assert!(
                import.gaps.len() == 1 && told.starts_with("p:2:") && told.contains(&named),
                "{tool}: {told}"
            );
            assert!(notes(&import, "c").concat().contains("twice"), "{tool}: {}", import.rules);
        }
    }
}

#[test]
fn a_mask_that_could_not_be_translated_is_not_undone_by_a_keep() {
    for (tool, mask) in
        [("neosync", "transformJavascript"), ("pgstream", "template"), ("replibyte", "custom-wasm")]
    {
        let import = with(tool, [mask, mask_and_keep(tool)[1]]);
        assert_eq!(rule(&import, "c"), None, "{tool}: {}", import.rules);
        assert_eq!(import.gaps.len(), 2, "{tool}: {}", told(&import));
    }
}

#[test]
fn the_later_of_two_masks_stands_and_one_said_twice_is_one() {
    let import = with("replibyte", ["email", "random"]);
    assert_eq!(rule(&import, "c").as_deref(), Some("\"text.shape\""));
    assert!(told(&import).ends_with("email, then random; random stands"), "{}", told(&import));
    let import = with("replibyte", ["email", "email"]);
    assert_eq!((rule(&import, "c").as_deref(), told(&import).as_str()), (Some("\"contact.email\""), ""));
}

#[test]
fn an_empty_transformer_is_no_passthrough() {
    let of_pgstream = |entry: &str| {
        read("pgstream", &format!("transformations: [{{table: t, column_transformers: {{c: {entry}}}}}]"))
    };
    let of_neosync = |transformer: &str| {
        read("neosync", &format!(r#"[{{"table": "t", "column": "c", "transformer": {transformer}}}]"#))
    };
    let of_replibyte = |mask: &str| {
        read("replibyte", &format!("source: {{transformers: [{{table: t, columns: [{{name: c{mask}}}]}}]}}"))
    };
    let imports = [
        of_pgstream(""),
        of_pgstream("{}"),
        of_pgstream("{name: \"\"}"),
        of_neosync("null"),
        of_neosync("{}"),
        of_neosync(r#"{"config": {"passthroughConfig": null}}"#),
        of_replibyte(""),
        of_replibyte(", transformer_name: ~"),
    ];
    for (at, import) in imports.into_iter().enumerate() {
        let import = import.unwrap();
        assert_eq!(rule(&import, "c"), None, "{at}: {}", import.rules);
        assert!(import.rules.contains("# c has no rule: no transformer: "), "{at}: {}", import.rules);
        assert!(
            told(&import).contains("t(c): no transformer: it has no transformer"),
            "{at}: {}",
            told(&import)
        );
    }
}

#[test]
fn a_mapping_of_neosync_has_one_transformer() {
    let text = r#"[{"table": "t", "column": "c", "transformer": {"config": {"passthroughConfig": {}, "generateEmailConfig": {}}}}]"#;
    let import = read("neosync", text).unwrap();
    assert_eq!(rule(&import, "c"), None, "{}", import.rules);
    let twice = r#"[{"table": "t", "column": "c",
        "transformer": {"source": "generate_email"}, "transformer": {"source": "passthrough"}}]"#;
    let error = read("neosync", twice).unwrap_err()[0].to_string();
    assert!(error.contains("p:2:") && error.contains("twice"), "{error}");
}

#[test]
fn json_that_is_no_yaml_is_read_all_the_same() {
    let text = "[\n\t{\"table\": \"t\", \"column\": \"\\ud83d\\ude00\", \"transformer\": {\"source\": \"passthrough\"}}]";
    let import = read("neosync", text).unwrap();
    assert!(import.rules.contains("Neosync passes it through"), "{}", import.rules);
}

/// A policy with a value of another kind, and the place and words of its error.
const MISFITS: &[(&str, &str, &str, &str)] = &[
    ("replibyte", "source:\n  transformers: 'hunter2'\n", "p:2:17", "source.transformers should be a list."),
    ("replibyte", "source: hunter2\n", "p:1:9", "source should be a mapping."),
    (
        "replibyte",
        "source: {transformers: [{table: t,\n columns: {hunter2: x}}]}",
        "p:2:11",
        "source.transformers.[].columns should be a list.",
    ),
    (
        "replibyte",
        "source: {transformers: [{table: t, columns: [{name: c,\n transformer_name: [hunter2]}]}]}",
        "p:2:20",
        "transformer_name should be a text, a number or a flag.",
    ),
    ("pgstream", "transformations: hunter2\n", "p:1:18", "The whole should be a list."),
    ("pgstream", "transformations: {tables: hunter2}\n", "p:1:18", "The whole should be a list."),
    (
        "pgstream",
        "transformations:\n- {table: t, column_transformers: {hunter2: noop}}\n",
        "p:2:45",
        "[].column_transformers.{} should be a mapping.",
    ),
    (
        "neosync",
        "[{\"table\": \"t\", \"column\": \"c\",\n\"transformer\": \"hunter2\"}]",
        "p:2:16",
        "[].transformer should be a mapping.",
    ),
    (
        "neosync",
        "{\"mappings\": [],\n\"source\": {\"options\": [\"hunter2\"]}}",
        "p:2:23",
        "source.options should be a mapping.",
    ),
    ("greenmask", "dump:\n  transformation: hunter2\n", "p:2:19", "dump.transformation should be a list."),
    (
        "greenmask",
        "dump: {transformation: [{name: t,\n transformers: {hunter2: x}}]}",
        "p:2:16",
        "transformers should be a list.",
    ),
    (
        "greenmask",
        "dump: {transformation: [],\n pg_dump_options: {exclude-table-data: {hunter2: x}}}",
        "p:2:40",
        "The whole should be a list.",
    ),
];

#[test]
fn a_value_of_another_kind_is_an_error_with_its_place() {
    for (tool, text, place, words) in MISFITS {
        let error = read(tool, text).map(|import| import.rules).expect_err(text)[0].to_string();
        assert!(error.contains(place) && error.contains(words), "{text}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_policy_of_two_documents_is_refused() {
    let one = "source: {transformers: [{table: t, columns: [{name: c, transformer_name: email}]}]}\n";
    let error = read("replibyte", &format!("{one}---\n{one}")).unwrap_err()[0].to_string();
    assert!(error.contains("p:2:1") && error.contains("second document"), "{error}");
}

#[test]
fn names_that_are_no_words_are_not_shown() {
    let options = Options::default();
    let long = "hunter2".repeat(9);
    for (name, shown) in [("hunter2 x", "a name of 9 characters"), (long.as_str(), "a name of 63 characters")]
    {
        let imports = [
            with("replibyte", [name, name]),
            with("pgstream", [name, name]),
            with("neosync", [name, name]),
            greenmask(
                "p",
                &format!("dump: {{transformation: [{{name: t, '{name}': x, transformers: [{{name: {name}, '{name}': x, params: {{column: c, '{name}': 1}}}}]}}]}}"),
                &options,
            )
            .unwrap(),
            anon(
                "p",
                &format!("SECURITY LABEL FOR anon ON COLUMN t.c IS 'MASKED WITH FUNCTION \"{name}\"()';"),
                "anon",
                &options,
            )
            .unwrap(),
        ];
        for import in imports {
            let all = format!("{}{}", import.rules, told(&import));
            assert!(!all.contains("hunter2") && told(&import).contains(shown), "{all}");
        }
    }
    assert!(told(&with("replibyte", ["some-other.kind_2", "random"])).contains("some-other.kind_2"));
}
