-- Tables of the catalog model. snapshot_file is what the snapshot sees, current_file what stands now: they differ
-- where a TRUNCATE or a rewrite was committed after the snapshot. Foreign tables have rows elsewhere, no size, and are
-- not locked: to ask for one would wait for whoever alters it.
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind,
    pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS sql_name,
    i.inhparent AS partition_of,
    pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
    am.amname,
    c.relrowsecurity AS row_security,
    e.extname,
    e.extcondition[pg_catalog.array_position(e.extconfig, c.oid)] AS extension_condition,
    -- Statistics may be older than the table: as dense as they say, over the pages of today (plancat.c does the same).
    greatest(c.reltuples * CASE
        WHEN c.relkind = 'r' AND c.relpages > 0 THEN
            coalesce(pg_catalog.pg_relation_size(c.oid), 0) / pg_catalog.current_setting('block_size')::pg_catalog.float8 / c.relpages
        ELSE 1
    END, 0)::pg_catalog.int8 AS estimated_rows,
    CASE c.relkind WHEN 'f' THEN 0 ELSE coalesce(pg_catalog.pg_table_size(c.oid), 0) END AS bytes,
    CASE c.relkind WHEN 'f' THEN 0 ELSE coalesce(pg_catalog.pg_relation_size(c.oid), 0) END / pg_catalog.current_setting('block_size')::pg_catalog.int8 AS pages,
    c.relfilenode AS snapshot_file,
    coalesce(pg_catalog.pg_relation_filenode(c.oid), 0::pg_catalog.oid) AS current_file,
    p.partstrat,
    p.partattrs,
    p.partexprs::pg_catalog.text AS partition_expressions,
    pg_catalog.pg_get_partkeydef(c.oid) AS partition_key
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid AND c.relispartition
LEFT JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = c.oid
LEFT JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
WHERE c.relkind IN ('r', 'p', 'f')
    AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema'
    AND (e.oid IS NULL OR c.oid = ANY (e.extconfig))
ORDER BY n.nspname, c.relname
