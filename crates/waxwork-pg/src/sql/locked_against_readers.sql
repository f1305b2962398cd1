-- Relations that others have locked, or are waiting to lock, against everybody who reads.
SELECT DISTINCT n.nspname, c.relname
FROM pg_catalog.pg_locks AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE k.locktype = 'relation'
    AND k.mode = 'AccessExclusiveLock'
    AND k.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
    AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname
