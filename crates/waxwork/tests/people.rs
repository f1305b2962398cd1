//! One made-up person a row, through PostgreSQL: parts agree in the row, in child tables and in documents.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, new_target};

const SCHEMA: &str = "
    CREATE TABLE customer (id int PRIMARY KEY, first_name text, last_name text, full_name text, sex char(1),
                           email text UNIQUE, username varchar(40), profile jsonb, street text, city text);
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customer, ship_to text, contact text);
    CREATE TABLE parcel (order_id int REFERENCES orders, addressee text, greeting text);
    INSERT INTO customer SELECT i, 'Ann', 'Lee' || i, 'Ann Lee' || i, CASE WHEN i % 3 = 0 THEN 'F' ELSE 'M' END,
           'ann' || i || '@corp.com', 'alee' || i, jsonb_build_object('name', 'Ann Lee' || i, 'plan', 'gold'),
           '1 Main St', 'Springfield' FROM generate_series(1, 500) i;
    INSERT INTO orders SELECT i, 1 + i % 500, 'Lee, Ann', 'ann@corp.com' FROM generate_series(1, 1500) i;
    INSERT INTO parcel SELECT id, 'Lee', 'Mrs' FROM orders";

const RULES: &str = "version = 1
    [table.customer]
    id = \"id.permute\"
    first_name = { mask = \"person.first_name\", by = \"id\" }
    last_name = { mask = \"person.last_name\", by = \"id\" }
    full_name = { mask = \"person.full_name\", by = \"id\" }
    sex = { mask = \"person.gender\", by = \"id\" }
    email = { mask = \"contact.email\", by = \"id\" }
    username = { mask = \"person.username\", by = \"id\" }
    profile = { mask = \"json\", paths = { \"$.name\" = { mask = \"person.full_name\", by = \"id\" } }, rest = \"keep\" }
    street = { mask = \"address.street\", by = \"id\" }
    city = { mask = \"address.city\", by = \"id\" }
    [table.orders]
    id = { keep = \"a number\" }
    ship_to = { mask = \"person.full_name\", by = \"customer_id\" }
    contact = { mask = \"contact.phone\", by = \"customer_id\" }
    [table.parcel]
    addressee = { mask = \"person.last_name\", by = \"order_id.customer_id\" }
    greeting = { mask = \"person.title\", by = \"order_id.customer_id\" }";

#[test]
fn parts_of_a_person_agree_in_a_row_and_in_everything_that_refers_to_it() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    for wire in ["auto", "text"] {
        let (target_name, target) = new_target(cluster);
        Call::refresh(RULES, &cluster.uri(&source), &target).arg("--wire").arg(wire).run().published();
        let letters = "translate(lower(first_name || '.' || last_name), '''', '')";
        let rows = format!(
            "SELECT count(*) FILTER (WHERE full_name = first_name || ' ' || last_name),
                    count(*) FILTER (WHERE email LIKE {letters} || '.%@example.com'),
                    count(*) FILTER (WHERE username LIKE replace({letters}, '.', '#_') || '__' ESCAPE '#'),
                    count(*) FILTER (WHERE profile = jsonb_build_object('name', full_name, 'plan', 'gold')),
                    count(DISTINCT full_name) > 400, count(DISTINCT street) > 300, count(DISTINCT email)
             FROM customer"
        );
        assert_eq!(cluster.psql(&target_name, &rows).unwrap().trim(), "500|500|500|500|t|t|500", "{wire}");
        let rows = "SELECT count(*) FILTER (WHERE ship_to = full_name AND addressee = last_name),
                           count(*) FILTER (WHERE greeting IN ('Ms', 'Mrs') AND sex = 'F'
                                               OR greeting = 'Mr' AND sex = 'M' OR greeting = 'Dr'),
                           count(DISTINCT (customer_id, contact))
                    FROM orders JOIN customer ON customer.id = customer_id JOIN parcel ON order_id = orders.id";
        assert_eq!(cluster.psql(&target_name, rows).unwrap().trim(), "1500|1500|500", "{wire}");
    }
}

#[test]
fn colleagues_share_a_label_where_ten_rows_share_a_domain() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let schema = "
        CREATE TABLE staff (id int PRIMARY KEY, email text UNIQUE);
        INSERT INTO staff SELECT i, 'p' || i || CASE WHEN i <= 10 THEN '@Acme.de' WHEN i <= 19 THEN '@nine.org'
                                                     ELSE '@own' || i || '.net' END FROM generate_series(1, 40) i";
    cluster.psql(&source, schema).unwrap();
    let rules = "version = 1\n[table.staff]\nid = { keep = \"a number\" }\n\
                 email = { mask = \"contact.email\", company = true, by = \"id\" }";
    let (target_name, target) = new_target(cluster);
    Call::refresh(rules, &cluster.uri(&source), &target).run().published();
    let rows = "SELECT string_agg(DISTINCT split_part(email, '@', 2), ' ') FILTER (WHERE id <= 10),
                       string_agg(DISTINCT split_part(email, '@', 2), ' ') FILTER (WHERE id > 10),
                       count(DISTINCT email) FROM staff";
    assert_eq!(cluster.psql(&target_name, rows).unwrap().trim(), "acme-de.example.com|example.com|40");
}

#[test]
fn names_follow_a_kept_sex_that_stands_in_the_row_they_refer_to() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let schema = "
        CREATE TABLE patient (id int PRIMARY KEY, sex char(1), first_name text, email text UNIQUE);
        CREATE TABLE visit (id int PRIMARY KEY, patient_id int REFERENCES patient, name text, title text, email text);
        INSERT INTO patient SELECT i, CASE WHEN i % 2 = 0 THEN 'F' ELSE 'M' END, 'Ann', 'ann' || i || '@corp.com'
        FROM generate_series(1, 200) i;
        INSERT INTO visit SELECT i, i, 'Ann Lee', 'Mrs', 'ann' || i || '@corp.com' FROM generate_series(1, 200) i";
    cluster.psql(&source, schema).unwrap();
    let own = "by = \"id\", gender = \"sex\"";
    let along = "by = \"patient_id\", gender = \"patient_id.sex\"";
    let rules = format!(
        "version = 1
        [table.patient]
        id = {{ keep = \"a number\" }}
        sex = {{ keep = \"two words\" }}
        first_name = {{ mask = \"person.first_name\", {own} }}
        email = {{ mask = \"contact.email\", {own} }}
        [table.visit]
        id = {{ keep = \"a number\" }}
        name = {{ mask = \"person.full_name\", {along} }}
        title = {{ mask = \"person.title\", {along} }}
        email = {{ mask = \"contact.email\", {along} }}"
    );
    for wire in ["auto", "text"] {
        let (target_name, target) = new_target(cluster);
        Call::refresh(&rules, &cluster.uri(&source), &target).arg("--wire").arg(wire).run().published();
        let rows = "SELECT count(*) FILTER (WHERE split_part(name, ' ', 1) = first_name),
                           count(*) FILTER (WHERE title = 'Dr' OR (title = 'Mr') = (sex = 'M')),
                           count(*) FILTER (WHERE patient.email = visit.email)
                    FROM visit JOIN patient ON patient.id = patient_id";
        assert_eq!(cluster.psql(&target_name, rows).unwrap().trim(), "200|200|200", "{wire}");
    }
}
