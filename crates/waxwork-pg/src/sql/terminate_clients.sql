-- Ends client sessions in some databases. $1: their names.
SELECT pg_catalog.pg_terminate_backend(a.pid)
FROM pg_catalog.pg_stat_activity AS a
WHERE a.datname = ANY ($1) AND a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid()
