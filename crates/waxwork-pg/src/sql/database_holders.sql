-- What is in some databases and cannot be ended by us, or does not end: it stands in the way of a rename. $1: names.
SELECT what, pg_catalog.count(*)
FROM (
    SELECT
        CASE
            WHEN coalesce(a.backend_type, 'client backend') <> 'client backend' THEN a.backend_type
            WHEN a.usesysid IS NULL THEN 'session'
            ELSE 'session of role ' || pg_catalog.quote_ident(a.usename)
        END AS what
    FROM pg_catalog.pg_stat_activity AS a
    WHERE a.datname = ANY ($1) AND a.pid <> pg_catalog.pg_backend_pid()
        -- Workers of the server end by themselves when a rename waits for them; a role that may not see what they
        -- are sees that they are nobody's.
        AND (a.usesysid IS NOT NULL OR a.backend_type IS NOT NULL)
        AND coalesce(a.backend_type, '') NOT LIKE 'autovacuum%' AND coalesce(a.backend_type, '') <> 'parallel worker'
        AND (coalesce(a.backend_type, 'client backend') <> 'client backend' OR NOT (
            (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
            OR a.usesysid IS NOT NULL
            AND NOT coalesce((SELECT rolsuper FROM pg_catalog.pg_roles AS r WHERE r.oid = a.usesysid), true)
            AND (pg_catalog.pg_has_role(a.usesysid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE'))
        ))
    UNION ALL
    -- Wherever the session is: COMMENT ON DATABASE is run from any database.
    SELECT 'lock of ' || CASE WHEN a.usename IS NULL THEN 'a session' ELSE 'role ' || pg_catalog.quote_ident(a.usename) END
    FROM pg_catalog.pg_locks AS k
    JOIN pg_catalog.pg_database AS d ON d.oid = k.objid AND d.datname = ANY ($1)
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = k.pid
    WHERE k.locktype = 'object' AND k.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND k.granted
        AND k.pid <> pg_catalog.pg_backend_pid() AND a.datname <> ALL ($1)
    UNION ALL
    SELECT 'prepared transaction' FROM pg_catalog.pg_prepared_xacts AS x WHERE x.database = ANY ($1)
    UNION ALL
    SELECT 'logical replication slot'
    FROM pg_catalog.pg_replication_slots AS s
    WHERE s.database = ANY ($1) AND s.active
) AS holders
GROUP BY what
ORDER BY what
