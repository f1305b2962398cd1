-- What a session that builds indexes may take, $1 of them building at once; never less than the server gives by itself.
--
-- How much memory the machine has nobody tells; but shared_buffers is a quarter of it where somebody has thought of it (manual,
-- 19.4.1 Memory), so all builds together take half of that, an eighth of the machine's. Beyond 1 GB an index gains little.
-- Parallel workers are the server's to give out, and others want some: half of them, divided among the builds. The server takes
-- fewer for small tables, and one for each 32 MB of the memory.
SELECT pg_catalog.set_config(wanted.name, wanted.setting, false)
FROM (VALUES
    ('maintenance_work_mem', greatest(
        pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem')),
        least(pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) / 2 / $1, 1073741824)
    ) / 1024 || 'kB'),
    ('max_parallel_maintenance_workers', greatest(
        pg_catalog.current_setting('max_parallel_maintenance_workers')::pg_catalog.int8,
        least(
            pg_catalog.current_setting('max_parallel_workers')::pg_catalog.int8,
            pg_catalog.current_setting('max_worker_processes')::pg_catalog.int8
        ) / 2 / $1
    )::pg_catalog.text)
) AS wanted (name, setting)
