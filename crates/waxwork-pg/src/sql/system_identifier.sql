-- Which cluster this is; some managed services revoke the function.
SELECT system_identifier FROM pg_catalog.pg_control_system()
