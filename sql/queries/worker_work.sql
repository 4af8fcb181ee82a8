-- The function to call and the role to call it as; no row where the extension or its schema is gone.
SELECT p.oid AS function, n.nspowner AS owner
  FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_proc p ON p.pronamespace = e.extnamespace
                           AND p.proname = '_journey_work' AND p.pronargs = 0
  JOIN pg_catalog.pg_namespace n ON n.nspname = 'journey'
 WHERE e.extname = 'pg_journey'
