-- Settings of a source session: those of pg_dump's setup_connection (pg_dump.c), every timeout off, read-only by
-- default. A name that this server does not have is passed over: transaction_timeout came with 17,
-- client_connection_check_interval with 14, idle_session_timeout with 14. By the system's own keepalives a server would hold
-- the locks of a client that a network has cut off for two hours.
--
-- The last six are for the planner, whatever is set for the role. Row by row is how few rows are asked for. To compile a
-- query that is asked once takes longer than to run it. A TID scan is costed as one random page a row, though it sorts its
-- ids and reads each page once: by the default of 4 a hundredth of a table is found by a scan of all of it. And a hash of
-- the rows of one question should not go to temporary files.
SELECT pg_catalog.set_config(wanted.name, wanted.setting, false)
FROM (VALUES
    ('default_transaction_read_only', 'on'),
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
    -- Where a database says nothing of its bytes they pass as they are; as UTF-8 the server would refuse others.
    ('client_encoding', CASE pg_catalog.current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END),
    ('DateStyle', 'ISO, YMD'),
    ('IntervalStyle', 'postgres'),
    ('TimeZone', 'UTC'),
    ('bytea_output', 'hex'),
    ('extra_float_digits', '3'),
    ('synchronize_seqscans', 'off'),
    ('quote_all_identifiers', 'off'),
    ('standard_conforming_strings', 'on'),
    ('jit', 'off'),
    ('enable_tidscan', 'on'),
    ('enable_indexscan', 'on'),
    ('enable_nestloop', 'on'),
    ('random_page_cost', least(pg_catalog.current_setting('random_page_cost')::pg_catalog.float8, 1.1)::pg_catalog.text),
    ('work_mem', greatest(pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) OPERATOR(pg_catalog./) 1024, 65536)::pg_catalog.text)
) AS wanted (name, setting)
WHERE EXISTS (SELECT FROM pg_catalog.pg_settings AS known WHERE pg_catalog.lower(known.name) = pg_catalog.lower(wanted.name))
