//! From a [`ConnInfo`] to sqlx's options, with no gap for it to fill.

use super::{ConnInfo, Host, SslMode, invalid};
use crate::error::PgError;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// What servers show of us in `pg_stat_activity` unless the user says otherwise.
const APPLICATION_NAME: &str = "waxwork";

/// sqlx's options for one host. `PgConnectOptions` derives `Debug` with the password: it must not be kept.
///
/// `new_without_pgpass` reads twelve PG* variables; each field that it may have set is set again here, but three
/// that have no way back, which are refused.
pub(crate) fn connect_options(
    info: &ConnInfo,
    host: &Host,
    mode: SslMode,
) -> Result<PgConnectOptions, PgError> {
    refuse_leaks(info)?;
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&host.name)
        .port(host.port)
        .username(&info.user())
        .password(info.get("password").unwrap_or_default())
        .database(&info.database())
        .ssl_mode(sqlx_mode(mode))
        .application_name(
            info.get("application_name").filter(|name| !name.is_empty()).unwrap_or(APPLICATION_NAME),
        )
        .extra_float_digits(3)
        .disable_statement_logging();
    options = match info.authorities() {
        Some(path) => options.ssl_root_cert(path),
        // Nobody; an absent field would have been PGSSLROOTCERT's.
        None => options.ssl_root_cert_from_pem(Vec::new()),
    };
    if let Some(own) = info.client_certificate() {
        options = options.ssl_client_cert(own.certificate).ssl_client_key(own.key);
    }
    if options.get_options().is_none() {
        options = options.options(parse(info.get("options").unwrap_or_default())?);
    }
    Ok(options)
}

/// Fails closed: a variable that sqlx would use and that is not this connection's own wish.
fn refuse_leaks(info: &ConnInfo) -> Result<(), PgError> {
    for (variable, keyword) in [("PGOPTIONS", "options"), ("PGSSLCERT", "sslcert"), ("PGSSLKEY", "sslkey")] {
        let set = std::env::var(variable).ok();
        if set.is_some() && set.as_deref() != info.get(keyword) {
            return Err(invalid(format!(
                "variable {variable} of the environment would reach this connection"
            )));
        }
    }
    Ok(())
}

fn sqlx_mode(mode: SslMode) -> PgSslMode {
    match mode {
        SslMode::Disable | SslMode::Allow => PgSslMode::Disable,
        SslMode::Prefer => PgSslMode::Prefer,
        SslMode::Require => PgSslMode::Require,
        SslMode::VerifyCa => PgSslMode::VerifyCa,
        SslMode::VerifyFull => PgSslMode::VerifyFull,
    }
}

/// `-c name=value`, `-cname=value` and `--name=value`, blanks and backslashes escaped by a backslash
/// (`pg_split_opts` in `postinit.c`). Other switches of the server are refused.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, PgError> {
    let mut words = words(text).into_iter();
    let mut pairs = Vec::new();
    while let Some(word) = words.next() {
        let assignment = match word.as_str() {
            "-c" => words.next().ok_or_else(|| invalid("options ends in -c"))?,
            _ => word
                .strip_prefix("--")
                .or_else(|| word.strip_prefix("-c"))
                .ok_or_else(|| invalid("options holds a switch other than -c"))?
                .to_owned(),
        };
        let (name, value) =
            assignment.split_once('=').ok_or_else(|| invalid("a setting in options has no value"))?;
        pairs.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(pairs)
}

fn words(text: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => word.extend(chars.next()),
            c if c.is_ascii_whitespace() => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}
