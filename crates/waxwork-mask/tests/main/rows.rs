//! Whole rows: what is kept, dropped, nulled, decided by other fields, and refused.

use crate::fixture::{Fixture, Row, TEXT, WIRES, keep, keyring, mask, shown, spec, text, varchar};
use waxwork_copy::{Value, Wire};
use waxwork_core::catalog::{ColumnId, TextKind, TextType, ValueType};
use waxwork_core::condition::Predicate;
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::{By, ByField, Case, ColumnAction, IntegerMap, JsonAction, JsonSpec, MaskSpec};
use waxwork_mask::MaskErrorKind;

const INTEGERS: IntegerMap =
    IntegerMap { from: (-65_536, 2_130_640_895), range: (16_777_216, 2_147_483_647) };

fn int(value: i64) -> Option<Value<'static>> {
    Some(Value::Int(value))
}

/// Kept, masked and nulled columns by turns.
fn mixed() -> Fixture {
    Fixture::new([
        (ValueType::Int4, keep()),
        (TEXT, keep()),
        (TEXT, mask(spec(MaskKind::Email))),
        (ValueType::Date, mask(spec(MaskKind::DateShift))),
        (TEXT, ColumnAction::Null),
        (ValueType::Bool, keep()),
    ])
}

fn mixed_row(id: i64) -> Row {
    vec![
        int(id),
        text("kept\tas\\it is\n"),
        text(&format!("user{id}@corp.com")),
        Some(Value::Date(id as i32)),
        text("gone"),
        if id % 3 == 0 { None } else { Some(Value::Bool(true)) },
    ]
}

#[test]
fn kept_fields_stay_and_others_change_on_both_wires() {
    let rows: Vec<Row> = (1..200).map(mixed_row).collect();
    let masked = WIRES.map(|wire| mixed().mask(&keyring(), wire, &rows).unwrap());
    assert!(masked[0] == masked[1]);
    for (row, masked) in rows.iter().zip(&masked[0]) {
        for kept in [0, 1, 5] {
            assert!(row[kept] == masked[kept]);
        }
        assert!(shown(&masked[2]).contains("@example."));
        assert!(masked[3] != row[3] && masked[4].is_none());
    }
}

#[test]
fn a_table_without_masks_hands_its_buffer_on() {
    let fixture = Fixture::new([(ValueType::Int4, keep()), (TEXT, keep())]);
    for wire in WIRES {
        let batch = fixture.batch(wire, &[vec![int(1), text("a")], vec![int(2), None]]);
        let (bytes, place) = (batch.bytes().to_vec(), batch.bytes().as_ptr());
        let masked = fixture.compile(&keyring(), wire).unwrap().apply(batch).unwrap();
        assert_eq!((masked.bytes(), masked.bytes().as_ptr(), masked.rows()), (&bytes[..], place, 2));
    }
}

#[test]
fn batches_may_be_cut_anywhere() {
    let rows: Vec<Row> = (1..50).map(mixed_row).collect();
    for wire in WIRES {
        let mask = mixed().compile(&keyring(), wire).unwrap();
        let whole = mask.apply(mixed().batch(wire, &rows)).unwrap().into_bytes();
        for size in [1, 7, 48] {
            let parts = rows
                .chunks(size)
                .flat_map(|rows| mask.apply(mixed().batch(wire, rows)).unwrap().into_bytes());
            assert_eq!(parts.collect::<Vec<u8>>(), whole);
        }
    }
}

#[test]
fn context_fields_key_masks_and_never_come_out() {
    let by = |field, root: &str| Some(By { field, root: root.to_owned() });
    let shift = |by| mask(MaskSpec { by, ..spec(MaskKind::DateShift) });
    let mut fixture = Fixture::new([
        (ValueType::Int4, keep()),
        (ValueType::Date, shift(by(ByField::Context(0), "public.customer(id)"))),
        (ValueType::Timestamp, shift(by(ByField::Context(0), "public.customer(id)"))),
        (ValueType::Date, shift(by(ByField::Column(0), "public.customer(id)"))),
    ]);
    fixture.context = vec![ValueType::Int8];
    let day = 86_400_000_000;
    let row = |customer: i64| {
        vec![int(5), Some(Value::Date(10)), Some(Value::Timestamp(day)), Some(Value::Date(0)), int(customer)]
    };
    for wire in WIRES {
        let masked = fixture.mask(&keyring(), wire, &[row(5), row(77)]).unwrap();
        for masked in &masked {
            let [_, Some(Value::Date(date)), Some(Value::Timestamp(micros)), _] = &masked[..] else {
                panic!("shape")
            };
            assert_eq!(i64::from(*date) - 10, micros / day - 1);
        }
        // The same customer by an int4 column of the row and by an int8 field of another table.
        let (Some(Value::Date(by_context)), Some(Value::Date(by_column))) = (&masked[0][1], &masked[0][3])
        else {
            panic!("shape")
        };
        assert_eq!(by_context - 10, *by_column);
        assert!(masked[0][1] != masked[1][1]);
    }
}

#[test]
fn leaves_of_a_document_move_with_the_rows_that_have_their_root() {
    let by = |field| Some(By { field, root: "public.customer(id)".to_owned() });
    let shift = |by| MaskSpec { by, ..spec(MaskKind::DateShift) };
    let paths = vec![
        ("$.born".to_owned(), JsonAction::Mask(Box::new(shift(by(ByField::Context(0)))))),
        ("$.own".to_owned(), JsonAction::Mask(Box::new(shift(by(ByField::Column(0)))))),
    ];
    let json = JsonSpec { paths, kept_keys: vec![], rest: JsonAction::Mask(Box::new(shift(None))) };
    let json = MaskSpec { json: Some(json), ..spec(MaskKind::Json) };
    let mut fixture = Fixture::new([
        (ValueType::Int4, keep()),
        (ValueType::Jsonb, mask(json)),
        (ValueType::Date, mask(shift(by(ByField::Context(0))))),
        (ValueType::Date, mask(shift(by(ByField::Column(0))))),
    ]);
    fixture.context = vec![ValueType::Int4];
    let document = br#"{"born": "2000-01-11", "own": "2000-01-11", "other": "2000-01-11"}"#;
    let row = |own, other| {
        let document = Some(Value::Json(document.to_vec().into()));
        vec![int(own), document, Some(Value::Date(10)), Some(Value::Date(10)), int(other)]
    };
    for wire in WIRES {
        let masked = fixture.mask(&keyring(), wire, &[row(1, 2), row(3, 4)]).unwrap();
        let mut others = Vec::new();
        for masked in &masked {
            let [_, document, Some(Value::Date(born)), Some(Value::Date(own))] = &masked[..] else {
                panic!("shape")
            };
            let leaves: serde_json::Value = serde_json::from_str(&shown(document)).unwrap();
            let day = |days: i32| {
                let date = waxwork_copy::CivilDate::from_days(days);
                format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
            };
            assert_eq!((&leaves["born"], &leaves["own"]), (&day(*born).into(), &day(*own).into()));
            others.push(leaves["other"].clone());
        }
        assert!(masked[0][2] != masked[1][2] && others[0] == others[1]);
    }
}

#[test]
fn cases_follow_their_discriminator() {
    let permute = |domain: &str| {
        mask(MaskSpec { domain: domain.to_owned(), integers: Some(INTEGERS), ..spec(MaskKind::Permute) })
    };
    let case = |constant: &str, action| Case {
        when: Predicate::of_constants(&[(ColumnId(0), constant.to_owned())]),
        action,
    };
    for kind in [TextKind::Text, TextKind::Bpchar] {
        let discriminator =
            ValueType::Text(TextType { kind, max_chars: (kind == TextKind::Bpchar).then_some(8) });
        let action = ColumnAction::Cases {
            cases: vec![
                case("Post", permute("posts")),
                case("Vi\tdeo", permute("videos")),
                case("Tag", ColumnAction::Null),
            ],
            otherwise: Box::new(keep()),
        };
        let fixture = Fixture::new([(discriminator, keep()), (ValueType::Int4, action)]);
        let padded = |value: &str| {
            text(&if kind == TextKind::Bpchar { format!("{value:8}") } else { value.to_owned() })
        };
        let rows: Vec<Row> = [padded("Post"), padded("Vi\tdeo"), padded("Tag"), padded("Other"), None]
            .map(|discriminator| vec![discriminator, int(42)])
            .to_vec();
        for wire in WIRES {
            let masked = fixture.mask(&keyring(), wire, &rows).unwrap();
            let plain = |domain: &str| {
                let fixture = Fixture::new([(ValueType::Int8, permute(domain))]);
                fixture.mask(&keyring(), wire, &[vec![int(42)]]).unwrap()[0][0].clone()
            };
            assert!(masked[0][1] == plain("posts") && masked[1][1] == plain("videos"));
            assert!(masked[2][1].is_none() && masked[3][1] == int(42) && masked[4][1] == int(42));
        }
    }
}

#[test]
fn null_stays_null_unless_the_rule_says_otherwise() {
    for mask_nulls in [false, true] {
        let column =
            |kind| mask(MaskSpec { mask_nulls, ..spec(kind) }.with("value", Setting::Text("0".to_owned())));
        let fixture = Fixture::new([
            (TEXT, column(MaskKind::FullName)),
            (ValueType::Int4, column(MaskKind::Constant)),
            (ValueType::Uuid, column(MaskKind::Token)),
            (ValueType::Date, column(MaskKind::DateShift)),
        ]);
        for wire in WIRES {
            let masked = fixture.mask(&keyring(), wire, &[vec![None, None, None, None]]).unwrap();
            let nulls: Vec<bool> = masked[0].iter().map(Option::is_none).collect();
            assert_eq!(nulls, [!mask_nulls, !mask_nulls, !mask_nulls, true]);
        }
    }
}

#[test]
fn arrays_are_masked_element_by_element() {
    let array = |element: ValueType, oid| ValueType::Array { element: Box::new(element), element_oid: oid };
    let emails = array(TEXT, 25);
    let fixture = Fixture::one(emails, spec(MaskKind::Email));
    let scalar = Fixture::one(TEXT, spec(MaskKind::Email));
    let dimensions = vec![waxwork_copy::ArrayDimension { length: 3, lower: 1 }];
    let elements = vec![text("a@corp.com"), None, text("b@corp.com")];
    let row = vec![Some(Value::Array { dimensions, elements: elements.clone() })];
    for wire in WIRES {
        let masked = fixture.mask(&keyring(), wire, std::slice::from_ref(&row)).unwrap();
        let Some(Value::Array { elements: masked, .. }) = &masked[0][0] else { panic!("not an array") };
        for (element, masked) in elements.iter().zip(masked) {
            let alone = scalar.mask(&keyring(), wire, &[vec![element.clone()]]).unwrap();
            assert!(*masked == alone[0][0]);
        }
    }
}

#[test]
fn a_value_outside_stops_the_batch_and_is_not_told() {
    let permute = MaskSpec { integers: Some(INTEGERS), ..spec(MaskKind::Permute) };
    let digits = spec(MaskKind::Permute).with("alphabet", Setting::Text("0123456789".to_owned()));
    let fixture = Fixture::new([(ValueType::Int8, mask(permute)), (TEXT, mask(digits))]);
    for wire in WIRES {
        let error = fixture.mask(&keyring(), wire, &[vec![int(9_876_543_210), text("1")]]).unwrap_err();
        assert!(matches!(error.kind, MaskErrorKind::Window) && error.kind.is_data());
        assert_eq!(error.column, "public.t(c0)");
        assert!(!format!("{error} {error:?}").contains("9876543210"));
        let error = fixture.mask(&keyring(), wire, &[vec![int(1), text("SECRET")]]).unwrap_err();
        assert!(matches!(error.kind, MaskErrorKind::Alphabet { length: 6 }));
        assert!(!format!("{error} {error:?}").contains("SECRET"));
    }
}

#[test]
fn rows_of_another_shape_or_wire_are_refused() {
    let (two, six) = (Fixture::new([(ValueType::Int4, keep()), (TEXT, ColumnAction::Null)]), mixed());
    let mask = two.compile(&keyring(), Wire::Binary).unwrap();
    let error = mask.apply(six.batch(Wire::Binary, &[mixed_row(1)])).unwrap_err();
    assert!(matches!(error.kind, MaskErrorKind::Fields { found: 6, expected: 2 }));
    let error = mask.apply(two.batch(Wire::Text, &[vec![int(1), None]])).unwrap_err();
    assert!(matches!(error.kind, MaskErrorKind::Wire));
}

#[test]
fn what_cannot_fit_is_found_before_a_row_is_read() {
    let needs = |value_type: ValueType, spec: MaskSpec| match Fixture::one(value_type, spec)
        .compile(&keyring(), Wire::Binary)
    {
        Err(error) => {
            assert!(!error.kind.is_data());
            match error.kind {
                MaskErrorKind::Short { needed, .. } => needed,
                other => panic!("{other}"),
            }
        }
        Ok(_) => panic!("it fits"),
    };
    let injective = |kind| MaskSpec { injective: true, ..spec(kind) };
    assert_eq!(needs(varchar(27), injective(MaskKind::Email)), 28);
    assert_eq!(needs(varchar(28), injective(MaskKind::Phone)), 29);
    assert_eq!(needs(varchar(15), injective(MaskKind::FullName)), 16);
    assert_eq!(needs(varchar(38), injective(MaskKind::Ip)), 39);
    assert_eq!(needs(TEXT, MaskSpec { max_chars: Some(15), ..injective(MaskKind::Permute) }), 16);
    assert_eq!(needs(varchar(2), spec(MaskKind::Constant).with("value", Setting::Text("abc".to_owned()))), 3);
}

#[test]
fn masks_without_meaning_for_a_type_are_refused() {
    for (kind, value_type) in [
        (MaskKind::Email, ValueType::Int4),
        (MaskKind::FirstName, ValueType::Bool),
        (MaskKind::DateShift, ValueType::Time),
        (MaskKind::Noise, ValueType::Uuid),
        (MaskKind::Shape, ValueType::Enum(vec!["a".to_owned()])),
        (MaskKind::Token, ValueType::Other("pg_catalog.point".to_owned())),
    ] {
        let error = Fixture::one(value_type, spec(kind)).compile(&keyring(), Wire::Binary).unwrap_err();
        assert!(matches!(error.kind, MaskErrorKind::Type { .. }), "{error}");
    }
}

#[test]
fn constants_are_read_once_and_checked() {
    let constant = |value: &str| spec(MaskKind::Constant).with("value", Setting::Text(value.to_owned()));
    let fixture = |value_type, value| Fixture::one(value_type, constant(value));
    for wire in WIRES {
        let masked = fixture(ValueType::Date, "2000-01-03")
            .mask(&keyring(), wire, &[vec![Some(Value::Date(7))]])
            .unwrap();
        assert!(masked[0][0] == Some(Value::Date(2)));
        let masked = fixture(TEXT, "a\tb\\")
            .mask(&keyring(), wire, &[vec![text("x")], vec![text("")], vec![None]])
            .unwrap();
        assert!(masked == [[text("a\tb\\")], [text("a\tb\\")], [None]]);
        assert!(fixture(ValueType::Int2, "70000").compile(&keyring(), wire).is_err());
        assert!(fixture(ValueType::Enum(vec!["a".to_owned()]), "b").compile(&keyring(), wire).is_err());
    }
}
