-- Ends client sessions in some databases, those that this role may end: the others are named where the rename is given
-- up. Of a role that we may not read, pg_stat_activity hides the backend's type. $1: their names.
SELECT pg_catalog.pg_terminate_backend(a.pid)
FROM pg_catalog.pg_stat_activity AS a
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.usesysid
WHERE a.datname = ANY ($1) AND coalesce(a.backend_type, 'client backend') IN ('client backend', 'walsender') AND a.pid <> pg_catalog.pg_backend_pid()
    AND (
        (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
        OR NOT r.rolsuper
        AND (pg_catalog.pg_has_role(r.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'))
    )
