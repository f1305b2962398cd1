//! `[pattern]`: one rule for columns of alike names.

use crate::{column, plan, refusals, refused, spec};
use waxwork_core::plan::ColumnAction;

const MAIL: &str = "
    table mail
      id int4 not null
      sender text
      reply_sender text
      sender_ip inet
      primary key id
    table log
      sender text not null
      mail_id int4
      user_name varchar(40)
      foreign key mail_id mail id
    table scan
      sender int4
      note text generated from sender
";

#[test]
fn a_pattern_speaks_after_rules_and_keys_and_before_packs() {
    let rules = "
        [policy]
        packs = [\"gdpr\"]
        [pattern.\"*.*SENDER\"]
        mask = \"contact.email\"
        [pattern]
        \"mail.sender*\" = \"null\"
        \"*.*name\" = { keep = \"accounts of machines\" }
        \"*.*id\" = \"id.permute\"
        [table.mail]
        reply_sender = \"text.redact\"
        [table.scan]
        sender = { keep = \"a counter\" }
    ";
    let (catalog, found) = plan(MAIL, rules);
    let (mail, log) = (spec(&catalog, &found, "mail.sender"), spec(&catalog, &found, "log.sender"));
    assert_eq!((mail.kind.name(), &mail.domain), (log.kind.name(), &log.domain));
    let origin = |name: &str| column(&catalog, &found, name).origin.clone();
    assert_eq!(origin("mail.sender"), "pattern *.*SENDER");
    assert_eq!(origin("mail.reply_sender"), "rule");
    // The mask does not hold inet, so the next pattern speaks.
    assert_eq!(column(&catalog, &found, "mail.sender_ip").action, ColumnAction::Null);
    assert_eq!(origin("log.user_name"), "pattern *.*name");
    assert_eq!(origin("mail.id"), "pattern *.*id");
    assert_eq!(origin("log.mail_id"), "follows public.mail(id)");
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
}

#[test]
fn a_pattern_passes_over_columns_that_cannot_take_it() {
    let rules = "
        [pattern]
        \"*.sender\" = \"null\"
        \"*.*ip\" = \"null\"
        [table.mail]
        id = { keep = \"n\" }
        reply_sender = \"null\"
        [table.log]
        user_name = \"null\"
    ";
    refused(MAIL, rules, "unlisted_column: column is named by no rule: public.log(sender)");
}

#[test]
fn a_pattern_without_a_column_is_worth_knowing() {
    let rest = "
        \"*.*\" = \"null\"
        [table.mail]
        id = { keep = \"n\" }
        [table.log]
        sender = \"contact.email\"
    ";
    let (_, found) = plan(
        MAIL,
        &format!(
            "[pattern]\n\"*.sendr\" = \"null\"\n\"*.note\" = \"null\"\n\"*.*ip\" = \"text.shape\"{rest}"
        ),
    );
    let warnings: Vec<String> = found
        .warnings
        .iter()
        .map(|found| format!("{} {} {}", found.code, found.message, found.detail.is_some()))
        .collect();
    assert_eq!(
        warnings,
        [
            "pattern_matches_nothing pattern matches no column: *.sendr false",
            "pattern_matches_nothing pattern matches no column: *.note false",
            "pattern_matches_nothing pattern matches no column: *.*ip true",
        ]
    );
    let places: Vec<u32> =
        found.warnings.iter().filter_map(|found| Some(found.location.as_ref()?.line)).collect();
    assert_eq!(places, [3, 4, 5]);
}

#[test]
fn what_a_pattern_asks_for_is_checked_at_its_place() {
    let said = refusals(MAIL, "[pattern]\n\"*.*\" = { mask = \"contact.email\", by = \"gone\" }");
    assert!(said.iter().any(|said| said.starts_with("unknown_by")), "{said:?}");
}
