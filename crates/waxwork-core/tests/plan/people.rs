//! Parts of one person, place or company: identities, uniqueness and lengths.

use crate::{plan, refusals, refused, spec};
use waxwork_core::plan::ByField;

const SCHEMA: &str = "
    table customer
      id int4 not null
      name varchar(10)
      email text
      city text
      contact text
      primary key id
      unique email
    table orders
      customer_id int4
      name text
      email varchar(60)
      foreign key customer_id customer id
";

const RULES: &str = "
    [table.customer]
    id = \"id.permute\"
    name = { mask = \"person.full_name\", by = \"id\" }
    email = { mask = \"contact.email\", by = \"id\", locale = \"de_DE\" }
    city = { mask = \"address.city\", by = \"id\" }
    contact = { mask = \"person.full_name\", by = \"id\", domain = \"emergency\" }
    [table.orders]
    name = { mask = \"person.full_name\", by = \"customer_id\" }
    email = { mask = \"contact.email\", by = \"customer_id\", locale = \"de_DE\" }
";

#[test]
fn parts_keyed_by_a_column_have_an_identity_and_several_masks_share_it() {
    let (catalog, found) = plan(SCHEMA, RULES);
    let of = |name: &str| spec(&catalog, &found, name).clone();
    for column in ["customer.name", "customer.email", "orders.name", "orders.email"] {
        assert_eq!(of(column).identity.as_deref(), Some("person"), "{column}");
    }
    assert_eq!(of("customer.city").identity.as_deref(), Some("place"));
    assert_eq!(of("customer.contact").identity.as_deref(), Some("person emergency"));
    assert_eq!(of("customer.id").identity, None);
    assert_eq!(of("orders.name").domain, "person person.full_name");
    assert_eq!(of("customer.contact").domain, "person emergency person.full_name");
    let text = found.to_text(&catalog);
    assert!(text.contains("person.full_name of one person emergency, by id (public.customer(id))"), "{text}");
}

#[test]
fn a_narrow_part_binds_the_others_only_where_codes_must_agree() {
    let (catalog, found) = plan(SCHEMA, RULES);
    let of = |name: &str| spec(&catalog, &found, name).clone();
    assert_eq!((of("customer.name").max_chars, of("orders.name").max_chars), (Some(10), None));
    // The unique address makes its whole domain injective.
    for column in ["customer.email", "orders.email"] {
        assert!(of(column).injective && of(column).max_chars == Some(60), "{column}");
    }
    assert!(!of("customer.name").injective);
}

#[test]
fn a_part_that_others_refer_to_has_no_by() {
    let schema = "
        table customer
          id int4 not null
          email text
          primary key id
          unique email
        table ticket
          sender text
          foreign key sender customer email
    ";
    let rules = "[table.customer]\nid = \"id.permute\"\nemail = { mask = \"contact.email\", by = \"id\" }";
    let found = refusals(schema, rules);
    let message = "by_on_key: key that others refer to is masked by another column: contact.email on \
                   public.customer(email)";
    assert!(found.iter().any(|found| found == message), "{found:?}");
}

#[test]
fn a_unique_shift_by_another_column_is_still_refused() {
    let schema = "
        table customer
          id int4 not null
          born date
          primary key id
          unique born
    ";
    refused(
        schema,
        "[table.customer]\nid = \"id.permute\"\nborn = { mask = \"date.shift\", by = \"id\" }",
        "mask_not_injective: mask cannot keep values apart: date.shift on public.customer(born) under unique \
         key customer_key1",
    );
}

#[test]
fn a_gender_is_read_from_a_column_of_the_row_and_its_absence_told() {
    let schema = "
        table person
          id int4 not null
          sex text
          name text
          profile jsonb
          primary key id
    ";
    let rules = |sex: &str, name: &str| {
        format!(
            "[table.person]\nid = {{ keep = \"n\" }}\nsex = {sex}\nprofile = \"null\"\n\
             name = {{ mask = \"person.first_name\", gender = \"{name}\" }}"
        )
    };
    let (catalog, found) = plan(schema, &rules("{ keep = \"two words\" }", "sex"));
    assert_eq!(spec(&catalog, &found, "person.name").gender, Some(ByField::Column(1)));
    // What becomes NULL is read beside the row.
    let (catalog, found) = plan(schema, &rules("\"null\"", "sex"));
    assert_eq!(spec(&catalog, &found, "person.name").gender, Some(ByField::Context(0)));
    let text = found.to_text(&catalog);
    assert!(text.contains("person.first_name in person.first_name gender=sex, gender as sex says"), "{text}");
    refused(
        schema,
        &rules("\"null\"", "sexx"),
        "unknown_gender: gender names no column: sexx of table public.person",
    );
    let leaf = "{ mask = \"json\", paths = { \"$.name\" = { mask = \"person.first_name\", gender = \"sex\" } }, rest = \"keep\" }";
    refused(
        schema,
        &rules("\"null\"", "sex").replace("profile = \"null\"", &format!("profile = {leaf}")),
        "gender_of_leaf: a leaf of a document has no option \"gender\": person.first_name",
    );
}

const PATIENTS: &str = "
    table patient
      id int4 not null
      sex text
      first_name text
      full_name text
      profile jsonb
      primary key id
    table visit
      patient_id int4
      name text
      foreign key patient_id patient id
";

/// Rules for [`PATIENTS`] with the options of the first name, the full name, the document's name and the visit's.
fn patients(first: &str, full: &str, leaf: &str, visit: &str) -> String {
    format!(
        "[table.patient]\nid = {{ keep = \"n\" }}\nsex = {{ keep = \"two words\" }}\n\
         first_name = {{ mask = \"person.first_name\"{first} }}\n\
         full_name = {{ mask = \"person.full_name\"{full} }}\n\
         profile = {{ mask = \"json\", paths = {{ \"$.name\" = {{ mask = \"person.last_name\"{leaf} }} }}, rest = \"keep\" }}\n\
         [table.visit]\nname = {{ mask = \"person.full_name\"{visit} }}"
    )
}

/// Code, message, detail and place of each warning.
fn warned(schema: &str, rules: &str) -> Vec<(String, String, String)> {
    let (_, found) = plan(schema, rules);
    let parts = |warning: &waxwork_core::diagnostic::Diagnostic| {
        let place = warning.location.as_ref().map(ToString::to_string);
        let said = format!("{}: {}", warning.code, warning.message);
        (said, warning.detail.clone().unwrap_or_default(), place.unwrap_or_default())
    };
    found.warnings.iter().map(parts).collect()
}

#[test]
fn a_gender_is_read_along_references_as_by_is() {
    let sexes = [", by = \"id\", gender = \"sex\"", ", by = \"patient_id\", gender = \"patient_id.sex\""];
    let rules = patients(sexes[0], sexes[0], ", by = \"id\"", sexes[1]);
    let (catalog, found) = plan(PATIENTS, &rules);
    let visit = found.table(crate::table_id(&catalog, "visit")).unwrap();
    let Some(ByField::Context(at)) = spec(&catalog, &found, "visit.name").gender else {
        panic!("it is no field beside the row")
    };
    let field = &visit.context[at];
    assert_eq!((field.path.len(), field.path[0].parent), (1, crate::table_id(&catalog, "patient")));
    // One person, so one domain, wherever her gender is read.
    assert_eq!(spec(&catalog, &found, "visit.name").domain, "person person.full_name");
    assert_eq!(spec(&catalog, &found, "patient.full_name").domain, "person person.full_name");
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    refused(
        PATIENTS,
        &rules.replace("patient_id.sex", "name.sex"),
        "gender_no_reference: gender follows a column that refers to nothing: public.visit(name)",
    );
}

#[test]
fn parts_of_one_person_that_state_different_genders_or_locales_are_told() {
    let all = |own: &str, other: &str| {
        patients(
            &format!(", by = \"id\"{own}"),
            ", by = \"id\"",
            ", by = \"id\"",
            &format!(", by = \"patient_id\"{other}"),
        )
    };
    let told = warned(PATIENTS, &all(", gender = \"sex\"", ""));
    let expected = (
        "parts_disagree: parts of one person by public.patient(id) differ in gender: \
         public.patient(first_name) and public.patient(full_name)",
        "Their gender: public.patient(first_name) (public.patient(sex), rules.toml:5:1), \
         public.patient(full_name) (none, rules.toml:6:1), public.visit(name) (none, rules.toml:9:1).",
        "rules.toml:6:1",
    );
    let plain: Vec<(&str, &str, &str)> =
        told.iter().map(|(said, detail, place)| (said.as_str(), detail.as_str(), place.as_str())).collect();
    assert_eq!(plain, [expected]);
    let told = warned(PATIENTS, &all("", ", locale = \"de_DE\""));
    assert_eq!(
        told[0].0,
        "parts_disagree: parts of one person by public.patient(id) differ in locale: \
         public.patient(first_name) and public.visit(name)"
    );
    assert!(told[0].1.contains("public.patient(profile) at $.name (en, rules.toml:7:1)"), "{told:?}");
    assert_eq!(warned(PATIENTS, &all("", "")), []);
    // Somebody else may be of anywhere.
    assert_eq!(warned(PATIENTS, &all("", ", locale = \"de_DE\", domain = \"doctor\"")), []);
}

#[test]
fn a_column_by_a_key_and_its_namesake_by_value_are_told_to_join_no_more() {
    let schema = "
        table customer
          id int4 not null
          email text
          primary key id
        table newsletter
          email text
          note text
    ";
    let rules = |customer: &str, newsletter: &str| {
        format!(
            "[table.customer]\nid = {{ keep = \"n\" }}\nemail = {{ mask = \"contact.email\"{customer} }}\n\
             [table.newsletter]\nemail = {{ mask = \"contact.email\"{newsletter} }}\nnote = \"text.redact\""
        )
    };
    let told = warned(schema, &rules(", by = \"id\"", ""));
    let said =
        "join_lost: equal values part in the copy: public.newsletter(email) and public.customer(email)";
    assert_eq!(
        told.iter().map(|(said, _, place)| (said.as_str(), place.as_str())).collect::<Vec<_>>(),
        [(said, "rules.toml:6:1")]
    );
    assert_eq!(warned(schema, &rules("", "")), []);
    assert_eq!(warned(schema, &rules(", by = \"id\"", ", by = \"note\"")), []);
}

#[test]
fn what_is_decided_is_told_where_columns_are_not() {
    let schema = "
        table customer
          id int4 not null
          email text
          thing text
          primary key id
    ";
    let catalog = crate::schema::catalog(schema);
    let text = "version = 1\n[policy]\npacks = [\"gdpr\"]\n[table.customer]\nid = { keep = \"n\" }";
    let rules = waxwork_core::rules::RuleFile::parse("rules.toml", text).unwrap();
    let refused =
        waxwork_core::plan::Plan::compile_or_coverage(&rules, &catalog).expect_err("thing is unlisted");
    assert_eq!(refused.diagnostics.len(), 1);
    let text = refused.to_string();
    assert!(text.starts_with("no plan yet: 2 of 3 columns are decided\n"), "{text}");
    assert!(text.contains("pack gdpr\n  e-mail addresses: 1 column\n"), "{text}");
    assert!(text.ends_with("decided columns\n  public.customer: 2 of 3\n"), "{text}");
}

#[test]
fn companies_are_counted_in_the_column_and_not_in_documents_or_keys() {
    let schema = "
        table staff
          id int4 not null
          email text
          login text
          profile jsonb
          primary key id
          unique login
        table entry
          who text
          foreign key who staff login
    ";
    let mail = "{ mask = \"contact.email\", company = true }";
    let rules = |email: &str, login: &str, profile: &str| {
        format!("[table.staff]\nid = \"id.permute\"\nemail = {email}\nlogin = {login}\nprofile = {profile}")
    };
    let (catalog, found) = plan(schema, &rules(mail, "{ keep = \"x\" }", "\"null\""));
    assert_eq!(
        spec(&catalog, &found, "staff.email").domain,
        "contact.email company=true public.staff(email)"
    );
    let probes: Vec<String> = found.probes.iter().map(|probe| format!("{probe:?}")).collect();
    assert!(probes.iter().any(|probe| probe.contains("ColumnId(1), of: MailDomain")), "{probes:?}");
    assert!(refusals(schema, &rules("\"null\"", mail, "\"null\""))[0].starts_with("by_on_key"));
    let leaf = format!("{{ mask = \"json\", paths = {{ \"$.mail\" = {mail} }}, rest = \"keep\" }}");
    refused(
        schema,
        &rules("\"null\"", "{ keep = \"x\" }", &leaf),
        "company_of_leaf: a leaf of a document has no option \"company\": contact.email",
    );
}

#[test]
fn what_a_locale_lacks_is_told() {
    let schema = "
        table place
          id int4 not null
          town text
          zip text
          phone text
          primary key id
    ";
    let rules = |locale: &str| {
        format!(
            "[table.place]\nid = \"id.permute\"\ntown = {{ mask = \"address.city\", locale = \"{locale}\" }}\n\
             zip = {{ mask = \"address.postcode\", by = \"id\", locale = \"{locale}\" }}\n\
             phone = {{ mask = \"contact.phone\", country = \"none\", locale = \"{locale}\" }}"
        )
    };
    let told = |locale: &str| {
        let (catalog, found) = plan(schema, &rules(locale));
        let text = found.to_text(&catalog);
        let lines = text.lines().filter(|line| line.contains("English where"));
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        told("ja_JP"),
        ["town   address.city in address.city locale=ja_JP, English where ja_JP has no words (rule)"]
    );
    assert_eq!(told("de_DE"), Vec::<String>::new());
}
