-- Who makes the session with application_name $1 wait, and waits in turn for a lock on a relation that one of the backends
-- $2 has. The first is asked for who blocks it, those that block it for who blocks them.
SELECT k.pid, k.mode, n.nspname, c.relname
FROM pg_catalog.pg_stat_activity AS a
CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid)) AS b (pid)
JOIN pg_catalog.pg_locks AS k ON k.pid = b.pid AND NOT k.granted AND k.locktype = 'relation'
JOIN pg_catalog.pg_class AS c ON c.oid = k.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE a.application_name = $1
    AND k.pid <> ALL ($2::pg_catalog.int8[])
    AND k.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
    AND pg_catalog.pg_blocking_pids(k.pid)::pg_catalog.int8[] && $2::pg_catalog.int8[]
ORDER BY k.pid
LIMIT 1
