//! TLS to servers that have certificates, as libpq does it, on both sides and for `pg_dump` too.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::support::{Call, Run, drop_databases, new_target, wait_for};

const PASSWORD: &str = "kestrel-umbrella-4711";

const RULES: &str = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";

/// Who may come how: one role by its certificate, one with TLS or without, all others by TLS alone.
const HBA: &str = "local all all trust\n\
    hostssl all certified all cert\n\
    host all open all scram-sha-256\n\
    hostssl all all all scram-sha-256\n";

/// An authority with what it signed.
struct Authority(tempfile::TempDir);

impl Authority {
    fn new(name: &str) -> Self {
        let authority = Self(tempfile::tempdir().unwrap());
        // What openssl would take from the system's configuration is said here.
        let config = "[req]\ndistinguished_name = dn\n[dn]\n[ca]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = keyCertSign\n";
        std::fs::write(authority.file("openssl.cnf"), config).unwrap();
        let subject = format!("/CN={name}");
        let new = [
            "req",
            "-x509",
            "-extensions",
            "ca",
            "-days",
            "2",
            "-subj",
            &subject,
            "-keyout",
            "ca.key",
            "-out",
            "ca.crt",
        ];
        authority.openssl(&[&new[..], &KEY].concat());
        authority
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn openssl(&self, arguments: &[&str]) {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.0.path()).env("OPENSSL_CONF", self.file("openssl.cnf"));
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes `NAME.crt` and `NAME.key`.
    fn sign(&self, name: &str, common_name: &str, names: &str) {
        let of = |ending: &str| format!("{name}.{ending}");
        let (key, request, certificate, extensions) = (of("key"), of("csr"), of("crt"), of("ext"));
        let subject = format!("/CN={common_name}");
        let asked = ["req", "-new", "-subj", &subject, "-keyout", &key, "-out", &request];
        self.openssl(&[&asked[..], &KEY].concat());
        std::fs::write(self.file(&extensions), format!("subjectAltName = {names}\n")).unwrap();
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            &extensions,
            "-out",
            &certificate,
        ]);
        std::fs::set_permissions(self.file(&key), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

const KEY: [&str; 5] = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// A server with a certificate for `localhost` and for this machine's address, not for 127.0.0.1.
struct Secured {
    cluster: TempCluster,
    ours: Authority,
    others: Authority,
    address: Option<String>,
}

impl Secured {
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Secured> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let options = ClusterOptions { tcp_password: Some(PASSWORD.to_owned()), ..Default::default() };
        let cluster = TempCluster::start(&options.setting("listen_addresses", "*")).unwrap();
        let (ours, others) = (Authority::new("ours"), Authority::new("others"));
        let address = own_address();
        let also = address.iter().map(|address| format!(",IP:{address}")).collect::<String>();
        ours.sign("server", "server", &format!("DNS:localhost{also}"));
        ours.sign("client", "certified", "DNS:client");
        others.sign("client", "certified", "DNS:client");
        let secured = Self { cluster, ours, others, address };
        for name in ["server.crt", "server.key", "ca.crt"] {
            secured.give_to_server(name);
        }
        let settings = "ALTER SYSTEM SET ssl = on; ALTER SYSTEM SET ssl_cert_file = 'server.crt';
            ALTER SYSTEM SET ssl_key_file = 'server.key'; ALTER SYSTEM SET ssl_ca_file = 'ca.crt'";
        for setting in settings.split(';') {
            secured.cluster.psql("postgres", setting).unwrap();
        }
        std::fs::write(secured.cluster.data_directory().join("pg_hba.conf"), HBA).unwrap();
        // Not to be waited for as a reload would be; what was not written to the disk yet may be lost by it.
        secured.cluster.crash_and_restart().unwrap();
        let roles = format!(
            "CREATE ROLE certified SUPERUSER LOGIN; CREATE ROLE open SUPERUSER LOGIN PASSWORD '{PASSWORD}'"
        );
        secured.cluster.psql("postgres", &roles).unwrap();
        secured.cluster.create_database("shop").unwrap();
        secured
            .cluster
            .psql("shop", "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 3)")
            .unwrap();
        secured
    }

    /// A server refuses a key that is not its own.
    fn give_to_server(&self, name: &str) {
        let folder = self.cluster.data_directory();
        let (owner, file) = (std::fs::metadata(&folder).unwrap(), folder.join(name));
        std::fs::copy(self.ours.file(name), &file).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A connection string, with whatever more it is to say.
    fn to(&self, host: &str, database: &str, more: &str) -> String {
        let role = if more.contains("user=") { "" } else { "user=postgres" };
        format!(
            "host={host} port={} dbname={database} password={PASSWORD} {role} {more}",
            self.cluster.port()
        )
    }

    fn ours(&self, name: &str) -> String {
        self.ours.file(name).display().to_string()
    }

    fn others(&self, name: &str) -> String {
        self.others.file(name).display().to_string()
    }
}

/// An address of this machine that is not the loopback's; nothing is sent to find it.
fn own_address() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.connect("198.51.100.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}

fn doctor(source: &str) -> Call {
    Call::of("doctor", RULES).arg("--source").arg(source).arg("--format=json")
}

/// What a check of doctor's says.
fn said(run: &Run, name: &str) -> String {
    let report = run.report();
    let checks = report["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["name"] == name).map(ToString::to_string).collect()
}

#[track_caller]
fn check_refused(call: Call, side: &str, words: &str) {
    let run = call.run();
    assert_eq!(run.status.code(), Some(5), "{run}");
    let found = said(&run, &format!("{side}.connection"));
    assert!(found.contains(words) && found.contains("\"fail\""), "not {words}\n{run}");
}

#[track_caller]
fn check_encrypted(call: Call, words: &str) {
    let run = call.run();
    assert_eq!(run.status.code(), Some(0), "{run}");
    assert!(said(&run, "source.tls").contains(words), "not {words}\n{run}");
}

const VERIFIED: &str = "is verified, or on this machine";

#[test]
fn a_copy_goes_by_tls_from_and_to_servers_that_are_verified() {
    let secured = Secured::shared();
    let (name, _) = new_target(&secured.cluster);
    let full = format!("sslmode=verify-full sslrootcert={}", secured.ours("ca.crt"));
    let run =
        Call::refresh(RULES, &secured.to("localhost", "shop", &full), &secured.to("localhost", &name, &full))
            .run();
    run.published();
    assert_eq!(secured.cluster.psql(&name, "SELECT sum(a) FROM t").unwrap(), "6");
    // PG* variables speak for the source, pg_dump included, and not for the target.
    let by_variables = |target: &str| {
        Call::refresh(RULES, &secured.to("localhost", "shop", ""), target)
            .env("PGSSLMODE", "verify-full")
            .env("PGSSLROOTCERT", secured.ours("ca.crt"))
    };
    by_variables(&secured.to("localhost", &name, &full)).run().published();
    let bare = by_variables(&secured.to("localhost", &name, "sslmode=verify-full")).run();
    assert!(bare.refused(5).contains("no authority that is trusted here"), "{bare}");
    drop_databases(&secured.cluster, &[&name, &format!("{name}__old1")]);
}

#[test]
fn a_server_that_is_not_who_it_says_is_refused_on_either_side() {
    let secured = Secured::shared();
    let ours = format!("sslrootcert={}", secured.ours("ca.crt"));
    let others = format!("sslrootcert={}", secured.others("ca.crt"));
    let to = |host: &str, more: String| secured.to(host, "shop", &more);
    for (host, more, words) in [
        ("localhost", format!("sslmode=verify-full {others}"), "no authority that is trusted here"),
        ("localhost", format!("sslmode=verify-ca {others}"), "no authority that is trusted here"),
        // As libpq: with an authority at hand it is asked.
        ("localhost", format!("sslmode=require {others}"), "no authority that is trusted here"),
        ("localhost", "sslmode=verify-full".to_owned(), "no authority that is trusted here"),
        ("127.0.0.1", format!("sslmode=verify-full {ours}"), "is for another host"),
    ] {
        check_refused(doctor(&to(host, more.clone())), "source", words);
        let target = Call::of_target("doctor", &secured.to(host, "staging", &more)).arg("--format=json");
        check_refused(target, "target", words);
        // No other try: nobody else answers next time.
        let target = secured.to(host, "staging", &more);
        let run = Call::refresh(RULES, &secured.cluster.uri("shop"), &target).arg("--retries=3").run();
        assert!(run.refused(5).contains(words) && run.report()["attempts"] == 1, "{run}");
    }
    check_encrypted(doctor(&to("localhost", format!("sslmode=verify-full {ours}"))), VERIFIED);
    check_encrypted(doctor(&to("127.0.0.1", format!("sslmode=verify-ca {ours}"))), VERIFIED);
    check_encrypted(doctor(&to("127.0.0.1", "sslmode=require".to_owned())), "TLSv1");
}

#[test]
fn an_authority_that_is_named_is_trusted_alone() {
    let secured = Secured::shared();
    let full = |more: &str| secured.to("localhost", "shop", &format!("sslmode=verify-full {more}"));
    // The system trusts the server's authority; the connection string another.
    let with_system = |source: &str, authority: &str| doctor(source).env("SSL_CERT_FILE", authority);
    let pinned = full(&format!("sslrootcert={}", secured.others("ca.crt")));
    check_refused(
        with_system(&pinned, &secured.ours("ca.crt")),
        "source",
        "no authority that is trusted here",
    );
    check_encrypted(with_system(&full(""), &secured.ours("ca.crt")), VERIFIED);
    check_encrypted(with_system(&full("sslrootcert=system"), &secured.ours("ca.crt")), VERIFIED);
    check_refused(
        with_system(&full(""), &secured.others("ca.crt")),
        "source",
        "no authority that is trusted here",
    );
    // pg_dump trusts the same, whatever its version knows of the system.
    let (name, target) = new_target(&secured.cluster);
    let run = Call::refresh(RULES, &full(""), &target).env("SSL_CERT_FILE", secured.ours("ca.crt")).run();
    run.published();
    drop_databases(&secured.cluster, &[&name]);
    // The user's own file comes before the system's.
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".postgresql")).unwrap();
    std::fs::copy(secured.others.file("ca.crt"), home.path().join(".postgresql/root.crt")).unwrap();
    let call = with_system(&full(""), &secured.ours("ca.crt")).env("HOME", home.path());
    check_refused(call, "source", "no authority that is trusted here");
    let weak = doctor(&secured.to("localhost", "shop", "sslmode=verify-ca")).run();
    assert!(weak.refused(2).contains("verify-ca needs sslrootcert"), "{weak}");
}

#[test]
fn a_certificate_of_ours_logs_in_and_takes_pg_dump_along() {
    let secured = Secured::shared();
    let with =
        |more: &str| secured.to("localhost", "shop", &format!("user=certified sslmode=require {more}"));
    let own = |folder: &Path| format!("sslcert={0}/client.crt sslkey={0}/client.key", folder.display());
    let (name, _) = new_target(&secured.cluster);
    let target = secured.to(
        "localhost",
        &name,
        &format!("user=certified sslmode=require {}", own(secured.ours.0.path())),
    );
    Call::refresh(RULES, &with(&own(secured.ours.0.path())), &target).run().published();
    drop_databases(&secured.cluster, &[&name]);
    check_refused(doctor(&with("")), "source", "certificate");
    check_refused(doctor(&with(&own(secured.others.0.path()))), "source", "connect");
    // Where libpq looks for it.
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".postgresql");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(secured.ours.file("client.crt"), folder.join("postgresql.crt")).unwrap();
    std::fs::copy(secured.ours.file("client.key"), folder.join("postgresql.key")).unwrap();
    check_encrypted(doctor(&with("")).env("HOME", home.path()), "TLSv1");
    std::fs::set_permissions(folder.join("postgresql.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let run = doctor(&with("")).env("HOME", home.path()).run();
    assert!(run.refused(2).contains("only its owner can read"), "{run}");
}

#[test]
fn who_wants_no_tls_gets_none() {
    let secured = Secured::shared();
    let open = |more: &str| doctor(&secured.to("127.0.0.1", "shop", &format!("user=open {more}")));
    check_encrypted(open("sslmode=disable"), "not encrypted, on this machine");
    check_encrypted(open("sslmode=allow"), "not encrypted, on this machine");
    check_encrypted(open(""), "TLSv1");
    check_encrypted(doctor(&secured.to("127.0.0.1", "shop", "sslmode=allow")), "TLSv1");
    check_refused(doctor(&secured.to("127.0.0.1", "shop", "sslmode=disable")), "source", "no encryption");
    let variable = doctor(&secured.to("127.0.0.1", "shop", "")).env("PGSSLMODE", "disable");
    check_refused(variable, "source", "no encryption");
}

#[test]
fn what_is_off_this_machine_is_verified_unless_it_says_otherwise() {
    let secured = Secured::shared();
    let Some(address) = &secured.address else {
        eprintln!("skipped: this machine has no address but the loopback's");
        return;
    };
    let to = |more: &str| secured.to(address, "shop", more);
    check_refused(doctor(&to("")), "source", "no authority that is trusted here");
    check_encrypted(doctor(&to("")).env("SSL_CERT_FILE", secured.ours("ca.crt")), VERIFIED);
    check_encrypted(doctor(&to("sslmode=require")), "nothing verifies that the source is who it says");
    let (name, _) = new_target(&secured.cluster);
    let target = secured.to(address, &name, "");
    let run = Call::refresh(RULES, &secured.cluster.uri("shop"), &target).run();
    assert!(run.refused(5).contains("no authority that is trusted here"), "{run}");
    let run = Call::refresh(RULES, &to(""), &target).env("SSL_CERT_FILE", secured.ours("ca.crt")).run();
    run.published();
    drop_databases(&secured.cluster, &[&name]);
}

#[test]
fn a_ping_trusts_the_authorities_of_the_system() {
    let secured = Secured::shared();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let accept = format!("127.0.0.1:{port}");
    let mut server = Command::new("openssl")
        .args(["s_server", "-quiet", "-www", "-accept", &accept, "-cert", "server.crt", "-key", "server.key"])
        .current_dir(secured.ours.0.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for("openssl s_server listens", || TcpStream::connect(&accept).is_ok());
    let rules =
        format!("{RULES}[[hook]]\non = \"before_publish\"\nurl = \"https://localhost:{port}/ping\"\n");
    let (name, target) = new_target(&secured.cluster);
    let run = |authority: &str| {
        let call = Call::refresh(&rules, &secured.cluster.uri("shop"), &target);
        call.env("SSL_CERT_FILE", authority).run().published()["findings"].to_string()
    };
    let (trusted, unknown) = (run(&secured.ours("ca.crt")), run(&secured.others("ca.crt")));
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(!trusted.contains("hook"), "{trusted}");
    assert!(unknown.contains("hook on before_publish failed"), "{unknown}");
    drop_databases(&secured.cluster, &[&name, &format!("{name}__old1")]);
}

#[test]
fn a_key_command_finds_the_authorities_of_the_system_where_they_were() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, "CREATE TABLE t (a int)").unwrap();
    let check = |test: &str| {
        let command = format!("{test} && printf {}", crate::support::KEY);
        let rules = format!("{RULES}[key]\ncommand = ['sh', '-c', '{command}']\n");
        Call::of("check", &rules).without_key().arg("--source").arg(cluster.uri(&source))
    };
    let named = check("test \"$SSL_CERT_FILE$SSL_CERT_DIR\" = /x/ca.pem/x/certs");
    let run = named.env("SSL_CERT_FILE", "/x/ca.pem").env("SSL_CERT_DIR", "/x/certs").run();
    assert_eq!(run.status.code(), Some(0), "{run}");
    let run = check("test \"$SSL_CERT_FILE\" != /dev/null").run();
    assert_eq!(run.status.code(), Some(0), "{run}");
    drop_databases(cluster, &[&source]);
}
