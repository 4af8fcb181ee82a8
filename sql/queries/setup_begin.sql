-- One setup at a time in this database; names below resolve to the vector type wherever its extension lives.
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('pg_journey.setup'));
SELECT pg_catalog.set_config('search_path', pg_catalog.format('pg_catalog, %I, pg_temp', n.nspname), true)
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'vector';
-- What somebody else made under these names could run code with our rights, by a trigger for example.
DO $$
DECLARE
    stranger name;
    schema_owner name := (SELECT r.rolname FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
                           WHERE n.nspname = 'journey');
BEGIN
    IF schema_owner IS NULL AND NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') THEN
        RAISE EXCEPTION 'role "%" may not create the schema journey in database "%"', current_user, pg_catalog.current_database()
              USING ERRCODE = '42501', HINT = 'Run journey_setup() as a superuser, or as the database''s owner with CREATEROLE.';
    ELSIF NOT pg_catalog.pg_has_role(schema_owner, 'USAGE') THEN
        RAISE EXCEPTION 'role "%" does not own the schema journey', current_user
              USING ERRCODE = '42501', HINT = pg_catalog.format('Run journey_setup() as "%s", who does, or as a superuser.', schema_owner);
    END IF;
    SELECT r.rolname INTO stranger
      FROM (SELECT n.nspowner AS owner FROM pg_catalog.pg_namespace n WHERE n.nspname = 'journey'
            UNION SELECT c.relowner FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass('journey._setup_steps')) o
      JOIN pg_catalog.pg_roles r ON r.oid = o.owner
     WHERE NOT r.rolsuper AND r.rolname <> current_user;
    IF FOUND THEN
        RAISE EXCEPTION 'schema journey or its table _setup_steps belongs to "%"', stranger
              USING ERRCODE = '42501', HINT = 'Run journey_setup() as that role, or give both to a superuser once you know what they hold.';
    END IF;
    IF pg_catalog.to_regclass('journey._setup_steps') IS NULL THEN
        CREATE SCHEMA journey;
        CREATE TABLE journey._setup_steps (
            name text PRIMARY KEY,
            applied_at timestamptz NOT NULL DEFAULT pg_catalog.now()
        );
    END IF;
END
$$;
