//! Structural columns: `by`, partition keys, exclusion constraints, generated columns, MATCH FULL.

use crate::{compile, plan, refusals, refused, spec, table_id};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::{ByField, Canonical};

const ORDERS: &str = "
    table customer
      id int4 not null
      code bpchar(6) not null
      born date
      primary key id
      unique code
    table orders
      id int4 not null
      customer_id int4
      customer_code bpchar(6)
      placed timestamptz
      primary key id
      foreign key customer_id customer id
      foreign key customer_code customer code
    table payment
      order_id int4
      paid date
      foreign key order_id orders id
";

fn orders(born: &str, placed: &str, paid: &str) -> String {
    let shift = |by: &str| format!("{{ mask = \"date.shift\", by = '{by}' }}");
    format!(
        "[table.customer]\nid = \"id.permute\"\ncode = {{ keep = \"n\" }}\nborn = {}\n[table.orders]\n\
         id = {{ keep = \"n\" }}\nplaced = {}\n[table.payment]\npaid = {}",
        shift(born),
        shift(placed),
        shift(paid)
    )
}

#[test]
fn by_leads_through_references_to_one_root_for_all() {
    let (catalog, found) = plan(ORDERS, &orders("id", "customer_id", "order_id.customer_id"));
    let by = |name: &str| spec(&catalog, &found, name).by.clone().unwrap();
    for name in ["customer.born", "orders.placed", "payment.paid"] {
        assert_eq!(by(name).root, "public.customer(id)", "{name}");
    }
    assert_eq!(by("customer.born").field, ByField::Column(0));
    assert_eq!(by("orders.placed").field, ByField::Column(1));
    assert_eq!(by("payment.paid").field, ByField::Context(0));
    let payment = found.table(table_id(&catalog, "payment")).unwrap();
    let [field] = payment.context.as_slice() else { panic!("{} fields", payment.context.len()) };
    let [step] = field.path.as_slice() else { panic!("{} steps", field.path.len()) };
    assert_eq!(step.parent, table_id(&catalog, "orders"));
    let orders = catalog.table(step.parent);
    assert_eq!(orders.column(field.column).name.as_str(), "customer_id");
    assert_eq!(orders.column(step.columns[0].1).name.as_str(), "id");
}

#[test]
fn by_reads_a_key_of_several_forms_in_one_wherever_it_stands() {
    for (born, placed) in [("code", "customer_code"), ("code", "customer_code.code")] {
        let (catalog, found) = plan(ORDERS, &orders(born, placed, "order_id"));
        let mut roots = Vec::new();
        for (table, column) in [("customer", "customer.born"), ("orders", "orders.placed")] {
            let by = spec(&catalog, &found, column).by.clone().unwrap();
            let ByField::Context(at) = by.field else { panic!("{column} reads the row as it stands") };
            let table = found.table(table_id(&catalog, table)).unwrap();
            assert_eq!(table.context[at].canonical, Canonical::Rtrim, "{column}");
            roots.push(by.root);
        }
        assert_eq!(roots, ["public.customer(code)", "public.customer(code)"], "{placed}");
    }
}

#[test]
fn by_reads_equal_values_that_are_no_key_in_one_form_too() {
    let schema = "table a\n  handle citext\n  price numeric(10,2)\n  born date\n  paid date";
    let rules = "[table.a]\nhandle = { keep = \"n\" }\nprice = { keep = \"n\" }\nborn = { mask = \"date.shift\", by = \
        \"handle\" }\npaid = { mask = \"date.shift\", by = \"price\" }";
    let (catalog, found) = plan(schema, rules);
    let context = &found.table(table_id(&catalog, "a")).unwrap().context;
    let forms: Vec<Canonical> = context.iter().map(|field| field.canonical).collect();
    assert_eq!(forms, [Canonical::Lower, Canonical::TrimScale]);
}

#[test]
fn by_reads_no_column_of_another_type_than_its_key() {
    let schema = "
        table price
          id numeric not null
          primary key id
        table sale
          price_id int4
          at date
          foreign key price_id price id
    ";
    let rules = |by: &str| {
        format!(
            "[table.price]\nid = {{ keep = \"n\" }}\n[table.sale]\nat = {{ mask = \"date.shift\", by = \"{by}\" }}"
        )
    };
    let message = "by_form: by reads a column of another type than its key: public.sale(price_id)";
    refused(schema, &rules("price_id"), message);
    plan(schema, &rules("price_id.id"));
}

#[test]
fn by_says_what_it_cannot_follow() {
    let found = refusals(ORDERS, &orders("idd", "placed.id", "order_id.customer"));
    assert_eq!(
        found,
        [
            "unknown_by: by names no column: idd of table public.customer",
            "by_no_reference: by follows a column that refers to nothing: public.orders(placed)",
            "unknown_by: by names no column: customer of table public.orders",
        ]
    );
}

#[test]
fn by_reads_what_its_row_does_not_send() {
    let schema = "
        table a
          n int4
          twice int4 generated from n
          born date
          paid date
          due date
    ";
    let shift = |by: &str| format!("{{ mask = \"date.shift\", by = \"{by}\" }}");
    let (born, due) = (shift("n"), shift("twice"));
    let rules = format!("[table.a]\nn = \"null\"\nborn = {born}\npaid = {born}\ndue = {due}");
    let (catalog, found) = plan(schema, &rules);
    let context = &found.table(table_id(&catalog, "a")).unwrap().context;
    let read: Vec<u32> = context.iter().map(|field| field.column.0).collect();
    assert_eq!(read, [0, 1]);
    for (name, at) in [("a.born", 0), ("a.paid", 0), ("a.due", 1)] {
        assert_eq!(spec(&catalog, &found, name).by.clone().unwrap().field, ByField::Context(at), "{name}");
    }
}

#[test]
fn by_follows_no_polymorphic_reference() {
    let schema = "
        table post
          id int4 not null
          primary key id
        table comment
          kind text
          on_id int4
          at date
    ";
    let rules = |by: &str| {
        format!(
            "[[reference]]\nchild = \"comment(on_id)\"\nparent = \"post(id)\"\nwhen = {{ kind = \"Post\" }}\n\
             [table.post]\nid = {{ keep = \"n\" }}\n[table.comment]\nkind = {{ keep = \"words\" }}\non_id = {{ keep = \"n\" }}\n\
             at = {{ mask = \"date.shift\", by = \"{by}\" }}"
        )
    };
    refused(
        schema,
        &rules("on_id.id"),
        "by_many_parents: by follows a column that may refer to several rows or tables: \
            public.comment(on_id)",
    );
    refused(schema, &rules("on_id"), "by_many_keys: by leads to more than one key: public.comment(on_id)");
}

#[test]
fn a_key_that_others_refer_to_is_not_masked_by_another_column() {
    let schema = "
        table p
          id int4 not null
          day date not null
          primary key id,day
        table c
          id int4
          day date
          foreign key id,day p id,day
    ";
    let rules = "[table.p]\nid = \"id.permute\"\nday = { mask = \"date.shift\", by = \"id\" }";
    refused(
        schema,
        rules,
        "by_on_key: key that others refer to is masked by another column: date.shift on public.p(day)",
    );
}

fn visits(partitions: &[&str]) -> String {
    let mut schema = "table visit\n  day date\n  n int4 not null\n  partition by r day\n".to_owned();
    for (at, bound) in partitions.iter().enumerate() {
        schema.push_str(&format!("partition visit_{at} of visit {bound}\n"));
    }
    schema
}

const SHIFTED: &str = "[table.visit]\nday = \"date.shift\"\nn = { keep = \"n\" }";
const LEAVES: &str = "mask_leaves_partitions: mask on a partition key may lead to no partition: date.shift \
    on public.visit(day)";

#[test]
fn a_shifted_partition_key_is_reflected_at_the_ends_of_its_partitions() {
    // 2000-01-01 is day 0, 2002-01-01 day 366 + 365.
    let years = [
        "FOR VALUES FROM ('2001-01-01') TO ('2002-01-01')",
        "FOR VALUES FROM ('2000-01-01') TO ('2001-01-01')",
    ];
    let (catalog, found) = plan(&visits(&years), SHIFTED);
    assert_eq!(spec(&catalog, &found, "visit.day").reflect, Some((0, 731)));
    assert!(found.table(table_id(&catalog, "visit")).unwrap().load_through_root);

    let gap = [
        "FOR VALUES FROM ('2000-01-01') TO ('2001-01-01')",
        "FOR VALUES FROM ('2003-01-01') TO ('2004-01-01')",
    ];
    refused(&visits(&gap), SHIFTED, LEAVES);
    let open = ["FOR VALUES FROM (MINVALUE) TO ('2001-01-01')", years[0]];
    let (catalog, found) = plan(&visits(&open), SHIFTED);
    assert_eq!(spec(&catalog, &found, "visit.day").reflect, Some((i64::MIN, 731)));
    let (catalog, found) = plan(&visits(&[years[0], "DEFAULT"]), SHIFTED);
    assert_eq!(spec(&catalog, &found, "visit.day").reflect, None);
    let all =
        ["FOR VALUES FROM (MINVALUE) TO ('2001-01-01')", "FOR VALUES FROM ('2001-01-01') TO (MAXVALUE)"];
    let (catalog, found) = plan(&visits(&all), SHIFTED);
    assert_eq!(spec(&catalog, &found, "visit.day").reflect, None);
    // Nothing but a DEFAULT partition takes NULL.
    let nulled = SHIFTED.replace("date.shift", "null");
    refused(&visits(&all), &nulled, &LEAVES.replace("date.shift", "null"));
}

#[test]
fn what_is_not_masked_loads_into_its_partitions() {
    let (catalog, found) = plan(
        &visits(&["FOR VALUES FROM ('2001-01-01') TO ('2002-01-01')"]),
        "[table.visit]\nday = { keep = \"a day\" }\nn = \"number.noise\"",
    );
    assert!(!found.table(table_id(&catalog, "visit")).unwrap().load_through_root);
}

#[test]
fn a_permuted_partition_key_stays_inside_its_partitions() {
    let schema = |strategy: &str, bounds: &[&str]| {
        let mut schema = format!("table visit\n  n int4 not null\n  partition by {strategy} n\n");
        for (at, bound) in bounds.iter().enumerate() {
            schema.push_str(&format!("partition visit_{at} of visit {bound}\n"));
        }
        schema
    };
    let rules = "[table.visit]\nn = { mask = \"id.permute\", range = [1, 1000] }";
    let message = LEAVES.replace("date.shift", "id.permute").replace("(day)", "(n)");
    plan(&schema("r", &["FOR VALUES FROM (0) TO (500)", "FOR VALUES FROM (500) TO (1001)"]), rules);
    refused(&schema("r", &["FOR VALUES FROM (0) TO (1000)"]), rules, &message);
    let hash = ["FOR VALUES WITH (modulus 2, remainder 0)", "FOR VALUES WITH (modulus 2, remainder 1)"];
    plan(&schema("h", &hash), rules);
    refused(&schema("h", &hash[..1]), rules, &message);
    let list = ["FOR VALUES IN (1, 2)", "DEFAULT"];
    plan(&schema("l", &list), rules);
    refused(&schema("l", &list[..1]), rules, &message);
}

#[test]
fn a_permuted_bigint_fits_partitions_without_an_end() {
    let schema = |end: &str| {
        format!(
            "table visit\n  n int8 not null\n  partition by r n\npartition a of visit FOR VALUES FROM ('1') TO \
             ('1000')\npartition b of visit FOR VALUES FROM ('1000') TO ({end})"
        )
    };
    let rules = "[table.visit]\nn = \"id.permute\"";
    let (catalog, found) = plan(&schema("MAXVALUE"), rules);
    assert_eq!(spec(&catalog, &found, "visit.n").integers.unwrap().range, ((1 << 24) + 1, i64::MAX));
    // This end takes every bigint but the last.
    let message = LEAVES.replace("date.shift", "id.permute").replace("(day)", "(n)");
    refused(&schema("'9223372036854775807'"), rules, &message);
}

const BOOKING: &str = "
    table booking
      room int4 not null
      starts timestamptz
      ends timestamptz
      during tsvector
      exclude room =; tstzrange(starts, ends) reads starts,ends &&
";

fn booking(room: &str, starts: &str, ends: &str) -> String {
    format!("[table.booking]\nroom = {room}\nstarts = {starts}\nends = {ends}\nduring = \"null\"")
}

#[test]
fn an_exclusion_constraint_allows_a_shift_by_its_equality_columns() {
    let by_room = "{ mask = \"date.shift\", by = \"room\" }";
    let (catalog, found) = plan(BOOKING, &booking("\"id.permute\"", by_room, by_room));
    assert!(spec(&catalog, &found, "booking.room").injective);
    let message = |column: &str| {
        format!(
            "mask_on_exclusion: mask may make rows conflict: public.booking({column}) is under exclusion \
                constraint booking_excl"
        )
    };
    refused(BOOKING, &booking("\"id.permute\"", by_room, "{ keep = \"when\" }"), &message("starts"));
    let plain = "\"date.shift\"";
    assert_eq!(
        refusals(BOOKING, &booking("\"id.permute\"", plain, plain)),
        [message("starts"), message("ends")]
    );
    refused(BOOKING, &booking("\"number.noise\"", by_room, by_room), &message("room"));
}

#[test]
fn ranges_of_one_room_keep_apart_when_they_shift_together() {
    let schema = "table booking\n  room int4 not null\n  during tstzrange\n  exclude room =; during &&";
    let rules = |during: &str| format!("[table.booking]\nroom = {{ keep = \"rooms\" }}\nduring = {during}");
    let (catalog, found) = plan(schema, &rules("{ mask = \"date.shift\", by = \"room\" }"));
    assert_eq!(spec(&catalog, &found, "booking.during").kind, MaskKind::DateShift);
    let message = "mask_on_exclusion: mask may make rows conflict: public.booking(during) is under exclusion \
        constraint booking_excl";
    for other in
        ["\"date.shift\"", "\"date.noise\"", "{ mask = \"date.truncate\", to = \"month\", by = \"room\" }"]
    {
        refused(schema, &rules(other), message);
    }
    assert!(refusals(schema, &rules("\"id.permute\""))[0].starts_with("mask_does_not_hold_type"));
}

#[test]
fn a_temporal_key_is_refused_once_with_a_way_out() {
    let schema = "
        table room
          id int4 not null
          valid daterange not null
          temporal id,valid
    ";
    let hints = |schema: &str, rules: &str| {
        let (_, plan) = compile(schema, rules);
        let said = plan.expect_err("the rules are refused").into_iter();
        said.map(|found| (found.message, found.hint.unwrap())).collect::<Vec<_>>()
    };
    let conflict = |column: &str| {
        format!("mask may make rows conflict: public.room({column}) is under temporal key room_pkey")
    };
    let rules = |id: &str, valid: &str| {
        format!("[table.room]\nid = {id}\nvalid = {valid}\n[pattern]\n\"*.*\" = {{ keep = \"n\" }}")
    };
    let (by_id, kept) = ("{ mask = \"date.shift\", by = \"id\" }", "{ keep = \"when\" }");
    plan(schema, &rules("\"id.permute\"", by_id));
    assert_eq!(
        hints(schema, &rules("\"number.noise\"", kept)),
        [(conflict("id"), "Masks that do: id.permute.".to_owned())]
    );
    let shift = "Keep the column, or shift it by = \"…\" such a column.";
    assert_eq!(
        hints(schema, &rules("\"id.permute\"", "\"date.shift\"")),
        [(conflict("valid"), shift.to_owned())]
    );
    // What refers to a range by PERIOD does not shift with it.
    let referred = format!(
        "{schema}
        table stay
          id int4
          room int4
          valid daterange
          foreign key room,valid room id,valid period"
    );
    let [(message, hint)] = hints(&referred, &rules("\"id.permute\"", by_id)).try_into().unwrap();
    assert_eq!(
        message,
        "key that others refer to is masked by another column: date.shift on public.room(valid)"
    );
    assert!(hint.starts_with("Keep the column"), "{hint}");
    plan(&referred, &rules("\"id.permute\"", kept));
}

#[test]
fn what_an_excluded_generated_column_is_made_from_shifts_with_the_others() {
    let schema = "
        table booking
          room int4 not null
          id int4 not null
          starts timestamptz
          ends timestamptz
          during tstzrange generated from starts,ends
          exclude room =; during &&
    ";
    let rules = |starts: &str, ends: &str| {
        let kept = "{ keep = \"n\" }";
        format!("[table.booking]\nroom = {kept}\nid = {kept}\nstarts = {starts}\nends = {ends}")
    };
    let [by_room, by_id] = ["room", "id"].map(|by| format!("{{ mask = \"date.shift\", by = \"{by}\" }}"));
    plan(schema, &rules(&by_room, &by_room));
    let message = |column: &str| {
        format!(
            "mask_on_exclusion: mask may make rows conflict: public.booking({column}) is under exclusion constraint booking_excl"
        )
    };
    assert_eq!(refusals(schema, &rules(&by_id, &by_id)), [message("starts"), message("ends")]);
    assert_eq!(refusals(schema, &rules("{ keep = \"n\" }", &by_room)), [message("ends")]);
}

/// Two days and 48 hours are equal, and two values to shift by.
#[test]
fn a_shift_by_what_has_no_one_form_keeps_nothing_apart() {
    for (by, fits) in [("int4", true), ("interval", false), ("jsonb", false)] {
        let schema = format!("table a\n  k {by} not null\n  day date not null\n  unique k,day");
        let rules = "[table.a]\nk = { keep = \"n\" }\nday = { mask = \"date.shift\", by = \"k\" }";
        match fits {
            true => _ = plan(&schema, rules),
            false => assert!(refusals(&schema, rules)[0].starts_with("mask_not_injective"), "{by}"),
        }
    }
}

#[test]
fn an_exclusion_constraint_compares_no_masked_nulls() {
    let schema = |rest: &str| {
        format!("table booking\n  guest text{rest}\n  during inet\n  exclude guest =; during &&")
    };
    let rules = |nulls: &str| {
        format!(
            "[table.booking]\nguest = {{ mask = \"secret.token\"{nulls} }}\nduring = {{ keep = \"when\" }}"
        )
    };
    plan(&schema(""), &rules(""));
    plan(&schema(" not null"), &rules(", nulls = \"mask\""));
    refused(
        &schema(""),
        &rules(", nulls = \"mask\""),
        "mask_on_exclusion: mask may make rows conflict: public.booking(guest) is under exclusion \
            constraint booking_excl",
    );
}

#[test]
fn what_a_referenced_generated_column_is_made_from_stays() {
    let schema = "
        table p
          base text
          key text generated from base
          unique key
        table c
          p_key text
          foreign key p_key p key
    ";
    let rules = |base: &str| format!("[table.p]\nbase = {base}");
    plan(schema, &rules("{ keep = \"a slug\" }"));
    let message = "generated_key: column cannot be masked, a key is made from it: public.p(base)";
    refused(schema, &rules("\"secret.token\""), message);
}

#[test]
fn a_match_full_key_becomes_null_whole_or_not_at_all() {
    let schema = "
        table p
          a int4 not null
          b int4 not null
          primary key a,b
        table c
          a int4
          b int4
          foreign key a,b p a,b match full
    ";
    let keys = "[table.p]\na = { keep = \"n\" }\nb = { keep = \"n\" }\n[table.c]\na = \"null\"";
    refused(
        schema,
        keys,
        "match_full: only a part of a MATCH FULL key becomes NULL: public.c(a, b) -> public.p",
    );
    plan(schema, &format!("{keys}\nb = \"null\""));
}

#[test]
fn a_permuted_key_keeps_its_sign_and_nothing_else() {
    let schema = "
        table tag
          id int4 not null
          primary key id
          check tag_id reads id: CHECK ((id > 0))
        table pair
          low int4 not null
          high int4 not null
          foreign key low tag id
          foreign key high tag id
          check pair_order reads low,high
    ";
    let (_, found) = plan(schema, "[table.tag]\nid = \"id.permute\"");
    let messages: Vec<&str> = found.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "masked column has a CHECK that its masked values must satisfy: public.pair(low), constraint pair_order",
            "masked column has a CHECK that its masked values must satisfy: public.pair(high), constraint pair_order",
        ]
    );
}

#[test]
fn a_check_that_reads_a_masked_column_is_worth_a_warning() {
    let schema = "
        domain code varchar(40)
        table a
          id int4 not null
          low int4
          code code
          primary key id
          check a_low reads low,id
    ";
    let rules = "[table.a]\nid = \"id.permute\"\nlow = \"number.noise\"\ncode = \"secret.token\"";
    let (_, found) = plan(schema, rules);
    let messages: Vec<&str> = found.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "masked column has a CHECK that its masked values must satisfy: public.a(id), constraint a_low",
            "masked column has a CHECK that its masked values must satisfy: public.a(low), constraint a_low",
            "masked column has a CHECK that its masked values must satisfy: public.a(code), type code",
        ]
    );
}

/// The CHECKs that the plan warns of.
fn warned(schema: &str, rules: &str) -> Vec<String> {
    let (_, found) = plan(schema, rules);
    let checks = found.warnings.iter().filter(|warning| warning.code == "check_on_masked_column");
    checks.map(|warning| warning.message.rsplit_once(": ").unwrap().1.to_owned()).collect()
}

#[test]
fn a_check_that_changed_values_may_break_is_worth_a_warning_whatever_changes_them() {
    let schema = |column_type: &str, check: &str| {
        format!(
            "domain code varchar(40)\ndomain inner_code code\ntable a\n  id int4 not null\n  email {column_type}\n  phone \
             text\n  primary key id\n  {check}"
        )
    };
    let rules =
        |id: &str, email: &str| format!("[table.a]\nid = {id}\nemail = {email}\nphone = {{ keep = \"n\" }}");
    let (kept, token) = ("{ keep = \"n\" }", "\"secret.token\"");
    let one = schema("text", "check one reads email,phone: CHECK ((num_nonnulls(email, phone) = 1))");
    assert_eq!(warned(&one, &rules(kept, "\"null\"")), ["public.a(email), constraint one"]);
    assert_eq!(warned(&one, &rules(kept, kept)), Vec::<String>::new());
    let long = schema("text", "check long reads email: CHECK ((email > 'm'::text))");
    assert_eq!(warned(&long, &rules(kept, "\"null\"")), Vec::<String>::new());
    assert_eq!(warned(&long, &rules(kept, token)), ["public.a(email), constraint long"]);
    assert_eq!(warned(&schema("code[]", ""), &rules(kept, token)), ["public.a(email), type code"]);
    assert_eq!(
        warned(&schema("inner_code", ""), &rules(kept, token)),
        ["public.a(email), type inner_code", "public.a(email), type code"]
    );
    for (check, warns) in
        [("id < 1000", true), ("id > 100000000", true), ("id > 0", false), ("id >= 16777217", false)]
    {
        let bounded = schema("text", &format!("check bound reads id: CHECK (({check}))"));
        let found = warned(&bounded, &rules("\"id.permute\"", kept));
        assert_eq!(found.is_empty(), !warns, "{check}: {found:?}");
    }
}

#[test]
fn a_check_of_a_column_that_is_generated_from_a_masked_one_counts_as_well() {
    let schema = |generated: &str, check: &str| {
        format!(
            "domain code varchar(40)\ntable a\n  email text\n  {generated} generated from email\n  {check}"
        )
    };
    let rules = |email: &str| format!("[table.a]\nemail = {email}");
    let (kept, token, null) = ("{ keep = \"n\" }", "\"secret.token\"", "\"null\"");
    let long = schema("g text", "check long reads g: CHECK ((g > 'm'::text))");
    assert_eq!(warned(&long, &rules(kept)), Vec::<String>::new());
    for rule in [token, null] {
        assert_eq!(warned(&long, &rules(rule)), ["public.a(email), constraint long"]);
        assert_eq!(warned(&schema("g code", ""), &rules(rule)), ["public.a(email), type code"]);
    }
    let codes = |rule: &str| {
        let (_, found) = plan(&schema("g text not null", ""), &rules(rule));
        let found = found.warnings.iter().filter(|warning| warning.code == "null_under_generated");
        found.map(|warning| warning.message.rsplit_once(": ").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(null), ["public.a(email), g"]);
    assert_eq!(codes(token), Vec::<String>::new());
}

#[test]
fn a_check_of_one_partition_counts_as_well() {
    let schema = "
        table visit
          at date not null
          code text
          partition by r at
        partition visit_24 of visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
          check short reads code: CHECK ((length(code) < 9))
    ";
    let rules = "[table.visit]\nat = { keep = \"a day\" }\ncode = \"text.redact\"";
    assert_eq!(warned(schema, rules), ["public.visit(code), constraint short"]);
}
