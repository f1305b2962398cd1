-- Operators that declared foreign keys compare with (key = referring column), pair by pair. $1, $2: OIDs of the
-- referring tables and names of their constraints, in parallel.
SELECT
    wanted.at,
    operator_schema.nspname,
    o.oprname,
    key_schema.nspname,
    CASE WHEN key_type.typtype <> 'p' THEN key_type.typname END,
    referring_schema.nspname,
    CASE WHEN referring_type.typtype <> 'p' THEN referring_type.typname END,
    collation_schema.nspname,
    c.collname
FROM ROWS FROM (
    pg_catalog.unnest($1::pg_catalog.int8[]), pg_catalog.unnest($2::pg_catalog.text[])
) WITH ORDINALITY AS wanted (child, name, at)
JOIN pg_catalog.pg_constraint AS k
    ON k.conrelid = wanted.child::pg_catalog.oid AND k.conname = wanted.name AND k.contype = 'f'
CROSS JOIN LATERAL ROWS FROM (
    pg_catalog.unnest(k.conpfeqop), pg_catalog.unnest(k.confkey), pg_catalog.unnest(k.conkey)
) WITH ORDINALITY AS pair (operator, parent, child, at)
JOIN pg_catalog.pg_operator AS o ON o.oid = pair.operator
JOIN pg_catalog.pg_namespace AS operator_schema ON operator_schema.oid = o.oprnamespace
JOIN pg_catalog.pg_type AS key_type ON key_type.oid = o.oprleft
JOIN pg_catalog.pg_namespace AS key_schema ON key_schema.oid = key_type.typnamespace
JOIN pg_catalog.pg_type AS referring_type ON referring_type.oid = o.oprright
JOIN pg_catalog.pg_namespace AS referring_schema ON referring_schema.oid = referring_type.typnamespace
JOIN pg_catalog.pg_attribute AS parent ON parent.attrelid = k.confrelid AND parent.attnum = pair.parent
JOIN pg_catalog.pg_attribute AS child ON child.attrelid = k.conrelid AND child.attnum = pair.child
-- The key's collation decides, as in ri_GenerateQualCollation (ri_triggers.c).
LEFT JOIN pg_catalog.pg_collation AS c
    ON c.oid = parent.attcollation AND parent.attcollation <> child.attcollation
LEFT JOIN pg_catalog.pg_namespace AS collation_schema ON collation_schema.oid = c.collnamespace
ORDER BY wanted.at, pair.at
