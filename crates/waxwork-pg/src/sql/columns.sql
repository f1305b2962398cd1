-- Live columns. $1: OIDs of the tables. A generated column's expression is read from its node tree: pg_depend records
-- it differently before and after 15.
SELECT
    a.attrelid,
    a.attname,
    a.attnum,
    a.atttypid,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name,
    a.atttypmod,
    a.attnotnull,
    a.attidentity::pg_catalog.text AS identity,
    a.attgenerated::pg_catalog.text AS generated,
    CASE WHEN a.attgenerated <> '' THEN d.adbin::pg_catalog.text END AS generation_expression,
    coalesce(NOT co.collisdeterministic, false) AS nondeterministic
FROM pg_catalog.pg_attribute AS a
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation
WHERE a.attrelid = ANY ($1::pg_catalog.int8[]::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
