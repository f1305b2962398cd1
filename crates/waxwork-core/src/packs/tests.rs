//! The shipped packs on columns of every kind, and the format's refusals.

mod products;
mod regulations;
mod site;

use super::*;
use crate::catalog::{Generation, TextKind, TextType};
use crate::ident::Ident;
use crate::masks::MASKS;

fn column(name: &str, not_null: bool) -> Column {
    Column {
        name: Ident::new(name),
        number: 1,
        type_oid: 0,
        type_name: String::new(),
        typmod: -1,
        not_null,
        generation: Generation::Plain,
        nondeterministic: false,
    }
}

fn text(max_chars: Option<u32>) -> ValueType {
    let kind = if max_chars.is_some() { TextKind::Varchar } else { TextKind::Text };
    ValueType::Text(TextType { kind, max_chars })
}

fn array(element: ValueType) -> ValueType {
    ValueType::Array { element: Box::new(element), element_oid: 0 }
}

/// The mask that a pack gives a nullable column, by name; `-` where it says nothing.
fn mask(pack: &str, name: &str, value_type: &ValueType) -> String {
    shown(find(pack).unwrap().rule_for(&column(name, false), value_type))
}

fn shown(rule: Option<(Clause, &Rule)>) -> String {
    match rule.map(|(_, rule)| rule) {
        None => "-".to_owned(),
        Some(Rule::Null(_)) => "null".to_owned(),
        Some(Rule::Mask(mask)) => mask.mask.value.clone(),
        Some(Rule::Keep(_) | Rule::Derive(_)) => panic!("a pack keeps"),
    }
}

#[test]
fn every_shipped_pack_is_read() {
    for (name, text) in SHIPPED {
        if let Err(errors) = Pack::parse(name, name, text) {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{}", errors.join("\n"));
        }
        assert_eq!(find(name).unwrap().name, name);
    }
    assert!(find("hipaa").is_none());
}

#[test]
fn no_shipped_mask_is_for_types_that_it_cannot_hold() {
    let samples = [
        (Family::Text, text(None)),
        (Family::Json, ValueType::Jsonb),
        (Family::Hstore, ValueType::Hstore),
        (Family::Bytea, ValueType::Bytea),
        (Family::Uuid, ValueType::Uuid),
        (Family::Inet, ValueType::Inet),
        (Family::Date, ValueType::Date),
        (Family::Integer, ValueType::Int4),
        (Family::Number, ValueType::Numeric(None)),
        (Family::Other, ValueType::Bool),
    ];
    for pack in PACKS.iter() {
        for (entry, (family, rule)) in
            pack.entries.iter().flat_map(|entry| entry.rules.iter().map(move |rule| (entry, rule)))
        {
            let (_, sample) = samples.iter().find(|(of, _)| of == family).unwrap();
            assert!(
                rule.can_stand_on(&column("c", false), sample),
                "{}: {}: {family:?}",
                pack.name,
                entry.what
            );
        }
    }
}

#[test]
fn credentials_become_tokens() {
    let names = [
        "password",
        "Password",
        "passwordHash",
        "password_hash",
        "encrypted_password",
        "passwd",
        "old_password",
        "salt",
        "api_key",
        "apikey",
        "stripe_api_key",
        "access_token",
        "refreshToken",
        "reset_password_token",
        "client_secret",
        "otp_secret",
        "session_id",
        "otp",
        "pin",
        "private_key",
        "recovery_codes",
        "backup_codes",
        "jwt",
        "token",
    ];
    for name in names {
        assert_eq!(mask("credentials", name, &text(None)), "secret.token", "{name}");
    }
    assert_eq!(mask("credentials", "recovery_codes", &array(text(None))), "secret.token");
    assert_eq!(mask("credentials", "token", &ValueType::Uuid), "secret.token");
    assert_eq!(mask("credentials", "password_hash", &ValueType::Bytea), "secret.token");
    assert_eq!(mask("credentials", "oauth_tokens", &ValueType::Jsonb), "text.redact");
    assert_eq!(mask("credentials", "security_answer", &text(None)), "text.redact");
    assert_eq!(mask("credentials", "pin", &ValueType::Int4), "null");
}

#[test]
fn what_only_sounds_like_a_credential_stays_unlisted() {
    for name in
        ["monkey", "keyboard", "spin", "tokenizer", "secretary", "passenger", "foreign_key", "status_code"]
    {
        assert_eq!(mask("credentials", name, &text(None)), "-", "{name}");
    }
    assert_eq!(mask("credentials", "password_changed_at", &ValueType::TimestampTz), "-");
    assert_eq!(mask("credentials", "password_attempts", &ValueType::Int4), "-");
    assert_eq!(mask("credentials", "tokens", &ValueType::Int8), "-");
    // A key of the sessions table more often than a secret.
    assert_eq!(mask("credentials", "session_id", &ValueType::Uuid), "-");
}

#[test]
fn personal_columns_get_the_mask_of_their_kind() {
    let expected = [
        ("email", "contact.email"),
        ("contactEmail", "contact.email"),
        ("e_mail", "contact.email"),
        ("phone_number", "contact.phone"),
        ("mobile", "contact.phone"),
        ("first_name", "person.first_name"),
        ("LastName", "person.last_name"),
        ("full_name", "person.full_name"),
        ("username", "person.username"),
        ("ip_address", "internet.ip"),
        ("last_login_ip", "internet.ip"),
        ("billing_address", "address.street"),
        ("address_line_2", "address.street"),
        ("email_address", "contact.email"),
        ("city", "address.city"),
        ("zip", "address.postcode"),
        ("postalCode", "address.postcode"),
        ("ssn", "government.us_ssn"),
        ("nhs_number", "government.uk_nhs"),
        ("codice_fiscale", "government.it_cf"),
        ("passport", "text.shape"),
        ("card_number", "finance.card"),
        ("last4", "text.shape"),
        ("iban", "finance.iban"),
        ("notes", "text.redact"),
        ("bio", "text.redact"),
        ("description", "text.redact"),
        ("message_body", "text.redact"),
        ("user_agent", "internet.user_agent"),
    ];
    for (name, masked) in expected {
        assert_eq!(mask("gdpr", name, &text(None)), masked, "{name}");
    }
    assert_eq!(mask("gdpr", "born_on", &ValueType::Date), "date.shift");
    assert_eq!(mask("gdpr", "dob", &ValueType::Timestamp), "date.shift");
    assert_eq!(mask("gdpr", "ip", &ValueType::Inet), "internet.ip");
    for name in ["profile", "metadata", "traits", "billing_address", "notes"] {
        assert_eq!(mask("gdpr", name, &ValueType::Jsonb), "text.redact", "{name}");
    }
    assert_eq!(mask("gdpr", "emails", &array(text(None))), "contact.email");
}

#[test]
fn what_holds_nobody_stays_unlisted() {
    for name in [
        "name",
        "title",
        "status",
        "membership",
        "slug",
        "company",
        "country",
        "state",
        "file_name",
        "display_name",
        "currency",
    ] {
        assert_eq!(mask("gdpr", name, &text(None)), "-", "{name}");
    }
    assert_eq!(mask("gdpr", "email_verified", &ValueType::Bool), "-");
    assert_eq!(mask("gdpr", "email_verified_at", &ValueType::TimestampTz), "-");
    assert_eq!(mask("gdpr", "comments_count", &ValueType::Int4), "-");
    assert_eq!(mask("gdpr", "email", &ValueType::Enum(vec!["daily".to_owned()])), "-");
}

#[test]
fn null_is_only_for_columns_that_can_be_null() {
    let pack = find("gdpr").unwrap();
    let rule_of = |name, not_null, value_type| shown(pack.rule_for(&column(name, not_null), &value_type));
    assert_eq!(rule_of("latitude", false, ValueType::Float8), "null");
    assert_eq!(rule_of("latitude", true, ValueType::Float8), "-");
    // The first entry would null it; the next one that names it masks it.
    assert_eq!(rule_of("religion", false, text(None)), "null");
    assert_eq!(rule_of("religion", true, text(None)), "text.redact");
}

#[test]
fn a_mask_is_only_for_types_that_hold_it() {
    let pack = find("gdpr").unwrap();
    // A network is masked as an address is; an interval has no day to shift.
    assert_eq!(shown(pack.rule_for(&column("ip", true), &ValueType::Cidr)), "internet.ip");
    assert_eq!(shown(pack.rule_for(&column("born_on", true), &ValueType::Interval)), "-");
}

#[test]
fn a_pack_says_what_its_entry_is_about() {
    let (clause, _) = find("gdpr").unwrap().rule_for(&column("Email", true), &text(Some(80))).unwrap();
    assert_eq!(clause.to_string(), "gdpr: e-mail addresses");
}

#[test]
fn a_pack_never_keeps() {
    let never = "A pack never keeps.";
    let leaves = "A pack never keeps, and \"json\" keeps booleans, nulls and the keys of objects.";
    let keeping = [
        ("text = { keep = \"why not\" }", never),
        ("json = { mask = \"json\", rest = \"keep\" }", leaves),
        ("json = { mask = \"json\", rest = \"null\" }", leaves),
        ("hstore = { mask = \"json\", rest = \"text.redact\" }", leaves),
        ("text = { mask = \"json\", rest = \"text.redact\", paths = { \"$.a\" = \"null\" } }", leaves),
    ];
    for (rule, detail) in keeping {
        let text = format!("version = 1\n[[entry]]\nwhat = \"x\"\nnames = [\"x\"]\n{rule}");
        let errors = Pack::parse("mine", "mine.toml", &text).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].detail.as_deref(), Some(detail), "{rule}");
    }
}

/// Flags and keys of a document tell as much as its texts do: nothing of one stays under any entry.
#[test]
fn nothing_of_a_document_stays() {
    let whole = ["text.redact", "null"];
    for pack in PACKS.iter() {
        for entry in &pack.entries {
            for family in [Family::Json, Family::Hstore] {
                let rule = entry.rule(family);
                let made = shown(rule.map(|rule| (pack.clause(&entry.what), rule)));
                assert!(rule.is_none() || whole.contains(&made.as_str()), "{}: {}", pack.name, entry.what);
            }
        }
    }
    for (pack, name) in [("gdpr", "medical_history"), ("gdpr", "emails"), ("credentials", "api_key")] {
        assert_eq!(mask(pack, name, &ValueType::Jsonb), "text.redact", "{name}");
        assert_eq!(mask(pack, name, &ValueType::Hstore), "null", "{name}");
        let not_null = find(pack).unwrap().rule_for(&column(name, true), &ValueType::Hstore);
        assert_eq!(shown(not_null), "-", "{name}");
    }
}

#[test]
fn what_is_wrong_in_a_pack_is_said_at_once() {
    let text = r#"version = 2
[[entry]]
nmaes = ["a"]
text = "contact.emial"
[[entry]]
what = "x"
names = ["A b"]
[[table]]
what = "x"
names = ["x"]
columns = []
rows = "all"
[[table]]
what = "x"
colums = ["x"]
"#;
    let errors = Pack::parse("mine", "mine.toml", text).unwrap_err();
    let lines: Vec<String> = errors
        .iter()
        .map(|error| format!("{} {}", error.location.as_ref().unwrap(), error.message))
        .collect();
    let expected = [
        "mine.toml:1:11 key \"version\" in the pack is out of range",
        "mine.toml:2:1 key \"what\" is missing in [[entry]]",
        "mine.toml:2:1 key \"names\" is missing in [[entry]]",
        "mine.toml:3:1 unrecognized key \"nmaes\" in [[entry]]",
        "mine.toml:4:8 mask \"contact.emial\" of family \"text\" does not exist",
        "mine.toml:5:1 [[entry]] has no rule",
        "mine.toml:7:10 invalid pattern \"A b\" in [[entry]]",
        "mine.toml:8:1 key \"columns\" in [[table]] must not be empty",
        "mine.toml:12:8 invalid value for key \"rows\" in [[table]]",
        "mine.toml:13:1 key \"names\" is missing in [[table]]",
        "mine.toml:13:1 key \"columns\" is missing in [[table]]",
        "mine.toml:13:1 key \"rows\" is missing in [[table]]",
        "mine.toml:15:1 unrecognized key \"colums\" in [[table]]",
    ];
    assert_eq!(lines, expected);
}

/// The README's blocks of TOML.
fn readme_blocks() -> Vec<&'static str> {
    let readme = include_str!("../../../../rules/README.md");
    readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_examples_of_the_readme_are_read() {
    let [rule_file, pack] = readme_blocks()[..] else { panic!("not two examples") };
    let rules = crate::rules::RuleFile::parse("README.md", rule_file).unwrap();
    assert_eq!(rules.tables.len(), 2);
    let pack = Pack::parse("site", "README.md", pack).unwrap();
    assert_eq!((pack.tables.len(), pack.entries.len(), pack.extends.len()), (1, 1, 2));
}

#[test]
fn the_manual_names_every_option_and_the_readme_every_family() {
    let manual = include_str!("../../../../docs/masks.md");
    for (name, _) in MASKS.iter().flat_map(|info| info.options) {
        assert!(manual.contains(&format!("`{name}")), "{name}");
    }
    let readme = include_str!("../../../../rules/README.md");
    for (name, _) in Family::KEYS {
        assert!(readme.contains(&format!("`{name}")), "{name}");
    }
}
