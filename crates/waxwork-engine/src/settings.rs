//! Settings of the source's database that decide what its values come to, where the copy is made.
//!
//! ```text
//!   ALTER DATABASE source SET … ─┬─► of_values: set for the copy before anything is made in it
//!                                ├─► of_views:  set before views are refreshed, which computes rows
//!                                └─► by_names:  for code that names objects without their schema
//! ```
//!
//! All others are set when the copy is complete (`publish`), so that none of them can disturb its making.

use crate::error::RunError;
use waxwork_pg::source::DatabaseSetting;
use waxwork_pg::target::RoleSetting;
use waxwork_pg::{Doing, Param, PgError, PgErrorKind, TargetSession, doing, sql_text};

/// What functions and texts of money, numbers and dates go by.
const OF_VALUES: [&str; 4] = ["default_text_search_config", "lc_monetary", "lc_numeric", "lc_time"];

/// What a view's rows go by: our own sessions set most of it for themselves, so that values travel in one form, and the
/// database that a script is loaded into has none of it.
const OF_VIEWS: [&str; 6] = [
    "bytea_output",
    "datestyle",
    "default_text_search_config",
    "extra_float_digits",
    "intervalstyle",
    "timezone",
];

/// The search path of a database where nobody set another.
const SEARCH_PATH_DEFAULT: &str = "\"$user\", public";

/// What helps where a function does not find what it names.
const BARE_NAMES: &str = "A function that a CHECK, a domain, a generated column or an index calls may name objects without their schema. \
     In the source: ALTER FUNCTION … SET search_path = …, which pg_restore needs too.";

/// All of them, for every role.
pub(crate) fn all(settings: &[DatabaseSetting]) -> Vec<RoleSetting> {
    let for_all = |setting: &DatabaseSetting| RoleSetting {
        role: None,
        name: setting.name.clone(),
        value: setting.value.clone(),
    };
    settings.iter().map(for_all).collect()
}

/// Those that a copy needs while it is made.
pub(crate) fn of_values(settings: &[DatabaseSetting]) -> Vec<RoleSetting> {
    let mut found = all(settings);
    found.retain(|setting| is_among(&setting.name, &OF_VALUES));
    found
}

/// Statements for a session that fills views as one of the source would.
pub(crate) fn of_views(settings: &[DatabaseSetting]) -> impl Iterator<Item = String> {
    let found = settings.iter().filter(|setting| is_among(&setting.name, &OF_VIEWS));
    // Their names need no quotes.
    found.map(|setting| format!("SET {} = {}", setting.name, sql_text::literal(&setting.value)))
}

/// PostgreSQL has some names in capitals: TimeZone.
fn is_among(name: &str, names: &[&str]) -> bool {
    names.contains(&name.to_ascii_lowercase().as_str())
}

/// The search path of those who connect to the source.
pub(crate) fn search_path(settings: &[DatabaseSetting]) -> String {
    let path = settings.iter().find(|setting| setting.name == "search_path");
    path.map_or(SEARCH_PATH_DEFAULT, |path| &path.value).to_owned()
}

/// Runs a statement; where code that it calls does not find what it names, once more by the search path that it was
/// written for. PostgreSQL itself sets none where it runs such code from 17 on (release notes of 17, "search_path").
///
/// # Errors
/// What the server says to the last of them.
pub(crate) async fn execute_by_names(
    session: &mut TargetSession,
    path: &str,
    doing_what: impl Fn() -> Doing,
    sql: &str,
) -> Result<(), PgError> {
    let error = match session.execute(doing_what(), sql).await {
        Err(error) if error.kind() == PgErrorKind::UndefinedObject => error,
        outcome => return outcome,
    };
    if set_search_path(session, path).await.is_err() {
        return Err(error);
    }
    let outcome = session.execute(doing_what(), sql).await;
    set_search_path(session, "").await?;
    // The first words are about the statement as everybody would run it.
    outcome.map_err(|again| if again.kind() == PgErrorKind::UndefinedObject { error } else { again })
}

/// A failure of a statement of ours, which names nothing that is not there; code that it calls may.
pub(crate) fn of_names(error: PgError) -> RunError {
    let names_nothing = error.kind() == PgErrorKind::UndefinedObject;
    let failure = RunError::from(error);
    if names_nothing { failure.hint(BARE_NAMES) } else { failure }
}

async fn set_search_path(session: &mut TargetSession, path: &str) -> Result<(), PgError> {
    let sql = "SELECT pg_catalog.set_config('search_path', $1, false)";
    session.fetch(doing("set the search path"), sql, &[Param::Text(path.to_owned())]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str, value: &str) -> DatabaseSetting {
        DatabaseSetting { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn each_setting_comes_where_it_counts() {
        let settings =
            [setting("TimeZone", "Asia/Tokyo"), setting("lc_monetary", "C"), setting("work_mem", "8MB")];
        assert_eq!(all(&settings).len(), 3);
        let names: Vec<String> = of_values(&settings).into_iter().map(|setting| setting.name).collect();
        assert_eq!(names, ["lc_monetary"]);
        assert_eq!(of_views(&settings).collect::<Vec<_>>(), ["SET TimeZone = 'Asia/Tokyo'"]);
        assert_eq!(search_path(&settings), SEARCH_PATH_DEFAULT);
        assert_eq!(search_path(&[setting("search_path", "app, \"B\"")]), "app, \"B\"");
    }
}
