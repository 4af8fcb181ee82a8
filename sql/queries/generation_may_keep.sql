-- Whether texts can be kept: null before journey_setup(), false without the right.
SELECT pg_catalog.has_table_privilege(pg_catalog.to_regclass('journey.generations'), 'INSERT')
