-- What a database is besides its contents: owner, whether we may give to it, whether it has privileges of its own,
-- connection limit, whether it is a template, whether it is open. $1: its name. To rename or drop takes the owner's
-- privileges (USAGE), which a member without INHERIT lacks; to give away takes SET from PostgreSQL 16 on.
SELECT
    pg_catalog.pg_get_userbyid(d.datdba),
    pg_catalog.pg_has_role(d.datdba, 'USAGE') AND CASE
        WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN true
        ELSE pg_catalog.pg_has_role(d.datdba, 'SET')
    END,
    d.datacl IS NOT NULL,
    -- Not the mark of a DROP DATABASE that was interrupted.
    greatest(d.datconnlimit, -1),
    d.datistemplate,
    d.datallowconn
FROM pg_catalog.pg_database AS d
WHERE d.datname = $1
