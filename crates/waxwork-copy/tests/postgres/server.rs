//! A database of a temporary cluster, and COPY in and out of it by psql.

use std::io::Write;
use std::process::{Command, Stdio};

use waxwork_copy::{FieldType, Wire};
use waxwork_fixtures::TempCluster;

use super::hard::Hard;

/// A column as the codec sees it.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: FieldType,
}

impl Column {
    /// Columns of these names and types.
    pub(super) fn list<'n>(columns: impl IntoIterator<Item = (&'n str, FieldType)>) -> Vec<Self> {
        columns.into_iter().map(|(name, kind)| Self { name: name.to_owned(), kind }).collect()
    }
}

/// A database of its own, with the settings that text forms depend on.
pub(super) struct Server {
    cluster: &'static TempCluster,
    database: String,
}

impl Server {
    pub(super) fn start() -> Self {
        let cluster = TempCluster::shared().expect("a cluster starts");
        let database = cluster.fresh_database().expect("a database is made");
        let server = Self { cluster, database };
        for setting in
            ["TimeZone = 'UTC'", "DateStyle = 'ISO, MDY'", "IntervalStyle = postgres", "bytea_output = hex"]
        {
            server.sql(&format!("ALTER DATABASE {} SET {setting}", server.database));
        }
        server
    }

    /// Of its version.
    pub(super) fn major(&self) -> u32 {
        self.cluster.binaries().major
    }

    pub(super) fn sql(&self, sql: &str) -> String {
        self.cluster.psql(&self.database, sql).expect("the SQL is right")
    }

    /// A psql that runs one statement, its pipes left to the caller.
    fn psql(&self, statement: &str) -> Command {
        let mut psql = Command::new(self.cluster.bin("psql").expect("psql is there"));
        // Whoever runs the tests may have settings of their own.
        psql.env("PGCLIENTENCODING", "UTF8").env_remove("PGOPTIONS");
        psql.args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            &self.cluster.uri(&self.database),
            "-c",
            statement,
        ]);
        psql
    }

    /// The table's rows by id, as COPY sends them.
    pub(super) fn copy_out(&self, table: &str, wire: Wire) -> Vec<u8> {
        let copy = format!("COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT ({})", format(wire));
        let output = self.psql(&copy).output().expect("psql runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Loads a stream.
    pub(super) fn copy_in(&self, table: &str, wire: Wire, stream: &[u8]) {
        let copy = format!("COPY {table} FROM STDIN ({})", format(wire));
        let mut psql = self.psql(&copy);
        let mut child = psql.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("psql runs");
        // A server that refuses a row closes the pipe; what it said is shown below.
        let _closed_early = child.stdin.take().expect("stdin is piped").write_all(stream);
        let output = child.wait_with_output().expect("psql ends");
        assert!(output.status.success(), "{wire:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes a table with a column for each type and a row for each literal; short lists are filled with NULL.
    pub(super) fn create_table(&self, table: &str, types: &[Hard]) -> Vec<Column> {
        let names: Vec<String> = (1..=types.len()).map(|number| format!("c{number}")).collect();
        let definitions: Vec<String> =
            names.iter().zip(types).map(|(name, hard)| format!("{name} {}", hard.sql)).collect();
        self.sql(&format!("CREATE TABLE {table} (id int, {})", definitions.join(", ")));
        let rows = types.iter().map(|hard| hard.literals.len()).max().unwrap_or(0);
        let literal = |hard: &Hard, row: usize| match hard.literals.get(row) {
            Some(literal) => format!("$w${literal}$w$"),
            None => "NULL".to_owned(),
        };
        for row in 0..=rows {
            let literals: Vec<String> = types.iter().map(|hard| literal(hard, row)).collect();
            self.sql(&format!("INSERT INTO {table} VALUES ({row}, {})", literals.join(", ")));
        }
        let kinds = types.iter().map(|hard| self.kind(hard));
        let columns = names.iter().map(String::as_str).zip(kinds);
        Column::list([("id", FieldType::Int4)].into_iter().chain(columns))
    }

    /// The field type; an array's element OID is asked for, since an enum's is another in each database.
    fn kind(&self, hard: &Hard) -> FieldType {
        let Some(element) = hard.sql.strip_suffix("[]") else { return scalar(hard.sql, &hard.kind) };
        let oid = self.sql(&format!("SELECT '{element}'::regtype::oid"));
        let element = Box::new(scalar(element, &hard.kind));
        FieldType::Array { element, element_oid: oid.parse().expect("an OID") }
    }
}

/// The field type of a type that is no array.
fn scalar(sql: &str, kind: &FieldType) -> FieldType {
    let kind = Box::new(kind.clone());
    match sql {
        _ if sql.ends_with("multirange") => FieldType::Multirange(kind),
        _ if sql.ends_with("range") => FieldType::Range(kind),
        _ => *kind,
    }
}

fn format(wire: Wire) -> &'static str {
    match wire {
        Wire::Binary => "FORMAT binary",
        Wire::Text => "FORMAT text",
    }
}
