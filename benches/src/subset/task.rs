//! What is asked of a database.

use anyhow::Result;
use waxwork_fixtures::Client;

use super::tpch;

/// A database, a seed, and the SQL that a person would write for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Task {
    /// TPC-H: 1 % of the customers with their orders, lineitems and all parents
    Customers,
    /// The same without an index on orders(o_custkey)
    CustomersUnindexed,
    /// 200,000 ancestors along one self reference, in a table of a million rows
    Ancestors,
    /// Two tables that refer to each other, 100,000 rows each, from 100 rows of one
    Cycle,
    /// 5 % of the rows of a table of large values, which PostgreSQL keeps in TOAST
    LargeValues,
}

/// Rows of a chain that `Ancestors` climbs.
const CHAIN: u64 = 200_000;

impl Task {
    pub(crate) const ALL: [Task; 5] =
        [Task::Customers, Task::CustomersUnindexed, Task::Ancestors, Task::Cycle, Task::LargeValues];

    /// Its name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Task::Customers => "customers",
            Task::CustomersUnindexed => "customers-unindexed",
            Task::Ancestors => "ancestors",
            Task::Cycle => "cycle",
            Task::LargeValues => "large-values",
        }
    }

    /// Fills an empty database.
    pub(crate) fn load(self, client: &Client, scale: f64) -> Result<()> {
        client.run(self.tables())?;
        match self {
            Task::Customers | Task::CustomersUnindexed => tpch::load(client, scale)?,
            Task::Ancestors => drop(client.run(&format!("SELECT setseed(0.5); {ANCESTORS_ROWS}"))?),
            Task::Cycle => drop(client.run(CYCLE_ROWS)?),
            Task::LargeValues => drop(client.run(LARGE_ROWS)?),
        }
        client.run(&format!("{}; VACUUM ANALYZE", self.keys()))?;
        Ok(())
    }

    /// CREATE TABLE of every table.
    pub(crate) fn tables(self) -> &'static str {
        match self {
            Task::Customers | Task::CustomersUnindexed => tpch::TABLES,
            Task::Ancestors => {
                "CREATE TABLE node (id integer NOT NULL, parent_id integer, label text NOT NULL)"
            }
            Task::Cycle => {
                "CREATE TABLE ship (id integer NOT NULL, port_id integer, name text NOT NULL);
                 CREATE TABLE port (id integer NOT NULL, ship_id integer, name text NOT NULL)"
            }
            Task::LargeValues => "CREATE TABLE document (id integer NOT NULL, body bytea NOT NULL)",
        }
    }

    /// Keys and indexes, made after the rows.
    pub(crate) fn keys(self) -> String {
        match self {
            Task::Customers => format!("{}; CREATE INDEX ON orders (o_custkey)", tpch::KEYS),
            Task::CustomersUnindexed => tpch::KEYS.to_owned(),
            Task::Ancestors => "ALTER TABLE node ADD PRIMARY KEY (id);
                CREATE INDEX ON node (parent_id);
                ALTER TABLE node ADD FOREIGN KEY (parent_id) REFERENCES node"
                .to_owned(),
            Task::Cycle => "ALTER TABLE ship ADD PRIMARY KEY (id); ALTER TABLE port ADD PRIMARY KEY (id);
                CREATE INDEX ON ship (port_id); CREATE INDEX ON port (ship_id);
                ALTER TABLE ship ADD FOREIGN KEY (port_id) REFERENCES port;
                ALTER TABLE port ADD FOREIGN KEY (ship_id) REFERENCES ship"
                .to_owned(),
            Task::LargeValues => "ALTER TABLE document ADD PRIMARY KEY (id)".to_owned(),
        }
    }

    /// The rule file's part that says which rows.
    pub(crate) fn seed(self) -> String {
        let (table, condition) = match self {
            Task::Customers | Task::CustomersUnindexed => ("customer", tpch::CUSTOMERS.to_owned()),
            Task::Ancestors => ("node", format!("id = {CHAIN}")),
            Task::Cycle => ("ship", CYCLE_SEED.to_owned()),
            Task::LargeValues => ("document", LARGE_SEED.to_owned()),
        };
        format!("[subset]\nseed = [{{ table = \"{table}\", where = \"{condition}\" }}]\n")
    }

    /// Each table with the query that gives its rows of the subset.
    pub(crate) fn queries(self) -> Vec<(&'static str, String)> {
        match self {
            Task::Customers | Task::CustomersUnindexed => tpch::queries(),
            Task::Ancestors => vec![(
                "node",
                format!(
                    "WITH RECURSIVE up AS (SELECT * FROM node WHERE id = {CHAIN} UNION ALL \
                     SELECT node.* FROM up JOIN node ON node.id = up.parent_id) SELECT * FROM up"
                ),
            )],
            Task::Cycle => ["ship", "port"]
                .map(|table| {
                    let rows = format!(
                        "SELECT * FROM {table} WHERE id IN (SELECT id FROM needed WHERE kind = '{table}')"
                    );
                    (table, format!("{} {rows}", cycle_set()))
                })
                .to_vec(),
            Task::LargeValues => vec![("document", format!("SELECT * FROM document WHERE {LARGE_SEED}"))],
        }
    }
}

/// A chain, and beside it trees that lead elsewhere.
const ANCESTORS_ROWS: &str = "
INSERT INTO node SELECT n, CASE WHEN n = 1 THEN NULL WHEN n <= 200000 THEN n - 1
    WHEN n % 50 > 0 THEN 200001 + floor(random() * (n - 200001)) END, 'node ' || n
FROM generate_series(1, 1000000) AS n";

/// Every row refers to one of its own block of ten rows of the other table.
const CYCLE_ROWS: &str = "
INSERT INTO ship SELECT n, n / 10 * 10 + (hashint4(n) & 1023) % 10, 'ship ' || n FROM generate_series(0, 99999) AS n;
INSERT INTO port SELECT n, n / 10 * 10 + (hashint4(-n) & 1023) % 10, 'port ' || n FROM generate_series(0, 99999) AS n";

const CYCLE_SEED: &str = "id % 1000 = 7";

/// Children of what is wanted are wanted; parents of it all are needed.
fn cycle_set() -> String {
    format!(
        "WITH RECURSIVE wanted AS (
            SELECT 'ship' AS kind, id FROM ship WHERE {CYCLE_SEED}
            UNION SELECT child.* FROM wanted, LATERAL (
                SELECT 'ship', id FROM ship WHERE port_id = wanted.id AND kind = 'port'
                UNION ALL SELECT 'port', id FROM port WHERE ship_id = wanted.id AND kind = 'ship') AS child),
        needed AS (
            SELECT * FROM wanted
            UNION SELECT parent.* FROM needed, LATERAL (
                SELECT 'port', port_id FROM ship WHERE ship.id = needed.id AND kind = 'ship'
                UNION ALL SELECT 'ship', ship_id FROM port WHERE port.id = needed.id AND kind = 'port') AS parent)"
    )
}

/// 20,000 values of about 100 kB that do not compress: 2 GB.
const LARGE_ROWS: &str = "
ALTER TABLE document ALTER body SET STORAGE EXTERNAL;
INSERT INTO document SELECT n, decode(repeat(md5(n::text), 6250), 'hex') FROM generate_series(1, 20000) AS n";

const LARGE_SEED: &str = "id % 20 = 3";
