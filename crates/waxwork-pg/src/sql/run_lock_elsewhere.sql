-- Whether another session of any database holds the run lock of a target. $1: class of our locks, $2: the target's name.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.pid <> pg_catalog.pg_backend_pid()
        AND l.classid::pg_catalog.int8 = $1
        AND l.objid::pg_catalog.int8 = pg_catalog.hashtext($2)::pg_catalog.int8 & 4294967295
)
