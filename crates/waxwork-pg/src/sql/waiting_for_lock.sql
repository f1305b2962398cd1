-- The backend of a session that waits for a lock. $1: its application_name.
SELECT k.pid
FROM pg_catalog.pg_locks AS k
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = k.pid
WHERE a.application_name = $1 AND NOT k.granted
LIMIT 1
