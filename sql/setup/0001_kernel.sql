-- Kernel: the schema itself, its roles and what every stage shares.
COMMENT ON SCHEMA journey IS 'pg_journey: customer events, profiles, decisions and generated text';
COMMENT ON TABLE journey._setup_steps IS 'Which steps of journey_setup() have run in this database';

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['journey_reader', 'journey_writer', 'journey_editor', 'journey_admin'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
    END LOOP;
END
$$;
GRANT journey_reader TO journey_writer;
GRANT journey_writer TO journey_editor;
GRANT journey_editor TO journey_admin;
GRANT USAGE ON SCHEMA journey TO journey_reader;
