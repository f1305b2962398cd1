//! One made-up person, place and company a row: parts agree wherever their root is reached from.

use crate::fixture::{Fixture, Row, TEXT, WIRES, keep, keyring, mask, shown, spec, text, varchar};
use std::collections::BTreeSet;
use waxwork_copy::{Value, Wire};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::{By, ByField, JsonAction, JsonSpec, MaskSpec};

/// A part of the row's entity, keyed by the first field that the source adds.
fn part(kind: MaskKind, locale: &str) -> MaskSpec {
    let by = By { field: ByField::Context(0), root: "public.customer(id)".to_owned() };
    let identity = kind.info().entity.unwrap().name().to_owned();
    let spec = MaskSpec { by: Some(by), identity: Some(identity), ..spec(kind) };
    spec.with("locale", Setting::Text(locale.to_owned()))
}

/// Columns of texts with a part each, and the field that keys them.
fn parts(kinds: &[MaskKind], locale: &str) -> Fixture {
    let mut fixture = Fixture::new(kinds.iter().map(|kind| (TEXT, mask(part(*kind, locale)))));
    fixture.context = vec![ValueType::Int8];
    fixture
}

/// Rows of made-up originals, with the customers 0, 1, … as what keys them.
fn rows(columns: usize, count: i64) -> Vec<Row> {
    let value = |customer: i64, at: usize| text(&format!("original {customer} {at}"));
    (0..count)
        .map(|customer| {
            let values = (0..columns).map(|at| value(customer, at));
            values.chain([Some(Value::Int(customer))]).collect()
        })
        .collect()
}

const NAMES: [MaskKind; 7] = [
    MaskKind::FirstName,
    MaskKind::MiddleName,
    MaskKind::LastName,
    MaskKind::FullName,
    MaskKind::Initials,
    MaskKind::Username,
    MaskKind::Email,
];

const PLACES: [MaskKind; 5] =
    [MaskKind::Street, MaskKind::City, MaskKind::Postcode, MaskKind::State, MaskKind::FullAddress];

/// A name's ASCII letters in lower case, as most names of Latin scripts have them.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[test]
fn names_address_and_login_are_one_persons() {
    for locale in ["", "en_GB", "de_DE", "fr_FR", "it_IT", "nl_NL", "pt_BR", "tr_TR", "cy_GB"] {
        let masked = parts(&NAMES, locale).mask(&keyring(), Wire::Binary, &rows(7, 1500)).unwrap();
        let mut people = BTreeSet::new();
        for row in masked {
            let row: Vec<String> = row.iter().map(shown).collect();
            let [first, _, last, full, initials, username, email] = &row[..] else { panic!("shape") };
            assert_eq!(*full, format!("{first} {last}"), "{locale}");
            assert!(first.starts_with(initials.chars().next().unwrap()), "{locale} {initials}");
            assert!(last.starts_with(initials.chars().nth(1).unwrap()), "{locale} {initials}");
            if first.is_ascii() && last.is_ascii() {
                let (first, last) = (letters(first), letters(last));
                assert!(username.starts_with(&format!("{first}_{last}")), "{locale} {username}");
                let (local, domain) = email.split_once('@').unwrap();
                assert_eq!(local.trim_end_matches(|c: char| c.is_ascii_digit()), format!("{first}.{last}"));
                assert!(domain.starts_with("example."), "{email}");
                assert_eq!(username[username.len() - 2..], local[local.len() - 2..]);
            }
            people.insert(full.clone());
        }
        assert!(people.len() > 400, "{locale} {}", people.len());
    }
}

#[test]
fn scripts_without_latin_letters_sign_in_english() {
    for locale in ["ar_SA", "fa_IR", "ja_JP", "zh_CN", "zh_TW"] {
        let masked = parts(&NAMES, locale).mask(&keyring(), Wire::Binary, &rows(7, 300)).unwrap();
        for row in masked {
            let row: Vec<String> = row.iter().map(shown).collect();
            assert!(row[3].contains(&row[0]) && row[3].contains(&row[2]), "{locale} {}", row[3]);
            assert!(row[5].is_ascii() && row[6].is_ascii() && !row[0].is_ascii(), "{locale}");
        }
    }
}

#[test]
fn another_table_and_leaves_of_documents_have_the_same_person() {
    let own = By { field: ByField::Column(0), root: "public.customer(id)".to_owned() };
    let own = |kind| MaskSpec { by: Some(own.clone()), ..part(kind, "de_DE") };
    let table = Fixture::new([
        (ValueType::Int4, keep()),
        (TEXT, mask(own(MaskKind::FullName))),
        (TEXT, mask(own(MaskKind::Email))),
    ]);
    let leaves = [("$.name", MaskKind::FullName), ("$.mail", MaskKind::Email)];
    let paths = leaves.map(|(path, kind)| (path.to_owned(), JsonAction::Mask(Box::new(part(kind, "de_DE")))));
    let json = JsonSpec { paths: paths.to_vec(), kept_keys: vec![], rest: JsonAction::Keep };
    let mut child = Fixture::new([
        (ValueType::Jsonb, mask(MaskSpec { json: Some(json), ..spec(MaskKind::Json) })),
        (TEXT, mask(part(MaskKind::FullName, "de_DE"))),
    ]);
    child.context = vec![ValueType::Int8];
    for wire in WIRES {
        let customers: Vec<Row> =
            (0..500).map(|id| vec![Some(Value::Int(id)), text("Ann Lee"), text("ann@corp.com")]).collect();
        let orders: Vec<Row> = (0..500)
            .map(|id| {
                let document = br#"{"name": "A. Lee", "mail": "lee@corp.com"}"#.to_vec();
                vec![Some(Value::Json(document.into())), text("Lee, Ann"), Some(Value::Int(id))]
            })
            .collect();
        let customers = table.mask(&keyring(), wire, &customers).unwrap();
        let orders = child.mask(&keyring(), wire, &orders).unwrap();
        for (customer, order) in customers.iter().zip(&orders) {
            let (name, mail) = (shown(&customer[1]), shown(&customer[2]));
            assert_eq!(shown(&order[0]), format!(r#"{{"name": "{name}", "mail": "{mail}"}}"#));
            assert_eq!(shown(&order[1]), name);
        }
    }
}

#[test]
fn a_part_does_not_depend_on_its_value_and_is_not_the_value() {
    for kind in NAMES.into_iter().chain(PLACES).chain([MaskKind::Company, MaskKind::JobTitle]) {
        let fixture = parts(&[kind], "");
        let once = fixture.mask(&keyring(), Wire::Binary, &rows(1, 200)).unwrap();
        let other: Vec<Row> = (0..200).map(|customer| vec![text("x"), Some(Value::Int(customer))]).collect();
        assert!(once == fixture.mask(&keyring(), Wire::Text, &other).unwrap(), "{kind:?}");
        // Rows that hold their own part already.
        let again: Vec<Row> = once
            .iter()
            .zip(0..)
            .map(|(row, customer)| vec![row[0].clone(), Some(Value::Int(customer))])
            .collect();
        let masked = fixture.mask(&keyring(), Wire::Binary, &again).unwrap();
        assert!(masked.iter().zip(&once).all(|(masked, once)| masked[0] != once[0]), "{kind:?}");
    }
}

#[test]
fn identities_and_roots_have_people_of_their_own() {
    let full = part(MaskKind::FullName, "");
    let emergency = MaskSpec { identity: Some("person emergency".to_owned()), ..full.clone() };
    let by = By { field: ByField::Context(0), root: "public.employee(id)".to_owned() };
    let employee = MaskSpec { by: Some(by), ..full.clone() };
    let mut fixture = Fixture::new([full, emergency, employee].map(|spec| (TEXT, mask(spec))));
    fixture.context = vec![ValueType::Int8];
    let masked = fixture.mask(&keyring(), Wire::Binary, &rows(3, 1000)).unwrap();
    for other in [1, 2] {
        let same = masked.iter().filter(|row| row[0] == row[other]).count();
        assert!(same < 5, "{same}");
    }
}

#[test]
fn a_row_without_a_root_goes_by_its_value() {
    let fixture = parts(&[MaskKind::FullName], "");
    let rows: Vec<Row> = (0..300).map(|at| vec![text(&format!("P {}", at / 3)), None]).collect();
    let masked = fixture.mask(&keyring(), Wire::Binary, &rows).unwrap();
    let distinct: BTreeSet<String> = masked.iter().map(|row| shown(&row[0])).collect();
    assert!((95..=100).contains(&distinct.len()), "{}", distinct.len());
    assert!(masked.chunks(3).all(|row| row[0] == row[1] && row[1] == row[2]));
}

#[test]
fn a_narrow_column_has_the_same_person_in_fewer_letters() {
    let full = parts(&NAMES, "de_DE").mask(&keyring(), Wire::Binary, &rows(7, 500)).unwrap();
    for chars in 1..30 {
        for (at, kind) in NAMES.into_iter().enumerate() {
            let mut fixture = Fixture::new([(varchar(chars), mask(part(kind, "de_DE")))]);
            fixture.context = vec![ValueType::Int8];
            let Ok(masked) = fixture.mask(&keyring(), Wire::Binary, &rows(1, 500)) else {
                let least = if kind == MaskKind::Email { 14 } else { 4 };
                assert!(chars < least, "{kind:?} {chars}");
                continue;
            };
            for (masked, full) in masked.iter().zip(&full) {
                let (masked, whole) = (shown(&masked[0]), shown(&full[at]));
                assert!(masked.chars().count() <= chars as usize, "{kind:?} {chars}");
                if whole.chars().count() <= chars as usize {
                    assert_eq!(masked, whole, "{kind:?} {chars}");
                }
                if kind == MaskKind::FullName && shown(&full[2]).chars().count() <= chars as usize {
                    assert!(masked.ends_with(&shown(&full[2])), "the last name stays: {masked} {whole}");
                }
            }
        }
    }
}

#[test]
fn unique_parts_carry_a_code_of_the_value_in_the_persons_name() {
    let names = parts(&[MaskKind::FirstName, MaskKind::LastName], "");
    for room in [None, Some(60), Some(40), Some(28)] {
        let email = MaskSpec { injective: true, max_chars: room, ..part(MaskKind::Email, "") };
        let mut fixture = Fixture::new([(TEXT, mask(email.clone()))]);
        fixture.context = vec![ValueType::Int8];
        let masked = fixture.mask(&keyring(), Wire::Binary, &rows(1, 1000)).unwrap();
        let people = names.mask(&keyring(), Wire::Binary, &rows(2, 1000)).unwrap();
        let mut codes = BTreeSet::new();
        for (mail, person) in masked.iter().zip(&people) {
            let mail = shown(&mail[0]);
            assert!(mail.len() <= room.unwrap_or(99) as usize && mail.ends_with("@example.com"));
            let (first, last) = (letters(&shown(&person[0])), letters(&shown(&person[1])));
            if room.is_none() {
                assert!(mail.starts_with(&format!("{first}.{last}.")), "{mail}");
            }
            let local = mail.strip_suffix("@example.com").unwrap();
            codes.insert(local.rsplit('.').next().unwrap().to_owned());
        }
        assert_eq!(codes.len(), 1000, "{room:?}");
        // The code is the value's, whoever has it.
        let rows = [1, 2].map(|customer| vec![text("a@b.c"), Some(Value::Int(customer))]);
        let both = fixture.mask(&keyring(), Wire::Binary, &rows).unwrap();
        let code = |row: &Row| shown(&row[0]).rsplit('.').nth(1).unwrap().to_owned();
        assert_eq!(code(&both[0]), code(&both[1]));
    }
}

/// Columns of texts with a part each, and one more that says who is a woman.
fn gendered(kinds: &[MaskKind], locale: &str, with_by: bool) -> Fixture {
    let columns = kinds.iter().map(|kind| {
        let part = MaskSpec { gender: Some(ByField::Context(1)), ..part(*kind, locale) };
        if with_by { part } else { MaskSpec { by: None, identity: None, ..part } }
    });
    let mut fixture = Fixture::new(columns.map(|spec| (TEXT, mask(spec))));
    fixture.context = vec![ValueType::Int8, TEXT];
    fixture
}

fn first_names(locale: &str, sex: &str, with_by: bool) -> BTreeSet<String> {
    let fixture = gendered(&[MaskKind::FirstName, MaskKind::FullName], locale, with_by);
    let rows: Vec<Row> = rows(2, 4000).into_iter().map(|row| [row, vec![text(sex)]].concat()).collect();
    let masked = fixture.mask(&keyring(), Wire::Text, &rows).unwrap();
    let full = |row: &Row| shown(&row[1]).split(' ').next().unwrap().to_owned();
    masked.iter().flat_map(|row| [shown(&row[0]), full(row)]).collect()
}

#[test]
fn a_column_of_sexes_decides_whose_names_are_given() {
    for locale in ["", "de_DE", "fr_FR", "it_IT", "nl_NL", "pt_BR", "pt_PT", "tr_TR"] {
        let women = first_names(locale, "F", true);
        let men = first_names(locale, "male", true);
        assert!(women.len() > 64 && men.len() > 64 && women.is_disjoint(&men), "{locale}");
        // The same lists without a root, and all of them where the column says neither.
        assert_eq!((first_names(locale, "2", false), first_names(locale, "m", false)), (women, men));
    }
    let all = first_names("", "x", true);
    assert!(!all.is_disjoint(&first_names("", "f", true)) && !all.is_disjoint(&first_names("", "m", true)));
}

#[test]
fn title_and_gender_are_the_persons_whatever_they_were() {
    let kinds = [MaskKind::Title, MaskKind::Gender, MaskKind::FirstName];
    let women = first_names("", "f", true);
    for original in [["Mr.", "M"], ["Dr.", "F"], ["x", "Q"], ["Ms.", "M"]] {
        let rows: Vec<Row> = (0..2000)
            .map(|id| vec![text(original[0]), text(original[1]), text("Kim"), Some(Value::Int(id))])
            .collect();
        let masked = parts(&kinds, "").mask(&keyring(), Wire::Binary, &rows).unwrap();
        let mut counts = std::collections::BTreeMap::new();
        for row in &masked {
            let [title, gender, first] = [0, 1, 2].map(|at| shown(&row[at]));
            assert_eq!(gender, if women.contains(&first) { "F" } else { "M" });
            let title = title.trim_end_matches('.').to_owned();
            assert!(title == "Dr" || (title == "Mr") == (gender == "M"), "{title} {first}");
            *counts.entry(title).or_insert(0) += 1;
        }
        let count = |title: &str| counts[title];
        assert!(
            counts.len() == 4 && count("Mr") > 800 && count("Ms") > 400 && count("Dr") > 80,
            "{counts:?}"
        );
    }
    // Rows without a root say nothing of their values either.
    let rows: Vec<Row> = ["M", "F"].map(|sex| vec![text(sex), text(sex), text("Kim"), None]).to_vec();
    let masked = parts(&kinds, "").mask(&keyring(), Wire::Binary, &rows).unwrap();
    assert!(masked[0][..2] == masked[1][..2]);
}

#[test]
fn elements_of_an_array_are_different_people_and_the_first_is_the_rows() {
    let array = ValueType::Array { element: Box::new(TEXT), element_oid: 25 };
    for kind in NAMES.into_iter().chain([MaskKind::City, MaskKind::Phone]) {
        let mut fixture = Fixture::new([(array.clone(), mask(part(kind, ""))), (TEXT, mask(part(kind, "")))]);
        fixture.context = vec![ValueType::Int8];
        let elements = ["one", "two", "three"].map(text);
        let dimensions = vec![waxwork_copy::ArrayDimension { length: 3, lower: 1 }];
        let value = Value::Array { dimensions, elements: elements.to_vec() };
        let rows = [vec![Some(value), text("one"), Some(Value::Int(7))]];
        let masked = fixture.mask(&keyring(), Wire::Binary, &rows).unwrap();
        let Some(Value::Array { elements, .. }) = &masked[0][0] else { panic!("no array") };
        assert!(elements[0] == masked[0][1], "{kind:?}");
        assert!(elements[1] != elements[0] && elements[2] != elements[1], "{kind:?}");
    }
}

#[test]
fn an_address_is_one_place_in_parts_and_in_a_line() {
    for locale in waxwork_core::masks::LOCALES {
        let masked = parts(&PLACES, locale).mask(&keyring(), Wire::Binary, &rows(5, 400)).unwrap();
        let mut regions = std::collections::BTreeMap::new();
        for row in &masked {
            let [street, city, postcode, state, full] = [0, 1, 2, 3, 4].map(|at| shown(&row[at]));
            let english = format!("{street}, {city} {postcode}");
            assert!(full == english || full == format!("{street}, {postcode} {city}"), "{locale} {full}");
            // By their first characters post codes tell the regions apart.
            let start: String = postcode.chars().take(3).collect();
            let known = regions.entry(start).or_insert_with(|| state.clone());
            assert_eq!(*known, state, "{locale} {postcode}");
        }
    }
}

#[test]
fn a_title_names_the_department() {
    for locale in waxwork_core::masks::LOCALES {
        let kinds = [MaskKind::JobTitle, MaskKind::Department];
        let masked = parts(&kinds, locale).mask(&keyring(), Wire::Text, &rows(2, 300)).unwrap();
        let titles: BTreeSet<String> = masked.iter().map(|row| shown(&row[0])).collect();
        assert!(titles.len() > 100, "{locale}");
        for row in &masked {
            assert!(
                shown(&row[0]).contains(&shown(&row[1])),
                "{locale} {} {}",
                shown(&row[0]),
                shown(&row[1])
            );
        }
    }
}

#[test]
fn the_plan_knows_where_masks_speak_english() {
    let mut wrong = Vec::new();
    for kind in MaskKind::all() {
        let speaks = |locale: &&str| waxwork_mask::dictionary::speaks_english(kind, locale);
        let locales: Vec<&str> = waxwork_core::masks::LOCALES.into_iter().filter(speaks).collect();
        let said = |locale: &&str| waxwork_core::masks::speaks_english(kind, locale);
        let planned: Vec<&str> = waxwork_core::masks::LOCALES.into_iter().filter(said).collect();
        if locales != planned {
            wrong.push(format!("(MaskKind::{kind:?}, &{locales:?}),"));
        }
    }
    assert!(wrong.is_empty(), "the table lacks\n{}", wrong.join("\n"));
}

#[test]
fn what_a_mask_writes_there_is_what_it_writes_in_english() {
    for kind in [MaskKind::Phone, MaskKind::Department] {
        for locale in ["ar_SA", "de_DE", "fr_FR", "ja_JP", "tr_TR", "zh_TW"] {
            let masked = |locale: &str| {
                let spec = spec(kind).with("locale", Setting::Text(locale.to_owned()));
                let rows: Vec<Row> = (0..50).map(|at| vec![text(&format!("+1 {at}"))]).collect();
                Fixture::one(TEXT, spec).mask(&keyring(), Wire::Binary, &rows).unwrap()
            };
            let same = masked(locale) == masked("");
            assert_eq!(same, waxwork_core::masks::speaks_english(kind, locale), "{kind:?} {locale}");
        }
    }
}
