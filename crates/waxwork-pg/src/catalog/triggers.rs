//! Columns that triggers write, as far as it stands in plain sight: for warnings alone.

use super::Index;
use crate::error::{PgError, doing};
use crate::row::Row;
use crate::session::Session;
use crate::sql_text::{Token, TokenKind, tokens};
use waxwork_core::catalog::{FedColumn, Table};
use waxwork_core::ident::Ident;

/// Words of PL/pgSQL behind which a statement begins.
const BEFORE_STATEMENT: [&str; 4] = ["begin", "then", "else", "loop"];

pub(super) async fn read(
    session: &mut Session,
    tables: &[Table],
    index: &Index,
) -> Result<Vec<FedColumn>, PgError> {
    let sql = include_str!("../sql/triggers.sql");
    let mut fed = Vec::new();
    for row in session.fetch(doing("read the triggers"), sql, &[index.oids()]).await? {
        let Some(id) = index.table(row.oid(0)?) else { continue };
        let table = &tables[id.0 as usize];
        let trigger = Ident::new(row.text(1)?);
        let written = written_columns(&row)?.into_iter().filter_map(|name| table.find_column(&name));
        fed.extend(written.map(|column| FedColumn { table: id, column, trigger: trigger.clone() }));
    }
    Ok(fed)
}

fn written_columns(row: &Row) -> Result<Vec<String>, PgError> {
    match row.text(2)? {
        // Their first argument is the column (PostgreSQL manual, 12.4.3).
        "tsvector_update_trigger" | "tsvector_update_trigger_column" => {
            let arguments = row.bytes(4)?.unwrap_or_default();
            let first = arguments.split(|byte| *byte == 0).next().unwrap_or_default();
            Ok(vec![String::from_utf8_lossy(first).into_owned()])
        }
        // A body may be in any encoding, or none; a warning is not worth a run.
        _ => Ok(assigned(&String::from_utf8_lossy(row.bytes(3)?.unwrap_or_default()))),
    }
}

/// Names behind `NEW.` that a body of PL/pgSQL assigns to, or has a query write into.
fn assigned(body: &str) -> Vec<String> {
    let seen = |token: &Token<'_>| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment);
    let tokens: Vec<Token<'_>> = tokens(body).filter(seen).collect();
    let mut names = Vec::new();
    for (at, field) in tokens.windows(3).enumerate() {
        if !(field[0].is_word("new") && field[1].is_symbol('.')) {
            continue;
        }
        let next =
            |offset: usize, symbol| tokens.get(at + offset).is_some_and(|token| token.is_symbol(symbol));
        let into = at > 0 && (tokens[at - 1].is_word("into") || tokens[at - 1].is_word("strict"));
        let assigns = next(3, ':') && next(4, '=') || next(3, '=') && begins_statement(&tokens[..at]);
        if assigns || into {
            names.extend(name_of(field[2]));
        }
    }
    names.sort();
    names.dedup();
    names
}

/// A lone `=` assigns too, but within an expression it compares.
fn begins_statement(before: &[Token<'_>]) -> bool {
    before
        .last()
        .is_none_or(|last| last.is_symbol(';') || BEFORE_STATEMENT.iter().any(|word| last.is_word(word)))
}

fn name_of(token: Token<'_>) -> Option<String> {
    match token.kind {
        TokenKind::Word => Some(token.text.to_lowercase()),
        TokenKind::QuotedIdent => Some(token.text.trim_matches('"').replace("\"\"", "\"")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_to_fields_of_new_are_found_and_comparisons_are_not() {
        let body = "
            BEGIN
                IF NEW.kind = 'a' AND new.state <> OLD.state THEN
                    NEW.slug := lower(NEW.title);
                    new . \"Full Name\" = NEW.first || NEW.last; -- NEW.comment := 1;
                END IF;
                SELECT md5(NEW.email) INTO STRICT NEW.email_hash;
                x := NEW.other = 'NEW.literal := 1';
                RETURN NEW;
            END";
        assert_eq!(assigned(body), ["Full Name", "email_hash", "slug"]);
    }

    #[test]
    fn what_is_no_plpgsql_gives_nothing_and_does_not_panic() {
        for body in ["", "NEW", "new.", "NEW.a", "my_c_function", "INTO NEW.", "'"] {
            assert_eq!(assigned(body), [""; 0], "{body}");
        }
    }
}
