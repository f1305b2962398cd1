//! `~/.pgpass`: `host:port:database:user:password` a line, `*` for any, `\` before a colon or backslash
//! (PostgreSQL manual, 34.16 The Password File).
//!
//! sqlx would read it by itself, but for the host that it took from the environment; so ours is the only lookup.

use super::{Host, SOCKET_FOLDERS, Secret};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use zeroize::Zeroizing;

/// Bits of a file's mode that let others at it.
const GROUP_OR_WORLD: u32 = 0o077;

/// The password of the first line that fits one of the hosts. `Err` is a remark: the file was passed over.
pub(super) fn find(
    file: &Path,
    hosts: &[Host],
    database: &str,
    user: &str,
) -> Result<Option<Secret>, String> {
    let Ok(metadata) = std::fs::metadata(file) else { return Ok(None) };
    if !metadata.is_file() {
        return Err("the password file is not a plain file and was not used".to_owned());
    }
    if metadata.mode() & GROUP_OR_WORLD != 0 {
        return Err(
            "the password file is open to others and was not used; its mode should be 0600".to_owned()
        );
    }
    let Ok(text) = std::fs::read_to_string(file).map(Zeroizing::new) else {
        return Err("the password file could not be read".to_owned());
    };
    let line_for = |host: &Host| text.lines().find_map(|line| password_of(line, host, database, user));
    Ok(hosts.iter().find_map(line_for))
}

fn password_of(line: &str, host: &Host, database: &str, user: &str) -> Option<Secret> {
    if line.starts_with('#') {
        return None;
    }
    let mut rest = line;
    let port = host.port.to_string();
    for wanted in [lookup_name(&host.name), &port, database, user] {
        let (field, after) = take_field(rest)?;
        if field != "*" && field != wanted {
            return None;
        }
        rest = after;
    }
    let password = take_field(rest).map_or_else(|| unescaped(rest), |(field, _)| field);
    (!password.is_empty()).then(|| Secret::new(password))
}

/// A socket in its default folder is looked up as `localhost`.
fn lookup_name(name: &str) -> &str {
    if SOCKET_FOLDERS.contains(&name) { "localhost" } else { name }
}

/// The field up to the next bare colon, unescaped, and what follows.
fn take_field(text: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return Some((unescaped(&text[..at]), &text[at + 1..])),
            _ => {}
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    plain
}
