//! What a refusal suggests for columns that no rule names.

use crate::compile;

/// The suggestions for a table `t` of these columns, each up to its alternative.
fn suggested(schema: &str) -> Vec<String> {
    let (_, plan) = compile(schema, "");
    let hints = plan.unwrap_err().into_iter().filter_map(|found| found.hint);
    hints
        .filter_map(|hint| Some(hint.strip_prefix("Add under [table.t]: ")?.to_owned()))
        .map(|hint| hint.split(", or").next().unwrap().trim_end_matches('.').to_owned())
        .collect()
}

#[test]
fn a_name_that_the_packs_know_says_which_mask() {
    let schema = "
        table t
          email varchar(100)
          firstName text
          phone text
          street text
          city text
          zip varchar(10)
          ip inet
          created_at timestamptz
          birth_date date
          password_hash text
          reset_token uuid
          profile jsonb
          remarks text
          title text
    ";
    let expected = [
        "email = \"contact.email\"",
        "firstName = \"person.first_name\"",
        "phone = \"contact.phone\"",
        "street = \"address.street\"",
        "city = \"address.city\"",
        "zip = \"address.postcode\"",
        "ip = \"internet.ip\"",
        "created_at = \"date.shift\"",
        "birth_date = { mask = \"date.shift\", days = 180 }",
        "password_hash = \"secret.token\"",
        "reset_token = \"secret.token\"",
        "profile = \"text.redact\"",
        "remarks = \"text.redact\"",
        "title = \"text.redact\"",
    ];
    assert_eq!(suggested(schema), expected);
}

#[test]
fn under_a_key_only_what_keeps_values_apart_and_fits_is_suggested() {
    let schema = "
        table t
          id int8 not null
          email text
          phone varchar(20)
          slug text
          country varchar(5)
          words tsvector not null
          primary key id
          unique email
          unique phone
          unique slug
          unique country
    ";
    let expected = [
        "id = \"id.permute\"",
        "email = \"contact.email\"",
        // Twenty characters hold no number with a code in it.
        "phone = \"secret.token\"",
        "slug = \"secret.token\"",
        "country = { mask = \"id.permute\", alphabet = \"alnum\" }",
        "words = { mask = \"constant\", value = \"\" }",
    ];
    assert_eq!(suggested(schema), expected);
}

#[test]
fn what_looks_like_a_reference_is_to_be_declared_not_permuted() {
    let schema = "
        table staff
          staff_id int4 not null
          primary key staff_id
        table t
          manager_staff_id int4
          tax_id int8
          thing_id uuid
          ownerIds int4[]
          unique manager_staff_id
    ";
    let (_, plan) = compile(schema, "[table.staff]\nstaff_id = \"id.permute\"");
    let hints: Vec<String> = plan.unwrap_err().into_iter().filter_map(|found| found.hint).collect();
    let keep = |name: &str| format!("{name} = {{ keep = \"why nobody is in it\" }}");
    let declare = |child: &str, parent: &str| {
        format!(
            " If it holds another table's key, declare that instead, and it follows: [[reference]] child = \
             {child}, parent = \"{parent}\"."
        )
    };
    let expected = [
        format!("{}.{}", keep("manager_staff_id"), declare("\"t(manager_staff_id)\"", "staff(staff_id)")),
        format!("tax_id = \"id.permute\", or {}.{}", keep("tax_id"), declare("\"t(tax_id)\"", "table(key)")),
        format!("{}.{}", keep("thing_id"), declare("\"t(thing_id)\"", "table(key)")),
        format!("{}.{}", keep("ownerIds"), declare("'t(\"ownerIds\"[*])'", "table(key)")),
    ];
    assert_eq!(hints, expected.map(|hint| format!("Add under [table.t]: {hint}")));
}

#[test]
fn what_hangs_on_other_columns_or_is_too_narrow_gets_no_mask_that_would_be_refused() {
    let schema = "
        table t
          country bpchar(2)
          email varchar(10)
          profile jsonb
          room int4
          during tstzrange
          day date
          doctor_no int4
          visited_on date
          gone bool
          note text
          login varchar(12)
          mail text
          exclude room =; during &&
          unique doctor_no,visited_on
          index note where (day IS NULL) reads day
          index lower(login) reads login
          index lower(mail) reads mail
    ";
    let expected = [
        "country = \"text.shape\"",
        "email = \"text.redact\"",
        "profile = \"text.redact\"",
        "room = { keep = \"why nobody is in it\" }",
        "during = { keep = \"why nobody is in it\" }",
        "day = { keep = \"why nobody is in it\" }",
        "doctor_no = \"id.permute\"",
        "visited_on = { mask = \"date.shift\", by = \"doctor_no\" }",
        "gone = \"null\"",
        "note = \"text.redact\"",
        "login = { keep = \"why nobody is in it\" }",
        "mail = \"contact.email\"",
    ];
    assert_eq!(suggested(schema), expected);
}
