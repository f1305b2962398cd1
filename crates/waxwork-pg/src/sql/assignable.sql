-- NULL where a value of type $1 can be assigned to a column of type $2, else the name of the first: the same type, a
-- cast for assignment, a string type, which takes everything (PostgreSQL manual, CREATE CAST), or arrays of such.
WITH RECURSIVE beneath (side, oid) AS (
    SELECT given.side, given.oid FROM (VALUES ('from', $1::pg_catalog.oid), ('to', $2::pg_catalog.oid)) AS given (side, oid)
    UNION ALL
    SELECT beneath.side, CASE known.typtype WHEN 'd' THEN known.typbasetype ELSE known.typelem END
    FROM beneath JOIN pg_catalog.pg_type AS known ON known.oid OPERATOR(pg_catalog.=) beneath.oid
    WHERE known.typtype OPERATOR(pg_catalog.=) 'd'
        OR (known.typcategory OPERATOR(pg_catalog.=) 'A' AND known.typelem OPERATOR(pg_catalog.<>) 0)
), flat AS (
    -- A type and, where it is an array, its element type: two rows for an array, one for anything else.
    SELECT beneath.side, known.oid, known.typcategory
    FROM beneath JOIN pg_catalog.pg_type AS known ON known.oid OPERATOR(pg_catalog.=) beneath.oid
    WHERE known.typtype OPERATOR(pg_catalog.<>) 'd'
), ends AS (
    SELECT (SELECT pg_catalog.count(*) FROM flat WHERE flat.side OPERATOR(pg_catalog.=) ends.side) AS depth, ends.side,
        ends.oid, ends.typcategory
    FROM flat AS ends WHERE ends.typcategory OPERATOR(pg_catalog.<>) 'A'
)
SELECT pg_catalog.format_type($1::pg_catalog.oid, NULL)
WHERE NOT EXISTS (
    SELECT FROM ends AS source JOIN ends AS target ON source.depth OPERATOR(pg_catalog.=) target.depth
    WHERE source.side OPERATOR(pg_catalog.=) 'from' AND target.side OPERATOR(pg_catalog.=) 'to'
        AND (source.oid OPERATOR(pg_catalog.=) target.oid
            OR target.typcategory OPERATOR(pg_catalog.=) 'S'
            OR EXISTS (
                SELECT FROM pg_catalog.pg_cast AS known
                WHERE known.castsource OPERATOR(pg_catalog.=) source.oid AND known.casttarget OPERATOR(pg_catalog.=) target.oid
                    AND known.castcontext OPERATOR(pg_catalog.=) ANY ('{a,i}'))))
