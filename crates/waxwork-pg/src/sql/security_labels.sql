-- Security labels of one provider on tables, their columns and the database. A partition's are its topmost parent's,
-- whose own come first. Views are not copied.
SELECT labels.nspname, labels.relname, labels.attname, labels.label
FROM (
    SELECT n.nspname, c.relname, a.attname, l.label, labelled.relispartition, l.objsubid
    FROM pg_catalog.pg_seclabel AS l
    JOIN pg_catalog.pg_class AS labelled ON labelled.oid = l.objoid AND labelled.relkind IN ('r', 'p')
    JOIN pg_catalog.pg_class AS c ON c.oid = coalesce(pg_catalog.pg_partition_root(labelled.oid), labelled.oid)
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = labelled.oid AND a.attnum = l.objsubid AND l.objsubid > 0
    WHERE l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND l.provider = $1
    UNION ALL
    SELECT NULL, NULL, NULL, l.label, false, 0
    FROM pg_catalog.pg_shseclabel AS l
    JOIN pg_catalog.pg_database AS d ON d.oid = l.objoid
    WHERE l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND l.provider = $1
        AND d.datname = pg_catalog.current_database()
) AS labels
ORDER BY labels.relispartition, labels.nspname, labels.relname, labels.objsubid, labels.attname
