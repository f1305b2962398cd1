//! Rules, gaps, and columns that follow the key that they refer to.

use crate::{column, compile, plan, refusals, refused, spec, table_id};
use waxwork_core::catalog::ColumnId;
use waxwork_core::condition::Predicate;
use waxwork_core::diagnostic::Class;
use waxwork_core::plan::{Canonical, ColumnAction, JsonAction, KeyForm};

const SHOP: &str = "
    table customer
      id int4 not null
      email text
      primary key id
    table orders
      id int4 not null
      customer_id int4 not null
      note text
      primary key id
      foreign key customer_id customer id
    table line
      order_id int4 not null
      customer_id int4
      foreign key order_id orders id
";

#[test]
fn a_column_named_by_no_rule_stops_the_run_and_says_what_to_add() {
    let (_, plan) = compile(
        SHOP,
        "[table.customer]\nid = { keep = \"a number\" }\n[table.orders]\nid = \
            \"id.permute\"\n[table.line]\ncustomer_id = \"null\"\n",
    );
    let found = plan.unwrap_err();
    let hints: Vec<&str> = found.iter().filter_map(|diagnostic| diagnostic.hint.as_deref()).collect();
    assert!(
        found
            .iter()
            .all(|diagnostic| diagnostic.code == "unlisted_column" && diagnostic.class == Class::Unlisted)
    );
    assert_eq!(
        hints,
        [
            "Add under [table.customer]: email = \"contact.email\", or email = { keep = \"why nobody is in \
                it\" }.",
            "Add under [table.orders]: note = \"text.redact\", or note = { keep = \"why nobody is in it\" }.",
        ]
    );
}

#[test]
fn a_chain_of_keys_follows_its_root_in_the_roots_domain() {
    let rules = "
        [table.customer]
        id = \"id.permute\"
        email = \"contact.email\"
        [table.orders]
        id = { keep = \"a number\" }
        note = \"text.redact\"
        [table.line]
        customer_id = \"null\"
    ";
    let schema = format!("{SHOP}\n      foreign key customer_id orders id");
    let (catalog, found) = plan(&schema, rules);
    let id = spec(&catalog, &found, "customer.id");
    assert_eq!(id.domain, "public.customer(id)");
    assert!(id.injective);
    assert_eq!(spec(&catalog, &found, "orders.customer_id"), id);
    assert_eq!(column(&catalog, &found, "orders.customer_id").origin, "follows public.customer(id)");
    assert_eq!(column(&catalog, &found, "line.customer_id").action, ColumnAction::Null);
    let kept = ColumnAction::Keep { reason: "its key public.orders(id) is kept".to_owned() };
    assert_eq!(column(&catalog, &found, "line.order_id").action, kept);
}

#[test]
fn a_rule_on_the_child_alone_is_told_where_to_go() {
    let rules = "
        [table.customer]
        email = \"contact.email\"
        [table.orders]
        id = { keep = \"a number\" }
        customer_id = \"id.permute\"
        note = \"null\"
        [table.line]
        customer_id = \"null\"
    ";
    let (_, found) = compile(SHOP, rules);
    let found = found.unwrap_err();
    let codes: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["rule_on_child", "unlisted_column"]);
    assert_eq!(
        found[0].hint.as_deref(),
        Some("Move the rule to id under [table.customer]; the column follows it.")
    );
    assert_eq!(found[0].location.as_ref().unwrap().line, 7);
}

#[test]
fn a_child_may_repeat_its_keys_rule_and_say_nothing_else() {
    let rules = |child: &str| {
        format!(
            "[table.customer]\nid = \"id.permute\"\nemail = \"null\"\n[table.orders]\nid = {{ keep = \"n\" \
                }}\n\
             note = \"null\"\ncustomer_id = {child}\n[table.line]\ncustomer_id = \"null\""
        )
    };
    let (catalog, found) = plan(SHOP, &rules("\"id.permute\""));
    assert_eq!(spec(&catalog, &found, "orders.customer_id").domain, "public.customer(id)");
    let differs = "rule_differs_from_key: rule of a column differs from its key's: \
        public.orders(customer_id) refers to \
                   public.customer(id)";
    refused(SHOP, &rules("{ keep = \"it is only a number\" }"), differs);
    refused(SHOP, &rules("{ mask = \"id.permute\", domain = \"other\" }"), differs);
}

#[test]
fn a_column_that_is_not_null_cannot_be_nulled() {
    let rules = "[table.customer]\nid = \"id.permute\"\nemail = \"null\"\n[table.orders]\nid = \
        \"null\"\nnote = \"null\"\n\
                 customer_id = \"null\"\n[table.line]\ncustomer_id = \"null\"";
    let found = refusals(SHOP, rules);
    assert_eq!(
        found,
        [
            "null_on_not_null: column cannot become NULL: public.orders(id) is in the primary key",
            "null_on_not_null: column cannot become NULL: public.line(order_id) is NOT NULL",
            "null_on_not_null: column cannot become NULL: public.orders(customer_id) is NOT NULL",
        ]
    );
}

#[test]
fn a_cycle_of_keys_takes_the_one_rule_that_stands_in_it() {
    let schema = "
        table a
          id int4 not null
          primary key id
          foreign key id b id
        table b
          id int4 not null
          primary key id
          foreign key id a id
        table c
          b_id int4
          foreign key b_id b id
    ";
    let (catalog, found) = plan(schema, "[table.b]\nid = \"id.permute\"");
    for name in ["a.id", "b.id", "c.b_id"] {
        assert_eq!(spec(&catalog, &found, name).domain, "public.a(id)", "{name}");
    }
    let both = "[table.a]\nid = \"id.permute\"\n[table.b]\nid = { keep = \"n\" }";
    refused(
        schema,
        both,
        "rule_differs_from_key: rule of a column differs from its key's: public.b(id) refers to public.a(id)",
    );
    refused(schema, "", "unlisted_column: column is named by no rule: public.a(id)");
}

#[test]
fn a_self_reference_follows_the_key_of_its_own_table() {
    let schema = "
        table employee
          id int8 not null
          boss int8
          primary key id
          foreign key boss employee id
    ";
    let (catalog, found) = plan(schema, "[table.employee]\nid = \"id.permute\"");
    assert_eq!(spec(&catalog, &found, "employee.boss"), spec(&catalog, &found, "employee.id"));
}

#[test]
fn two_keys_masked_apart_cannot_share_a_child() {
    let schema = "
        table cat
          id int4 not null
          primary key id
        table dog
          id int4 not null
          primary key id
        table pet
          id int4
          foreign key id cat id
          foreign key id dog id
    ";
    let apart = "[table.cat]\nid = \"id.permute\"\n[table.dog]\nid = \"id.permute\"";
    refused(schema, apart, "two_keys: column refers to two keys that are masked apart: public.pet(id)");
    let together = "[table.cat]\nid = { mask = \"id.permute\", domain = \"animal\" }\n\
                    [table.dog]\nid = { mask = \"id.permute\", domain = \"animal\" }";
    let (catalog, found) = plan(schema, together);
    assert_eq!(spec(&catalog, &found, "pet.id").domain, "animal");
}

const COMMENTS: &str = "
    table post
      id int4 not null
      primary key id
    table photo
      id int4 not null
      primary key id
    table comment
      kind text not null
      on_id int4
";

const POLYMORPHIC: &str = "
    [[reference]]
    child = \"comment(on_id)\"
    parent = \"post(id)\"
    when = { kind = \"Post\" }
    [[reference]]
    child = \"comment(on_id)\"
    parent = \"photo(id)\"
    when = { kind = \"Photo\" }
    [table.comment]
    kind = { keep = \"two words\" }
";

#[test]
fn a_polymorphic_column_follows_each_rows_own_parent() {
    let rules =
        format!("{POLYMORPHIC}[table.post]\nid = \"id.permute\"\n[table.photo]\nid = {{ keep = \"n\" }}");
    let (catalog, found) = plan(COMMENTS, &rules);
    let ColumnAction::Cases { cases, otherwise } = &column(&catalog, &found, "comment.on_id").action else {
        panic!("no cases");
    };
    let kind = |word: &str| Predicate::of_constants(&[(ColumnId(0), word.to_owned())]);
    let conditions: Vec<&Predicate> = cases.iter().map(|case| &case.when).collect();
    assert_eq!(conditions, [&kind("Post"), &kind("Photo")]);
    assert_eq!(cases[0].action, column(&catalog, &found, "post.id").action);
    assert!(matches!(cases[1].action, ColumnAction::Keep { .. }));
    let ColumnAction::Mask(own) = otherwise.as_ref() else { panic!("rows without a case are not masked") };
    assert_eq!(own.domain, "public.comment(on_id)");
}

/// Both keys with these rules, and a line for the polymorphic column.
fn comments(post: &str, photo: &str, own: &str) -> String {
    format!("{POLYMORPHIC}{own}\n[table.post]\nid = {post}\n[table.photo]\nid = {photo}")
}

const KEPT: &str = "{ keep = \"n\" }";
const UNLISTED_ROWS: &str =
    "unlisted_rows: rows that no \"when\" matches are named by no rule: public.comment(on_id)";

#[test]
fn rows_that_no_case_matches_are_never_kept_because_their_keys_are() {
    let (_, found) = compile(COMMENTS, &comments(KEPT, KEPT, ""));
    let found = found.unwrap_err();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].class, found[0].code), (Class::Unlisted, "unlisted_rows"));
    assert_eq!(
        found[0].hint.as_deref(),
        Some(
            "Add under [table.comment], for these rows alone: on_id = \"null\", a mask, or { keep = \"why nobody \
             is in it\" }."
        )
    );
    // Keys that become NULL say no more of other rows than keys that are kept.
    let nullable = COMMENTS.replace("id int4 not null\n      primary key id", "id int4\n      unique id");
    for (post, photo) in [("\"null\"", "\"null\""), ("\"null\"", KEPT)] {
        refused(&nullable, &comments(post, photo, ""), UNLISTED_ROWS);
    }
    // One case is no better than two.
    let (one, _) = POLYMORPHIC.split_at(POLYMORPHIC.rfind("[[reference]]").unwrap());
    let rules =
        format!("{one}[table.comment]\nkind = {KEPT}\n[table.post]\nid = {KEPT}\n[table.photo]\nid = {KEPT}");
    refused(COMMENTS, &rules, UNLISTED_ROWS);
}

#[test]
fn a_rule_on_a_polymorphic_column_speaks_for_rows_that_no_case_matches() {
    let own_action = |own: &str| {
        let (catalog, found) = plan(COMMENTS, &comments("\"id.permute\"", KEPT, own));
        let post = column(&catalog, &found, "post.id").action.clone();
        match column(&catalog, &found, "comment.on_id").action.clone() {
            ColumnAction::Cases { cases, otherwise } => {
                assert_eq!(cases[0].action, post, "{own}");
                assert!(matches!(cases[1].action, ColumnAction::Keep { .. }), "{own}");
                *otherwise
            }
            other => panic!("{own}: {other:?}"),
        }
    };
    assert_eq!(
        own_action("on_id = { keep = \"counters\" }"),
        ColumnAction::Keep { reason: "counters".to_owned() }
    );
    assert_eq!(own_action("on_id = \"null\""), ColumnAction::Null);
    let ColumnAction::Mask(noise) = own_action("on_id = \"number.noise\"") else { panic!("not masked") };
    assert_eq!((noise.kind.name(), noise.injective), ("number.noise", false));
    let ColumnAction::Mask(own) = own_action("on_id = \"id.permute\"") else { panic!("not masked") };
    assert_eq!(own.domain, "public.comment(on_id)");
}

#[test]
fn a_polymorphic_column_is_kept_where_its_keys_and_its_own_rule_say_so() {
    let (catalog, found) = plan(COMMENTS, &comments(KEPT, KEPT, "on_id = { keep = \"counters\" }"));
    let kept = ColumnAction::Keep { reason: "counters".to_owned() };
    assert_eq!(column(&catalog, &found, "comment.on_id").action, kept);
}

#[test]
fn a_pack_speaks_for_rows_that_no_case_matches() {
    let schema = COMMENTS.replace("on_id int4", "email text").replace("id int4", "id text");
    let rules = comments(KEPT, KEPT, "").replace("on_id", "email");
    let (catalog, found) = plan(&schema, &format!("[policy]\npacks = [\"gdpr\"]\n{rules}"));
    let ColumnAction::Cases { otherwise, .. } = &column(&catalog, &found, "comment.email").action else {
        panic!("no cases");
    };
    let ColumnAction::Mask(pack) = otherwise.as_ref() else { panic!("not masked") };
    assert_eq!(pack.kind.name(), "contact.email");
}

#[test]
fn cases_are_told_apart_by_columns_that_are_read_as_they_stand() {
    let rules = comments("\"id.permute\"", KEPT, "on_id = { keep = \"counters\" }");
    let kind = "kind = { keep = \"two words\" }";
    let added = |schema: &str, rules: &str| {
        let (catalog, found) = plan(schema, rules);
        let comment = found.table(table_id(&catalog, "comment")).unwrap();
        assert!(comment.context.iter().all(|field| field.path.is_empty()));
        let table = catalog.table(comment.table);
        let names = comment.context.iter().map(|field| table.column(field.column).name.as_str().to_owned());
        (names.collect::<Vec<_>>(), comment.context.iter().all(|field| field.canonical == Canonical::AsIs))
    };
    assert_eq!(added(COMMENTS, &rules), (vec![], true));
    let nullable = COMMENTS.replace("kind text not null", "kind text");
    assert_eq!(added(&nullable, &rules.replace(kind, "kind = \"null\"")), (vec!["kind".to_owned()], true));
    let made =
        COMMENTS.replace("kind text not null", "word text\n      kind text not null generated from word");
    let word = rules.replace(kind, "word = \"text.redact\"");
    assert_eq!(added(&made, &word), (vec!["kind".to_owned()], true));
    // As a masked key of citext it is read in lower case, where "Post" never stands.
    let folded = COMMENTS.replace("kind text not null", "kind citext").replace(
        "on_id int4",
        "on_id int4\n      foreign key kind kind code\n    table kind\n      code citext not null\n      primary \
         key code",
    );
    let masked = rules.replace(kind, "") + "\n[table.kind]\ncode = \"secret.token\"";
    assert_eq!(added(&folded, &masked), (vec!["kind".to_owned()], true));
}

#[test]
fn a_polymorphic_column_in_a_cycle_is_not_kept_by_the_others_rule() {
    let schema = "
        table a
          kind text
          id int4 not null
          primary key id
        table b
          id int4 not null
          primary key id
          foreign key id a id
    ";
    let rules = |own: &str, b: &str| {
        format!(
            "[[reference]]\nchild = \"a(id)\"\nparent = \"b(id)\"\nwhen = {{ kind = \"B\" }}\n\
             [table.a]\nkind = {KEPT}\n{own}\n[table.b]\nid = {b}"
        )
    };
    let unlisted = "unlisted_rows: rows that no \"when\" matches are named by no rule: public.a(id)";
    refused(schema, &rules("", KEPT), unlisted);
    plan(schema, &rules(&format!("id = {KEPT}"), KEPT));
    plan(schema, &rules("", "\"id.permute\""));
}

#[test]
fn leaves_that_refer_in_some_rows_are_kept_only_by_a_rule() {
    let schema = "
        table post
          id int4 not null
          primary key id
        table comment
          kind text
          doc jsonb
    ";
    let rules = |json: &str| {
        format!(
            "[[reference]]\nchild = \"comment(doc -> '$.id')\"\nparent = \"post(id)\"\n\
             when = {{ kind = \"Post\" }}\n[table.post]\nid = {KEPT}\n[table.comment]\nkind = {KEPT}\n\
             doc = {{ mask = \"json\", {json} }}"
        )
    };
    refused(
        schema,
        &rules("rest = \"text.redact\""),
        "unlisted_rows: path of a reference with a \"when\" is named by no rule: public.comment(doc) at $.id",
    );
    for stated in [
        "rest = \"keep\"",
        "rest = \"text.redact\", paths = { \"$.id\" = { keep = \"a number\" } }",
        "rest = \"text.redact\", paths = { \"$.id\" = \"null\" }",
    ] {
        plan(schema, &rules(stated));
    }
}

#[test]
fn elements_of_an_array_and_leaves_of_json_follow_their_key() {
    let schema = "
        table item
          id int4 not null
          primary key id
        table cart
          items int4[]
          doc jsonb
    ";
    let rules = "
        [[reference]]
        child = \"cart(items[*])\"
        parent = \"item(id)\"
        [[reference]]
        child = \"cart(doc -> '$.item.id')\"
        parent = \"item(id)\"
        [table.item]
        id = \"id.permute\"
        [table.cart]
        doc = { mask = \"json\", rest = \"text.redact\" }
    ";
    let (catalog, found) = plan(schema, rules);
    assert_eq!(spec(&catalog, &found, "cart.items").domain, "public.item(id)");
    let json = spec(&catalog, &found, "cart.doc").json.as_ref().unwrap();
    let (path, JsonAction::Mask(leaf)) = &json.paths[0] else { panic!("no mask") };
    assert_eq!((path.as_str(), leaf.domain.as_str()), ("$.item.id", "public.item(id)"));
    assert_eq!(leaf.integers, spec(&catalog, &found, "item.id").integers);

    let kept = rules.replace("{ mask = \"json\", rest = \"text.redact\" }", "{ keep = \"no people\" }");
    refused(
        schema,
        &kept,
        "rule_differs_from_key: column is kept, and its JSON refers to a key that is not: public.cart(doc) \
            at $.item.id \
         refers to public.item(id)",
    );
}

#[test]
fn leaves_look_like_the_columns_of_their_key() {
    let schema = "
        table shop
          code KEY not null
          primary key code
        table cart
          doc jsonb
    ";
    let rules = |key: &str| {
        format!(
            "[[reference]]\nchild = \"cart(doc -> '$.shop')\"\nparent = \"shop(code)\"\n\
             [table.shop]\ncode = {key}\n[table.cart]\ndoc = {{ mask = \"json\", rest = \"text.redact\" }}"
        )
    };
    let schema_of = |key: &str| schema.replace("KEY", key);
    for (key, form, counts) in [
        ("text", KeyForm::Any, false),
        ("int8", KeyForm::Integer, true),
        ("numeric(10,0)", KeyForm::Integer, true),
        ("uuid", KeyForm::Uuid, false),
    ] {
        let (catalog, found) = plan(&schema_of(key), &rules("\"id.permute\""));
        let json = spec(&catalog, &found, "cart.doc").json.as_ref().unwrap();
        let JsonAction::Mask(leaf) = &json.paths[0].1 else { panic!("no mask") };
        assert_eq!((leaf.key_form, leaf.integers.is_some()), (Some(form), counts), "{key}");
        let (catalog, found) = plan(&schema_of(key), &rules(KEPT));
        let json = spec(&catalog, &found, "cart.doc").json.as_ref().unwrap();
        assert_eq!((&json.kept_keys, &json.paths), (&vec![("$.shop".to_owned(), form)], &vec![]), "{key}");
    }
    for key in ["citext", "numeric", "bpchar(40)"] {
        refused(
            &schema_of(key),
            &rules("\"id.permute\""),
            "key_without_form: key cannot be masked, its equal values have no one form: public.shop(code)",
        );
    }
}

#[test]
fn a_child_of_a_table_without_rows_needs_a_rule_only_where_the_key_has_none() {
    let rules = |key: &str, child: &str| {
        format!(
            "[table.customer]\nrows = \"none\"\n{key}\n[subset.reference]\n\
             \"orders(customer_id)\" = {{ parent = \"error\" }}\n[table.orders]\nid = {{ keep = \"n\" }}\n\
             note = \"null\"\n{child}\n[table.line]\ncustomer_id = \"null\""
        )
    };
    refused(SHOP, &rules("", ""), "unlisted_column: column is named by no rule: public.orders(customer_id)");
    let (catalog, found) = plan(SHOP, &rules("", "customer_id = \"id.permute\""));
    assert_eq!(spec(&catalog, &found, "orders.customer_id").domain, "public.customer(id)");
    let (catalog, found) = plan(SHOP, &rules("id = \"id.permute\"", ""));
    assert_eq!(spec(&catalog, &found, "orders.customer_id").domain, "public.customer(id)");
    assert!(found.table(crate::table_id(&catalog, "customer")).unwrap().columns.is_empty());
}

#[test]
fn a_key_declared_on_one_partition_makes_the_whole_column_follow() {
    let schema = "
        table person
          id int4 not null
          primary key id
        table visit
          at date not null
          who int4
          partition by r at
        partition visit_24 of visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
          foreign key who person id
    ";
    let rules = "[table.person]\nid = \"id.permute\"\n[table.visit]\nat = { keep = \"a day\" }";
    let (catalog, found) = plan(schema, rules);
    assert_eq!(spec(&catalog, &found, "visit.who").domain, "public.person(id)");
}

#[test]
fn names_that_do_not_exist_are_all_told_at_once_with_the_nearest() {
    let schema = "
        table customer
          id int4
          double int4 generated from id
        table visit
          at date
          partition by r at
        partition visit_24 of visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
        table remote foreign
          name text
    ";
    let rules = "
        [table.custmer]
        id = \"null\"
        [table.customer]
        di = \"null\"
        id = \"null\"
        double = \"null\"
        [table.visit_24]
        at = \"null\"
        [table.remote]
        name = \"null\"
    ";
    let (_, found) = compile(schema, rules);
    let found: Vec<(u32, String, String)> = found
        .unwrap_err()
        .into_iter()
        .map(|found| {
            let line = found.location.map_or(0, |location| location.line);
            (line, found.code.to_owned(), found.detail.or(found.hint).unwrap_or_default())
        })
        .collect();
    let expected = [
        (3, "unknown_table", "The closest name is \"customer\"."),
        (6, "unknown_column", "The table has 2 columns; the closest name is \"id\"."),
        (
            8,
            "rule_on_generated",
            "Its values are never copied; the target makes them again from the columns that it reads.",
        ),
        (
            9,
            "rule_on_partition",
            "A rule for a partitioned table holds for all its partitions, which have none of their own.",
        ),
        (11, "table_without_rows", "It is a foreign table: its rows are elsewhere and are never copied."),
        (
            0,
            "unlisted_column",
            "Add under [table.visit]: at = \"date.shift\", or at = { keep = \"why nobody is in it\" }.",
        ),
    ];
    let expected = expected.map(|(line, code, text)| (line, code.to_owned(), text.to_owned()));
    assert_eq!(found, expected);
}
