-- A role whose rights the current one has.
SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $1 AND pg_catalog.pg_has_role(r.oid, 'USAGE')
