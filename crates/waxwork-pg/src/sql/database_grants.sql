-- Privileges on a database; grantee 0 is PUBLIC. $1: its name.
SELECT r.rolname, acl.privilege_type, acl.is_grantable
FROM pg_catalog.pg_database AS d
CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) AS acl
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = acl.grantee
WHERE d.datname = $1 AND (acl.grantee = 0 OR r.oid IS NOT NULL)
ORDER BY r.rolname NULLS FIRST, acl.privilege_type
