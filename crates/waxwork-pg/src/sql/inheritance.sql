-- Plain-inheritance parents, in the order of the child's declaration.
SELECT i.inhrelid, i.inhparent
FROM pg_catalog.pg_inherits AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
WHERE NOT c.relispartition AND c.relkind IN ('r', 'f')
ORDER BY i.inhrelid, i.inhseqno
