-- Run by every journey_setup(), for CREATE EXTENSION makes the functions anew: private functions belong to the roles and
-- to the schema's owner, whom the worker acts for; some to administrators only. A role that does not own the functions leaves their rights as they are.
DO $$
DECLARE
    function record;
    schema_owner pg_catalog.regrole;
BEGIN
    SELECT n.nspowner INTO schema_owner FROM pg_catalog.pg_namespace n WHERE n.nspname = 'journey';
    FOR function IN
        SELECT p.oid::pg_catalog.regprocedure AS name,
               CASE WHEN p.proname IN ('journey_import_model', 'journey_inspect_model', 'journey_train', 'journey_refresh_scores', 'journey_deploy', 'journey_rollback', 'journey_grant_model', 'journey_revoke_model') THEN 'journey_admin'
                    ELSE 'journey_reader' END AS grantee
          FROM pg_catalog.pg_extension e
          JOIN pg_catalog.pg_proc p ON p.pronamespace = e.extnamespace
         WHERE e.extname = 'pg_journey'
           AND (p.proname LIKE '\_journey\_%' OR p.proname IN ('journey_import_model', 'journey_inspect_model', 'journey_train', 'journey_refresh_scores', 'journey_deploy', 'journey_rollback', 'journey_grant_model', 'journey_revoke_model'))
           AND pg_catalog.pg_has_role(p.proowner, 'USAGE')
    LOOP
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %I', function.name, function.grantee);
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %s', function.name, schema_owner);
        IF function.name::text LIKE '%\_journey\_engine\_status%' THEN
            EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO pg_monitor', function.name);
        END IF;
    END LOOP;
END
$$;
