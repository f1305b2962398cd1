//! `waxwork masks`: the table of masks as people, scripts and the manual read it.

use std::path::Path;
use std::process::Command;

/// Exit code, stdout and stderr of `waxwork masks …`.
fn masks(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_waxwork")).arg("masks").args(arguments).output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), stdout, stderr)
}

#[test]
fn the_manual_of_the_masks_is_what_the_program_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/masks.md");
    let (code, made, _) = masks(&["--format", "markdown"]);
    assert_eq!(code, Some(0));
    assert!(std::fs::read_to_string(page).unwrap() == made, "docs/masks.md is stale: run `cargo x docs`");
}

#[test]
fn the_list_and_the_pages_name_the_same_masks() {
    let (_, list, _) = masks(&[]);
    let (_, json, _) = masks(&["--format", "json"]);
    let pages: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<&str> =
        pages["masks"].as_array().unwrap().iter().map(|page| page["name"].as_str().unwrap()).collect();
    // Lines that go on begin with a space.
    let heads = list.lines().skip(1).take_while(|line| !line.is_empty());
    let listed: Vec<&str> =
        heads.filter_map(|line| line.split(' ').next().filter(|name| !name.is_empty())).collect();
    assert_eq!(listed, names);
    assert!(names.contains(&"contact.email") && names.len() > 20 && pages["version"] == 1);
}

#[test]
fn a_page_says_what_a_rule_may_say_and_what_comes_out() {
    let (code, page, _) = masks(&["date.shift"]);
    assert_eq!(code, Some(0));
    for said in [
        "date, timestamp, timestamptz",
        "days",
        "an integer from 1 to 365250 (default 30)",
        "\n             2026-03-14\n             → ",
    ] {
        assert!(page.contains(said), "{said}:\n{page}");
    }
    // Twice the same: the example is run under a key of its own.
    assert_eq!(masks(&["date.shift"]).1, page);
    let (_, json, _) = masks(&["json", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["masks"][0]["options"][1]["required"], true);
}

#[test]
fn an_unknown_mask_is_exit_2_with_names_that_are_near() {
    let (code, stdout, stderr) = masks(&["contact.emial"]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains("Perhaps you meant \"contact.email\"."), "{stderr}");
    let (_, _, stderr) = masks(&["last"]);
    assert!(stderr.contains("Perhaps you meant \"person.last_name\"."), "{stderr}");
    let (code, json, _) = masks(&["nothing.like.it", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &report["outcome"]), (Some(2), &"refused".into()));
}

#[test]
fn a_family_is_listed_and_no_line_of_prose_is_wider_than_a_terminal() {
    let (code, family, _) = masks(&["government"]);
    assert_eq!(code, Some(0));
    assert!(family.contains("government.uk_nhs") && !family.contains("contact."), "{family}");
    for text in [masks(&[]).1, masks(&["contact.email"]).1] {
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}:\n{text}");
    }
}
