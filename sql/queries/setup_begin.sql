-- One setup at a time in this database; names below resolve to the vector type wherever its extension lives.
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('pg_journey.setup'));
SELECT pg_catalog.set_config('search_path', pg_catalog.format('pg_catalog, %I, pg_temp', n.nspname), true)
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'vector';
DO $$
BEGIN
    IF pg_catalog.to_regclass('journey._setup_steps') IS NULL THEN
        CREATE SCHEMA journey;
        CREATE TABLE journey._setup_steps (
            name text PRIMARY KEY,
            applied_at timestamptz NOT NULL DEFAULT pg_catalog.now()
        );
    END IF;
END
$$;
