-- Views and materialized views with what each reads, to refresh in dependency order: a materialized view may read
-- another through any number of views.
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind = 'm' AND c.relispopulated AS to_refresh,
    ARRAY(
        SELECT DISTINCT d.refobjid::pg_catalog.int8
        FROM pg_catalog.pg_rewrite AS r
        JOIN pg_catalog.pg_depend AS d
            ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> c.oid
        WHERE r.ev_class = c.oid
        ORDER BY 1
    ) AS reads
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
