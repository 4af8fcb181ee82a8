-- A model that was granted to a role is seen, asked and read in scores by its members and by administrators alone.
\set SHOW_CONTEXT never
\set ON_ERROR_ROLLBACK on
BEGIN;
-- score = 1 / (1 + exp(1 - a / 2 - b)) of features [N, 2]
\set graph '\\x08083a9d010a180a0866656174757265730a017712016d22064d61744d756c0a0e0a016d0a016212016122034164640a130a0161120573636f726522075369676d6f69641201672a130802080110014201774a080000003f0000803f2a0d080110014201624a04000080bf5a1b0a086665617475726573120f0a0d080112090a0312014e0a02080262180a0573636f7265120f0a0d080112090a0312014e0a02080142040a00100d'
SELECT journey_import_model('granted', :'graph'::bytea, '{"features": ["a", "b"]}') AS version;
INSERT INTO journey.scores (profile_id, model, score, features_at) VALUES (-1, 'granted', 0.5, now());
CREATE ROLE regress_analyst; GRANT journey_reader TO regress_analyst;
CREATE ROLE regress_intern; GRANT journey_reader TO regress_intern;
CREATE ROLE regress_chief; GRANT journey_admin TO regress_chief;
CREATE FUNCTION pg_temp.look() RETURNS TABLE (who name, score numeric, kept bigint, versions bigint) LANGUAGE sql VOLATILE AS $$
    SELECT current_user, round(journey_predict('granted', '{"a": 2, "b": 0}')::numeric, 2), (SELECT count(*) FROM journey.scores WHERE model = 'granted'),
           (SELECT count(*) FROM journey.model_versions WHERE model = 'granted')
$$;
SET ROLE regress_intern;
SELECT * FROM pg_temp.look();
SELECT journey_grant_model('granted', 'regress_intern');
RESET ROLE;
SELECT journey_grant_model('granted', 'regress_analyst'), journey_grant_model('granted', 'regress_analyst');
SELECT model, grantee FROM journey.model_grants;
SET ROLE regress_analyst;
SELECT * FROM pg_temp.look();
SET ROLE regress_chief;
SELECT * FROM pg_temp.look();
SET ROLE regress_intern;
SELECT * FROM pg_temp.look();
SELECT count(*) AS kept FROM journey.scores WHERE model = 'granted';
SELECT journey_export_model('granted');
SELECT journey_score('nobody', 'granted');
RESET ROLE;
SELECT journey_revoke_model('granted', 'regress_analyst') AS revoked, journey_revoke_model('granted', 'regress_analyst') AS again;
SET ROLE regress_intern;
SELECT * FROM pg_temp.look();
RESET ROLE;
SELECT journey_grant_model('no_such_model', 'regress_analyst');
\set ON_ERROR_ROLLBACK off
ROLLBACK;
