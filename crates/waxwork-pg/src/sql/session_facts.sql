-- Who serves us, asked before any setting: works on every version.
SELECT a.pid, pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    pg_catalog.concat(a.pid, ' ', pg_catalog.date_part('epoch', a.backend_start))
FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS a
