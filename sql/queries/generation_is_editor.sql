SELECT pg_catalog.pg_has_role('journey_editor', 'MEMBER')
