-- What an honest masker would do to judging/schema.sql.
SET session_replication_role = replica;
COMMENT ON TABLE customer IS NULL;
SELECT count(lo_unlink(oid)) FROM pg_largeobject_metadata;
UPDATE orders SET customer_id = (customer_id * 7919) % 100003 + 20000000;
UPDATE customer SET id = (id * 7919) % 100003 + 20000000;
UPDATE customer SET
    email = lower(md5(email)) || '@example.com',
    first_name = 'F' || md5(first_name),
    last_name = CASE last_name WHEN '' THEN '' ELSE 'L' || md5(last_name) END,
    born_on = born_on + 1 + (hashtext(born_on::text) & 15),
    salary = round(salary * (1.01 + (hashtext(salary::text) & 7) / 100.0), 2),
    ip = inet '192.0.2.0' + (hashtext(ip::text) & 255),
    phones = ARRAY(SELECT regexp_replace(p, '(\d)(\d)(\d{5})$', lpad((('1' || right(p, 7))::bigint * 7919 % 10000000)::text, 7, '0'))
                     FROM unnest(phones) WITH ORDINALITY u(p, i) ORDER BY i),
    profile = profile || jsonb_build_object('ip', '192.0.2.' || (hashtext(profile->>'ip') & 255),
                                            'mails', jsonb_build_array(lower(md5(profile->'mails'->>0)) || '@example.com')),
    note = NULL;
UPDATE employee SET first_name = 'F' || md5(first_name);
UPDATE post SET author = 't' || md5(author);
UPDATE account SET login = 't' || md5(login), secret = decode(md5('x' || n), 'hex');
SELECT setval('customer_id_seq', 1, false);
REFRESH MATERIALIZED VIEW per_country;
ANALYZE;
