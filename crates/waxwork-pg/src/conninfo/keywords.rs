//! The keywords of libpq: which we act on, which change nothing, and which we must refuse because ignoring them
//! would connect where, or in a way, that the user has forbidden.

/// Keywords that we act on, with the variable that fills a gap (`fe-connect.c`, `PQconninfoOptions`).
const KNOWN: [(&str, &str); 17] = [
    ("application_name", "PGAPPNAME"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("dbname", "PGDATABASE"),
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("options", "PGOPTIONS"),
    ("passfile", "PGPASSFILE"),
    ("password", "PGPASSWORD"),
    ("port", "PGPORT"),
    ("service", "PGSERVICE"),
    ("servicefile", "PGSERVICEFILE"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
    ("user", "PGUSER"),
];

/// Keywords that we act on, and that no variable fills: how long the network may say nothing.
pub(super) const NETWORK: [&str; 5] =
    ["keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "tcp_user_timeout"];

/// Keywords whose absence from sqlx changes neither where we connect nor how safely.
const IGNORED: [&str; 12] = [
    "client_encoding",
    "fallback_application_name",
    "gssdelegation",
    "gsslib",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "sslcertmode",
    "sslcompression",
    "sslsni",
    "ssl_max_protocol_version",
];

/// Keywords that sqlx cannot honour, with the values that ask for nothing.
const REFUSED: [(&str, &[&str]); 12] = [
    ("channel_binding", &["disable", "prefer"]),
    ("gssencmode", &["disable", "prefer"]),
    ("replication", &["false", "off", "no", "0"]),
    ("require_auth", &[]),
    ("requirepeer", &[]),
    ("scram_client_key", &[]),
    ("scram_server_key", &[]),
    ("sslcrl", &[]),
    ("sslcrldir", &[]),
    ("sslnegotiation", &["postgres"]),
    ("sslpassword", &[]),
    ("ssl_min_protocol_version", &["TLSv1", "TLSv1.1", "TLSv1.2"]),
];

/// What a keyword is to us.
pub(super) enum Meaning {
    /// Kept under its canonical name.
    Known(&'static str),
    /// Passed over.
    Ignored,
    /// Asks for something that cannot be had.
    Refused(&'static str),
    /// Not a keyword of libpq.
    Unknown,
}

/// Looks a keyword up; `value` decides only for those that may be refused.
pub(super) fn meaning(keyword: &str, value: &str) -> Meaning {
    if let Some((known, _)) = KNOWN.iter().find(|(known, _)| *known == keyword) {
        return Meaning::Known(known);
    }
    if let Some(known) = NETWORK.iter().find(|known| **known == keyword) {
        return Meaning::Known(known);
    }
    if let Some((refused, harmless)) = REFUSED.iter().find(|(refused, _)| *refused == keyword) {
        let harmless = value.is_empty() || harmless.contains(&value);
        return if harmless { Meaning::Ignored } else { Meaning::Refused(refused) };
    }
    if IGNORED.contains(&keyword) { Meaning::Ignored } else { Meaning::Unknown }
}

/// The variable that fills a keyword's gap.
pub(super) fn variable(keyword: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == keyword).map(|(_, variable)| *variable)
}

/// Keywords that a source may take from the environment, once a service has been looked up.
pub(super) fn taken_from_environment() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(keyword, _)| *keyword).filter(|keyword| *keyword != "service")
}
