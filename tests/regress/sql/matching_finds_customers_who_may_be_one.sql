-- journey_match looks for customers who may be one person; a reviewer decides. 400 invented persons, 60 of them twice
-- with slips of the hand; what comes out of the model is tested in the core, here only how it is kept.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.person(n integer, id text, slip boolean) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('type', 'identify', 'userId', id, 'messageId', 'match-' || id, 'timestamp', '2024-01-01T00:00:00Z', 'traits',
           jsonb_build_object('firstName', (ARRAY['Ann','Bela','Carla','Dmitri','Elif','Farid','Gretchen','Hiroko','Ivan','Jorge'])[1 + n % 10] || CASE WHEN slip AND n % 2 = 0 THEN 'x' ELSE '' END,
                              'lastName', (ARRAY['Abara','Brandt','Castillo','Dubois','Eriksen','Fischer','Gruber','Haddad','Ibrahim','Jansen','Kowalski','Larsen','Moreau'])[1 + n / 10 % 13],
                              'birthday', date '1950-01-01' + (n * 7919) % 18000, 'phone', '+49 30 ' || lpad(((n * 104729) % 9999991)::text, 8, '0'),
                              'address', jsonb_build_object('city', 'City ' || n % 17, 'postalCode', lpad(((n * 31) % 9000)::text, 5, '0'))))
$$;
SELECT count(*) FROM journey_track_batch((SELECT jsonb_agg(pg_temp.person(n, 'm' || n, false)) FROM generate_series(1, 400) n)) WHERE status = 'accepted';
SELECT count(*) FROM journey_track_batch((SELECT jsonb_agg(pg_temp.person(n * 6, 'twin' || n * 6, true)) FROM generate_series(1, 60) n)) WHERE status = 'accepted';
CREATE TEMP TABLE found AS SELECT * FROM journey_match() WHERE customer ~ '^user_id:(m|twin)\d+$' AND other ~ '^user_id:(m|twin)\d+$';
SELECT count(*) BETWEEN 57 AND 60 AS finds_the_twins,
       count(*) FILTER (WHERE substring(customer from '\d+') <> substring(other from '\d+')) AS wrong, bool_and(probability > 0.5) AS are_probable FROM found;
SELECT bool_and(candidate_id IN (SELECT candidate_id FROM found)) AS are_kept, bool_and(profile_id < other_id) AS are_in_order, array_agg(DISTINCT status) AS status
  FROM journey.match_candidates WHERE candidate_id IN (SELECT candidate_id FROM found);
SELECT DISTINCT r ->> 'attribute' AS attribute, (r ->> 'weight')::numeric > 0 AS speaks_for_it FROM found, jsonb_array_elements(reasons) r WHERE r ->> 'level' = 'same' ORDER BY 1;
-- Nobody is merged unasked; a rejected pair is not offered again, and what is decided is decided.
SELECT count(*) FROM journey.profiles WHERE user_id ~ '^(m|twin)\d+$';
SELECT candidate_id AS rejected FROM found WHERE customer ~ ':(m|twin)6$' \gset
SELECT journey_match_decide(:'rejected', 'reject', 'rita');
SELECT status, reviewer, decided_at IS NOT NULL AS decided, merge_id FROM journey.match_candidates WHERE candidate_id = :'rejected';
SELECT (SELECT count(*) FROM found) - count(*) AS fewer FROM journey_match() WHERE candidate_id IN (SELECT candidate_id FROM found);
\set VERBOSITY terse
DO $$ BEGIN PERFORM journey_match_decide(candidate_id, 'accept') FROM journey.match_candidates WHERE reviewer = 'rita';
EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, regexp_replace(SQLERRM, '[0-9a-f-]{36}', '...'); END $$;
\set VERBOSITY default
SELECT journey_match_decide('00000000-0000-0000-0000-000000000000', 'reject');
SELECT journey_match_decide(:'rejected', 'perhaps');
SELECT * FROM journey_match(0);
SELECT * FROM journey_match('NaN');
-- An accepted pair is one customer, until it is taken back.
SELECT candidate_id AS accepted FROM found WHERE customer ~ ':(m|twin)12$' \gset
SELECT journey_match_decide(:'accepted', 'accept', 'rita') AS merge_id \gset
SELECT journey_resolve('m12') = journey_resolve('twin12') AS is_one, (SELECT status FROM journey.match_candidates WHERE merge_id = :'merge_id') AS status,
       (SELECT count(*) FROM journey_match() WHERE candidate_id = :'accepted') AS offered_again;
SELECT journey_unmerge(:'merge_id') IS NOT NULL AS unmerged;
SELECT journey_resolve('m12') = journey_resolve('twin12') AS is_one;
CREATE ROLE regress_match;
GRANT journey_writer TO regress_match;
SET ROLE regress_match;
SELECT journey_match();
RESET ROLE;
DROP ROLE regress_match;
DELETE FROM journey.match_candidates;
