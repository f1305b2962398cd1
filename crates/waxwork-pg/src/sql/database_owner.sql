-- What a database is besides its contents: owner, whether we may give to it, whether it has privileges of its own,
-- connection limit, whether it is a template. $1: its name.
SELECT
    pg_catalog.pg_get_userbyid(d.datdba),
    pg_catalog.pg_has_role(d.datdba, 'MEMBER'),
    d.datacl IS NOT NULL,
    d.datconnlimit,
    d.datistemplate
FROM pg_catalog.pg_database AS d
WHERE d.datname = $1
