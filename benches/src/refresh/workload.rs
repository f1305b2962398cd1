//! What is copied.

use std::fmt::Write as _;

use anyhow::Result;
use tpchgen::generators::LineItemGenerator;
use waxwork_fixtures::Client;
use waxwork_fixtures::shop::{Shop, made_up};

use super::Arguments;
use super::contestants::Contestant;
use crate::lines::{send, tpch};

/// A database with its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Workload {
    /// Two wide tables: TPC-H's lineitem, kept, and users, of whose 14 columns 8 are masked
    Pair,
    /// The shop: many tables of every kind, every personal column masked
    Shop,
    /// 2,000 tables of 100 rows, each with a primary key, an index and a foreign key; a name in each is masked
    Small,
}

/// The pair's tables. `lineitem` as TPC-H 3.0.1, section 1.4.1, without the keys to tables that are not here.
const PAIR_TABLES: &str = "
CREATE TABLE lineitem (
    l_orderkey bigint NOT NULL, l_partkey bigint NOT NULL, l_suppkey bigint NOT NULL, l_linenumber integer NOT NULL,
    l_quantity numeric(15,2) NOT NULL, l_extendedprice numeric(15,2) NOT NULL, l_discount numeric(15,2) NOT NULL,
    l_tax numeric(15,2) NOT NULL, l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL,
    l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
    l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL
);
CREATE TABLE users (
    id bigint NOT NULL, email text NOT NULL, first_name text NOT NULL, last_name text NOT NULL, phone text NOT NULL,
    street text NOT NULL, city text NOT NULL, postcode text NOT NULL, born_on date NOT NULL,
    created_at timestamptz NOT NULL, is_active boolean NOT NULL, balance numeric(12,2) NOT NULL, segment text,
    bio text NOT NULL
);";

const PAIR_KEYS: &str = "
ALTER TABLE lineitem ADD PRIMARY KEY (l_orderkey, l_linenumber);
ALTER TABLE users ADD PRIMARY KEY (id);
VACUUM ANALYZE;";

/// Columns of lineitem, all kept: TPC-H has no people.
const LINEITEM_COLUMNS: [&str; 16] = [
    "l_orderkey",
    "l_partkey",
    "l_suppkey",
    "l_linenumber",
    "l_quantity",
    "l_extendedprice",
    "l_discount",
    "l_tax",
    "l_returnflag",
    "l_linestatus",
    "l_shipdate",
    "l_commitdate",
    "l_receiptdate",
    "l_shipinstruct",
    "l_shipmode",
    "l_comment",
];

const USERS_RULES: &str = r#"
[table.users]
id = { keep = "surrogate key" }
email = "contact.email"
first_name = "person.first_name"
last_name = "person.last_name"
phone = "contact.phone"
street = "address.street"
city = "address.city"
postcode = "address.postcode"
born_on = { mask = "date.shift", days = 30, by = "id" }
created_at = { keep = "load tests need real traffic curves" }
is_active = { keep = "a flag" }
balance = { keep = "sums are checked" }
segment = { keep = "three values" }
bio = { keep = "made of one sentence" }
"#;

/// Tables of [`Workload::Small`].
const SMALL_TABLES: usize = 2_000;

/// Users at scale 1.
const USERS: f64 = 3_000_000.0;

impl Workload {
    /// Its name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Workload::Pair => "pair",
            Workload::Shop => "shop",
            Workload::Small => "small",
        }
    }

    /// Who races on it where nothing else is said.
    pub(crate) fn contestants(self) -> &'static [Contestant] {
        use Contestant::{DumpRestore, Pgcopydb, Pipes, Restore, Waxwork};
        match self {
            Workload::Pair | Workload::Shop => &[Waxwork, Pipes, Pgcopydb, DumpRestore],
            // A psql a table measures psql.
            Workload::Small => &[Waxwork, Restore, DumpRestore],
        }
    }

    /// Fills an empty database; returns the rule file.
    pub(crate) fn load(self, client: &Client, arguments: &Arguments) -> Result<String> {
        match self {
            Workload::Shop => Ok(Shop::load(client, arguments.shop_scale)?.rules()),
            Workload::Pair => {
                client.run(PAIR_TABLES)?;
                let users = (USERS * arguments.pair_scale) as u64;
                std::thread::scope(|scope| {
                    let lineitem = scope.spawn(|| load_lineitem(client, arguments.pair_scale));
                    load_users(client, users)?;
                    lineitem.join().expect("no loader panics")
                })?;
                client.run(PAIR_KEYS)?;
                Ok(pair_rules())
            }
            Workload::Small => {
                client.run(&small_tables())?;
                Ok(small_rules())
            }
        }
    }
}

/// Each refers to the one before it, in a tree of ten branches a table.
fn small_tables() -> String {
    let mut sql = String::new();
    for n in 0..SMALL_TABLES {
        let parent = n / 10;
        let _ = writeln!(
            sql,
            "CREATE TABLE small_{n} (id integer PRIMARY KEY, parent_id integer REFERENCES small_{parent}, name text NOT NULL,
                 born_on date);
             CREATE INDEX ON small_{n} (parent_id);
             INSERT INTO small_{n} SELECT i, i, 'name ' || i, date '1970-01-01' + i FROM generate_series(1, 100) AS i;"
        );
    }
    sql + "VACUUM ANALYZE;"
}

fn small_rules() -> String {
    let mut rules = String::from("version = 1\n");
    for n in 0..SMALL_TABLES {
        let _ = write!(
            rules,
            "\n[table.small_{n}]\nid = {{ keep = \"surrogate key\" }}\nparent_id = {{ keep = \"surrogate key\" }}\n\
             name = \"person.full_name\"\nborn_on = {{ mask = \"date.shift\", days = 30, by = \"id\" }}\n"
        );
    }
    rules
}

fn pair_rules() -> String {
    let mut rules = String::from("version = 1\n\n[table.lineitem]\n");
    for column in LINEITEM_COLUMNS {
        let _ = writeln!(rules, "{column} = {{ keep = \"TPC-H has no people\" }}");
    }
    rules + USERS_RULES
}

fn load_lineitem(client: &Client, scale: f64) -> Result<()> {
    send(client, "lineitem", LineItemGenerator::new(scale, 1, 1).iter().map(|line| tpch(&line)))
}

fn load_users(client: &Client, users: u64) -> Result<()> {
    send(client, "users", (1..=users).map(user))
}

/// One user, about 290 bytes.
fn user(n: u64) -> String {
    let day = format!("{}-{:02}-{:02}", 1950 + n % 55, n % 12 + 1, n % 28 + 1);
    format!(
        "{n}\t{}\t{}\t{}\t{}\t{}\t{}\tX{:06}\t{day}\t2024-{:02}-{:02} 12:00:00+00\t{}\t{}.{:02}\t{}\t{}",
        made_up::email(n),
        made_up::given_name(n),
        made_up::family_name(n),
        made_up::phone(n),
        made_up::street(n),
        made_up::city(n),
        n % 1_000_000,
        n % 12 + 1,
        n % 28 + 1,
        if n.is_multiple_of(3) { "t" } else { "f" },
        n % 50_000,
        n % 100,
        ["new", "loyal", "\\N"][n as usize % 3],
        "Likes long walks along the quay, brass lamps and letters on paper, in that order. "
            .repeat(2 - n as usize % 2),
    )
}
