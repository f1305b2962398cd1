-- Large objects among some OIDs: owner, and what others may do, as statements that any server takes.
SELECT m.oid,
       pg_catalog.pg_get_userbyid(m.lomowner)::pg_catalog.text,
       ARRAY(SELECT pg_catalog.format('GRANT %s ON LARGE OBJECT %s TO %s%s', a.privilege_type, m.oid,
                      CASE a.grantee WHEN 0 THEN 'PUBLIC'
                           ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
                      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
               FROM pg_catalog.aclexplode(m.lomacl) AS a
              WHERE a.grantee OPERATOR(pg_catalog.<>) m.lomowner
              ORDER BY 1)
  FROM pg_catalog.pg_largeobject_metadata AS m
 WHERE m.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.int8[]::pg_catalog.oid[])
 ORDER BY m.oid
