//! Publishing: both renames in one transaction, while a second connection ends whoever is in the way.
//!
//! ```text
//!   A: BEGIN; ALTER DATABASE t RENAME TO t__old; ALTER DATABASE t__next RENAME TO t; COMMIT
//!   B: pg_terminate_backend(everybody in t and t__next), again and again until A is done
//! ```
//!
//! ALTER DATABASE … RENAME waits five seconds for a database to be empty and then fails (`CountOtherDBBackends`);
//! meanwhile its lock keeps new clients waiting, and so it does while it waits behind another lock. So a try is short, and
//! the next comes when whoever may not be ended is gone. ALLOW_CONNECTIONS of the published copy is never touched: a crash
//! cannot leave staging closed.

use super::literal;
use super::server::{TargetServer, connect_maintenance, text};
use crate::error::{Doing, PgError, PgErrorKind, doing};
use crate::row::{Param, Row};
use crate::session::Session;
use crate::sql_text::split_top_level;
use std::time::{Duration, Instant};
use waxwork_core::ident::Ident;

/// Pause between two rounds of ending clients: short against the server's own poll of 100 ms.
const TERMINATE_EVERY: Duration = Duration::from_millis(20);

/// How long a try to rename waits, for a database to be empty or for another's lock on it, such as COMMENT ON DATABASE takes
/// to the end of its transaction: logins queue behind us.
const TRY: &str = "SET LOCAL statement_timeout = '2s'";

/// Pause between two looks whether somebody is in the way, in which logins get through.
const PAUSE: Duration = Duration::from_millis(300);

/// Parameters whose value is a list of quoted names, to be set as a list (`variable_is_guc_list_quote` in
/// `dumputils.c`): one literal would be one name.
const LIST_PARAMETERS: [&str; 7] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
    "createrole_self_grant",
];

/// What a database is, besides its contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    /// Its owner.
    pub owner: String,
    /// We may give a database to that owner, and then still rename and drop it.
    pub may_give: bool,
    /// CONNECTION LIMIT; −1: none.
    pub connection_limit: i64,
    /// IS_TEMPLATE
    pub is_template: bool,
    /// ALLOW_CONNECTIONS
    pub is_open: bool,
    /// Its privileges; `None`: the default ones.
    pub grants: Option<Vec<Grant>>,
    /// ALTER ROLE … IN DATABASE … SET and ALTER DATABASE … SET.
    pub settings: Vec<RoleSetting>,
}

/// A privilege on a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role; `None`: PUBLIC.
    pub grantee: Option<String>,
    /// CREATE, CONNECT or TEMPORARY.
    pub privilege: String,
    /// WITH GRANT OPTION.
    pub grantable: bool,
}

/// A setting that holds in one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSetting {
    /// For this role; `None`: for all.
    pub role: Option<String>,
    /// The parameter.
    pub name: String,
    /// Its value, as `pg_db_role_setting` holds it.
    pub value: String,
}

impl TargetServer {
    /// Reads a database's owner, privileges and settings.
    ///
    /// # Errors
    ///
    /// `UndefinedObject`: there is no such database.
    pub async fn ownership(&mut self, database: &str) -> Result<Ownership, PgError> {
        let named = [text(database)];
        let doing = || doing("read the privileges of database").to(database);
        let rows = self.session.fetch(doing(), include_str!("../sql/database_owner.sql"), &named).await?;
        let Some(row) = rows.first() else {
            return Err(PgError::new(PgErrorKind::UndefinedObject, doing(), "it does not exist"));
        };
        let ownership = Ownership {
            owner: row.text(0)?.to_owned(),
            may_give: row.bool(1)?,
            connection_limit: row.int(3)?,
            is_template: row.bool(4)?,
            is_open: row.bool(5)?,
            ..Ownership::default()
        };
        let has_grants = row.bool(2)?;
        let rows = self.session.fetch(doing(), include_str!("../sql/database_grants.sql"), &named).await?;
        let grants = rows.iter().map(grant).collect::<Result<Vec<_>, _>>()?;
        let rows = self.session.fetch(doing(), include_str!("../sql/role_settings.sql"), &named).await?;
        let settings = rows.iter().map(role_setting).collect::<Result<Vec<_>, _>>()?;
        Ok(Ownership { grants: has_grants.then_some(grants), settings, ..ownership })
    }

    /// Gives a database the privileges of another. Without any it keeps the default ones.
    ///
    /// # Errors
    ///
    /// `Privilege`, or a role that is gone.
    pub async fn apply_grants(&mut self, database: &str, grants: Option<&[Grant]>) -> Result<(), PgError> {
        let Some(grants) = grants else { return Ok(()) };
        let sql = grants_sql(&Ident::new(database), grants).join(";\n");
        self.session.execute(doing("set the privileges of database").to(database), &sql).await
    }

    /// Gives a database the owner and then the privileges of another: what the present owner has would go with it. Settings
    /// are for [`set_in_database`](Self::set_in_database).
    ///
    /// # Errors
    ///
    /// `Privilege`, or a role that is gone.
    pub async fn apply_ownership(&mut self, database: &str, ownership: &Ownership) -> Result<(), PgError> {
        let name = Ident::new(database);
        let owner = Ident::new(ownership.owner.as_str());
        let mut statements = vec![format!("ALTER DATABASE {name} OWNER TO {owner}")];
        statements.extend(ownership.grants.iter().flat_map(|grants| grants_sql(&name, grants)));
        statements.push(format!(
            "ALTER DATABASE {name} WITH CONNECTION LIMIT {} IS_TEMPLATE {} ALLOW_CONNECTIONS {}",
            ownership.connection_limit, ownership.is_template, ownership.is_open
        ));
        // Several statements of one simple query are one transaction.
        let doing = doing("set the privileges of database").to(database);
        self.session.execute(doing, &statements.join(";\n")).await
    }

    /// Sets one parameter for a database, or for a role in it.
    ///
    /// # Errors
    ///
    /// The server does not know the parameter or refuses the value.
    pub async fn set_in_database(&mut self, database: &str, setting: &RoleSetting) -> Result<(), PgError> {
        let sql = setting_sql(&Ident::new(database), setting);
        self.session.execute(doing("set a parameter of database").to(database), &sql).await
    }

    /// Takes back one parameter of a database.
    ///
    /// # Errors
    ///
    /// `Privilege`: not its owner.
    pub async fn reset_in_database(&mut self, database: &str, name: &str) -> Result<(), PgError> {
        let sql = format!("ALTER DATABASE {} RESET {}", Ident::new(database), Ident::new(name));
        self.session.execute(doing("reset a parameter of database").to(database), &sql).await
    }

    /// Renames databases, all or none, ending the clients that are in them, and trying again until `deadline` from
    /// now has passed.
    ///
    /// # Errors
    ///
    /// `ObjectInUse`: clients came back faster than they could be ended, or somebody holds a lock on a database.
    /// `Privilege`: a client may not be ended.
    pub async fn rename(&mut self, steps: &[(&str, &str)], deadline: Duration) -> Result<(), PgError> {
        let (mut terminator, _) = connect_maintenance(&self.info).await?;
        let until = Instant::now() + deadline;
        let names: Vec<String> = steps.iter().map(|(from, _)| (*from).to_owned()).collect();
        let result = loop {
            match self.try_rename(steps, &mut terminator, &names).await {
                Err(error) if is_held(&error) && Instant::now() < until => {}
                Err(error) if is_held(&error) => {
                    let said = "somebody is in the way";
                    break Err(PgError::new(PgErrorKind::ObjectInUse, publishing(steps), said));
                }
                result => break result,
            }
            if let Err(error) = self.wait_for_holders(&names, until).await {
                break Err(error);
            }
        };
        terminator.close().await;
        result
    }

    /// Waits, no longer than `until`, for whoever keeps databases from being renamed and cannot be ended.
    async fn wait_for_holders(&mut self, databases: &[String], until: Instant) -> Result<(), PgError> {
        loop {
            tokio::time::sleep(PAUSE).await;
            if Instant::now() >= until || self.holders(databases).await?.is_empty() {
                return Ok(());
            }
        }
    }

    async fn try_rename(
        &mut self,
        steps: &[(&str, &str)],
        terminator: &mut Session,
        names: &[String],
    ) -> Result<(), PgError> {
        // Once before, so that in the common case the rename finds the databases empty and waits for nobody.
        terminate_clients(terminator, names).await?;
        let mut statements = vec![TRY.to_owned()];
        statements.extend(
            steps.iter().map(|(from, to)| {
                format!("ALTER DATABASE {} RENAME TO {}", Ident::new(*from), Ident::new(*to))
            }),
        );
        // One simple query is one transaction: a failure rolls back by itself.
        let sql = statements.join(";\n");
        let rename = self.session.execute(publishing(steps), &sql);
        tokio::pin!(rename);
        loop {
            tokio::select! {
                result = &mut rename => return result,
                () = tokio::time::sleep(TERMINATE_EVERY) => {}
            }
            // Not in the select: a dropped query would leave its answer behind.
            let (ended, done) =
                futures_util::future::join(terminate_clients(terminator, names), poll_once(rename.as_mut()))
                    .await;
            if let Some(result) = done {
                return result;
            }
            ended?;
        }
    }
}

fn publishing(steps: &[(&str, &str)]) -> Doing {
    doing("publish database").to(steps.last().map_or("", |(_, to)| *to))
}

/// Somebody is in a database, or has a lock on it.
fn is_held(error: &PgError) -> bool {
    matches!(error.kind(), PgErrorKind::ObjectInUse | PgErrorKind::Canceled)
}

/// Polls a future once: it must not stand still while the clients are being ended.
async fn poll_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut future).poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

/// Ends client sessions in the databases; workers of the server end by themselves.
pub(super) async fn terminate_clients(session: &mut Session, databases: &[String]) -> Result<(), PgError> {
    let sql = include_str!("../sql/terminate_clients.sql");
    let names = Param::Texts(databases.to_vec());
    session.fetch(doing("end the clients of the target"), sql, &[names]).await.map(drop)
}

fn grant(row: &Row) -> Result<Grant, PgError> {
    Ok(Grant {
        grantee: row.opt_text(0)?.map(str::to_owned),
        privilege: row.text(1)?.to_owned(),
        grantable: row.bool(2)?,
    })
}

fn role_setting(row: &Row) -> Result<RoleSetting, PgError> {
    Ok(RoleSetting {
        role: row.opt_text(0)?.map(str::to_owned),
        name: row.text(1)?.to_owned(),
        value: row.text(2)?.to_owned(),
    })
}

/// PUBLIC has CONNECT and TEMPORARY by default: they go first, and come back if they were granted.
fn grants_sql(database: &Ident, grants: &[Grant]) -> Vec<String> {
    let mut statements = vec![format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC")];
    for grant in grants {
        let Some(privilege) = privilege_keyword(&grant.privilege) else { continue };
        let grantee =
            grant.grantee.as_deref().map_or("PUBLIC".to_owned(), |role| Ident::new(role).to_string());
        let option = if grant.grantable { " WITH GRANT OPTION" } else { "" };
        statements.push(format!("GRANT {privilege} ON DATABASE {database} TO {grantee}{option}"));
    }
    statements
}

fn privilege_keyword(name: &str) -> Option<&'static str> {
    ["CREATE", "CONNECT", "TEMPORARY"].into_iter().find(|keyword| *keyword == name)
}

fn setting_sql(database: &Ident, setting: &RoleSetting) -> String {
    let subject = match &setting.role {
        Some(role) => format!("ROLE {} IN DATABASE {database}", Ident::new(role.as_str())),
        None => format!("DATABASE {database}"),
    };
    // A parameter's name may have parts: my.setting.
    let name: Vec<String> = setting.name.split('.').map(|part| Ident::new(part).to_string()).collect();
    format!("ALTER {subject} SET {} TO {}", name.join("."), setting_value(&setting.name, &setting.value))
}

fn setting_value(name: &str, value: &str) -> String {
    if !LIST_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) {
        return literal(value);
    }
    let items: Vec<String> =
        split_top_level(value, ',').into_iter().map(|item| literal(&unquoted(item.trim()))).collect();
    items.join(", ")
}

fn unquoted(item: &str) -> String {
    match item.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => item.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(role: Option<&str>, name: &str, value: &str, expected: &str) {
        let setting = RoleSetting { role: role.map(str::to_owned), name: name.into(), value: value.into() };
        assert_eq!(setting_sql(&Ident::new("d"), &setting), expected);
    }

    #[test]
    fn a_setting_is_written_so_that_it_reads_back_the_same() {
        check(None, "work_mem", "64MB", r#"ALTER DATABASE "d" SET "work_mem" TO '64MB'"#);
        check(Some("a b"), "my.app", "it's", r#"ALTER ROLE "a b" IN DATABASE "d" SET "my"."app" TO 'it''s'"#);
        check(
            None,
            "search_path",
            r#""$user", public"#,
            r#"ALTER DATABASE "d" SET "search_path" TO '$user', 'public'"#,
        );
    }
}
