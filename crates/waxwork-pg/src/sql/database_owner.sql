-- Owner of a database, and whether it has privileges of its own. $1: its name.
SELECT pg_catalog.pg_get_userbyid(d.datdba), d.datacl IS NOT NULL
FROM pg_catalog.pg_database AS d
WHERE d.datname = $1
