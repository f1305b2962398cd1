-- Valid unique indexes, primary keys first. $1: OIDs of the tables. Expressions and predicate come as text for
-- messages, and as node trees for the columns that they read. indnullsnotdistinct came with 15.
SELECT
    x.indrelid,
    c.relname,
    x.indisprimary,
    coalesce((pg_catalog.to_jsonb(x) ->> 'indnullsnotdistinct')::pg_catalog.bool, false) AS nulls_not_distinct,
    x.indkey::pg_catalog.int2[] AS attributes,
    x.indnkeyatts,
    ARRAY(
        SELECT pg_catalog.pg_get_indexdef(x.indexrelid, part, false)
        FROM pg_catalog.generate_series(1, x.indnkeyatts::pg_catalog.int4) AS part
        ORDER BY part
    ) AS parts,
    x.indexprs::pg_catalog.text AS expressions,
    pg_catalog.pg_get_expr(x.indpred, x.indrelid) AS predicate,
    x.indpred::pg_catalog.text AS predicate_tree
FROM pg_catalog.pg_index AS x
JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid
WHERE x.indrelid = ANY ($1::pg_catalog.int8[]::pg_catalog.oid[])
    AND x.indisunique AND x.indisvalid AND x.indislive
ORDER BY x.indrelid, x.indisprimary DESC, c.relname
