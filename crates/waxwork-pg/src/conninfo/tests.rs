//! Connection strings, without a server.

use super::*;
use std::os::unix::fs::PermissionsExt;

fn nowhere() -> LibpqEnvironment {
    LibpqEnvironment::of(&[], None)
}

#[track_caller]
fn check(text: &str, described: &str) {
    assert_eq!(ConnInfo::parse(text).unwrap().describe(), described);
}

#[track_caller]
fn refuses(text: &str, problem: &str) {
    let error = ConnInfo::parse(text).unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::Configuration);
    assert_eq!(error.to_string(), format!("could not use the connection string: {problem}"));
}

#[test]
fn both_spellings_say_the_same() {
    check("postgresql://ann:s%40w@db.example.com:5433/shop", "db.example.com:5433/shop");
    check(
        "host=db.example.com port = 5433 dbname='shop' user=ann password='s@w'",
        "db.example.com:5433/shop",
    );
    let uri = ConnInfo::parse("postgres://ann:s%40w@h/shop").unwrap();
    assert_eq!((uri.user().as_str(), uri.get("password")), ("ann", Some("s@w")));
}

#[test]
fn sockets_addresses_and_several_hosts_are_understood() {
    check("postgresql://%2Fvar%2Flib%2Fpg:5433/shop", "/var/lib/pg:5433/shop");
    check("postgresql:///shop?host=/var/lib/pg&port=6000", "/var/lib/pg:6000/shop");
    check("postgresql://[::1]:5433/shop", "::1:5433/shop");
    check("postgresql://a:1,b:2/shop", "a:1,b:2/shop");
    check("host=a,b port=7 dbname=shop", "a:7,b:7/shop");
    assert!(ConnInfo::parse("host=/x").unwrap().hosts()[0].is_socket());
}

#[test]
fn a_quoted_value_keeps_its_blanks_and_quotes() {
    let info = ConnInfo::parse(r"password='it\'s \\ here' dbname = my\ db").unwrap();
    assert_eq!((info.get("password"), info.get("dbname")), (Some(r"it's \ here"), Some("my db")));
}

#[test]
fn a_fault_is_told_by_its_place_and_never_quoted() {
    refuses("host=h password=two words=3", "parameter 3 is not one that libpq knows");
    refuses("host=h password='open", "the quote of parameter 2 is not closed");
    refuses("postgres://h/d?hunter2", "parameter 1 has no value");
    refuses("postgres://h/hunter2%00", "%00 cannot be part of a value");
    refuses("host=h port=hunter2", "port is not a number from 1 to 65535");
    refuses("host=a,b port=1,2,3", "there are not as many ports as hosts");
    refuses(
        "sslmode=hunter2",
        "sslmode is not one of disable, allow, prefer, require, verify-ca, verify-full",
    );
    refuses(
        "target_session_attrs=hunter2",
        "target_session_attrs is not one of any, read-write, read-only, primary, standby, prefer-standby",
    );
    refuses("options='-p 5'", "options holds a switch other than -c");
}

#[test]
fn what_sqlx_cannot_honour_is_refused_and_not_ignored() {
    refuses("channel_binding=require", "channel_binding cannot be honoured");
    refuses("require_auth=scram-sha-256", "require_auth cannot be honoured");
    refuses("sslpassword=x", "sslpassword cannot be honoured");
    assert!(ConnInfo::parse("channel_binding=prefer keepalives=1 target_session_attrs=any").is_ok());
}

#[test]
fn debug_and_describe_hold_no_login() {
    let info = ConnInfo::parse("postgres://ann:hunter2@h:1/d?sslkey=/k&sslcert=/c").unwrap();
    assert_eq!(format!("{info:?}"), "ConnInfo(h:1/d)");
    assert!(!format!("{:?}", info.settings).contains("hunter2"));
}

#[test]
fn a_source_takes_string_before_service_before_environment() {
    let folder = tempfile::tempdir().unwrap();
    let services = "# ours\n[prod]\nhost=service-host\nport=6001\nuser=service-user\n[other]\nhost=no\n";
    std::fs::write(folder.path().join(".pg_service.conf"), services).unwrap();
    let variables =
        [("PGHOST", "env-host"), ("PGUSER", "env-user"), ("PGDATABASE", "env-db"), ("PGPORT", "9")];
    let environment = LibpqEnvironment::of(&variables, Some(folder.path()));

    let info = ConnInfo::source(Some("service=prod user=ann"), &environment).unwrap();
    assert_eq!((info.describe().as_str(), info.user().as_str()), ("service-host:6001/env-db", "ann"));
    let info = ConnInfo::source(None, &environment).unwrap();
    assert_eq!((info.describe().as_str(), info.user().as_str()), ("env-host:9/env-db", "env-user"));
}

#[test]
fn a_service_file_that_is_named_is_read_for_a_target_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("services");
    std::fs::write(&file, "[staging]\nhost=a,b\nport=1,2\ndbname=stage\ntarget_session_attrs=read-write\n")
        .unwrap();
    let named = format!("service=staging servicefile={} user=ann", file.display());
    let target = ConnInfo::target(&named).unwrap();
    assert_eq!((target.describe().as_str(), target.user().as_str()), ("a:1,b:2/stage", "ann"));
    assert_eq!(target.session_attributes(), SessionAttributes::ReadWrite);
    // What leads elsewhere for the source leads nowhere for the target.
    let variables = [("PGSERVICEFILE", file.to_str().unwrap()), ("PGSERVICE", "staging")];
    let environment = LibpqEnvironment::of(&variables, None);
    assert_eq!(ConnInfo::source(None, &environment).unwrap().describe(), "a:1,b:2/stage");
    std::fs::write(&file, "[staging]\nservicefile=/etc/passwd\n").unwrap();
    assert!(ConnInfo::target(&named).is_err(), "a service within a service");
}

#[test]
fn one_of_several_servers_keeps_the_login_and_asks_for_nothing_more() {
    let several =
        ConnInfo::parse("host=a,b port=1,2 user=ann password=x dbname=d target_session_attrs=standby")
            .unwrap();
    let one = several.at(&several.hosts()[1]);
    assert_eq!((one.describe().as_str(), one.get("password")), ("b:2/d", Some("x")));
    assert_eq!(one.session_attributes(), SessionAttributes::Any);
}

#[test]
fn a_service_that_is_nowhere_is_an_error() {
    assert!(ConnInfo::source(Some("service=nope"), &nowhere()).is_err());
}

fn password_file(text: &str, mode: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".pgpass");
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    folder
}

#[test]
fn a_password_comes_from_the_first_line_that_fits() {
    let lines =
        "# host:port\nh:5432:other:ann:no\nh:5432:*:ann:a\\:b\\\\c\n*:*:*:*:last\nlocalhost:*:*:*:never\n";
    let folder = password_file(lines, 0o600);
    let environment = LibpqEnvironment::of(&[], Some(folder.path()));
    let info = ConnInfo::source(Some("host=h user=ann dbname=shop"), &environment).unwrap();
    assert_eq!(info.get("password"), Some("a:b\\c"));
    let info = ConnInfo::source(Some("host=h user=bob dbname=shop"), &environment).unwrap();
    assert_eq!(info.get("password"), Some("last"));
    let info = ConnInfo::source(Some("host=h user=bob password=own"), &environment).unwrap();
    assert_eq!(info.get("password"), Some("own"));
}

#[test]
fn a_password_file_open_to_others_is_not_used_and_remarked_on() {
    let folder = password_file("*:*:*:*:secret\n", 0o640);
    let info = ConnInfo::source(Some("host=h"), &LibpqEnvironment::of(&[], Some(folder.path()))).unwrap();
    assert_eq!((info.get("password"), info.notes().len()), (None, 1));
}

#[test]
fn options_are_split_as_the_server_splits_them() {
    let pairs = options::parse(r"-c geqo=off -cwork_mem=1MB  --application-name=a\ b\\c").unwrap();
    let expected = [("geqo", "off"), ("work_mem", "1MB"), ("application_name", r"a b\c")];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_network_may_be_silent_for_a_minute_or_as_long_as_the_string_says() {
    let patience = |text: &str| ConnInfo::parse(text).unwrap().patience().map(|patience| patience.as_secs());
    assert_eq!(patience("host=a"), Some(60));
    assert_eq!(patience("host=a keepalives_idle=0 keepalives_interval=5"), Some(45));
    assert_eq!(patience("host=a keepalives_idle=2 keepalives_interval=1 keepalives_count=2"), Some(4));
    assert_eq!(patience("host=a keepalives=0 keepalives_idle=2"), None);
    assert_eq!(patience("host=/run/postgresql"), None);
    let timeout = |text: &str| ConnInfo::parse(text).unwrap().user_timeout();
    assert_eq!([timeout("host=a"), timeout("host=a tcp_user_timeout=9000")], [None, Some(9000)]);
    for wrong in ["keepalives=yes", "keepalives_idle=-1", "tcp_user_timeout=1s"] {
        assert!(ConnInfo::parse(wrong).unwrap_err().to_string().contains("is not a whole number"), "{wrong}");
    }
}
