//! `text.template` over whole rows.

use crate::fixture::{Fixture, Row, TEXT, WIRES, keep, keyring, mask, shown, spec, text, varchar};
use waxwork_copy::Value;
use waxwork_core::catalog::{ColumnId, TextKind, TextType, ValueType};
use waxwork_core::condition::{Check, Predicate};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::{Case, ColumnAction, MaskSpec, TemplatePart};

fn template(parts: &[&str]) -> MaskSpec {
    let part = |part: &&str| match part.strip_prefix('#') {
        Some(column) => TemplatePart::Column(column.parse().unwrap()),
        None => TemplatePart::Text((*part).to_owned()),
    };
    MaskSpec { template: parts.iter().map(part).collect(), ..spec(MaskKind::Template) }
}

/// The template's column, last of the row, on both wires.
fn made(columns: &[(ValueType, ColumnAction)], into: (ValueType, MaskSpec), row: &Row) -> Option<String> {
    let mut all = columns.to_vec();
    all.push((into.0, mask(into.1)));
    let found = WIRES.map(|wire| {
        let row =
            Fixture::new(all.clone()).mask(&keyring(), wire, std::slice::from_ref(row)).unwrap().remove(0);
        row.last().unwrap().clone()
    });
    assert!(found[0] == found[1]);
    found[0].as_ref().map(|_| shown(&found[0]))
}

#[test]
fn a_template_reads_what_the_copy_holds() {
    let email = || (TEXT, mask(spec(MaskKind::Email)));
    let plain = Fixture::new([email()]).mask(&keyring(), WIRES[0], &[vec![text("a@corp.com")]]).unwrap();
    let columns = [email(), (TEXT, ColumnAction::Null), (TEXT, keep())];
    let row = vec![text("a@corp.com"), text("gone"), text("kept\t\\"), text("x")];
    let found = made(&columns, (TEXT, template(&["<", "#0", ">", "#1", "|", "#2"])), &row);
    assert_eq!(found, Some(format!("<{}>|kept\t\\", shown(&plain[0][0]))));
}

#[test]
fn values_are_written_as_a_cast_to_text_has_them() {
    let padded = ValueType::Text(TextType { kind: TextKind::Bpchar, max_chars: Some(4) });
    let columns = [
        (ValueType::Int8, keep()),
        (ValueType::Bool, keep()),
        (ValueType::Date, keep()),
        (ValueType::Uuid, keep()),
        (padded, keep()),
        (ValueType::Enum(vec!["so so".to_owned()]), keep()),
        (ValueType::Bytea, keep()),
        (TEXT, keep()),
    ];
    let row = vec![
        Some(Value::Int(-7)),
        Some(Value::Bool(true)),
        Some(Value::Date(0)),
        Some(Value::Uuid([0x11; 16])),
        text("ab  "),
        text("so so"),
        Some(Value::Bytea(b"\xff".into())),
        None,
        text("x"),
    ];
    let all = template(&["#0", ",", "#1", ",", "#2", ",", "#3", ",", "#4", ",", "#5", ",", "#6", ",", "#7"]);
    assert_eq!(
        made(&columns, (TEXT, all), &row).as_deref(),
        Some("-7,true,2000-01-01,11111111-1111-1111-1111-111111111111,ab,so so,\\xff,")
    );
}

#[test]
fn a_template_is_cut_at_what_the_column_holds() {
    let columns = [(TEXT, keep())];
    let row = |value: &str| vec![text(value), text("x")];
    let cut =
        |chars, value: &str| made(&columns, (varchar(chars), template(&["#0", "!"])), &row(value)).unwrap();
    assert_eq!(cut(4, "äöü"), "äöü!");
    assert_eq!(cut(3, "äöü"), "äöü");
    assert_eq!(cut(1, "äöü"), "ä");
    let name = ValueType::Text(TextType { kind: TextKind::Name, max_chars: Some(63) });
    assert_eq!(made(&columns, (name, template(&["#0"])), &row(&"ä".repeat(40))), Some("ä".repeat(31)));
}

#[test]
fn null_and_empty_stay_unless_nulls_are_masked() {
    let columns = [(TEXT, keep())];
    let into = |mask_nulls| (TEXT, MaskSpec { mask_nulls, ..template(&["#0"]) });
    assert_eq!(made(&columns, into(false), &vec![text("a"), None]), None);
    assert_eq!(made(&columns, into(true), &vec![text("a"), None]).as_deref(), Some("a"));
    assert_eq!(made(&columns, into(true), &vec![text("a"), text("")]).as_deref(), Some(""));
}

#[test]
fn templates_read_templates_and_lists() {
    let is_null = |column| Predicate::Test(ColumnId(column), Check::Null);
    let list = ColumnAction::Cases {
        cases: vec![Case { when: is_null(0), action: mask(template(&["none"])) }],
        otherwise: Box::new(mask(template(&["one ", "#0"]))),
    };
    let columns = [(TEXT, keep()), (TEXT, list)];
    let into = || (TEXT, template(&["[", "#1", "]"]));
    assert_eq!(made(&columns, into(), &vec![text("a"), text("x"), text("x")]).as_deref(), Some("[one a]"));
    assert_eq!(made(&columns, into(), &vec![None, text("x"), text("x")]).as_deref(), Some("[none]"));
}
