-- Whether this database is anything but fresh: an object with an OID that initdb did not give out, a schema besides
-- public, a large object. An extension counts: CREATE DATABASE ... TEMPLATE template0 has none but plpgsql. Objects that
-- hang on others of these (operators' classes, triggers, policies, user mappings) need no line of their own.
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
    OR EXISTS (SELECT FROM pg_catalog.pg_collation WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_conversion WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_opfamily WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_cast WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_language WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_am WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_ts_config WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_ts_dict WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_ts_parser WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_ts_template WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_foreign_data_wrapper WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_foreign_server WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_publication WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE oid >= 16384)
    OR EXISTS (SELECT FROM pg_catalog.pg_default_acl)
    OR EXISTS (
        SELECT FROM pg_catalog.pg_subscription AS s
        JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
        WHERE d.datname = pg_catalog.current_database()
    )
