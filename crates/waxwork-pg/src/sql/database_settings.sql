-- ALTER DATABASE ... SET of this database for all roles; settings with a dot belong to extensions or applications.
SELECT pg_catalog.split_part(setting, '=', 1), pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1)
FROM pg_catalog.pg_db_role_setting AS s
JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS setting
WHERE d.datname = pg_catalog.current_database() AND s.setrole = 0
    AND pg_catalog.strpos(pg_catalog.split_part(setting, '=', 1), '.') = 0
ORDER BY 1
