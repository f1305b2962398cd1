-- Whether this database is anything but fresh: an object with an OID that initdb did not give out, a schema besides
-- public, a large object. An extension counts: CREATE DATABASE … TEMPLATE template0 has none but plpgsql.
SELECT
    EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384 AND relpersistence <> 't' AND relkind <> 't')
    OR EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid >= 16384 AND typrelid = 0)
    OR EXISTS (
        SELECT FROM pg_catalog.pg_namespace
        WHERE oid >= 16384 AND nspname !~ '^pg_(temp|toast)' AND nspname <> 'public'
    )
    OR EXISTS (SELECT FROM pg_catalog.pg_extension WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
