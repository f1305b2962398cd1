-- What makes a hot standby cancel its readers. Of the receiver only whether there is one: what it says is for members of
-- pg_read_all_stats.
SELECT
    EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver AS r WHERE r.pid IS NOT NULL),
    (SELECT s.setting::pg_catalog.int8 FROM pg_catalog.pg_settings AS s WHERE s.name = 'max_standby_streaming_delay'),
    (SELECT s.setting::pg_catalog.int8 FROM pg_catalog.pg_settings AS s WHERE s.name = 'max_standby_archive_delay'),
    pg_catalog.current_setting('hot_standby_feedback')::pg_catalog.bool,
    coalesce((
        SELECT c.confl_lock + c.confl_snapshot + c.confl_bufferpin + c.confl_deadlock
        FROM pg_catalog.pg_stat_database_conflicts AS c
        WHERE c.datname = pg_catalog.current_database()
    ), 0)
WHERE pg_catalog.pg_is_in_recovery()
