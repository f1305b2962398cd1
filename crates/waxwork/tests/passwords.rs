//! `secret.password` through PostgreSQL: other implementations open the copy with the stated password, and with no other.

use std::process::Command;

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

const PASSWORD: &str = "correct horse";

/// One row a form, of other passwords and low costs.
const SOURCE: &str = "
    CREATE TABLE users (id int PRIMARY KEY, password_hash text);
    INSERT INTO users VALUES
        (1, '$2a$04$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO'),
        (2, '$2y$05$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO'),
        (3, 'pbkdf2_sha256$1000$Zk3yG7kqQv0p$bvL5JjPvQ2dCYkG3uGJm0v5m5o7cPz0yqjv0bq4m2hU='),
        (4, 'pbkdf2:sha512:900$Zk3yG7kqQv0p1sXz$00'),
        (5, 'scrypt:1024:8:1$Zk3yG7kqQv0p1sXz$00'),
        (6, 'scrypt$1024$Zk3yG7kqQv0p1sXzabcdef$8$2$AAAA'),
        (7, 'hunter2'), (8, NULL), (9, ''),
        (10, '$2a$04$zyxwvutsrqponmlkjihgfeVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO');";

const RULES: &str = "version = 1
[table.users]
id = { keep = \"a number\" }
password_hash = { mask = \"secret.password\", password = { env = \"STAGING_PASSWORD\" } }
";

/// RFC 8018's PBKDF2 with HMAC of one block, written in SQL over pgcrypto's HMAC.
const PBKDF2: &str = "
    CREATE FUNCTION pbkdf2(password text, salt text, rounds int, digest text) RETURNS bytea LANGUAGE plpgsql AS $$
    DECLARE
        u bytea := hmac(convert_to(salt, 'UTF8') || '\\x00000001'::bytea, convert_to(password, 'UTF8'), digest);
        made bytea := u;
    BEGIN
        FOR round IN 2..rounds LOOP
            u := hmac(u, convert_to(password, 'UTF8'), digest);
            FOR at IN 0..length(u) - 1 LOOP
                made := set_byte(made, at, get_byte(made, at) # get_byte(u, at));
            END LOOP;
        END LOOP;
        RETURN made;
    END $$;";

#[test]
fn other_implementations_open_the_copy_with_the_stated_password() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SOURCE).unwrap();
    let (name, target) = new_target(cluster);
    let run = Call::refresh(RULES, &cluster.uri(&source), &target).env("STAGING_PASSWORD", PASSWORD).run();
    run.published();
    assert!(!run.stdout.contains(PASSWORD) && !run.stderr.contains(PASSWORD), "{run}");
    let others = "SELECT string_agg(coalesce(password_hash, 'NULL'), ',' ORDER BY id) FROM users WHERE id IN (7, 8, 9)";
    assert_eq!(cluster.psql(&name, others).unwrap(), "!unusable,NULL,");
    let same = "SELECT count(DISTINCT password_hash) FROM users WHERE id IN (1, 10)";
    assert_eq!(cluster.psql(&name, same).unwrap(), "1");
    by_pgcrypto(cluster, &name);
    by_python(
        &cluster.psql(&name, "SELECT password_hash FROM users WHERE id IN (5, 6) ORDER BY id").unwrap(),
    );
    drop_databases(cluster, &[&name, &source]);
}

/// bcrypt by crypt(), PBKDF2 by hmac().
fn by_pgcrypto(cluster: &TempCluster, name: &str) {
    if cluster.psql(name, "CREATE EXTENSION pgcrypto").is_err() {
        eprintln!("skipped: this server has no pgcrypto");
        return;
    }
    let opens = |password: &str| {
        let query = format!(
            "SELECT string_agg((crypt('{password}', password_hash) = password_hash)::text, ' ' ORDER BY id) FROM users WHERE id < 3"
        );
        // PHP's letter y is not known to crypt(), and stands for the same function.
        cluster.psql(name, &query.replace("password_hash", "replace(password_hash, '$2y$', '$2a$')")).unwrap()
    };
    assert_eq!((opens(PASSWORD).as_str(), opens("another").as_str()), ("true true", "false false"));
    cluster.psql(name, PBKDF2).unwrap();
    let django =
        "SELECT encode(pbkdf2('correct horse', split_part(password_hash, '$', 3), 1000, 'sha256'), 'base64')
        = split_part(password_hash, '$', 4) FROM users WHERE id = 3";
    assert_eq!(cluster.psql(name, django).unwrap(), "t");
    let werkzeug =
        "SELECT encode(pbkdf2('correct horse', split_part(password_hash, '$', 2), 900, 'sha512'), 'hex')
        = split_part(password_hash, '$', 3) FROM users WHERE id = 4";
    assert_eq!(cluster.psql(name, werkzeug).unwrap(), "t");
}

/// scrypt by Python's hashlib, where there is one.
fn by_python(hashes: &str) {
    const CHECK: &str = "
import base64, hashlib, sys
werkzeug, django = sys.argv[1].split('\\n')
head, salt, made = werkzeug.split('$')
_, n, r, p = head.split(':')
found = hashlib.scrypt(sys.argv[2].encode(), salt=salt.encode(), n=int(n), r=int(r), p=int(p), dklen=64)
assert found.hex() == made, 'werkzeug'
_, n, salt, r, p, made = django.split('$')
found = hashlib.scrypt(sys.argv[2].encode(), salt=salt.encode(), n=int(n), r=int(r), p=int(p), dklen=64)
assert base64.b64encode(found).decode() == made, 'django'
print('opens')
";
    let can = Command::new("python3").args(["-c", "import hashlib; hashlib.scrypt"]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no Python with scrypt");
        return;
    }
    let check = |password| Command::new("python3").args(["-c", CHECK, hashes, password]).output().unwrap();
    let told = check(PASSWORD);
    assert_eq!(String::from_utf8_lossy(&told.stdout), "opens\n", "{}", String::from_utf8_lossy(&told.stderr));
    assert!(!check("another").status.success());
}

#[test]
fn a_password_that_is_not_there_stops_the_run() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SOURCE).unwrap();
    let (_, target) = new_target(cluster);
    let told = Call::refresh(RULES, &cluster.uri(&source), &target).run().refused(2);
    assert!(told.contains("STAGING_PASSWORD") && told.contains("rules.toml:4:"), "{told}");
    drop_databases(cluster, &[&source]);
}
