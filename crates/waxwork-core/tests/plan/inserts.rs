//! Rows of `[[insert]]` in the plan: names looked up, values counted and never shown.

use crate::{plan, refusals, table_id};
use waxwork_core::plan::SequencePosition;

const USERS: &str = "
    table users
      id int4 not null
      email text
      shout text generated from email
      hash text
      role text
      primary key id
    table event
      id int4 not null
      day date not null
      partition by r day
    partition event_24 of event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    table elsewhere foreign
      id int4
    sequence users_id_seq users id
";

const RULES: &str = "[table.users]\nid = \"id.permute\"\nemail = \"contact.email\"\nrole = { keep = \"words\" }\n\
    hash = { derive = \"md5(email)\" }\n[table.event]\nid = { keep = \"n\" }\nday = { keep = \"d\" }\n";

#[test]
fn rows_are_planned_by_table_and_shown_by_their_number() {
    let inserts = "[[insert]]\ntable = \"users\"\nrow = { email = \"tester@example.com\", role = \"admin\" }\n\
        [[insert]]\ntable = \"event\"\nrow = { day = 2024-05-06, id = -1 }\n\
        [[insert]]\ntable = \"users\"\nrows = [{ role = true }, {}]\n";
    let (catalog, found) = plan(USERS, &format!("{RULES}{inserts}"));
    let planned: Vec<String> = found
        .inserts
        .iter()
        .flat_map(|insert| insert.rows.iter().map(move |row| (insert.table.0, row)))
        .map(|(table, row)| {
            let values = row.values.iter().map(|(column, value)| format!(" {}={}", column.0, value.text()));
            std::iter::once(table.to_string()).chain(values).collect()
        })
        .collect();
    assert_eq!(planned, ["0 1=tester@example.com 4=admin", "0 4=true", "0", "1 1=2024-05-06 0=-1"]);
    let text = found.to_text(&catalog);
    assert!(text.contains("table public.users\n  rows all\n  inserts 3 rows\n"), "{text}");
    assert!(!text.contains("tester"), "{text}");
    assert!(!format!("{:?}", found.inserts).contains("tester"));
    let (_, other) = plan(USERS, &format!("{RULES}{}", inserts.replace("tester", "checker")));
    assert_ne!(found.hash(&catalog), other.hash(&catalog));
}

#[test]
fn a_permuted_keys_sequence_ends_before_the_range() {
    let (_, found) = plan(USERS, RULES);
    let sequence = &found.sequences[0];
    assert_eq!(sequence.position, SequencePosition::StartAt(1));
    assert_eq!(sequence.below, Some((1 << 24) + 1));
    let (catalog, kept) = plan(USERS, &RULES.replace("id = \"id.permute\"", "id = { keep = \"n\" }"));
    assert_eq!(kept.sequences[0].below, None);
    assert!(kept.table(table_id(&catalog, "users")).is_some());
}

#[test]
fn what_cannot_be_inserted_is_named() {
    let inserts = "[[insert]]\ntable = \"user\"\nrow = {}\n[[insert]]\ntable = \"event_24\"\nrow = {}\n\
        [[insert]]\ntable = \"elsewhere\"\nrow = {}\n\
        [[insert]]\ntable = \"users\"\nrow = { emial = \"secret\", shout = \"secret\", hash = \"secret\" }\n";
    assert_eq!(
        refusals(USERS, &format!("{RULES}{inserts}")),
        [
            "unknown_table: table named in rule does not exist: user",
            "insert_into_partition: table of [[insert]] is a partition: public.event_24",
            "table_without_rows: table named in rule has no rows to copy: public.elsewhere",
            "unknown_column: column named in rule does not exist: column emial of table public.users",
            "insert_on_made: column of [[insert]] is generated: public.users(shout)",
            "insert_on_made: column of [[insert]] is derived: public.users(hash)",
        ]
    );
}
