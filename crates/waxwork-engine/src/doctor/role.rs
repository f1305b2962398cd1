//! The statements that make a role for a source.

use std::fmt::Write as _;
use waxwork_core::ident::Ident;
use waxwork_pg::ServerFacts;
use waxwork_pg::source::Survey;

/// What the role is called; whoever runs the statements may change it.
const ROLE: &str = "waxwork";

/// A role that logs in, reads the tables and sequences of today's schemas, those that their owners make later, and nothing
/// else.
pub(super) fn sql(facts: &ServerFacts, survey: &Survey) -> String {
    let mut text = format!(
        "-- A role for the source that can read what a run reads, and nothing else. Run this in database {0} as a\n\
         -- superuser, then give it a password (\\password {ROLE}) or a line in pg_hba.conf.\n\
         CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 50;\n\
         ALTER ROLE {ROLE} SET default_transaction_read_only = on;\n\
         GRANT CONNECT ON DATABASE {0} TO {ROLE};\n",
        Ident::new(facts.database.as_str())
    );
    for schema in &survey.schemas {
        let schema = Ident::new(schema.as_str());
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "GRANT USAGE ON SCHEMA {schema} TO {ROLE};");
        for kind in ["TABLES", "SEQUENCES"] {
            let _ = writeln!(text, "GRANT SELECT ON ALL {kind} IN SCHEMA {schema} TO {ROLE};");
        }
    }
    text.push_str("-- What their owners make later, in these schemas:\n");
    for owner in &survey.owners {
        let owner = Ident::new(owner.as_str());
        for schema in &survey.schemas {
            let schema = Ident::new(schema.as_str());
            for kind in ["TABLES", "SEQUENCES"] {
                let _ = writeln!(
                    text,
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT SELECT ON {kind} TO {ROLE};"
                );
            }
        }
    }
    let _ = write!(
        text,
        "-- Where tables have row security, a copy that is whole needs this too:\n-- ALTER ROLE {ROLE} BYPASSRLS;"
    );
    text
}
