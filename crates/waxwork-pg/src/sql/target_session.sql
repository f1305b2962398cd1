-- Settings of a target session: those that pg_restore writes at the head of its script (pg_backup_archiver.c,
-- _doSetFixedOutputState), every timeout off, no wait for the disk at COMMIT: a half-built copy is worth nothing.
SELECT pg_catalog.set_config(wanted.name, wanted.setting, false)
FROM (VALUES
    ('default_transaction_read_only', 'off'),
    ('search_path', ''),
    ('row_security', 'off'),
    ('client_min_messages', 'error'),
    ('statement_timeout', '0'),
    ('lock_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'),
    ('idle_session_timeout', '0'),
    ('transaction_timeout', '0'),
    ('client_connection_check_interval', '5s'),
    ('tcp_keepalives_idle', '30'),
    ('tcp_keepalives_interval', '10'),
    ('tcp_keepalives_count', '3'),
    ('synchronous_commit', 'off'),
    ('check_function_bodies', 'off'),
    ('xmloption', 'content'),
    ('default_tablespace', ''),
    -- Where a database says nothing of its bytes they pass as they are; as UTF-8 the server would refuse others.
    ('client_encoding', CASE pg_catalog.current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END),
    ('DateStyle', 'ISO, YMD'),
    ('IntervalStyle', 'postgres'),
    ('TimeZone', 'UTC'),
    ('array_nulls', 'on'),
    ('bytea_output', 'hex'),
    ('extra_float_digits', '3'),
    ('quote_all_identifiers', 'off'),
    ('standard_conforming_strings', 'on')
) AS wanted (name, setting)
WHERE EXISTS (SELECT FROM pg_catalog.pg_settings AS known WHERE pg_catalog.lower(known.name) = pg_catalog.lower(wanted.name))
