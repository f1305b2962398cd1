//! TPC-H, revision 3.0.1: tables of section 1.4.1, keys of 1.4.2, rows by the generator.

use anyhow::Result;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};
use waxwork_fixtures::Client;

use crate::lines::{send, tpch};

pub(super) const TABLES: &str = "
CREATE TABLE region (r_regionkey bigint NOT NULL, r_name char(25) NOT NULL, r_comment varchar(152));
CREATE TABLE nation (
    n_nationkey bigint NOT NULL, n_name char(25) NOT NULL, n_regionkey bigint NOT NULL, n_comment varchar(152)
);
CREATE TABLE supplier (
    s_suppkey bigint NOT NULL, s_name char(25) NOT NULL, s_address varchar(40) NOT NULL, s_nationkey bigint NOT NULL,
    s_phone char(15) NOT NULL, s_acctbal numeric(15,2) NOT NULL, s_comment varchar(101) NOT NULL
);
CREATE TABLE part (
    p_partkey bigint NOT NULL, p_name varchar(55) NOT NULL, p_mfgr char(25) NOT NULL, p_brand char(10) NOT NULL,
    p_type varchar(25) NOT NULL, p_size integer NOT NULL, p_container char(10) NOT NULL,
    p_retailprice numeric(15,2) NOT NULL, p_comment varchar(23) NOT NULL
);
CREATE TABLE partsupp (
    ps_partkey bigint NOT NULL, ps_suppkey bigint NOT NULL, ps_availqty integer NOT NULL,
    ps_supplycost numeric(15,2) NOT NULL, ps_comment varchar(199) NOT NULL
);
CREATE TABLE customer (
    c_custkey bigint NOT NULL, c_name varchar(25) NOT NULL, c_address varchar(40) NOT NULL, c_nationkey bigint NOT NULL,
    c_phone char(15) NOT NULL, c_acctbal numeric(15,2) NOT NULL, c_mktsegment char(10) NOT NULL,
    c_comment varchar(117) NOT NULL
);
CREATE TABLE orders (
    o_orderkey bigint NOT NULL, o_custkey bigint NOT NULL, o_orderstatus char(1) NOT NULL,
    o_totalprice numeric(15,2) NOT NULL, o_orderdate date NOT NULL, o_orderpriority char(15) NOT NULL,
    o_clerk char(15) NOT NULL, o_shippriority integer NOT NULL, o_comment varchar(79) NOT NULL
);
CREATE TABLE lineitem (
    l_orderkey bigint NOT NULL, l_partkey bigint NOT NULL, l_suppkey bigint NOT NULL, l_linenumber integer NOT NULL,
    l_quantity numeric(15,2) NOT NULL, l_extendedprice numeric(15,2) NOT NULL, l_discount numeric(15,2) NOT NULL,
    l_tax numeric(15,2) NOT NULL, l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL,
    l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
    l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL
);";

/// Without an index on orders(o_custkey).
pub(super) const KEYS: &str = "
ALTER TABLE region ADD PRIMARY KEY (r_regionkey);
ALTER TABLE nation ADD PRIMARY KEY (n_nationkey);
ALTER TABLE supplier ADD PRIMARY KEY (s_suppkey);
ALTER TABLE part ADD PRIMARY KEY (p_partkey);
ALTER TABLE partsupp ADD PRIMARY KEY (ps_partkey, ps_suppkey);
ALTER TABLE customer ADD PRIMARY KEY (c_custkey);
ALTER TABLE orders ADD PRIMARY KEY (o_orderkey);
ALTER TABLE lineitem ADD PRIMARY KEY (l_orderkey, l_linenumber);
ALTER TABLE nation ADD FOREIGN KEY (n_regionkey) REFERENCES region;
ALTER TABLE supplier ADD FOREIGN KEY (s_nationkey) REFERENCES nation;
ALTER TABLE customer ADD FOREIGN KEY (c_nationkey) REFERENCES nation;
ALTER TABLE partsupp ADD FOREIGN KEY (ps_partkey) REFERENCES part;
ALTER TABLE partsupp ADD FOREIGN KEY (ps_suppkey) REFERENCES supplier;
ALTER TABLE orders ADD FOREIGN KEY (o_custkey) REFERENCES customer;
ALTER TABLE lineitem ADD FOREIGN KEY (l_orderkey) REFERENCES orders;
ALTER TABLE lineitem ADD FOREIGN KEY (l_partkey, l_suppkey) REFERENCES partsupp";

/// 1 %.
pub(super) const CUSTOMERS: &str = "c_custkey % 100 = 0";

/// Two tables at once: lineitem takes as long as the others together.
pub(super) fn load(client: &Client, scale: f64) -> Result<()> {
    std::thread::scope(|scope| {
        let loader = scope.spawn(|| load_others(client, scale));
        send(client, "lineitem", LineItemGenerator::new(scale, 1, 1).iter().map(|row| tpch(&row)))?;
        loader.join().expect("no loader panics")
    })
}

fn load_others(client: &Client, scale: f64) -> Result<()> {
    send(client, "region", RegionGenerator::new(scale, 1, 1).iter().map(|row| tpch(&row)))?;
    send(client, "nation", NationGenerator::new(scale, 1, 1).iter().map(|row| tpch(&row)))?;
    send(client, "supplier", SupplierGenerator::new(scale, 1, 1).iter().map(|row| tpch(&row)))?;
    send(client, "part", PartGenerator::new(scale, 1, 1).iter().map(|row| tpch(&row)))?;
    send(client, "partsupp", PartSuppGenerator::new(scale, 1, 1).iter().map(|row| tpch(&row)))?;
    send(client, "customer", CustomerGenerator::new(scale, 1, 1).iter().map(|row| tpch(&row)))?;
    send(client, "orders", OrderGenerator::new(scale, 1, 1).iter().map(|row| tpch(&row)))
}

/// What a person writes who knows the schema.
pub(super) fn queries() -> Vec<(&'static str, String)> {
    let customers = format!("SELECT * FROM customer WHERE {CUSTOMERS}");
    let orders =
        format!("SELECT o.* FROM orders o JOIN customer c ON c.c_custkey = o.o_custkey WHERE {CUSTOMERS}");
    let items = format!(
        "SELECT l.* FROM lineitem l JOIN orders o ON l.l_orderkey = o.o_orderkey \
         JOIN customer c ON c.c_custkey = o.o_custkey WHERE {CUSTOMERS}"
    );
    let supplies = format!("SELECT DISTINCT l_partkey, l_suppkey FROM ({items}) AS item");
    // Nations and regions are few enough to be lookups.
    vec![
        ("region", "SELECT * FROM region".to_owned()),
        ("nation", "SELECT * FROM nation".to_owned()),
        (
            "supplier",
            format!(
                "SELECT * FROM supplier WHERE s_suppkey IN (SELECT l_suppkey FROM ({supplies}) AS supply)"
            ),
        ),
        (
            "part",
            format!("SELECT * FROM part WHERE p_partkey IN (SELECT l_partkey FROM ({supplies}) AS supply)"),
        ),
        ("partsupp", format!("SELECT * FROM partsupp WHERE (ps_partkey, ps_suppkey) IN ({supplies})")),
        ("customer", customers),
        ("orders", orders),
        ("lineitem", items),
    ]
}
