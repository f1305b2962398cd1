-- How many large objects there are; their bytes are nobody's business here.
SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata
