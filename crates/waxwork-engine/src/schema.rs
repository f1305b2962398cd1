//! The schema of the copy: `pg_dump`'s archive sorted into what runs when.
//!
//! ```text
//!   SchemaArchive ─► schemas, then what is granted on them ─────────────────► ahead of what is in them
//!                 ─► before (types, tables, functions, views) ──────────────► in dump order, one session
//!                 ─► builds (indexes, keys, statistics, foreign keys) ──────► as tables come in, in parallel
//!                 ─► after (triggers, rules, policies) ─► grants ─► event triggers, last
//!                 ─► left out (comments, labels, publications, secrets), counted by kind
//! ```
//!
//! Entries keep `pg_dump`'s order inside each list, which is a dependency order.

use std::collections::{BTreeMap, BTreeSet};
use waxwork_core::catalog::{Catalog, ForeignKey};
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_pg::pg_dump::{SchemaArchive, SchemaEntry, Section};
use waxwork_pg::sql_text;

/// The archive sorted by when its entries run.
#[derive(Debug, Default)]
pub(crate) struct SchemaWork {
    /// The schemas.
    pub(crate) schemas: Vec<SchemaEntry>,
    /// Everything that must stand before a row comes in.
    pub(crate) before: Vec<SchemaEntry>,
    /// Indexes, constraints, statistics objects and foreign keys.
    pub(crate) builds: Vec<SchemaEntry>,
    /// What fires or hides rows, and so comes after them.
    pub(crate) after: Vec<SchemaEntry>,
    /// `ACL` and `DEFAULT ACL`.
    pub(crate) grants: Vec<SchemaEntry>,
    /// Event triggers: the very last, since they fire on DDL.
    pub(crate) event_triggers: Vec<SchemaEntry>,
    /// Kinds of entries that are left out on purpose, with how many.
    pub(crate) left_out: BTreeMap<String, usize>,
}

/// When an entry runs.
enum Stage {
    Schema,
    Before,
    Build,
    After,
    Grant,
    EventTrigger,
    /// Said in the report.
    LeftOut,
    /// Belongs to the archive and not to the schema.
    Nothing,
}

fn stage(entry: &SchemaEntry) -> Stage {
    match entry.description.as_str() {
        "ENCODING" | "STDSTRINGS" | "SEARCHPATH" | "DATABASE" | "DATABASE PROPERTIES" => Stage::Nothing,
        "COMMENT"
        | "SECURITY LABEL"
        | "PUBLICATION"
        | "PUBLICATION TABLE"
        | "PUBLICATION TABLES IN SCHEMA"
        | "SUBSCRIPTION"
        | "SUBSCRIPTION TABLE"
        | "USER MAPPING"
        | "STATISTICS DATA"
        | "BLOB"
        | "BLOBS"
        | "BLOB METADATA"
        | "LARGE OBJECT" => Stage::LeftOut,
        "ACL" if entry.tag.starts_with("DATABASE ") || entry.tag.starts_with("LARGE OBJECT") => {
            Stage::Nothing
        }
        // A policy names roles as a grant does; without it row security, which is on by then, shows less.
        "ACL" | "DEFAULT ACL" | "POLICY" => Stage::Grant,
        "EVENT TRIGGER" => Stage::EventTrigger,
        "SCHEMA" => Stage::Schema,
        "INDEX" | "INDEX ATTACH" | "CONSTRAINT" | "CHECK CONSTRAINT" | "FK CONSTRAINT" | "STATISTICS" => {
            Stage::Build
        }
        _ if entry.section == Section::PreData => Stage::Before,
        _ if entry.section == Section::PostData => Stage::After,
        _ => Stage::Nothing,
    }
}

impl SchemaWork {
    /// Sorts an archive.
    pub(crate) fn new(archive: SchemaArchive) -> Self {
        let mut work = Self::default();
        // What stands on an entry that runs late runs later still: an index on a materialized view whose GROUP BY
        // needs a primary key.
        let mut late: BTreeSet<i32> = BTreeSet::new();
        for entry in archive.entries {
            let stage = match stage(&entry) {
                Stage::Build if entry.dependencies.iter().any(|id| late.contains(id)) => Stage::After,
                stage => stage,
            };
            if matches!(stage, Stage::After) {
                late.insert(entry.dump_id);
            }
            match stage {
                Stage::Schema => work.schemas.push(entry),
                Stage::Before => work.before.push(without_options(entry)),
                Stage::Build => work.builds.push(entry),
                Stage::After => work.after.push(entry),
                Stage::Grant => work.grants.push(entry),
                Stage::EventTrigger => work.event_triggers.push(entry),
                Stage::LeftOut => *work.left_out.entry(entry.description.to_lowercase()).or_default() += 1,
                Stage::Nothing => {}
            }
        }
        work
    }

    /// Every entry that will run.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &SchemaEntry> {
        self.schemas
            .iter()
            .chain(&self.before)
            .chain(&self.builds)
            .chain(&self.after)
            .chain(&self.grants)
            .chain(&self.event_triggers)
    }
}

/// The kinds of entries whose options are left out.
pub(crate) fn is_foreign(entry: &SchemaEntry) -> bool {
    matches!(entry.description.as_str(), "SERVER" | "FOREIGN TABLE" | "FOREIGN DATA WRAPPER")
}

/// Options of foreign servers and tables hold host names and secrets: the copy must not reach outside.
fn without_options(mut entry: SchemaEntry) -> SchemaEntry {
    if is_foreign(&entry) {
        let statements = sql_text::split_statements(&entry.definition).into_iter();
        entry.definition = statements.filter_map(statement_without_options).collect();
    }
    entry
}

/// A column's options come in an `ALTER FOREIGN TABLE … ALTER COLUMN …` of their own, of which nothing would be left.
fn statement_without_options(statement: &str) -> Option<String> {
    let stripped = sql_text::strip_options(statement);
    let empty = stripped.len() < statement.len() && statement.starts_with("ALTER");
    (!empty).then(|| format!("{};\n", stripped.trim_end()))
}

/// What to run for an entry: its definition, with the access method that `pg_dump` leaves to a setting.
pub(crate) fn definition(entry: &SchemaEntry) -> Option<String> {
    let text = entry.definition.trim();
    // `initdb` makes the schema public in every database; its owner is set all the same.
    if text.is_empty() || (entry.description == "SCHEMA" && entry.tag == "public") {
        return None;
    }
    match entry.table_am.as_str() {
        _ if is_foreign(entry) => Some(past_validators(text)),
        "" => Some(text.to_owned()),
        // Partitioned tables have one from 17 on, for the partitions to come, and take it from no setting.
        method if entry.relkind == 'p' => {
            let name = QualifiedName::new(entry.namespace.as_str(), entry.tag.as_str());
            Some(format!("{text}\nALTER TABLE {name} SET ACCESS METHOD {};", Ident::new(method)))
        }
        "heap" => Some(text.to_owned()),
        method => Some(format!(
            "SET default_table_access_method = {};\n{text}\nSET default_table_access_method = heap;",
            Ident::new(method)
        )),
    }
}

/// Makes a foreign object whose wrapper insists on options, as file_fdw does on a file's name: its validator is taken
/// away for that one statement. In a block, so that a failure leaves the validators in their places. `fdw_error` stands
/// for the whole class HV.
fn past_validators(definition: &str) -> String {
    let definition = sql_text::literal(definition);
    let block = format!(
        "DECLARE away text; back text;\n\
         BEGIN EXECUTE {definition};\n\
         EXCEPTION WHEN fdw_error THEN\n\
         SELECT string_agg(format('ALTER FOREIGN DATA WRAPPER %I NO VALIDATOR', fdwname), ';'),\n\
         string_agg(format('ALTER FOREIGN DATA WRAPPER %I VALIDATOR %s', fdwname, fdwvalidator::regproc), ';')\n\
         INTO away, back FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwvalidator <> 0;\n\
         IF away IS NULL THEN RAISE; END IF;\n\
         EXECUTE away; EXECUTE {definition}; EXECUTE back; END"
    );
    format!("DO {};", sql_text::literal(&block))
}

/// `ALTER … OWNER TO`, for the kinds that have an owner of their own.
///
/// Kinds as `pg_restore` knows them (PostgreSQL source, `pg_backup_archiver.c`, `_printTocEntry`): plain names for
/// relations, types and the like; for functions and operators the signature is taken from the DROP statement.
pub(crate) fn owner_statement(entry: &SchemaEntry) -> Option<String> {
    if entry.owner.is_empty() {
        return None;
    }
    let role = Ident::new(entry.owner.as_str());
    let object = owned_object(entry)?;
    Some(format!("ALTER {object} OWNER TO {role};"))
}

fn owned_object(entry: &SchemaEntry) -> Option<String> {
    let name = Ident::new(entry.tag.as_str());
    let qualified = match entry.namespace.as_str() {
        "" => name.to_string(),
        schema => format!("{}.{name}", Ident::new(schema)),
    };
    match entry.description.as_str() {
        // Made by its table's column for its table's owner, whom it follows; one of its own is refused, as 0A000.
        "SEQUENCE" if is_identity(entry) => None,
        kind @ ("COLLATION"
        | "CONVERSION"
        | "DOMAIN"
        | "FOREIGN TABLE"
        | "MATERIALIZED VIEW"
        | "SEQUENCE"
        | "STATISTICS"
        | "TABLE"
        | "TEXT SEARCH DICTIONARY"
        | "TEXT SEARCH CONFIGURATION"
        | "TYPE"
        | "VIEW") => Some(format!("{kind} {qualified}")),
        "SHELL TYPE" => None,
        kind @ "LARGE OBJECT" => Some(format!("{kind} {}", entry.tag)),
        "PROCEDURAL LANGUAGE" => Some(format!("LANGUAGE {name}")),
        kind @ ("SCHEMA" | "EVENT TRIGGER" | "FOREIGN DATA WRAPPER" | "SERVER") => {
            Some(format!("{kind} {name}"))
        }
        "FUNCTION" | "PROCEDURE" | "AGGREGATE" | "OPERATOR" | "OPERATOR CLASS" | "OPERATOR FAMILY" => {
            entry.drop_statement.trim().strip_prefix("DROP ")?.strip_suffix(';').map(str::to_owned)
        }
        _ => None,
    }
}

/// A sequence that comes with an identity column. A serial column's is linked by an entry of its own, after it was given
/// to its owner.
fn is_identity(entry: &SchemaEntry) -> bool {
    entry.definition.trim_start().starts_with("ALTER TABLE")
}

/// An entry that makes a foreign key.
pub(crate) fn is_foreign_key(entry: &SchemaEntry) -> bool {
    entry.description == "FK CONSTRAINT"
}

/// Schema and tag of the entry that makes a foreign key.
pub(crate) fn foreign_key_entry(catalog: &Catalog, key: &ForeignKey) -> (String, String) {
    let child = &catalog.table(key.child).name;
    (child.schema.as_str().to_owned(), format!("{} {}", child.name.as_str(), key.name.as_str()))
}

/// Leaves a foreign key NOT VALID, where rows that dangle under it are kept on purpose.
pub(crate) fn leave_not_valid(entry: &mut SchemaEntry) {
    if let Some(text) = entry.definition.trim_end().strip_suffix(';')
        && !text.ends_with("NOT VALID")
    {
        entry.definition = format!("{text} NOT VALID;");
    }
}

/// How an entry is named in messages: `INDEX public.users_email_key`, never its text.
pub(crate) fn label(entry: &SchemaEntry) -> String {
    match entry.namespace.as_str() {
        "" => format!("{} {}", entry.description, entry.tag),
        schema => format!("{} {schema}.{}", entry.description, entry.tag),
    }
}

#[cfg(test)]
mod tests {
    use super::statement_without_options;

    #[test]
    fn options_of_foreign_objects_leave_no_trace_and_no_broken_statement() {
        let create =
            "CREATE FOREIGN TABLE app.ft (\n    a integer\n)\nSERVER fs\nOPTIONS (\n    table_name 'zz'\n)";
        let stripped = "CREATE FOREIGN TABLE app.ft (\n    a integer\n)\nSERVER fs;\n";
        assert_eq!(statement_without_options(create).as_deref(), Some(stripped));
        let alter = "ALTER FOREIGN TABLE ONLY app.ft ALTER COLUMN a OPTIONS (\n    column_name 'A'\n)";
        assert_eq!(statement_without_options(alter), None);
    }
}
