//! What a script leaves out rather than fail: owners and grants, since it cannot know the roles of the server that it will be
//! loaded into, and the rows of views that cannot be filled.
//!
//! ```text
//!   start ─► a block for each statement: counts what the role that loads may not do ─► warning, once
//! ```
//!
//! What is counted lives in parameters of the session: they need no privilege, and no object that stays behind.

use crate::roles::{NAMED_MAX, grant_on, owner_of};
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_pg::{SchemaEntry, sql_text};

/// Sets the counter to nothing, for the case that one session loads two scripts.
pub(crate) fn start() -> String {
    "SET waxwork.left_out = '0';\nSET waxwork.names = '';\nSET waxwork.hints = '';".to_owned()
}

/// A statement that passes without a word where its role does not exist or may not be used.
pub(crate) fn silently(statement: &str) -> String {
    let statement = sql_text::literal(statement);
    let block = format!(
        "BEGIN EXECUTE {statement};\nEXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL; END"
    );
    format!("DO {};", sql_text::literal(&block))
}

/// The statement that gives an object to its owner.
pub(crate) fn owner(entry: &SchemaEntry, statement: &str) -> String {
    let block = block(statement, &owner_of(entry), &hint(entry));
    format!("DO {};", sql_text::literal(&block))
}

/// Grants of one grantor. Where they begin with taking a role's name that does not exist, which is an invalid value then,
/// none of them runs.
pub(crate) fn grants(entry: &SchemaEntry, group: &[&str]) -> String {
    let what = grant_on(entry);
    let blocks: Vec<String> = group.iter().map(|statement| block(statement, &what, "''") + ";").collect();
    let all = format!("BEGIN {}\nEXCEPTION WHEN invalid_parameter_value THEN NULL; END", blocks.join("\n"));
    format!("DO {};", sql_text::literal(&all))
}

/// Fills a materialized view, or leaves it without rows where what it reads does not let it be filled.
pub(crate) fn refresh(view: &QualifiedName) -> String {
    let statement = sql_text::literal(&format!("REFRESH MATERIALIZED VIEW {view}"));
    let message = sql_text::literal(&format!("left without rows: materialized view {view}"));
    // The error's own words may quote a value.
    let block = format!(
        "BEGIN EXECUTE {statement};\n\
         EXCEPTION WHEN OTHERS THEN RAISE WARNING USING MESSAGE = {message}, DETAIL = 'SQLSTATE ' || SQLSTATE || '.'; END"
    );
    format!("DO {};", sql_text::literal(&block))
}

fn block(statement: &str, what: &str, hint: &str) -> String {
    let (statement, what) = (sql_text::literal(statement), sql_text::literal(what));
    format!(
        "BEGIN EXECUTE {statement};\n\
         EXCEPTION WHEN undefined_object THEN NULL; WHEN insufficient_privilege THEN\n\
         PERFORM set_config('waxwork.left_out', (current_setting('waxwork.left_out')::int + 1)::text, false);\n\
         IF current_setting('waxwork.left_out')::int <= {NAMED_MAX} THEN\n\
         PERFORM set_config('waxwork.names', concat_ws(', ', nullif(current_setting('waxwork.names'), ''), {what}), false);\n\
         PERFORM set_config('waxwork.hints', concat_ws(' ', nullif(h, ''), n), false)\n\
         FROM (SELECT current_setting('waxwork.hints') AS h, {hint} AS n) AS hint WHERE strpos(h, n) = 0;\n\
         END IF; END"
    )
}

/// The text, as SQL, of what would let the role that loads give an object to its owner; membership of a superuser is
/// nothing to ask for.
fn hint(entry: &SchemaEntry) -> String {
    let owner = sql_text::literal(&entry.owner);
    let create = match entry.namespace.as_str() {
        "" => String::new(),
        schema => {
            let role = Ident::new(entry.owner.as_str());
            format!("In the source: GRANT CREATE ON SCHEMA {} TO {role};", Ident::new(schema))
        }
    };
    let member = "CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END";
    format!(
        "CASE WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = {owner}) THEN '' \
         WHEN pg_has_role({owner}, {member}) THEN {} \
         ELSE format('Here: GRANT %I TO %I;', {owner}, current_user) END",
        sql_text::literal(&create)
    )
}

/// Says what was left out, if anything was.
pub(crate) fn warning() -> String {
    let block = format!(
        "DECLARE n int := current_setting('waxwork.left_out');\n\
         BEGIN IF n > 0 THEN RAISE WARNING USING\n\
         MESSAGE = format('%s owners and grants were left out: this role may not set them', n),\n\
         DETAIL = format('Left out: %s%s.', current_setting('waxwork.names'),\n\
         CASE WHEN n > {NAMED_MAX} THEN format(' and %s more', n - {NAMED_MAX}) END),\n\
         HINT = coalesce(nullif(current_setting('waxwork.hints'), ''), 'Load the script as a superuser.');\n\
         END IF; END"
    );
    format!("DO {};", sql_text::literal(&block))
}
