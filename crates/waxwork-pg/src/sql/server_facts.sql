-- What identifies the server and shapes a new database. Columns of pg_database that came after 13 are read through
-- to_jsonb, which gives NULL where they are not.
SELECT
    pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8,
    pg_catalog.pg_is_in_recovery(),
    d.oid,
    d.datname,
    pg_catalog.pg_encoding_to_char(d.encoding),
    d.datcollate,
    d.datctype,
    coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c'),
    coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'),
    pg_catalog.to_jsonb(d) ->> 'daticurules',
    pg_catalog.to_jsonb(d) ->> 'datcollversion',
    r.rolsuper,
    r.rolsuper OR coalesce(pg_catalog.pg_has_role(program.oid, 'MEMBER'), false),
    r.rolsuper OR r.rolcreatedb,
    r.rolname,
    pg_catalog.inet_server_addr()::pg_catalog.text,
    pg_catalog.inet_server_port()
FROM pg_catalog.pg_database AS d
JOIN pg_catalog.pg_roles AS r ON r.rolname = current_user
LEFT JOIN pg_catalog.pg_roles AS program ON program.rolname = 'pg_execute_server_program'
WHERE d.datname = pg_catalog.current_database()
