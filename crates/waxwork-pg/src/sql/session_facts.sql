-- Who serves us, asked before any setting: works on every version.
SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('server_version_num')::pg_catalog.int4
