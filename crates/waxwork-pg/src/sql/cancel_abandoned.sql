-- Cancels statements of backends by process id and start ($1), and of pg_dump's sessions that are named after one.
SELECT pg_catalog.pg_cancel_backend(a.pid)
FROM pg_catalog.pg_stat_activity AS a
WHERE a.state = 'active' AND a.pid <> pg_catalog.pg_backend_pid()
    AND (
        pg_catalog.concat(a.pid, ' ', pg_catalog.date_part('epoch', a.backend_start)) = ANY ($1)
        OR a.application_name IN (
            SELECT pg_catalog.concat('waxwork pg_dump ', pg_catalog.split_part(left_behind, ' ', 1))
            FROM pg_catalog.unnest($1) AS left_behind
        )
    )
