-- Row triggers that may change a row before it is written. $1: OIDs of the tables.
SELECT
    t.tgrelid,
    t.tgname,
    p.proname,
    p.prosrc,
    t.tgargs
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
WHERE t.tgrelid = ANY ($1::pg_catalog.int8[]::pg_catalog.oid[]) AND NOT t.tgisinternal
    -- TRIGGER_TYPE_ROW and TRIGGER_TYPE_BEFORE, and one of INSERT and UPDATE (catalog/pg_trigger.h).
    AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0
ORDER BY t.tgrelid, t.tgname
