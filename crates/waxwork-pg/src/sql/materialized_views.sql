-- Views and materialized views with what each reads, to refresh in dependency order: a materialized view may read
-- another through any number of views. `outside` names what a refresh would need that is not in the copy, or would
-- fetch past every mask: rows elsewhere, files, other databases.
--
-- What may run in a refresh is listed, not what may not. A function is harmless when it is the server's own or of an
-- extension that only computes; it is looked into when it has an SQL-standard body, or a body of text in which every
-- statement is fixed and only reads; everything else is outside.
WITH RECURSIVE functions AS MATERIALIZED (
    SELECT
        p.oid,
        pg_catalog.lower(p.proname::pg_catalog.text COLLATE "C") AS name,
        pg_catalog.lower(p.prosrc COLLATE "C") AS body,
        CASE
            -- Files, sessions of others, logical decoding, and SQL that comes as text.
            WHEN p.oid < 16384 AND p.proname ~ (
                '^(pg_(read|ls|file)_|pg_logical_slot_|lo_(import|export)$|(query|table|cursor|schema|database)_to_xml|ts_(stat|rewrite)$'
                '|pg_(stat_file|stat_get_activity|hba_file_rules|ident_file_mappings|show_all_file_settings)$)'
            ) THEN 'outside'
            -- FirstNormalObjectId (transam.h): below it is what initdb made.
            WHEN p.oid < 16384 THEN 'harmless'
            -- tablefunc and xml2 run SQL that comes as text.
            WHEN e.extname IN (
                'bloom', 'btree_gin', 'btree_gist', 'citext', 'cube', 'dict_int', 'dict_xsyn', 'earthdistance',
                'fuzzystrmatch', 'hstore', 'intagg', 'intarray', 'isn', 'lo', 'ltree', 'pg_trgm', 'pgcrypto', 'postgis',
                'seg', 'tsm_system_rows', 'tsm_system_time', 'unaccent', 'uuid-ossp', 'vector'
            ) THEN 'harmless'
            WHEN p.prokind = 'a' THEN 'tree'
            -- It came with PostgreSQL 14.
            WHEN pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NOT NULL THEN 'tree'
            -- Statements that are put together, code in another language, what writes and so may fire triggers, and
            -- names in escapes: no name in the body tells what these do.
            WHEN l.lanname IN ('sql', 'plpgsql') AND p.prosrc !~* (
                '\m(alter|copy|create|delete|execute|import|insert|load|merge|prepare|truncate|update)\M'
                '|\mdo\s*(language\M|\$|e?'')|u&"'
            ) THEN 'text'
            ELSE 'outside'
        END AS verdict
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
        AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
    LEFT JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
),
-- What a materialized view reaches. pg_depend knows every object but the server's own; those the stored trees name
-- (pg_node_tree: RangeTblEntry, FuncExpr, OpExpr, Aggref, WindowFunc). A body of text reaches everything whose name
-- stands in it, and all that runs without being named: casts and the checks of domains. `via` is the function at which
-- the trail first left the catalogs.
reached (view, class, oid, via) AS (
    SELECT c.oid, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0::pg_catalog.oid
    FROM pg_catalog.pg_class AS c WHERE c.relkind = 'm' AND c.relispopulated
    UNION
    SELECT
        reached.view,
        next.class,
        next.oid,
        CASE WHEN reached.via = 0 AND f.verdict = 'text' THEN f.oid ELSE reached.via END
    FROM reached
    LEFT JOIN functions AS f ON reached.class = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.oid = reached.oid
    CROSS JOIN LATERAL (
        SELECT
            CASE found[1] WHEN 'relid' THEN 'pg_catalog.pg_class'::pg_catalog.regclass
                ELSE 'pg_catalog.pg_proc'::pg_catalog.regclass END,
            found[2]::pg_catalog.oid
        FROM (
            SELECT r.ev_action::pg_catalog.text FROM pg_catalog.pg_rewrite AS r
            WHERE reached.class = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = reached.oid
            UNION ALL
            SELECT w.polqual::pg_catalog.text FROM pg_catalog.pg_policy AS w
            WHERE reached.class = 'pg_catalog.pg_policy'::pg_catalog.regclass AND w.oid = reached.oid
            UNION ALL
            SELECT a.adbin::pg_catalog.text FROM pg_catalog.pg_attrdef AS a
            WHERE reached.class = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND a.oid = reached.oid
            UNION ALL
            SELECT k.conbin::pg_catalog.text FROM pg_catalog.pg_constraint AS k
            WHERE reached.class = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = reached.oid
            UNION ALL
            -- Defaults of arguments stand in no tree of their callers.
            SELECT pg_catalog.concat(pg_catalog.to_jsonb(p) ->> 'prosqlbody', p.proargdefaults) FROM pg_catalog.pg_proc AS p
            WHERE f.verdict IN ('text', 'tree') AND p.oid = f.oid
        ) AS trees (tree)
        CROSS JOIN LATERAL
            pg_catalog.regexp_matches(tree, ':(relid|funcid|opfuncid|aggfnoid|winfnoid) ([1-9][0-9]*)', 'g') AS found
        UNION ALL
        SELECT d.refclassid::pg_catalog.regclass, d.refobjid FROM pg_catalog.pg_depend AS d
        WHERE d.classid = reached.class AND d.objid = reached.oid
            AND (
                f.verdict IN ('text', 'tree')
                OR reached.class IN (
                    'pg_catalog.pg_rewrite'::pg_catalog.regclass, 'pg_catalog.pg_policy'::pg_catalog.regclass,
                    'pg_catalog.pg_attrdef'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass,
                    'pg_catalog.pg_operator'::pg_catalog.regclass
                )
            )
        UNION ALL
        SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid FROM pg_catalog.pg_rewrite AS r
        WHERE reached.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND r.ev_class = reached.oid AND r.ev_type = '1'
        UNION ALL
        SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, w.oid FROM pg_catalog.pg_policy AS w
        WHERE reached.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND w.polrelid = reached.oid
        UNION ALL
        -- Columns that are generated when they are read came with PostgreSQL 18.
        SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, a.oid FROM pg_catalog.pg_attrdef AS a
        JOIN pg_catalog.pg_attribute AS t ON t.attrelid = a.adrelid AND t.attnum = a.adnum AND t.attgenerated = 'v'
        WHERE reached.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND a.adrelid = reached.oid
        UNION ALL
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, i.inhrelid FROM pg_catalog.pg_inherits AS i
        WHERE reached.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND i.inhparent = reached.oid
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.typbasetype FROM pg_catalog.pg_type AS t
        WHERE reached.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = reached.oid AND t.typtype = 'd'
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid FROM pg_catalog.pg_constraint AS k
        WHERE k.contypid <> 0
            AND (f.verdict = 'text' OR reached.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND k.contypid = reached.oid)
        UNION ALL
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, k.castfunc FROM pg_catalog.pg_cast AS k
        WHERE f.verdict = 'text' AND k.castfunc >= 16384
        UNION ALL
        SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid FROM pg_catalog.pg_operator AS o
        WHERE f.verdict = 'text' AND o.oid >= 16384 AND pg_catalog.strpos(f.body, o.oprname::pg_catalog.text) > 0
        UNION ALL
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, named.oid FROM functions AS named
        WHERE f.verdict = 'text' AND named.verdict <> 'harmless' AND pg_catalog.strpos(f.body, named.name) > 0
        UNION ALL
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_class AS c
        WHERE f.verdict = 'text' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND pg_catalog.strpos(f.body, pg_catalog.lower(c.relname::pg_catalog.text COLLATE "C")) > 0
    ) AS next (class, oid)
),
obstacles (view, name) AS MATERIALIZED (
    SELECT
        reached.view,
        'function ' || (CASE reached.via WHEN 0 THEN reached.oid ELSE reached.via END)::pg_catalog.regprocedure
    FROM reached
    JOIN functions AS f ON reached.class = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.oid = reached.oid
    WHERE f.verdict = 'outside'
    UNION ALL
    SELECT
        reached.view,
        CASE reached.via WHEN 0 THEN 'foreign table ' || c.oid::pg_catalog.regclass
            ELSE 'function ' || reached.via::pg_catalog.regprocedure END
    FROM reached JOIN pg_catalog.pg_class AS c
        ON reached.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = reached.oid
    WHERE c.relkind = 'f'
    UNION ALL
    SELECT reached.view, 'materialized view ' || c.oid::pg_catalog.regclass
    FROM reached JOIN pg_catalog.pg_class AS c
        ON reached.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = reached.oid AND reached.via = 0
    WHERE c.relkind = 'm' AND NOT c.relispopulated
)
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind = 'm' AND c.relispopulated AS is_populated,
    ARRAY(
        SELECT d.refobjid::pg_catalog.int8
        FROM pg_catalog.pg_rewrite AS r
        JOIN pg_catalog.pg_depend AS d
            ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> c.oid
        WHERE r.ev_class = c.oid
        UNION
        -- Through functions.
        SELECT reached.oid::pg_catalog.int8 FROM reached
        WHERE reached.view = c.oid AND reached.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND reached.oid <> c.oid
        ORDER BY 1
    ) AS reads,
    (SELECT pg_catalog.min(o.name) FROM obstacles AS o WHERE o.view = c.oid) AS outside
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
