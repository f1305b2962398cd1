-- Operators that foreign keys would compare with if they were declared: of the key type's default btree operator
-- class, as ATAddForeignKeyConstraint (tablecmds.c) finds them. A pair that no key could have gives no row.
-- $1, $2: OID and attnum of the key's column; $3, $4: of the referring one; $5: whether its elements refer.
WITH RECURSIVE wanted AS (
    SELECT
        w.at,
        w.elements,
        parent.atttypid AS parent_type,
        child.atttypid AS child_type,
        CASE WHEN parent.attcollation <> child.attcollation THEN parent.attcollation END AS collation
    FROM ROWS FROM (
        pg_catalog.unnest($1::pg_catalog.int8[]), pg_catalog.unnest($2::pg_catalog.int8[]),
        pg_catalog.unnest($3::pg_catalog.int8[]), pg_catalog.unnest($4::pg_catalog.int8[]),
        pg_catalog.unnest($5::pg_catalog.int8[])
    ) WITH ORDINALITY AS w (parent, parent_column, child, child_column, elements, at)
    JOIN pg_catalog.pg_attribute AS parent
        ON parent.attrelid = w.parent::pg_catalog.oid AND parent.attnum = w.parent_column
    JOIN pg_catalog.pg_attribute AS child
        ON child.attrelid = w.child::pg_catalog.oid AND child.attnum = w.child_column
),
beneath (at, side, elements, type) AS (
    SELECT at, 'parent', elements, parent_type FROM wanted
    UNION ALL
    SELECT at, 'child', elements, child_type FROM wanted
    UNION ALL
    SELECT
        beneath.at,
        CASE WHEN t.typtype = 'd' THEN beneath.side ELSE 'element' END,
        beneath.elements,
        CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END
    FROM beneath
    JOIN pg_catalog.pg_type AS t ON t.oid = beneath.type
    WHERE t.typtype = 'd' OR (beneath.side = 'child' AND beneath.elements = 1 AND t.typelem <> 0)
),
pair AS (
    SELECT
        wanted.at,
        wanted.collation,
        parent.type AS parent,
        parent_type.typtype AS parent_kind,
        parent_type.typcategory AS parent_category,
        child.type AS child
    FROM wanted
    JOIN beneath AS parent ON parent.at = wanted.at AND parent.side = 'parent'
    JOIN pg_catalog.pg_type AS parent_type ON parent_type.oid = parent.type AND parent_type.typtype <> 'd'
    JOIN beneath AS child
        ON child.at = wanted.at AND child.side = CASE WHEN wanted.elements = 1 THEN 'element' ELSE 'child' END
    JOIN pg_catalog.pg_type AS child_type ON child_type.oid = child.type AND child_type.typtype <> 'd'
),
class AS (
    SELECT DISTINCT ON (pair.at) pair.at, class.opcfamily, class.opcintype
    FROM pair
    JOIN pg_catalog.pg_opclass AS class ON class.opcdefault
    JOIN pg_catalog.pg_am AS am ON am.oid = class.opcmethod AND am.amname = 'btree'
    JOIN pg_catalog.pg_type AS input ON input.oid = class.opcintype
    WHERE class.opcintype = pair.parent
        OR EXISTS (
            SELECT FROM pg_catalog.pg_cast AS k
            WHERE k.castsource = pair.parent AND k.casttarget = class.opcintype
                AND k.castmethod = 'b' AND k.castcontext = 'i'
        )
        OR CASE input.typname
            WHEN 'anyenum' THEN pair.parent_kind = 'e'
            WHEN 'anyarray' THEN pair.parent_category = 'A'
            WHEN 'anyrange' THEN pair.parent_kind = 'r'
            WHEN 'anymultirange' THEN pair.parent_kind = 'm'
            WHEN 'record' THEN pair.parent_kind = 'c'
        END
    ORDER BY pair.at, class.opcintype = pair.parent DESC, input.typispreferred DESC, class.opcintype
),
member AS (
    SELECT DISTINCT ON (pair.at) pair.at, pair.collation, o.*
    FROM pair
    JOIN class ON class.at = pair.at
    -- Strategy 3 of btree is equality.
    JOIN pg_catalog.pg_amop AS m
        ON m.amopfamily = class.opcfamily AND m.amopstrategy = 3 AND m.amoplefttype = class.opcintype
    JOIN pg_catalog.pg_operator AS o ON o.oid = m.amopopr
    WHERE m.amoprighttype = pair.child
        OR (
            m.amoprighttype = class.opcintype
            AND (
                pair.child = pair.parent
                OR EXISTS (
                    SELECT FROM pg_catalog.pg_cast AS k
                    WHERE k.castsource = pair.child AND k.casttarget = class.opcintype AND k.castcontext = 'i'
                )
            )
        )
    ORDER BY pair.at, m.amoprighttype = pair.child DESC
)
SELECT
    o.at,
    operator_schema.nspname,
    o.oprname,
    key_schema.nspname,
    CASE WHEN key_type.typtype <> 'p' THEN key_type.typname END,
    referring_schema.nspname,
    CASE WHEN referring_type.typtype <> 'p' THEN referring_type.typname END,
    collation_schema.nspname,
    c.collname
FROM member AS o
JOIN pg_catalog.pg_namespace AS operator_schema ON operator_schema.oid = o.oprnamespace
JOIN pg_catalog.pg_type AS key_type ON key_type.oid = o.oprleft
JOIN pg_catalog.pg_namespace AS key_schema ON key_schema.oid = key_type.typnamespace
JOIN pg_catalog.pg_type AS referring_type ON referring_type.oid = o.oprright
JOIN pg_catalog.pg_namespace AS referring_schema ON referring_schema.oid = referring_type.typnamespace
LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = o.collation
LEFT JOIN pg_catalog.pg_namespace AS collation_schema ON collation_schema.oid = c.collnamespace
ORDER BY o.at
