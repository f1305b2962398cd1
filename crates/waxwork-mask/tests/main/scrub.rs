//! `text.scrub` over whole rows: what is found in a text, and what stays.

use crate::fixture::{Fixture, Row, TEXT, WIRES, keep, keyring, mask, shown, spec, text, varchar};
use waxwork_copy::{ArrayDimension, Value};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::{Becomes, ByField, ColumnAction, KnownColumn, MaskSpec};

/// Known columns of the row by their places; those from the end of the columns on are of a parent.
fn scrub(known: &[(usize, ValueType, MaskKind)], own: usize) -> MaskSpec {
    let known = known.iter().map(|(at, value_type, kind)| KnownColumn {
        field: if *at < own { ByField::Column(*at) } else { ByField::Context(at - own) },
        value_type: value_type.clone(),
        is_name: kind.is_name(),
        becomes: match kind {
            MaskKind::Null => Becomes::Redacted,
            _ if *at < own => Becomes::Own(*at),
            _ => Becomes::Masked(Box::new(spec(*kind))),
        },
    });
    let mut made = spec(MaskKind::Scrub);
    made.scrub.as_mut().unwrap().known = known.collect();
    made
}

/// What a value becomes in a column of its own.
fn alone(kind: MaskKind, value: &str) -> String {
    let rows = Fixture::one(TEXT, spec(kind)).mask(&keyring(), WIRES[0], &[vec![text(value)]]).unwrap();
    shown(&rows[0][0])
}

/// The row's text, the last of its columns, beside a full name, a mail address and a phone number of its own.
fn of_person(note: &str) -> String {
    let kinds = [MaskKind::FullName, MaskKind::Email, MaskKind::Phone];
    let known: Vec<_> = kinds.into_iter().enumerate().map(|(at, kind)| (at, TEXT, kind)).collect();
    let mut columns: Vec<_> = kinds.iter().map(|kind| (TEXT, mask(spec(*kind)))).collect();
    columns.push((TEXT, mask(scrub(&known, 4))));
    let row: Row = [PERSON[0], PERSON[1], PERSON[2], note].map(text).to_vec();
    through(&Fixture::new(columns), &row)
}

const PERSON: [&str; 3] = ["Anna von Müller", "anna.m@corp.com", "+49 30 90123456"];

fn masked() -> [String; 3] {
    let kinds = [MaskKind::FullName, MaskKind::Email, MaskKind::Phone];
    std::array::from_fn(|at| alone(kinds[at], PERSON[at]))
}

/// The last column, which both wires agree on.
fn through(fixture: &Fixture, row: &Row) -> String {
    let found = WIRES.map(|wire| {
        let rows = fixture.mask(&keyring(), wire, std::slice::from_ref(row)).unwrap();
        shown(rows[0].last().unwrap())
    });
    assert_eq!(found[0], found[1]);
    found[0].clone()
}

/// A text of a row of which nothing else is known.
fn unknown(note: &str) -> String {
    through(&Fixture::one(TEXT, scrub(&[], 1)), &vec![text(note)])
}

#[test]
fn values_of_the_row_become_what_the_row_has_for_them() {
    let [name, email, phone] = masked();
    let made = of_person("Anna von Müller <anna.m@corp.com> called from +49 30 90123456.");
    assert_eq!(made, format!("{name} <{email}> called from {phone}."));
}

#[test]
fn a_name_is_found_in_any_case_spelling_and_part() {
    let [name, ..] = masked();
    let (first, last) = (name.split(' ').next().unwrap(), name.split(' ').next_back().unwrap());
    for (note, expected) in [
        ("ANNA VON MULLER", name.clone()),
        ("mu\u{308}ller, anna", format!("{last}, {first}")),
        ("Annas Termin bei der Bank", format!("{first} Termin bei der Bank")),
        ("Hannah, Annabel und Müllerin bleiben", "Hannah, Annabel und Müllerin bleiben".to_owned()),
    ] {
        assert_eq!(of_person(note), expected, "{note}");
    }
}

#[test]
fn a_number_is_found_however_it_is_written() {
    let [_, _, phone] = masked();
    for note in ["030/90123456", "0049-30-90123456", "(030) 90 12 34 56", "+493090123456"] {
        assert_eq!(of_person(&format!("Tel. {note}!")), format!("Tel. {phone}!"), "{note}");
    }
}

#[test]
fn a_name_in_a_script_without_blanks_is_found_inside_a_sentence() {
    let columns =
        [(TEXT, mask(spec(MaskKind::FullName))), (TEXT, mask(scrub(&[(0, TEXT, MaskKind::FullName)], 2)))];
    let made = through(&Fixture::new(columns), &vec![text("王小明"), text("昨天王小明来了。")]);
    assert_eq!(made, format!("昨天{}来了。", alone(MaskKind::FullName, "王小明")));
}

#[test]
fn values_of_a_parent_become_what_its_row_has_for_them() {
    let known = [(1, TEXT, MaskKind::LastName), (2, ValueType::Int8, MaskKind::Null)];
    let columns = [(TEXT, mask(scrub(&known, 1)))];
    let fixture = Fixture { context: vec![TEXT, ValueType::Int8], ..Fixture::new(columns) };
    let row = vec![text("Frau Okonkwo, Akte 4711"), text("Okonkwo"), Some(Value::Int(4711))];
    assert_eq!(
        through(&fixture, &row),
        format!("Frau {}, Akte [redacted]", alone(MaskKind::LastName, "Okonkwo"))
    );
}

#[test]
fn what_a_list_of_rules_keeps_stays_and_null_is_not_looked_for() {
    let columns = |action: ColumnAction| {
        Fixture::new([(TEXT, action), (TEXT, mask(scrub(&[(0, TEXT, MaskKind::LastName)], 2)))])
    };
    let row = |name: Option<Value<'static>>| vec![name, text("of Okonkwo, null")];
    assert_eq!(through(&columns(keep()), &row(text("Okonkwo"))), "of Okonkwo, null");
    assert_eq!(through(&columns(mask(spec(MaskKind::LastName))), &row(None)), "of Okonkwo, null");
}

/// Numbers that are published as examples by who issues them, or of ranges that nobody holds.
#[test]
fn what_is_recognised_by_its_form_becomes_what_a_column_has_for_it() {
    for (value, kind) in [
        ("https://intranet.corp.com/p/anna?x=1", MaskKind::Url),
        ("anna+x@mail.corp.co.uk", MaskKind::Email),
        ("änna@müller.de", MaskKind::Email),
        ("85.214.132.117", MaskKind::Ip),
        ("2a01:4f8:c17:b8f::2", MaskKind::Ip),
        ("00:1b:44:11:3a:b7", MaskKind::Mac),
        ("6f1c2b7e-9d3a-4c55-8e21-0a9b8c7d6e5f", MaskKind::Token),
        ("DE89 3704 0044 0532 0130 00", MaskKind::Iban),
        ("GB29NWBK60161331926819", MaskKind::Iban),
        ("4111 1111 1111 1111", MaskKind::Card),
        ("4111-1111-1111-1111", MaskKind::Card),
        ("1M8GDM9AXKP042788", MaskKind::Vin),
        ("12345678Z", MaskKind::EsNif),
        ("QQ123456C", MaskKind::Shape),
        ("078-05-1120", MaskKind::UsSsn),
        ("11.222.333/0001-81", MaskKind::BrCnpj),
        ("2021-03-04", MaskKind::DateShift),
        ("(212) 736-5000", MaskKind::Phone),
        ("0172 3456789", MaskKind::Phone),
        ("sk_live_51HxQ2eZvKYlo2C9", MaskKind::Token),
        ("K-48121", MaskKind::Shape),
        ("1984-11-23T10:15:00Z", MaskKind::DateShift),
        ("AB 12 34 56 C", MaskKind::UkNino),
        ("\"Anna S.\"@acme.de", MaskKind::Email),
    ] {
        let made = unknown(&format!("siehe {value}, danke"));
        assert_eq!(made, format!("siehe {}, danke", alone(kind, value)), "{value}");
        assert!(!made.contains(value), "{value}");
    }
}

#[test]
fn words_that_follow_a_number_stay() {
    let iban = alone(MaskKind::Iban, "DE89 3704 0044 0532 0130 00");
    assert_eq!(unknown("DE89 3704 0044 0532 0130 00 from mum"), format!("{iban} from mum"));
    let url = alone(MaskKind::Url, "http://corp.com/a");
    assert_eq!(unknown("(http://corp.com/a)."), format!("({url})."));
}

#[test]
fn a_text_without_finds_stays_byte_for_byte() {
    for note in [
        "In 2024 we sold 1200 units at 12:30, 3.5 % more.",
        "a::b and x@ and @y, C++ / 7-bit\t\u{1f600}\n  ",
        "Version 1.2.3, §12, 100 kg, 4x4",
        "",
    ] {
        assert_eq!(unknown(note), note);
        assert_eq!(of_person(note), note);
    }
}

#[test]
fn overlapping_finds_leave_nothing_between_them() {
    let made = of_person("see anna@von-mueller.example and Anna von Müller 4111 1111 1111 1111 now");
    for gone in ["anna", "Anna", "mueller", "Müller", "4111", "1111"] {
        assert!(!made.contains(gone), "{made}");
    }
    assert!(made.starts_with("see ") && made.ends_with(" now"), "{made}");
}

#[test]
fn bytes_of_another_encoding_are_replaced_whole() {
    let row = vec![Some(Value::Text(b"M\xfcller 030 1234567".into()))];
    assert_eq!(through(&Fixture::one(TEXT, scrub(&[], 1)), &row), "[redacted]");
}

#[test]
fn a_result_is_cut_at_what_the_column_holds() {
    let row = vec![text("x a@b.de")];
    let made = through(&Fixture::one(varchar(8), scrub(&[], 1)), &row);
    let whole = through(&Fixture::one(TEXT, scrub(&[], 1)), &row);
    assert_eq!(made, whole[..8]);
}

#[test]
fn elements_of_an_array_are_texts_of_the_row() {
    let texts = ValueType::Array { element: Box::new(TEXT), element_oid: 25 };
    let columns =
        [(TEXT, mask(spec(MaskKind::LastName))), (texts, mask(scrub(&[(0, TEXT, MaskKind::LastName)], 2)))];
    let element = |text: &str| Some(Value::Text(text.as_bytes().to_vec().into()));
    let array =
        |elements| Some(Value::Array { dimensions: vec![ArrayDimension { length: 3, lower: 0 }], elements });
    let row = vec![text("Okonkwo"), array(vec![element("of OKONKWO"), None, element("a@b.de")])];
    let masked = array(vec![
        element(&format!("of {}", alone(MaskKind::LastName, "Okonkwo"))),
        None,
        element(&alone(MaskKind::Email, "a@b.de")),
    ]);
    for wire in WIRES {
        let rows = Fixture::new(columns.clone()).mask(&keyring(), wire, std::slice::from_ref(&row)).unwrap();
        assert_eq!(rows[0][1], masked);
    }
}

/// What is seen, and what detectors must see.
#[test]
fn digits_of_any_script_dashes_and_blanks_hide_no_number() {
    for (value, plain, kind) in [
        ("４９２９８２３４７４１１００８２", "4929823474110082", MaskKind::Card),
        ("4929–8234–7411–0082", "4929-8234-7411-0082", MaskKind::Card),
        ("4929\u{2011}8234\u{2011}7411\u{2011}0082", "4929-8234-7411-0082", MaskKind::Card),
        ("4929\t8234\t7411\t0082", "4929 8234 7411 0082", MaskKind::Card),
        ("4929\u{200b}8234\u{200b}7411\u{200b}0082", "4929823474110082", MaskKind::Card),
        (
            "DE89\u{202f}3704\u{202f}0044\u{202f}0532\u{202f}0130\u{202f}00",
            "DE89 3704 0044 0532 0130 00",
            MaskKind::Iban,
        ),
        ("536–22–8726", "536-22-8726", MaskKind::UsSsn),
        ("٠٣٠١٢٣٤٥٦٧", "0301234567", MaskKind::Phone),
        ("०३०१२३४५६७", "0301234567", MaskKind::Phone),
        ("ａｎｎａ＠ａｃｍｅ．ｄｅ", "anna@acme.de", MaskKind::Email),
    ] {
        assert_eq!(unknown(&format!("see {value}!")), format!("see {}!", alone(kind, plain)), "{plain}");
    }
    assert!(!unknown("q=anna%40acme.de").contains("acme"));
}

#[test]
fn a_letter_outside_ascii_hides_no_number_behind_it() {
    for text in ["Straße4711815", "ÜberKüK12345678", "№1234567", "顧客4711815様"] {
        let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
        let masked = unknown(text);
        assert!(!masked.contains(digits), "{text}: {masked}");
    }
}

#[test]
fn a_card_behind_another_number_is_a_card() {
    let card = alone(MaskKind::Card, "4929823474110082");
    let made = unknown("12345 4929823474110082 4929-8234");
    assert!(made.contains(&card) && !made.contains("12345") && !made.contains("8234"), "{made}");
    assert_eq!(unknown("_4929823474110082_").matches(|c: char| c.is_ascii_digit()).count(), 16);
    assert!(!unknown("_4929823474110082_").contains("4929823474110082"));
}

#[test]
fn a_name_is_found_as_other_scripts_and_systems_write_it() {
    let columns =
        || [(TEXT, mask(spec(MaskKind::FullName))), (TEXT, mask(scrub(&[(0, TEXT, MaskKind::FullName)], 2)))];
    for (name, note, expected) in [
        ("Νίκος Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ!", "{last}!"),
        ("Ayşe Işık", "AYŞE IŞIK, ayse isik", "{whole}, {whole}"),
        ("Łukasz Øster", "LUKASZ OSTER", "{whole}"),
        ("Jürgen Möller", "Juergen Moeller (MOELLER)", "{whole} ({last})"),
        ("Anna Schmidt", "Sch\u{ad}midt, annaschmidt, Anna1979", "{last}, {whole}, {first}"),
        ("김철수", "김철수가 왔다", "{whole}가 왔다"),
    ] {
        let whole = alone(MaskKind::FullName, name);
        let (first, last) = (whole.split(' ').next().unwrap(), whole.split(' ').next_back().unwrap());
        let expected = expected.replace("{whole}", &whole).replace("{first}", first).replace("{last}", last);
        assert_eq!(through(&Fixture::new(columns()), &vec![text(name), text(note)]), expected, "{note}");
    }
}
