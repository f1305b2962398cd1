-- One database by name. $1: its name.
SELECT
    d.oid,
    pg_catalog.pg_get_userbyid(d.datdba),
    pg_catalog.shobj_description(d.oid, 'pg_database'),
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a WHERE a.datid = d.oid),
    -- DATCONNLIMIT_INVALID_DB (pg_database.h)
    d.datconnlimit = -2
FROM pg_catalog.pg_database AS d
WHERE d.datname = $1
