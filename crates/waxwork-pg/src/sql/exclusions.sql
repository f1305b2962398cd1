-- Exclusion constraints, and the keys WITHOUT OVERLAPS of 18, which are enforced by one. $1: OIDs of the tables.
SELECT
    o.conrelid,
    o.conname,
    x.indkey::pg_catalog.int2[] AS attributes,
    x.indnkeyatts,
    ARRAY(
        SELECT pg_catalog.pg_get_indexdef(x.indexrelid, part, false)
        FROM pg_catalog.generate_series(1, x.indnkeyatts::pg_catalog.int4) AS part
        ORDER BY part
    ) AS parts,
    x.indexprs::pg_catalog.text AS expressions,
    ARRAY(
        SELECT op.oprname::pg_catalog.text
        FROM pg_catalog.unnest(o.conexclop) WITH ORDINALITY AS excluded (operator, place)
        JOIN pg_catalog.pg_operator AS op ON op.oid = excluded.operator
        ORDER BY excluded.place
    ) AS operators,
    pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate
FROM pg_catalog.pg_constraint AS o
JOIN pg_catalog.pg_index AS x ON x.indexrelid = o.conindid
WHERE o.conrelid = ANY ($1::pg_catalog.int8[]::pg_catalog.oid[]) AND o.conexclop IS NOT NULL
ORDER BY o.conrelid, o.conname
