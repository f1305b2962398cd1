-- Every type that a column uses, through domains and arrays. $1: OIDs of the columns' types.
WITH RECURSIVE used (oid) AS (
    SELECT DISTINCT pg_catalog.unnest($1::pg_catalog.int8[]::pg_catalog.oid[])
    UNION
    SELECT next.oid
    FROM used
    JOIN pg_catalog.pg_type AS t ON t.oid = used.oid
    CROSS JOIN LATERAL (
        SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL
        -- A true array is what its element calls its array; int2vector and name also have an element.
        SELECT element.oid FROM pg_catalog.pg_type AS element
        WHERE element.oid = t.typelem AND element.typarray = t.oid AND t.typtype <> 'd'
    ) AS next (oid)
)
SELECT
    t.oid,
    n.nspname,
    t.typname,
    t.typtype,
    t.typbasetype,
    t.typtypmod,
    t.typnotnull,
    element.oid AS element,
    ARRAY(
        SELECT pg_catalog.pg_get_constraintdef(o.oid) FROM pg_catalog.pg_constraint AS o
        WHERE o.contypid = t.oid AND o.contype = 'c' ORDER BY o.conname
    ) AS checks,
    ARRAY(
        SELECT l.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS l
        WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder
    ) AS labels,
    e.extname,
    t.typsend <> 0 AND t.typreceive <> 0 AS has_binary
FROM used
JOIN pg_catalog.pg_type AS t ON t.oid = used.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type AS element
    ON element.oid = t.typelem AND element.typarray = t.oid AND t.typtype <> 'd'
LEFT JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid
    AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
ORDER BY t.oid
