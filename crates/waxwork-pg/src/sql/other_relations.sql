-- Relations of user schemas that are no tables of the catalog model, so that a rule which names one can be told what it
-- is: views, materialized views, sequences, indexes, composite types, and tables that CREATE EXTENSION fills.
SELECT n.nspname, c.relname, c.relkind, e.extname
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
WHERE c.relpersistence <> 't'
    AND n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema'
    AND (
        c.relkind IN ('v', 'm', 'S', 'i', 'I', 'c')
        OR (c.relkind IN ('r', 'p', 'f') AND e.oid IS NOT NULL AND c.oid = ANY (e.extconfig) IS NOT TRUE)
    )
