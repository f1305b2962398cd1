//! Neosync: the mappings of a job, exported by themselves or with the job, as JSON of its protocol buffers.
//!
//! Read from `backend/protos/mgmt/v1alpha1/job.proto` and `transformer.proto`; names may be in snake or in camel case.

use crate::Options;
use crate::draft::{Draft, Outcome};
use crate::parameters::{Parameters, shown, unknown_mask};
use crate::place::unreadable;
use crate::policy::{Policy, Reference, Seed};
use crate::recipes::{self, Translator};
use crate::shape;
use crate::tree::{Node, Value};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::ident::QualifiedName;
use waxwork_core::masks::MaskKind as Mask;
use waxwork_core::rules::name::plain_table;
use waxwork_core::rules::{KeyExpression, ReferenceName};

/// Every transformer of `TransformerConfig`, without `_config`.
const TRANSFORMERS: [(&str, Translator); 48] = [
    ("generate_bool", recipes::flag),
    ("generate_business_name", |_| Outcome::mask(Mask::Company)),
    ("generate_card_number", |_| Outcome::mask(Mask::Card)),
    ("generate_categorical", categories),
    ("generate_city", |_| Outcome::mask(Mask::City)),
    ("generate_country", |_| Outcome::mask(Mask::Country)),
    ("generate_default", |_| Outcome::left("waxwork copies rows whole: no column takes its default")),
    ("generate_e164_phone_number", phone),
    ("generate_email", email),
    ("generate_first_name", |_| Outcome::mask(Mask::FirstName)),
    ("generate_float64", |it| recipes::between(it.range("min", "max"))),
    ("generate_full_address", |_| Outcome::mask(Mask::FullAddress)),
    ("generate_full_name", |_| Outcome::mask(Mask::FullName)),
    ("generate_gender", gender),
    ("generate_int64", |it| recipes::between(it.range("min", "max"))),
    ("generate_int64_phone_number", |_| integer_phone()),
    ("generate_ip_address", |it| {
        Outcome::mask(Mask::Ip)
            .note_if(it.get("ip_type").is_some(), "of the networks for documentation alone")
    }),
    ("generate_javascript", |_| Outcome::left("it runs a program of the site's own")),
    ("generate_last_name", |_| Outcome::mask(Mask::LastName)),
    ("generate_sha256hash", |_| Outcome::mask(Mask::Token)),
    ("generate_ssn", |_| Outcome::mask(Mask::UsSsn)),
    ("generate_state", |_| Outcome::mask(Mask::State)),
    ("generate_street_address", |_| Outcome::mask(Mask::Street)),
    ("generate_string", |_| near(Mask::Token, "a code of its own length")),
    ("generate_string_phone_number", phone),
    ("generate_unixtimestamp", |_| recipes::unix_between(from(FIRST_DAY), from(LAST_DAY), 1.0)),
    ("generate_username", |_| Outcome::mask(Mask::Username)),
    ("generate_utctimestamp", |_| recipes::days_between(from(FIRST_DAY), from(LAST_DAY))),
    ("generate_uuid", |_| Outcome::mask(Mask::UuidV4)),
    ("generate_zipcode", |_| Outcome::mask(Mask::Postcode)),
    ("null", |_| Outcome::same(Draft::null())),
    ("passthrough", |_| Outcome::same(Draft::Keep("Neosync passes it through"))),
    ("transform_character_scramble", |it| {
        let partly = it.get("user_provided_regex").is_some_and(|regex| !regex.is_blank());
        Outcome::mask(Mask::Shape).note_if(partly, "the whole value, not what its pattern finds")
    }),
    ("transform_e164_phone_number", phone),
    ("transform_email", email),
    ("transform_first_name", |_| Outcome::mask(Mask::FirstName)),
    ("transform_float64", |_| noise()),
    ("transform_full_name", |_| Outcome::mask(Mask::FullName)),
    ("transform_int64", |_| noise()),
    ("transform_int64_phone_number", |_| integer_phone()),
    ("transform_javascript", |_| Outcome::left("it runs a program of the site's own")),
    ("transform_last_name", |_| Outcome::mask(Mask::LastName)),
    ("transform_phone_number", phone),
    ("transform_pii_text", |_| {
        near(
            Mask::Redact,
            "the whole text; text.scrub takes out of it only what the row and its parents hold",
        )
    }),
    ("transform_scramble_identity", |_| Outcome::mask(Mask::Permute)),
    ("transform_string", |_| Outcome::mask(Mask::Shape)),
    ("transform_uuid", |_| Outcome::mask(Mask::UuidV4)),
    ("user_defined_transformer", |_| Outcome::left("what it does is stored in Neosync and not in the job")),
];

/// Names that earlier exports have for some of them.
const ALIASES: [(&str, &str); 3] = [
    ("generate_random_int64", "generate_int64"),
    ("generate_random_string", "generate_string"),
    ("user_defined", "user_defined_transformer"),
];

/// Days between which made-up times lie.
const FIRST_DAY: &str = "2000-01-01";
const LAST_DAY: &str = "2025-12-31";

fn from(day: &str) -> Option<String> {
    Some(day.to_owned())
}

fn near(mask: Mask, note: &str) -> Outcome {
    Outcome::near(Draft::mask(mask), note)
}

fn phone(_: Parameters<'_>) -> Outcome {
    Outcome::mask(Mask::Phone)
}

/// 202 555 0100 to 0199, which no North American subscriber has (NANPA, 555 line numbers).
fn integer_phone() -> Outcome {
    let range = [2_025_550_100, 2_025_550_199].into_iter().collect();
    recipes::between(Some(range)).note_if(true, "a number of Washington, DC, that is reserved for fiction")
}

fn noise() -> Outcome {
    Outcome::near(recipes::noise(0.1), "some percent away, not within an amount")
}

fn email(it: Parameters<'_>) -> Outcome {
    let keeps_domain = it.flag("preserve_domain") == Some(true);
    let excluded = !it.list("excluded_domains").is_empty();
    Outcome::same(Draft::mask(Mask::Email).with_some("company", keeps_domain.then_some(true)))
        .note_if(keeps_domain, "a domain that at least 10 rows share stands before example.com")
        .note_if(excluded, "addresses at excluded_domains are masked too")
}

fn gender(it: Parameters<'_>) -> Outcome {
    match it.key_column() {
        Some(key) => Outcome::same(Draft::mask(Mask::Gender).with("by", key)),
        None => Outcome::left("person.gender goes by the row's key; --key-column names it"),
    }
}

fn categories(it: Parameters<'_>) -> Outcome {
    let mut values: Vec<String> = Vec::new();
    for value in it.text("categories").unwrap_or_default().split(',').map(str::trim) {
        if !value.is_empty() && !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    }
    if values.is_empty() { Outcome::left("it lists no categories") } else { recipes::pick(values, it) }
}

/// What errors call it.
const WHAT: &str = "Neosync's job";

/// Where a list of mappings is read.
const MAPPING_PATHS: [&str; 5] =
    ["[].schema", "[].table", "[].column", "[].transformer.source", "[].transformer.config.{}.{}"];

/// Where the rest of a job is read.
const JOB_PATHS: [&str; 10] = [
    "virtual_foreign_keys.[].schema",
    "virtual_foreign_keys.[].table",
    "virtual_foreign_keys.[].columns.[]",
    "virtual_foreign_keys.[].foreign_key.schema",
    "virtual_foreign_keys.[].foreign_key.table",
    "virtual_foreign_keys.[].foreign_key.columns.[]",
    "source.options.postgres.subset_by_foreign_key_constraints",
    "source.options.postgres.schemas.[].schema",
    "source.options.postgres.schemas.[].tables.[].table",
    "source.options.postgres.schemas.[].tables.[].where_clause",
];

/// Reads a job, its mappings, or both.
pub(crate) fn read(file: &str, root: Node, options: &Options) -> Result<Policy, Vec<Diagnostic>> {
    let root = in_snake_case(root);
    let job = root.get("job").unwrap_or(&root);
    let mappings = job.get("mappings").unwrap_or(job);
    let is_job = matches!(job.value, Value::Map(_));
    let Value::List(listed) = &mappings.value else {
        let detail = "It has no mappings: neither a list of them nor a job that has one.";
        return Err(unreadable(file, WHAT, mappings.place, detail));
    };
    shape::check(file, WHAT, mappings, &MAPPING_PATHS)?;
    if is_job {
        shape::check(file, WHAT, job, &JOB_PATHS)?;
    }
    let mut policy = Policy::new("Neosync", file);
    policy.whole_others = true;
    listed.iter().for_each(|mapping| read_mapping(&mut policy, mapping, options));
    job.list("virtual_foreign_keys").iter().for_each(|key| read_reference(&mut policy, key));
    read_subset(&mut policy, job);
    Ok(policy)
}

/// Protocol buffers have names in both cases.
fn in_snake_case(mut node: Node) -> Node {
    match &mut node.value {
        Value::Map(entries) => {
            for (name, entry) in std::mem::take(entries) {
                entries.push((snake(&name), in_snake_case(entry)));
            }
        }
        Value::List(items) => {
            for item in std::mem::take(items) {
                items.push(in_snake_case(item));
            }
        }
        _ => {}
    }
    node
}

fn snake(name: &str) -> String {
    let mut written = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !written.is_empty() {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

fn name_of(node: &Node) -> Option<QualifiedName> {
    let named = |name: &str| node.text(name).filter(|text| !text.is_empty());
    Some(QualifiedName::new(named("schema").unwrap_or_else(|| "public".to_owned()), named("table")?))
}

fn read_mapping(policy: &mut Policy, node: &Node, options: &Options) {
    let (Some(table), Some(column)) = (name_of(node), node.text("column")) else {
        return policy.gap(node.place, "mappings", "an entry", "it names no column", "left out");
    };
    let transformer = node.get("transformer");
    let configs = transformer.and_then(|one| one.get("config")).map_or(&[][..], Node::entries);
    let mut configs = configs.iter().filter(|(_, parameters)| parameters.value != Value::Null);
    let config = configs.next();
    let source = transformer.and_then(|one| one.text("source"));
    let mask = config.map_or_else(|| source.map(|name| of_source(&name)), |(name, _)| Some(of_config(name)));
    let mask = mask.unwrap_or_default();
    let parameters = Parameters { node: config.map(|(_, parameters)| parameters), options };
    let mask = ALIASES.iter().find(|(alias, _)| *alias == mask).map_or(mask.as_str(), |(_, name)| name);
    let outcome = match TRANSFORMERS.iter().find(|(known, _)| *known == mask) {
        _ if configs.next().is_some() => Outcome::left("it has more than one transformer"),
        Some((_, translate)) => translate(parameters),
        None => unknown_mask(mask),
    };
    let original = shown(mask, parameters.node);
    policy.column(&table, &column, node.place, &original, outcome);
}

/// `generate_email_config` is `generate_email`, `nullconfig` is `null`.
fn of_config(name: &str) -> String {
    let name = name.strip_suffix("_config").or_else(|| name.strip_suffix("config")).unwrap_or(name);
    name.to_owned()
}

/// `TRANSFORMER_SOURCE_GENERATE_EMAIL` is `generate_email`.
fn of_source(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("transformer_source_").unwrap_or(&name);
    if name == "generate_null" { "null".to_owned() } else { name.to_owned() }
}

fn read_reference(policy: &mut Policy, node: &Node) {
    let columns = |node: &Node| node.list("columns").iter().filter_map(Node::scalar).collect::<Vec<_>>();
    let named = |node: &Node| {
        let columns = columns(node);
        let table = name_of(node).filter(|_| !columns.is_empty())?;
        Some(ReferenceName { table, key: KeyExpression::Columns(columns), parent: None }.to_string())
    };
    match (named(node), node.get("foreign_key").and_then(named)) {
        (Some(child), Some(parent)) => {
            policy.references.push(Reference { child, parent, when: Vec::new(), note: None });
        }
        _ => policy.gap(node.place, "virtual_foreign_keys", "an entry", "it is not whole", "left out"),
    }
}

fn read_subset(policy: &mut Policy, job: &Node) {
    let Some(source) = job.at(&["source", "options", "postgres"]) else { return };
    let follows = source.flag("subset_by_foreign_key_constraints") == Some(true);
    for schema in source.list("schemas") {
        for table in schema.list("tables") {
            let condition = table.text("where_clause").filter(|condition| !condition.trim().is_empty());
            let (Some(name), Some(condition)) = (table.text("table"), condition) else { continue };
            let table_name =
                QualifiedName::new(schema.text("schema").unwrap_or_else(|| "public".to_owned()), name);
            let original = format!("where_clause of {}", plain_table(&table_name));
            if follows {
                let (condition, percent) = (Some(condition), None);
                policy.seeds.push(Seed {
                    table: table_name,
                    condition,
                    percent,
                    original,
                    place: table.place,
                });
            } else {
                let why = "it cuts one table and leaves rows that refer to nothing (subset_by_foreign_key_constraints is off)";
                policy.gap(
                    table.place,
                    &plain_table(&table_name),
                    "where_clause",
                    why,
                    "every row is copied, masked",
                );
            }
        }
    }
}
