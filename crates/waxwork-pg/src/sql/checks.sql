-- CHECK constraints, own and inherited. $1: OIDs of the tables.
SELECT o.conrelid, o.conname, pg_catalog.pg_get_constraintdef(o.oid) AS definition, o.conkey
FROM pg_catalog.pg_constraint AS o
WHERE o.conrelid = ANY ($1::pg_catalog.int8[]::pg_catalog.oid[]) AND o.contype = 'c'
ORDER BY o.conrelid, o.conname
