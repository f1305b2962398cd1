-- What doctor says of a source: whether we may only read, its size, and where and whose its relations are.
SELECT
    pg_catalog.current_setting('default_transaction_read_only')::pg_catalog.bool,
    pg_catalog.pg_database_size(pg_catalog.current_database()),
    coalesce(pg_catalog.array_agg(DISTINCT r.nspname::pg_catalog.text), '{}'),
    coalesce(pg_catalog.array_agg(DISTINCT pg_catalog.pg_get_userbyid(r.relowner)::pg_catalog.text), '{}')
FROM (
    SELECT n.nspname, c.relowner
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
) AS r
