-- Who waits for a lock on a relation that one of the backends $1 has, or a pg_dump that one of them watches; with all of
-- these backends. pg_blocking_pids holds up the lock manager: it is asked of those alone that wait. Whoever waits behind
-- that session in turn is not among them: it is blocked by that session.
WITH ours AS (
    SELECT a.pid
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.pid = ANY ($1) OR a.application_name IN (SELECT 'waxwork pg_dump ' || own.pid FROM pg_catalog.unnest($1) AS own (pid))
),
waiting AS MATERIALIZED (
    SELECT k.pid, k.relation, k.mode
    FROM pg_catalog.pg_locks AS k
    WHERE NOT k.granted
        AND k.locktype = 'relation'
        AND k.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
        AND k.pid <> ALL (SELECT o.pid FROM ours AS o)
)
SELECT w.pid, w.mode, n.nspname, c.relname, w.relation, (SELECT pg_catalog.array_agg(o.pid::pg_catalog.int8) FROM ours AS o)
FROM waiting AS w
JOIN pg_catalog.pg_class AS c ON c.oid = w.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE pg_catalog.pg_blocking_pids(w.pid) && (SELECT pg_catalog.array_agg(o.pid) FROM ours AS o)
ORDER BY w.pid
