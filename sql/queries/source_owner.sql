-- The function that reads a source and the role that attached it, where the caller has that role's rights; $1 the source.
SELECT p.oid AS function, r.oid AS owner
  FROM journey.sources s
  JOIN pg_catalog.pg_roles r ON r.rolname = s.owner AND pg_catalog.pg_has_role(r.oid, 'USAGE')
  JOIN pg_catalog.pg_extension e ON e.extname = 'pg_journey'
  JOIN pg_catalog.pg_proc p ON p.pronamespace = e.extnamespace AND p.proname = '_journey_source_batch'
 WHERE s.name = $1
