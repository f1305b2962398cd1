-- Views and materialized views with what each reads, to refresh in dependency order: a materialized view may read
-- another through any number of views. `outside` names what a refresh would need that is not in the copy, or would
-- fetch past every mask: rows elsewhere, files, other databases.
WITH RECURSIVE outside (function, name) AS (
    SELECT p.oid, p.oid::pg_catalog.regprocedure::pg_catalog.text
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
        AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
    LEFT JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
    WHERE e.extname IN (
            'adminpack', 'aws_lambda', 'aws_s3', 'dblink', 'file_fdw', 'http', 'pg_background', 'pg_net',
            'pg_stat_statements', 'pg_walinspect', 'postgres_fdw'
        )
        OR p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
            AND p.proname ~ '^(pg_(read|ls|file)_|lo_(import|export)$|pg_(stat_file|stat_get_activity|hba_file_rules|ident_file_mappings|show_all_file_settings)$)'
        -- An untrusted language may do anything.
        OR NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c')
        -- A body that is text leaves no trace in the catalogs: it can only be looked at.
        OR l.lanname NOT IN ('internal', 'c') AND p.prosrc ~* '\m(dblink|pg_(read|ls|file)_|pg_stat_file|lo_(im|ex)port)'
),
-- What a materialized view reaches: pg_depend does not say which of the server's own functions are called, the stored
-- trees do (pg_node_tree: RangeTblEntry, FuncExpr, OpExpr, Aggref, WindowFunc). prosqlbody came with PostgreSQL 14.
reached (view, kind, oid) AS (
    SELECT c.oid, 'relation', c.oid FROM pg_catalog.pg_class AS c WHERE c.relkind = 'm' AND c.relispopulated
    UNION
    SELECT reached.view, next.kind, next.oid
    FROM reached
    CROSS JOIN LATERAL (
        SELECT CASE found[1] WHEN 'relid' THEN 'relation' ELSE 'function' END, found[2]::pg_catalog.oid
        FROM (
            SELECT r.ev_action::pg_catalog.text FROM pg_catalog.pg_rewrite AS r
            WHERE reached.kind = 'relation' AND r.ev_class = reached.oid AND r.ev_type = '1'
            UNION ALL
            SELECT pg_catalog.to_jsonb(p) ->> 'prosqlbody' FROM pg_catalog.pg_proc AS p
            WHERE reached.kind = 'function' AND p.oid = reached.oid
        ) AS trees (tree)
        CROSS JOIN LATERAL
            pg_catalog.regexp_matches(tree, ':(relid|funcid|opfuncid|aggfnoid|winfnoid) ([1-9][0-9]*)', 'g') AS found
        UNION ALL
        SELECT 'relation', i.inhrelid FROM pg_catalog.pg_inherits AS i
        WHERE reached.kind = 'relation' AND i.inhparent = reached.oid
    ) AS next (kind, oid)
),
obstacles (view, name) AS MATERIALIZED (
    SELECT reached.view, 'function ' || outside.name
    FROM reached JOIN outside ON reached.kind = 'function' AND outside.function = reached.oid
    UNION ALL
    SELECT reached.view, 'foreign table ' || reached.oid::pg_catalog.regclass
    FROM reached JOIN pg_catalog.pg_class AS c ON reached.kind = 'relation' AND c.oid = reached.oid
    WHERE c.relkind = 'f'
    UNION ALL
    SELECT reached.view, 'materialized view ' || reached.oid::pg_catalog.regclass
    FROM reached JOIN pg_catalog.pg_class AS c ON reached.kind = 'relation' AND c.oid = reached.oid
    WHERE c.relkind = 'm' AND NOT c.relispopulated
)
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind = 'm' AND c.relispopulated AS is_populated,
    ARRAY(
        SELECT DISTINCT d.refobjid::pg_catalog.int8
        FROM pg_catalog.pg_rewrite AS r
        JOIN pg_catalog.pg_depend AS d
            ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> c.oid
        WHERE r.ev_class = c.oid
        ORDER BY 1
    ) AS reads,
    (SELECT pg_catalog.min(o.name) FROM obstacles AS o WHERE o.view = c.oid) AS outside
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
