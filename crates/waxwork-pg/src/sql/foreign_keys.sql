-- Declared foreign keys; the clones that a partition has of its parent's key have a conparentid. $1: OIDs of the
-- tables. conenforced and conperiod came with 18.
SELECT
    o.conname,
    o.conrelid,
    o.confrelid,
    o.conkey,
    o.confkey,
    o.confmatchtype = 'f' AS match_full,
    o.convalidated AND coalesce((pg_catalog.to_jsonb(o) ->> 'conenforced')::pg_catalog.bool, true) AS validated,
    coalesce((pg_catalog.to_jsonb(o) ->> 'conperiod')::pg_catalog.bool, false) AS period
FROM pg_catalog.pg_constraint AS o
JOIN pg_catalog.pg_class AS c ON c.oid = o.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE o.contype = 'f' AND o.conparentid = 0
    AND o.conrelid = ANY ($1::pg_catalog.int8[]::pg_catalog.oid[])
    AND o.confrelid = ANY ($1::pg_catalog.int8[]::pg_catalog.oid[])
ORDER BY n.nspname, c.relname, o.conname
