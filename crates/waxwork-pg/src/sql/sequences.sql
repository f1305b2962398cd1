-- Sequences of user schemas with the columns that they feed: by OWNED BY ('a'), identity ('i'), or a default.
SELECT
    c.oid,
    n.nspname,
    c.relname,
    s.seqmin,
    s.seqmax,
    s.seqincrement,
    s.seqstart,
    c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery() AS unreadable,
    ARRAY(
        SELECT feeds.relation::pg_catalog.int8 FROM (
            SELECT d.refobjid, d.refobjsubid::pg_catalog.int4 FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
            UNION
            SELECT a.adrelid, a.adnum::pg_catalog.int4 FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_attrdef AS a ON a.oid = d.objid
            WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid
        ) AS feeds (relation, attribute)
        ORDER BY feeds.relation, feeds.attribute
    ) AS fed_tables,
    ARRAY(
        SELECT feeds.attribute FROM (
            SELECT d.refobjid, d.refobjsubid::pg_catalog.int4 FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
            UNION
            SELECT a.adrelid, a.adnum::pg_catalog.int4 FROM pg_catalog.pg_depend AS d
            JOIN pg_catalog.pg_attrdef AS a ON a.oid = d.objid
            WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid
        ) AS feeds (relation, attribute)
        ORDER BY feeds.relation, feeds.attribute
    ) AS fed_attributes
FROM pg_catalog.pg_sequence AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't'
    AND n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY n.nspname, c.relname
