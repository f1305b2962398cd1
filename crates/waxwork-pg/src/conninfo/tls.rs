//! TLS as libpq does it (PostgreSQL manual, 34.19 SSL Support), but for the default: what is off this machine is verified.
//!
//! ```text
//!   sslmode, else verify-full off this machine, else prefer
//!   authorities: sslrootcert ► ~/.postgresql/root.crt ► for verify-full the system's; one of them alone is trusted
//!   our own certificate: sslcert and sslkey ► ~/.postgresql/postgresql.crt and .key
//! ```
//!
//! sqlx adds the system's authorities to those that it is given, with which `verify-ca` says nothing: anybody can have a
//! certificate of theirs. [`seal`](super::environment::seal) hides them from it, and here they are given back, as the file
//! that they are, to it and to `pg_dump` alike.

use super::environment::system_authorities;
use super::{ConnInfo, Host, home_file, invalid};
use crate::error::PgError;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// `sslmode`, as libpq names it; the stricter the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// No TLS.
    Disable,
    /// TLS only if the server insists.
    Allow,
    /// TLS if the server has it.
    Prefer,
    /// TLS; the certificate is checked only where `sslrootcert` is given.
    Require,
    /// TLS; the certificate must be signed by a trusted authority.
    VerifyCa,
    /// And must name the host.
    VerifyFull,
}

impl SslMode {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "disable" => SslMode::Disable,
            "allow" => SslMode::Allow,
            "prefer" => SslMode::Prefer,
            "require" => SslMode::Require,
            "verify-ca" => SslMode::VerifyCa,
            "verify-full" => SslMode::VerifyFull,
            _ => return None,
        })
    }

    /// As `sslmode` has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            SslMode::Disable => "disable",
            SslMode::Allow => "allow",
            SslMode::Prefer => "prefer",
            SslMode::Require => "require",
            SslMode::VerifyCa => "verify-ca",
            SslMode::VerifyFull => "verify-full",
        }
    }

    fn verifies(self) -> bool {
        self >= SslMode::VerifyCa
    }
}

/// A certificate of ours with its key.
pub(crate) struct ClientCertificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl ConnInfo {
    /// What holds for one of its hosts.
    pub fn ssl_mode_at(&self, host: &Host) -> SslMode {
        match SslMode::named(self.get("sslmode").unwrap_or_default()) {
            // libpq: with a root certificate at hand, "require" verifies it. sqlx does not.
            Some(SslMode::Require) if self.own_authorities().is_some() => SslMode::VerifyCa,
            Some(mode) => mode,
            None if is_remote(host) || self.trusts_system() => SslMode::VerifyFull,
            None => SslMode::Prefer,
        }
    }

    /// The strictest of its hosts'.
    pub fn ssl_mode(&self) -> SslMode {
        self.hosts().iter().map(|host| self.ssl_mode_at(host)).max().unwrap_or(SslMode::VerifyFull)
    }

    /// The connection to some host goes over a network and does not verify who answers.
    pub fn is_unverified(&self) -> bool {
        self.hosts().iter().any(|host| is_remote(host) && !self.ssl_mode_at(host).verifies())
    }

    /// The file of the authorities that are trusted; `None`: nobody is.
    pub(crate) fn authorities(&self) -> Option<PathBuf> {
        self.own_authorities().or_else(system_authorities)
    }

    /// Our own certificate, where there is one.
    pub(crate) fn client_certificate(&self) -> Option<ClientCertificate> {
        let given = |keyword: &str| self.get(keyword).filter(|path| !path.is_empty()).map(PathBuf::from);
        let certificate = given("sslcert").or_else(|| home_file(".postgresql/postgresql.crt"))?;
        let key = given("sslkey").or_else(|| home_file(".postgresql/postgresql.key"));
        // The name is looked for, and missed, by `validate_tls`.
        Some(ClientCertificate { certificate, key: key.unwrap_or_default() })
    }

    /// `sslrootcert`, else `~/.postgresql/root.crt` where it exists.
    fn own_authorities(&self) -> Option<PathBuf> {
        match self.get("sslrootcert").filter(|path| !path.is_empty()) {
            Some("system") => None,
            Some(path) => Some(PathBuf::from(path)),
            None => home_file(".postgresql/root.crt"),
        }
    }

    fn trusts_system(&self) -> bool {
        self.get("sslrootcert") == Some("system")
    }

    /// Only for a connection string whose gaps are filled: what it leaves out may be a variable's.
    pub(super) fn validate_tls(&self) -> Result<(), PgError> {
        let mode = self.ssl_mode();
        // sqlx has one field for the address and for the name in the certificate.
        if self.get("hostaddr").is_some() && mode == SslMode::VerifyFull {
            return Err(invalid(
                "hostaddr cannot be combined with sslmode verify-full, the default off this machine; give the server's name \
                 as host alone",
            ));
        }
        if self.trusts_system() && mode < SslMode::VerifyFull {
            return Err(invalid(
                "sslrootcert=system needs sslmode verify-full: anybody can have a certificate of the system's authorities",
            ));
        }
        if mode.verifies() {
            self.validate_authorities(mode)?;
        }
        match self.client_certificate() {
            Some(own) if self.hosts().iter().any(|host| !host.is_socket()) && mode > SslMode::Disable => {
                validate_own(&own)
            }
            _ => Ok(()),
        }
    }

    fn validate_authorities(&self, mode: SslMode) -> Result<(), PgError> {
        match (self.own_authorities(), mode) {
            (Some(file), _) if file.is_file() => Ok(()),
            (Some(file), _) => Err(invalid(format!("sslrootcert: there is no file \"{}\"", file.display()))),
            (None, SslMode::VerifyFull) => match system_authorities() {
                Some(_) => Ok(()),
                None => Err(invalid(
                    "the system has no file of authorities that we know; name one with sslrootcert",
                )),
            },
            (None, _) => {
                Err(invalid("sslmode verify-ca needs sslrootcert, the certificate of your authority"))
            }
        }
    }
}

/// As libpq looks at them before it uses them (`initialize_SSL` in `fe-secure-openssl.c`).
fn validate_own(own: &ClientCertificate) -> Result<(), PgError> {
    let ClientCertificate { certificate, key } = own;
    if !certificate.is_file() {
        return Err(invalid(format!("sslcert: there is no file \"{}\"", certificate.display())));
    }
    let Ok(metadata) = std::fs::metadata(key) else {
        let certificate = certificate.display();
        return Err(invalid(format!(
            "sslkey: there is no file with the key of certificate \"{certificate}\""
        )));
    };
    // A key of root's may be lent to a group.
    let others = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if !metadata.is_file() || metadata.mode() & others != 0 {
        let key = key.display();
        return Err(invalid(format!(
            "sslkey: \"{key}\" is not a file that only its owner can read (mode 0600)"
        )));
    }
    Ok(())
}

/// Its packets leave this machine.
fn is_remote(host: &Host) -> bool {
    !host.is_socket() && !is_loopback(&host.name)
}

fn is_loopback(name: &str) -> bool {
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Files in which systems keep the authorities that they trust; distributions differ (the same list as in Go's `crypto/x509`).
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// The first of them that there is.
pub(super) fn bundle() -> Option<PathBuf> {
    BUNDLES.iter().map(Path::new).find(|file| file.is_file()).map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::super::LibpqEnvironment;
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(text: &str) -> SslMode {
        ConnInfo::parse(text).unwrap().ssl_mode()
    }

    #[track_caller]
    fn refuses(text: &str, problem: &str) {
        let error = ConnInfo::target(&format!("{text} dbname=d")).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }

    #[test]
    fn what_is_off_this_machine_is_verified_unless_it_says_otherwise() {
        for local in ["host=/tmp", "host=localhost", "host=127.0.0.1", "host=::1", "host=/tmp,localhost", ""]
        {
            assert_eq!(mode(local), SslMode::Prefer, "{local}");
        }
        for remote in
            ["host=db.example.com", "host=10.0.0.1", "host=localhost,db.example.com", "hostaddr=10.0.0.1"]
        {
            assert_eq!(mode(remote), SslMode::VerifyFull, "{remote}");
        }
        for (name, stated) in
            [("disable", SslMode::Disable), ("prefer", SslMode::Prefer), ("verify-ca", SslMode::VerifyCa)]
        {
            assert_eq!(mode(&format!("host=db.example.com sslmode={name}")), stated);
        }
        let several = ConnInfo::parse("host=localhost,db.example.com").unwrap();
        assert_eq!(several.ssl_mode_at(&several.hosts()[0]), SslMode::Prefer);
        assert_eq!(mode("host=localhost sslrootcert=system"), SslMode::VerifyFull);
    }

    #[test]
    fn require_with_a_root_certificate_verifies_it_as_libpq_does() {
        assert_eq!(mode("host=h sslmode=require sslrootcert=/ca.pem"), SslMode::VerifyCa);
    }

    #[test]
    fn only_a_verified_or_local_connection_needs_no_warning() {
        assert!(ConnInfo::parse("host=db.example.com sslmode=prefer").unwrap().is_unverified());
        assert!(!ConnInfo::parse("host=db.example.com").unwrap().is_unverified());
        assert!(!ConnInfo::parse("host=db.example.com sslmode=verify-full").unwrap().is_unverified());
        assert!(!ConnInfo::parse("host=/tmp,localhost,127.0.0.1").unwrap().is_unverified());
    }

    #[test]
    fn what_would_verify_nothing_is_refused() {
        refuses("host=h sslmode=verify-ca", "verify-ca needs sslrootcert");
        refuses("host=h sslmode=require sslrootcert=system", "sslrootcert=system needs sslmode verify-full");
        refuses("host=h sslrootcert=/nowhere/ca.pem", "there is no file \"/nowhere/ca.pem\"");
        refuses("hostaddr=10.0.0.1 host=h", "give the server's name as host alone");
        // Not before its gaps are filled.
        let ca = tempfile::NamedTempFile::new().unwrap();
        let variables = [("PGSSLROOTCERT", ca.path().to_str().unwrap())];
        let environment = LibpqEnvironment::of(&variables, None);
        let source = ConnInfo::source(Some("host=h sslmode=verify-ca"), &environment).unwrap();
        assert_eq!(
            (source.ssl_mode(), source.authorities()),
            (SslMode::VerifyCa, Some(ca.path().to_path_buf()))
        );
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_as_libpq_refuses_it() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("own.crt"), folder.path().join("own.key"));
        let own = format!("host=h sslmode=require sslcert={}", certificate.display());
        refuses(&own, "sslcert: there is no file");
        std::fs::write(&certificate, "").unwrap();
        refuses(&own, "sslkey: there is no file with the key");
        std::fs::write(&key, "").unwrap();
        let own = format!("{own} sslkey={}", key.display());
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        refuses(&own, "is not a file that only its owner can read");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(ConnInfo::target(&format!("{own} dbname=d")).is_ok());
        // Nothing is asked of what will not be used.
        assert!(ConnInfo::target("host=/tmp dbname=d sslcert=/nowhere").is_ok());
    }
}
