-- How often the most common value of each column stands there, by the planner's statistics, where it takes $1
-- thousandths of the rows or more: never the value.
--
-- The second number is what each value would take if all were as common, the third the rows that hold the most common
-- one. Statistics of a partitioned table are those of all its partitions (inherited); n_distinct is negative where it
-- is a share of the rows; reltuples is 0 or -1 where nobody has counted them.
SELECT
    n.nspname::pg_catalog.text,
    c.relname::pg_catalog.text,
    s.attname::pg_catalog.text,
    (1000 * s.most_common_freqs[1])::pg_catalog.int8,
    (1000 * (1 - s.null_frac) / greatest(1, CASE
        WHEN s.n_distinct < 0 THEN -s.n_distinct * c.reltuples
        ELSE s.n_distinct
    END))::pg_catalog.int8,
    (c.reltuples * s.most_common_freqs[1])::pg_catalog.int8
FROM pg_catalog.pg_stats s
JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
WHERE s.inherited = (c.relkind = 'p')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND 1000 * s.most_common_freqs[1] >= $1::pg_catalog.int8
ORDER BY 1, 2, 3;
