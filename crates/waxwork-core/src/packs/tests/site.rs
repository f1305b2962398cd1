//! Packs of a site's own: where their files are, what they extend, what is said of those that cannot be read.

use crate::rules::RuleFile;
use std::path::Path;

/// A pack that masks one column, and extends others.
fn pack(extends: &str, column: &str) -> String {
    format!(
        "version = 1\nextends = [{extends}]\n[[entry]]\nwhat = \"{column}\"\nnames = [\"{column}\"]\ntext = \"null\"\n"
    )
}

/// A rule file in a folder with packs in it and beneath.
fn read(packs: &str) -> Result<RuleFile, String> {
    let files = [
        ("conf/ours.toml", pack("\"more/theirs.toml\", \"credentials\"", "badge")),
        ("conf/more/theirs.toml", pack("\"../ours.toml\", \"sisters.toml\"", "desk")),
        ("conf/more/sisters.toml", pack("", "chair")),
        ("conf/broken.toml", pack("\"gdpr2\"", "badge").replace("names", "nmaes")),
        ("conf/lost.toml", pack("\"gdpr2\", \"nowhere.toml\"", "badge")),
    ];
    let reader = |path: &Path| {
        let text = files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| text.clone());
        text.ok_or_else(|| "No such file or directory".to_owned())
    };
    let text = format!("version = 1\n[policy]\npacks = [{packs}]\n");
    RuleFile::parse_with("conf/waxwork.toml", &text, &reader).map_err(|errors| {
        let lines = errors.iter().map(|error| {
            format!("{} {}\n", error.location.as_ref().map(ToString::to_string).unwrap(), error.message)
        });
        lines.collect()
    })
}

fn names(packs: &str) -> Vec<String> {
    let rules = read(packs).unwrap_or_else(|errors| panic!("{errors}"));
    rules.policy.gathered.iter().map(|pack| pack.name.clone()).collect()
}

#[test]
fn a_shipped_pack_brings_what_it_extends_after_itself() {
    assert_eq!(names("\"gdpr\", \"quiet\""), ["gdpr", "quiet", "credentials"]);
    assert_eq!(names("\"credentials\", \"quiet\""), ["credentials", "quiet"]);
}

#[test]
fn files_extend_each_other_from_their_own_folders_and_each_is_there_once() {
    let expected = ["ours.toml", "more/theirs.toml", "more/sisters.toml", "credentials", "gdpr"];
    // more/theirs.toml extends more/../ours.toml, which is another name of a file that is there: it changes nothing.
    let found = names("\"./ours.toml\", \"gdpr\"");
    assert_eq!(found, expected);
}

#[test]
fn what_is_wrong_in_packs_is_said_with_the_errors_of_the_rule_file() {
    let errors = read("\"broken.toml\", \"./lost.toml\", \"credentails\", \"none.toml\"").unwrap_err();
    let expected = "\
conf/broken.toml:3:1 key \"names\" is missing in [[entry]]
conf/broken.toml:5:1 unrecognized key \"nmaes\" in [[entry]]
conf/lost.toml:2:12 pack \"gdpr2\" does not exist
conf/lost.toml:2:21 could not read pack \"nowhere.toml\": No such file or directory
conf/waxwork.toml:3:40 pack \"credentails\" does not exist
conf/waxwork.toml:3:55 could not read pack \"none.toml\": No such file or directory
";
    assert_eq!(errors, expected);
}
