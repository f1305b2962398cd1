//! Domains: names, injection, lengths, types, unique keys, integers and sequences.

use crate::{column, compile, plan, refusals, refused, spec, table_id};
use waxwork_core::catalog::{ColumnId, TableId};
use waxwork_core::condition::Predicate;
use waxwork_core::plan::{Canonical, CaseRows, IntegerMap, JsonAction, Probe, SequencePosition};

#[test]
fn equal_masks_share_a_domain_and_options_part_them() {
    let schema = "
        table a
          name text
          german text
          english text
          born date
          soon date
          own text
    ";
    let rules = "
        [table.a]
        name = \"person.full_name\"
        english = { mask = \"person.full_name\", locale = \"en\" }
        german = { mask = \"person.full_name\", locale = \"de_DE\" }
        own = { mask = \"person.full_name\", domain = \"mine\" }
        born = \"date.shift\"
        soon = { mask = \"date.shift\", days = 3 }
    ";
    let (catalog, found) = plan(schema, rules);
    let domain = |name: &str| spec(&catalog, &found, name).domain.clone();
    assert_eq!(domain("a.name"), "person.full_name");
    assert_eq!(domain("a.english"), "person.full_name");
    assert_eq!(domain("a.german"), "person.full_name locale=de_DE");
    assert_eq!(domain("a.own"), "mine");
    assert_eq!(domain("a.born"), "date.shift days=30");
    assert_eq!(domain("a.soon"), "date.shift days=3");
}

#[test]
fn one_unique_column_makes_its_whole_domain_injective() {
    let schema = "
        table customer
          id int4 not null
          email text
          primary key id
          unique email
        table lead
          email varchar(40)
    ";
    let rules = "[table.customer]\nid = { keep = \"n\" }\nemail = \"contact.email\"\n[table.lead]\nemail = \
        \"contact.email\"";
    let (catalog, found) = plan(schema, rules);
    let lead = spec(&catalog, &found, "lead.email");
    assert!(lead.injective);
    // The narrow column binds the wide one: the same address must give the same result in both.
    assert_eq!(lead.max_chars, Some(40));
    assert_eq!(spec(&catalog, &found, "customer.email").max_chars, Some(40));
    let domain = &found.domains[0];
    assert_eq!(domain.injective.as_deref(), Some("public.customer(email) under unique key customer_key1"));
    assert_eq!(domain.narrowest, Some((40, "public.lead(email)".to_owned())));

    let short = schema.replace("varchar(40)", "varchar(27)");
    refused(
        &short,
        rules,
        "mask_too_long: column is too short for contact.email to keep values apart: public.lead(email) holds 27 \
            characters",
    );
    let apart = rules.replace(
        "[table.lead]\nemail = \"contact.email\"",
        "[table.lead]\nemail = { mask = \"contact.email\", domain = \"leads\" }",
    );
    let (catalog, found) = plan(&short, &apart);
    assert!(!spec(&catalog, &found, "lead.email").injective);
    assert_eq!(spec(&catalog, &found, "customer.email").max_chars, None);
}

#[test]
fn a_key_that_contains_another_asks_for_nothing_more() {
    let schema = "
        table a
          id int4 not null
          name varchar(10)
          primary key id
          unique id,name
    ";
    let (catalog, found) = plan(schema, "[table.a]\nid = \"id.permute\"\nname = \"person.last_name\"");
    assert!(!spec(&catalog, &found, "a.name").injective);
    assert!(spec(&catalog, &found, "a.id").injective);
}

#[test]
fn a_unique_index_on_one_partition_asks_as_well() {
    let schema = "
        table visit
          at date not null
          code text
          partition by r at
        partition visit_24 of visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
          unique code
    ";
    let (catalog, found) = plan(schema, "[table.visit]\nat = { keep = \"a day\" }\ncode = \"secret.token\"");
    assert!(spec(&catalog, &found, "visit.code").injective);
}

#[test]
fn masks_that_lose_values_are_refused_under_a_unique_key() {
    let schema = "
        table a
          n int4
          d date
          c text
          unique n
          unique d
          unique c
    ";
    let rules =
        "[table.a]\nn = \"number.noise\"\nd = \"date.shift\"\nc = { mask = \"constant\", value = \"x\" }";
    assert_eq!(
        refusals(schema, rules),
        [
            "mask_not_injective: mask cannot keep values apart: number.noise on public.a(n) under unique \
                key a_key0",
            "mask_not_injective: mask cannot keep values apart: date.shift on public.a(d) under unique key \
                a_key1",
            "mask_not_injective: mask cannot keep values apart: constant on public.a(c) under unique key \
                a_key2",
        ]
    );
}

#[test]
fn numbers_that_nobody_holds_are_too_few_for_a_unique_key() {
    let schema = "
        table person
          ssn varchar(11)
          tax int8
          unique ssn
          unique tax
        table claim
          person_ssn varchar(11)
          foreign key person_ssn person ssn
    ";
    let rules = |options: &str| {
        format!(
            "[table.person]\nssn = {{ mask = \"government.us_ssn\"{options} }}\n\
             tax = {{ mask = \"government.br_cpf\"{options} }}\n[table.claim]"
        )
    };
    let (_, refused) = compile(schema, &rules(""));
    let refused = refused.unwrap_err();
    let hints: Vec<&str> = refused.iter().filter_map(|found| found.hint.as_deref()).collect();
    assert_eq!(refused.iter().map(|found| found.code).collect::<Vec<_>>(), ["mask_not_injective"; 2]);
    assert!(hints.iter().all(|hint| hint.starts_with("Give it reserved = false: ")), "{hints:?}");

    let (catalog, found) = plan(schema, &rules(", reserved = false"));
    for name in ["person.ssn", "person.tax", "claim.person_ssn"] {
        assert!(spec(&catalog, &found, name).injective, "{name}");
    }
    assert_eq!(spec(&catalog, &found, "claim.person_ssn").domain, "government.us_ssn reserved=false");
}

#[test]
fn a_redacted_unique_text_gets_a_code_where_there_is_room() {
    let schema = |length: &str| format!("table a\n  c {length}\n  note varchar(5)\n  unique c");
    let rules = "[table.a]\nc = \"text.redact\"\nnote = \"text.redact\"";
    let (catalog, found) = plan(&schema("varchar(16)"), rules);
    assert!(spec(&catalog, &found, "a.c").injective);
    // Redacted columns share no pseudonyms, so the unique one binds no other, nor the short one it.
    assert!(!spec(&catalog, &found, "a.note").injective);
    assert_eq!(spec(&catalog, &found, "a.c").max_chars, Some(16));
    refused(
        &schema("varchar(15)"),
        rules,
        "mask_too_long: column is too short for text.redact to keep values apart: public.a(c) holds 15 characters",
    );
}

#[test]
fn a_shift_by_a_column_of_the_same_key_keeps_rows_apart() {
    let schema = "
        table shift
          worker int4 not null
          day date not null
          primary key worker,day
    ";
    let rules =
        |by: &str| format!("[table.shift]\nworker = \"id.permute\"\nday = {{ mask = \"date.shift\"{by} }}");
    let (catalog, found) = plan(schema, &rules(", by = \"worker\""));
    assert!(!spec(&catalog, &found, "shift.day").injective);
    refused(
        schema,
        &rules(""),
        "mask_not_injective: mask cannot keep values apart: date.shift on public.shift(day) under primary \
            key shift_pkey",
    );
}

const SHIFTED_APART: &str =
    "mask_not_injective: mask cannot keep values apart: date.shift on public.shift(day) under";

#[test]
fn a_shift_that_its_partitions_reflect_keeps_no_rows_apart() {
    let schema = |open: &str| {
        format!(
            "table shift\n  worker int4 not null\n  day date not null\n  primary key worker,day\n  partition by r \
             day\npartition shift_24 of shift FOR VALUES FROM ('2024-01-01') TO ('2024-04-01')\n{open}"
        )
    };
    let rules = "[table.shift]\nworker = { keep = \"n\" }\nday = { mask = \"date.shift\", by = \"worker\" }";
    refused(&schema(""), rules, &format!("{SHIFTED_APART} primary key shift_pkey"));
    // With a partition for everything else nothing is reflected.
    plan(&schema("partition shift_rest of shift DEFAULT"), rules);
}

#[test]
fn a_shift_by_what_may_be_null_keeps_rows_apart_where_null_does() {
    let schema =
        |key: &str| format!("table shift\n  worker int4\n  day date not null\n  unique {key}worker,day");
    let rules = "[table.shift]\nworker = { keep = \"n\" }\nday = { mask = \"date.shift\", by = \"worker\" }";
    plan(&schema(""), rules);
    refused(&schema("nulls not distinct "), rules, &format!("{SHIFTED_APART} unique key shift_key0"));
}

#[test]
fn a_shift_by_a_parents_column_needs_a_parent_that_has_it() {
    let schema = |team: &str, key: &str| {
        format!(
            "table worker\n  id int4 not null\n  team int4{team}\n  primary key id\ntable shift\n  worker int4 not \
             null\n  day date not null\n  primary key worker,day\n  {key}"
        )
    };
    let rules = "[table.worker]\nid = { keep = \"n\" }\nteam = { keep = \"n\" }\n[table.shift]\nday = { mask = \
        \"date.shift\", by = \"worker.team\" }";
    let key = "foreign key worker worker id";
    plan(&schema(" not null", key), rules);
    let message = format!("{SHIFTED_APART} primary key shift_pkey");
    refused(&schema("", key), rules, &message);
    // A reference that the server does not hold may dangle.
    let declared = format!("[[reference]]\nchild = \"shift(worker)\"\nparent = \"worker(id)\"\n{rules}");
    refused(&schema(" not null", ""), &declared, &message);
}

#[test]
fn a_shift_by_a_column_whose_equal_values_differ_in_bytes_keeps_no_rows_apart() {
    let schema =
        |worker: &str| format!("table shift\n  worker {worker}\n  day date not null\n  unique worker,day");
    let rules = "[table.shift]\nworker = { keep = \"n\" }\nday = { mask = \"date.shift\", by = \"worker\" }";
    plan(&schema("citext"), rules);
    refused(&schema("text nondeterministic"), rules, &format!("{SHIFTED_APART} unique key shift_key0"));
}

#[test]
fn two_columns_shifted_by_each_other_keep_no_rows_apart() {
    let schema = "table shift\n  day date not null\n  paid date not null\n  unique day,paid";
    let rules = |paid: &str| {
        format!("[table.shift]\nday = {{ mask = \"date.shift\", by = \"paid\" }}\npaid = {paid}")
    };
    plan(schema, &rules("{ keep = \"a day\" }"));
    let found = refusals(schema, &rules("{ mask = \"date.shift\", by = \"day\" }"));
    assert_eq!(found[0], format!("{SHIFTED_APART} unique key shift_key0"));
}

#[test]
fn an_alphabet_under_a_key_has_no_characters_that_the_key_takes_for_one() {
    let schema = |code: &str| format!("table a\n  code {code}\n  unique code");
    let rules =
        |alphabet: &str| format!("[table.a]\ncode = {{ mask = \"id.permute\", alphabet = \"{alphabet}\" }}");
    let message = "mask_not_injective: mask cannot keep values apart: id.permute on public.a(code) under unique key a_key0";
    plan(&schema("text"), &rules("alnum"));
    for alphabet in ["lower", "hex", "digits", "ABxy"] {
        plan(&schema("citext"), &rules(alphabet));
    }
    for alphabet in ["alnum", "abA", "äÄ"] {
        refused(&schema("citext"), &rules(alphabet), message);
    }
    plan(&schema("text nondeterministic"), &rules("digits"));
    refused(&schema("text nondeterministic"), &rules("lower"), message);
    plan(&schema("text nondeterministic"), "[table.a]\ncode = \"id.permute\"");
}

#[test]
fn a_mask_must_hold_the_columns_type() {
    let schema = "
        enum mood sad,ok
        table a
          age int4
          ok bool
          mood mood
          doc jsonb
          small varchar(30)
          words tsvector
    ";
    let rules = "
        [table.a]
        age = \"person.full_name\"
        ok = \"id.permute\"
        mood = \"text.shape\"
        doc = \"contact.email\"
        small = { mask = \"json\", rest = \"keep\" }
        words = \"text.redact\"
    ";
    assert_eq!(
        refusals(schema, rules),
        [
            "mask_does_not_hold_type: mask does not hold the column's type: person.full_name on \
                public.a(age) of type int4",
            "mask_does_not_hold_type: mask does not hold the column's type: id.permute on public.a(ok) of \
                type bool",
            "mask_does_not_hold_type: mask does not hold the column's type: text.shape on public.a(mood) of \
                type mood",
            "mask_does_not_hold_type: mask does not hold the column's type: contact.email on public.a(doc) \
                of type jsonb",
            "mask_does_not_hold_type: mask does not hold the column's type: json on public.a(small) of type \
                varchar(30)",
            "mask_does_not_hold_type: mask does not hold the column's type: text.redact on public.a(words) \
                of type tsvector",
        ]
    );
}

#[test]
fn a_constant_must_be_one_of_the_columns_type_and_is_not_shown() {
    let schema = "
        enum mood sad,ok
        table a
          mood mood
          code varchar(4)
          n int2
          ok bool
          doc jsonb
    ";
    let constant = |value: &str| format!("{{ mask = \"constant\", value = {value} }}");
    let rules = |mood: &str, code: &str, n: &str, ok: &str, doc: &str| {
        format!(
            "[table.a]\nmood = {}\ncode = {}\nn = {}\nok = {}\ndoc = {}",
            constant(mood),
            constant(code),
            constant(n),
            constant(ok),
            constant(doc)
        )
    };
    plan(schema, &rules("\"ok\"", "\"abcd\"", "7", "true", "'{}'"));
    let found = refusals(schema, &rules("\"happy\"", "\"abcde\"", "40000", "\"maybe\"", "'{'"));
    let kind = "constant_does_not_fit: constant is no value of the column's type: public.a";
    assert_eq!(
        found,
        [
            format!("{kind}(mood) of type mood"),
            format!("{kind}(code) of type varchar(4)"),
            format!("{kind}(n) of type int2"),
            format!("{kind}(ok) of type bool"),
            format!("{kind}(doc) of type jsonb"),
        ]
    );
}

#[test]
fn a_domain_has_one_mask() {
    let schema = "table a\n  x text\n  y text\n  z date\n  w date";
    let rules = "
        [table.a]
        x = { mask = \"person.first_name\", domain = \"d\" }
        y = { mask = \"person.last_name\", domain = \"d\" }
        z = { mask = \"date.shift\", domain = \"e\" }
        w = { mask = \"date.shift\", domain = \"e\", days = 7 }
    ";
    assert_eq!(
        refusals(schema, rules),
        ["domain_conflict: domain has two masks: d", "domain_conflict: domain has two masks: e"]
    );
}

#[test]
fn an_expression_index_allows_codes_under_case_folding_alone() {
    let schema = |index: &str, column: &str| format!("table a\n  {column}\n  index {index}");
    let lower = schema("lower((email)::text) reads email", "email varchar(80)");
    let (catalog, found) = plan(&lower, "[table.a]\nemail = \"contact.email\"");
    assert!(spec(&catalog, &found, "a.email").injective);
    let digits = "[table.a]\nemail = { mask = \"id.permute\", alphabet = \"alnum\" }";
    let message = "unique_expression: mask is not known to keep an expression apart: public.a(email) under \
        unique key a_key0";
    refused(&lower, digits, message);
    let cut = schema("\"left\"(email, 5) reads email", "email text");
    refused(&cut, "[table.a]\nemail = \"contact.email\"", message);
    plan(&cut, "[table.a]\nemail = { keep = \"a list's own address\" }");
}

#[test]
fn a_partial_index_keeps_the_rows_that_it_holds() {
    let schema = "
        table a
          email text
          gone date
          state text
          index email where ((gone IS NULL) AND (state = 'x'::text)) reads gone,state
    ";
    let rules = |state: &str, gone: &str| {
        format!("[table.a]\nemail = \"contact.email\"\nstate = {state}\ngone = {gone}")
    };
    let kept = "{ keep = \"three words\" }";
    let (catalog, found) = plan(schema, &rules(kept, "\"date.shift\""));
    assert!(spec(&catalog, &found, "a.email").injective);
    let message = |column: &str| {
        format!(
            "unique_predicate: mask may change which rows an index holds: public.a({column}) is in the \
                predicate of unique key a_key0"
        )
    };
    refused(schema, &rules("\"text.redact\"", "\"date.shift\""), &message("state"));
    refused(schema, &rules(kept, "\"null\""), &message("gone"));
    let words = schema.replace("gone date", "gone text");
    refused(&words, &rules(kept, "{ mask = \"secret.token\", nulls = \"mask\" }"), &message("gone"));
}

#[test]
fn nulls_cannot_be_masked_nor_made_where_they_collide() {
    let schema = "table a\n  x text\n  y text\n  unique x\n  unique nulls not distinct y";
    let rules = "[table.a]\nx = { mask = \"secret.token\", nulls = \"mask\" }\ny = \"null\"";
    assert_eq!(
        refusals(schema, rules),
        [
            "nulls_on_unique: nulls = \"mask\" gives every NULL one value: public.a(x) is under unique key \
                a_key0",
            "null_on_unique: column cannot become NULL in every row: public.a(y) is under unique key a_key1",
        ]
    );
}

#[test]
fn integers_are_permuted_into_the_narrowest_types_upper_range() {
    let schema = |parent: &str, child: &str| {
        format!(
            "table p\n  id {parent} not null\n  primary key id\ntable c\n  p_id {child}\n  foreign key p_id \
                p id\n\
             sequence p_id_seq p id"
        )
    };
    let rules = "[table.p]\nid = \"id.permute\"";
    let map = |parent: &str, child: &str| {
        let (catalog, found) = plan(&schema(parent, child), rules);
        assert_eq!(spec(&catalog, &found, "c.p_id").integers, spec(&catalog, &found, "p.id").integers);
        spec(&catalog, &found, "p.id").integers.unwrap()
    };
    let int4 = IntegerMap { from: (-65_536, 2_130_640_894), range: (16_777_217, 2_147_483_647) };
    assert_eq!(map("int4", "int4"), int4);
    assert_eq!(map("int8", "int4"), int4);
    assert_eq!(map("int4", "int2"), IntegerMap { from: (-64, 31_678), range: (1_025, 32_767) });
    let wide = map("int8", "int8");
    assert_eq!(wide.range, (16_777_217, i64::MAX));
    assert_eq!(wide.from.1 - wide.from.0, wide.range.1 - wide.range.0);
    assert_eq!(map("numeric(10,0)", "int8").range, (16_777_217, 9_999_999_999));
}

#[test]
fn from_and_range_of_a_permutation_are_equally_long_and_fit() {
    let schema = "table p\n  id int4 not null\n  primary key id";
    let rules = |options: &str| format!("[table.p]\nid = {{ mask = \"id.permute\", {options} }}");
    let map = |options: &str| {
        let (catalog, found) = plan(schema, &rules(options));
        spec(&catalog, &found, "p.id").integers.unwrap()
    };
    assert_eq!(map("range = [1, 100]"), IntegerMap { from: (-65_536, -65_437), range: (1, 100) });
    assert_eq!(map("from = [1, 100]"), IntegerMap { from: (1, 100), range: (16_777_217, 16_777_316) });
    assert_eq!(map("from = [1, 10], range = [11, 20]"), IntegerMap { from: (1, 10), range: (11, 20) });
    let lengths = "permute_lengths: from and range of id.permute have different lengths";
    refused(schema, &rules("from = [1, 10], range = [11, 21]"), lengths);
    let range = "permute_range: range of id.permute does not fit the narrowest column of its domain";
    refused(schema, &rules("range = [1, 3000000000]"), range);
}

#[test]
fn a_permuted_keys_sequence_starts_below_the_range_and_its_inputs_are_probed() {
    let schema = "
        table p
          id int4 not null
          ids int4[]
          primary key id
        table q
          id int4 not null
          primary key id
        sequence p_seq p id
        sequence q_seq q id
        sequence shared p id q id
        sequence inside p id 20000000 30000000
    ";
    let rules = "
        [[reference]]
        child = \"p(ids[*])\"
        parent = \"p(id)\"
        [table.p]
        id = { mask = \"id.permute\", from = [1, 5000000], range = [20000000, 24999999] }
        [table.q]
        id = { keep = \"n\" }
    ";
    let (_, found) = plan(schema, rules);
    let positions: Vec<SequencePosition> = found.sequences.iter().map(|sequence| sequence.position).collect();
    assert_eq!(
        positions,
        [
            SequencePosition::StartAt(1),
            SequencePosition::AsSource,
            SequencePosition::AsSource,
            SequencePosition::StartAt(25_000_000),
        ]
    );
    let windows: Vec<(u32, (i64, i64))> =
        found.probes.iter().filter_map(window).map(|(_, column, from, _)| (column.0, from)).collect();
    assert_eq!(windows, [(0, (1, 5_000_000)), (1, (1, 5_000_000))]);
    assert_eq!(found.warnings[0].code, "sequence_shared");
}

fn window(probe: &Probe) -> Option<(TableId, ColumnId, (i64, i64), &CaseRows)> {
    match probe {
        Probe::IntegerWindow { table, column, from, rows } => Some((*table, *column, *from, rows)),
        Probe::CommonValues { .. } => None,
    }
}

#[test]
fn the_window_of_a_case_holds_for_its_rows_alone() {
    let schema = "
        table post
          id int4 not null
          primary key id
        table photo
          id int4 not null
          primary key id
        table comment
          kind text
          ref int4
    ";
    let reference = |parent: &str, kind: &str| {
        format!(
            "[[reference]]\nchild = \"comment(ref)\"\nparent = \"{parent}(id)\"\nwhen = {{ kind = \"{kind}\" }}\n"
        )
    };
    let rules = format!(
        "{}{}[table.post]\nid = \"id.permute\"\n[table.photo]\nid = {{ keep = \"n\" }}\n[table.comment]\nkind = {{ \
         keep = \"words\" }}\nref = {{ mask = \"id.permute\", from = [1, 9] }}",
        reference("post", "Post"),
        reference("photo", "Photo")
    );
    let (catalog, found) = plan(schema, &rules);
    let comment = table_id(&catalog, "comment");
    let windows = found.probes.iter().filter_map(window).filter(|(table, ..)| *table == comment);
    let rows: Vec<&CaseRows> = windows.map(|(_, _, _, rows)| rows).collect();
    let when = |kind: &str| Predicate::of_constants(&[(ColumnId(0), kind.to_owned())]);
    let posts = CaseRows { matching: Some(when("Post")), others: vec![] };
    assert_eq!(rows, [&posts, &CaseRows { matching: None, others: vec![when("Post"), when("Photo")] }]);
}

#[test]
fn masked_keys_are_read_in_one_form() {
    let form = |parent: &str, child: &str, rule: &str| {
        let schema = format!(
            "table p\n  id {parent} not null\n  primary key id\ntable c\n  p_id {child}\n  foreign key p_id \
                p id"
        );
        let (catalog, found) = plan(&schema, &format!("[table.p]\nid = {rule}"));
        (column(&catalog, &found, "p.id").canonical, column(&catalog, &found, "c.p_id").canonical)
    };
    let token = "\"secret.token\"";
    assert_eq!(form("bpchar(20)", "varchar(20)", token), (Canonical::Rtrim, Canonical::Rtrim));
    assert_eq!(form("citext", "text", token), (Canonical::Lower, Canonical::Lower));
    assert_eq!(form("numeric", "numeric", "\"id.permute\""), (Canonical::TrimScale, Canonical::TrimScale));
    assert_eq!(form("text", "text", token), (Canonical::AsIs, Canonical::AsIs));
    let kept = "{ keep = \"a code\" }";
    assert_eq!(form("bpchar(20)", "bpchar(20)", kept), (Canonical::AsIs, Canonical::AsIs));
}

#[test]
fn a_key_whose_equality_has_no_form_is_refused() {
    let schema = "
        table p
          id text not null nondeterministic
          primary key id
        table c
          p_id text
          foreign key p_id p id
    ";
    assert_eq!(
        refusals(schema, "[table.p]\nid = \"secret.token\""),
        [
            "key_without_form: key cannot be masked, its equal values have no one form: public.p(id)",
            "key_without_form: key cannot be masked, its equal values have no one form: public.c(p_id)",
        ]
    );
}

#[test]
fn an_option_that_no_column_of_its_domain_uses_is_refused() {
    let schema =
        |id: &str| format!("table p\n  id {id} not null\n  primary key id\ntable other\n  code text");
    let rules = |options: &str| {
        let permute = format!("{{ mask = \"id.permute\", domain = \"d\", {options} }}");
        format!("[table.p]\nid = {permute}\n[table.other]\ncode = {{ keep = \"n\" }}")
    };
    let (alphabet, from, range) = ("alphabet = \"hex\"", "from = [1, 9]", "range = [1, 9]");
    let both = "alphabet = \"digits\", prefix = \"MRN\"";
    let idle = |option: &str| {
        format!("idle_option: option \"{option}\" of id.permute has no effect on public.p(id)")
    };
    for (id, option, name) in [
        ("int4", alphabet, "alphabet"),
        ("uuid", alphabet, "alphabet"),
        ("uuid", from, "from"),
        ("text", from, "from"),
        ("text", range, "range"),
        ("text", "prefix = \"MRN\"", "prefix"),
        ("int4", "prefix = \"MRN\"", "prefix"),
    ] {
        refused(&schema(id), &rules(option), &idle(name));
    }
    for (id, option) in
        [("int4", from), ("numeric", range), ("text", alphabet), ("citext", alphabet), ("text", both)]
    {
        plan(&schema(id), &rules(option));
    }
    // Text that shares the domain uses it.
    let shared = rules(alphabet)
        .replace("{ keep = \"n\" }", &format!("{{ mask = \"id.permute\", domain = \"d\", {alphabet} }}"));
    plan(&schema("int4"), &shared);
}

#[test]
fn an_alphabet_keeps_lengths_and_no_column_is_too_short_for_it() {
    let schema = "table a\n  plate varchar(8)\n  unique plate";
    let (catalog, found) = plan(schema, "[table.a]\nplate = { mask = \"id.permute\", alphabet = \"hex\" }");
    let plate = spec(&catalog, &found, "a.plate");
    assert_eq!(plate.alphabet(), Some("0123456789abcdef"));
    assert!(plate.injective);
}

#[test]
fn masks_inside_json_share_the_domains_of_columns() {
    let schema = "table a\n  email varchar(50)\n  doc jsonb\n  unique email";
    let rules = "
        [table.a]
        email = \"contact.email\"
        doc = { mask = \"json\", paths = { \"$.mail\" = \"contact.email\", \"$.n\" = \"id.permute\", \"$.x\" = \"null\" }, rest = \"keep\" }
    ";
    let (catalog, found) = plan(schema, rules);
    let json = spec(&catalog, &found, "a.doc").json.as_ref().unwrap();
    let masks: Vec<_> = json
        .paths
        .iter()
        .filter_map(|(path, action)| match action {
            JsonAction::Mask(spec) => {
                Some((path.as_str(), spec.domain.as_str(), spec.injective, spec.max_chars))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        masks,
        [("$.mail", "contact.email", true, Some(50)), ("$.n", "public.a(doc) at $.n", false, None),]
    );
    assert_eq!((&json.paths[2].1, &json.rest), (&JsonAction::Null, &JsonAction::Keep));
}

#[test]
fn packs_speak_where_no_rule_and_no_key_does() {
    let schema = "
        table account
          id int4 not null
          email text not null
          password_hash text not null
          phone varchar(20)
          plan text not null
          primary key id
    ";
    let rules = "
        [policy]
        packs = [\"credentials\", \"gdpr\"]
        [table.account]
        id = { keep = \"a number\" }
        email = { keep = \"a list's address\" }
    ";
    refused(schema, rules, "unlisted_column: column is named by no rule: public.account(plan)");
    let (catalog, found) = plan(schema, &format!("{rules}plan = {{ keep = \"a price\" }}"));
    assert!(column(&catalog, &found, "account.password_hash").origin.starts_with("pack credentials"));
    assert_eq!(spec(&catalog, &found, "account.phone").domain, "contact.phone");
    assert!(column(&catalog, &found, "account.email").origin == "rule");
}
