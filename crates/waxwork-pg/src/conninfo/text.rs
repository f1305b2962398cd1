//! The two spellings of a connection string: `postgresql://…` and `keyword = 'value' …`.
//!
//! No error quotes a piece of the string: after a password with an unquoted blank, the next "keyword" is the rest
//! of the password. Places are told by ordinals.

use super::keywords::{self, Meaning};
use super::{Secret, invalid};
use crate::error::PgError;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// Settings by keyword.
pub(super) type Settings = BTreeMap<&'static str, Secret>;

/// Parses either spelling; an empty string is an empty set.
pub(super) fn parse(text: &str) -> Result<Settings, PgError> {
    let rest = text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"));
    match rest {
        Some(rest) => parse_uri(rest),
        None => parse_keywords(text),
    }
}

/// Adds one pair; `ordinal` tells where it stands.
pub(super) fn add(
    settings: &mut Settings,
    keyword: &str,
    value: &str,
    ordinal: usize,
) -> Result<(), PgError> {
    match keywords::meaning(keyword, value) {
        Meaning::Known(known) => {
            settings.insert(known, Secret::new(value));
            Ok(())
        }
        Meaning::Ignored => Ok(()),
        Meaning::Refused(refused) => Err(invalid(format!("{refused} cannot be honoured"))),
        Meaning::Unknown => Err(invalid(format!("parameter {ordinal} is not one that libpq knows"))),
    }
}

/// `[user[:password]@][host[:port],…][/dbname][?keyword=value&…]`
fn parse_uri(rest: &str) -> Result<Settings, PgError> {
    let mut settings = Settings::new();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    // A password may hold an unescaped '@' in practice; the last one before the path ends it.
    let authority_end = rest.rfind('@').map_or(0, |at| at + 1);
    let path_at = rest[authority_end..].find('/').map_or(rest.len(), |at| authority_end + at);
    let (authority, path) = rest.split_at(path_at);
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').map_or((login, None), |(user, rest)| (user, Some(rest)));
    let mut put = |keyword, text: &str| -> Result<(), PgError> {
        if !text.is_empty() {
            settings.insert(keyword, Secret::new(decoded(text)?));
        }
        Ok(())
    };
    put("user", user)?;
    put("password", password.unwrap_or_default())?;
    put("dbname", path.trim_start_matches('/'))?;
    put_hosts(&mut settings, hosts)?;
    for (at, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        let (keyword, value) =
            pair.split_once('=').ok_or_else(|| invalid(format!("parameter {} has no value", at + 1)))?;
        add_uri_pair(&mut settings, &decoded(keyword)?, &decoded(value)?, at + 1)?;
    }
    Ok(settings)
}

/// `ssl=true` is JDBC's spelling, which libpq takes in URIs.
fn add_uri_pair(settings: &mut Settings, keyword: &str, value: &str, at: usize) -> Result<(), PgError> {
    match (keyword, value) {
        ("ssl", "true") => add(settings, "sslmode", "require", at),
        _ => add(settings, keyword, value, at),
    }
}

fn put_hosts(settings: &mut Settings, hosts: &str) -> Result<(), PgError> {
    if hosts.is_empty() {
        return Ok(());
    }
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = split_port(host)?;
        names.push(decoded(name)?);
        ports.push(decoded(port)?);
    }
    settings.insert("host", Secret::new(names.join(",")));
    if ports.iter().any(|port| !port.is_empty()) {
        settings.insert("port", Secret::new(ports.join(",")));
    }
    Ok(())
}

/// `name:port`, `[v6]:port`; either part may be absent.
fn split_port(host: &str) -> Result<(&str, &str), PgError> {
    if let Some(rest) = host.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or_else(|| invalid("an IPv6 address is not closed"))?;
        return Ok((address, port.strip_prefix(':').unwrap_or_default()));
    }
    Ok(host.rsplit_once(':').unwrap_or((host, "")))
}

fn decoded(text: &str) -> Result<String, PgError> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| invalid("an escape is not UTF-8"))?;
    // The protocol ends every value with it.
    if decoded.contains('\0') {
        return Err(invalid("%00 cannot be part of a value"));
    }
    Ok(decoded.into_owned())
}

/// `keyword = value`, values quoted by `'` where they hold blanks, `\` escaping one character anywhere.
fn parse_keywords(text: &str) -> Result<Settings, PgError> {
    let mut settings = Settings::new();
    let mut chars = text.chars().peekable();
    for ordinal in 1.. {
        skip_blanks(&mut chars);
        if chars.peek().is_none() {
            break;
        }
        let keyword = take_keyword(&mut chars, ordinal)?;
        let value = take_value(&mut chars, ordinal)?;
        add(&mut settings, &keyword, &value, ordinal)?;
    }
    Ok(settings)
}

fn skip_blanks(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {}
}

fn take_keyword(chars: &mut Peekable<Chars<'_>>, ordinal: usize) -> Result<String, PgError> {
    let mut keyword = String::new();
    while let Some(c) = chars.next_if(|c| *c != '=' && !c.is_ascii_whitespace()) {
        keyword.push(c);
    }
    skip_blanks(chars);
    if chars.next_if_eq(&'=').is_none() {
        return Err(invalid(format!("parameter {ordinal} has no value")));
    }
    skip_blanks(chars);
    Ok(keyword)
}

fn take_value(chars: &mut Peekable<Chars<'_>>, ordinal: usize) -> Result<String, PgError> {
    let quoted = chars.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match chars.next() {
            Some('\\') => value.extend(chars.next()),
            Some('\'') if quoted => return Ok(value),
            Some(c) if !quoted && c.is_ascii_whitespace() => return Ok(value),
            Some(c) => value.push(c),
            None if quoted => return Err(invalid(format!("the quote of parameter {ordinal} is not closed"))),
            None => return Ok(value),
        }
    }
}
