//! `text.scrub`: which columns it knows, and what it puts in their place.

use crate::{plan, refused, spec};
use waxwork_core::masks::{MaskKind, RECOGNISED};
use waxwork_core::plan::{Becomes, ByField, ContextField, KnownColumn, MaskSpec, Plan, ScrubSpec};

const CLINIC: &str = "
    table patient
      id int4 not null
      full_name text
      email text
      city text
      tags text[]
      primary key id
      unique email
    table visit
      id int4 not null
      patient_id int4
      doctor text
      born date
      phone text
      fee int4
      note text
      doc jsonb
      primary key id
      foreign key patient_id patient id
";

fn rules(note: &str) -> String {
    format!(
        "[table.patient]\nid = \"id.permute\"\nfull_name = {{ mask = \"person.full_name\", by = \"id\" }}\nemail = \
         \"contact.email\"\ncity = \"address.city\"\ntags = \"text.redact\"\n[table.visit]\nid = \"id.permute\"\ndoctor = \
         \"person.last_name\"\nborn = \"person.birth_date\"\nphone = \"null\"\nfee = {{ keep = \"an amount\" }}\ndoc = \
         \"null\"\nnote = {note}"
    )
}

fn scrub<'p>(catalog: &waxwork_core::catalog::Catalog, plan: &'p Plan) -> &'p ScrubSpec {
    spec(catalog, plan, "visit.note").scrub.as_deref().unwrap()
}

/// The name of a known column, as the plan's text has it.
fn shown(text: &str) -> &str {
    let begins = text.find("knowing ").unwrap() + "knowing ".len();
    &text[begins..begins + text[begins..].find(", else by form").unwrap()]
}

#[test]
fn without_a_list_it_knows_what_tells_who_the_row_and_its_parents_are() {
    let (catalog, found) = plan(CLINIC, &rules("\"text.scrub\""));
    assert_eq!(
        shown(&found.to_text(&catalog)),
        "doctor, born, phone, patient_id.full_name, patient_id.email"
    );
    let known = &scrub(&catalog, &found).known;
    let is_name: Vec<bool> = known.iter().map(|known| known.is_name).collect();
    assert_eq!(is_name, [true, false, false, true, false]);
    assert_eq!((&known[0].field, &known[0].becomes), (&ByField::Column(2), &Becomes::Own(2)));
}

#[test]
fn a_parents_value_becomes_what_the_parents_own_mask_makes_of_it() {
    let (catalog, found) = plan(CLINIC, &rules("\"text.scrub\""));
    let of_parent = |known: &KnownColumn| match &known.becomes {
        Becomes::Masked(spec) => (**spec).clone(),
        other => panic!("{other:?}"),
    };
    let known = &scrub(&catalog, &found).known;
    let same = |left: &MaskSpec, right: &MaskSpec| {
        assert_eq!((left.kind, &left.domain, left.injective), (right.kind, &right.domain, right.injective));
        assert_eq!((&left.identity, left.max_chars), (&right.identity, right.max_chars));
    };
    same(&of_parent(&known[3]), spec(&catalog, &found, "patient.full_name"));
    same(&of_parent(&known[4]), spec(&catalog, &found, "patient.email"));
    assert!(of_parent(&known[4]).injective);
    let by = of_parent(&known[3]).by.unwrap();
    assert_eq!(by.root, "public.patient(id)");
    let ByField::Context(at) = by.field else { panic!("{by:?}") };
    let visit = found.table(crate::table_id(&catalog, "visit")).unwrap();
    let ContextField { path, column, .. } = &visit.context[at];
    assert_eq!((path.len(), path[0].parent, column.0), (1, crate::table_id(&catalog, "patient"), 0));
}

#[test]
fn what_a_list_names_is_known_and_nothing_else() {
    let listed = r#"{ mask = "text.scrub", known = ["phone", "patient_id.city", "fee"] }"#;
    let (catalog, found) = plan(CLINIC, &rules(listed));
    let becomes: Vec<&Becomes> = scrub(&catalog, &found).known.iter().map(|known| &known.becomes).collect();
    // A kept value may stay, and what the copy has for one that is NULL there is not known.
    assert!(matches!(becomes[..], [Becomes::Redacted, Becomes::Masked(_)]), "{becomes:?}");
    let (other, without) = plan(CLINIC, &rules("\"text.scrub\""));
    assert_ne!(found.hash(&catalog), without.hash(&other));
}

#[test]
fn what_is_recognised_shares_the_domains_of_columns() {
    let (catalog, found) = plan(CLINIC, &rules(r#"{ mask = "text.scrub", locale = "de_DE" }"#));
    let recognised = &scrub(&catalog, &found).recognised;
    let kinds: Vec<MaskKind> = recognised.iter().map(|spec| spec.kind).collect();
    assert_eq!(kinds, RECOGNISED);
    let of = |kind: MaskKind| recognised.iter().find(|spec| spec.kind == kind).unwrap();
    // patient.email is unique and of English names.
    assert!(!of(MaskKind::Email).injective);
    assert_eq!(of(MaskKind::Phone).locale(), "de_DE");
    let (catalog, found) = plan(CLINIC, &rules("\"text.scrub\""));
    let email = scrub(&catalog, &found).recognised.iter().find(|spec| spec.kind == MaskKind::Email).unwrap();
    assert!(email.injective && email.domain == spec(&catalog, &found, "patient.email").domain);
}

#[test]
fn a_column_that_cannot_be_known_is_refused() {
    let known = |name: &str| rules(&format!("{{ mask = \"text.scrub\", known = [\"{name}\"] }}"));
    refused(CLINIC, &known("note"), "known_column: known names the text itself: public.visit(note)");
    refused(
        CLINIC,
        &known("patient_id.tags"),
        "known_column: known cannot be found in a text: public.patient(tags)",
    );
    refused(CLINIC, &known("doktor"), "unknown_known: known names no column: doktor of table public.visit");
    refused(
        CLINIC,
        &known("fee.name"),
        "known_no_reference: known follows a column that refers to nothing: public.visit(fee)",
    );
}

#[test]
fn it_stands_in_columns_of_text_alone() {
    let leaf =
        rules("\"null\"").replace("doc = \"null\"", "doc = { mask = \"json\", rest = \"text.scrub\" }");
    refused(
        CLINIC,
        &leaf,
        "mask_does_not_hold_type: mask does not act on leaves of JSON: text.scrub for public.visit(doc) at rest",
    );
    let tags = rules("\"null\"").replace("tags = \"text.redact\"", "tags = \"text.scrub\"");
    let (catalog, found) = plan(CLINIC, &tags);
    assert!(spec(&catalog, &found, "patient.tags").scrub.is_some());
}

#[test]
fn a_name_that_the_copy_does_not_have_is_known_by_its_columns_name() {
    let nulled = rules("\"text.scrub\"")
        .replace("doctor = \"person.last_name\"", "doctor = \"text.redact\"")
        .replace("{ mask = \"person.full_name\", by = \"id\" }", "\"null\"")
        .replace("email = \"contact.email\"", "email = \"secret.token\"");
    let (catalog, found) = plan(CLINIC, &nulled);
    // Nobody's name is a doctor by the column's name alone.
    assert_eq!(shown(&found.to_text(&catalog)), "born, phone, patient_id.full_name, patient_id.email");
    let known = &scrub(&catalog, &found).known;
    assert_eq!(known[1].becomes, Becomes::Redacted);
    assert!(known[2].is_name && known[2].becomes == Becomes::Redacted);
    assert!(matches!(known[3].becomes, Becomes::Masked(_)));
}

#[test]
fn persons_along_a_polymorphic_reference_are_a_warning() {
    let schema = CLINIC
        .replace("      foreign key patient_id patient id\n", "")
        .replace("fee int4", "fee int4\n kind text");
    let reference = "\n[[reference]]\nchild = \"visit(patient_id)\"\nparent = \"patient(id)\"\nwhen = { kind = \"patient\" }";
    let warned = |note: &str| {
        let rules = rules(note).replace("fee =", "kind = { keep = \"a kind\" }\nfee =");
        let (_, found) = plan(&schema, &format!("{rules}{reference}"));
        found.warnings.iter().any(|found| found.code == "scrub_blind")
    };
    assert!(warned("\"text.scrub\""));
    assert!(!warned("{ mask = \"text.scrub\", known = [\"doctor\"] }"));
    assert!(!warned("\"text.redact\""));
}
