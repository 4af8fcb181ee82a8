-- A goal by its name: rows of customers as they were at past days teach a model, which scores each as he is now and says why.
-- Rolled back at the end, so that the tests after it find what they expect.
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set ON_ERROR_ROLLBACK on
BEGIN;
-- 150 customers, 60 days. Each tenth day who looks at many things buys two days later, mostly.
SELECT count(*) AS accepted FROM journey_track_batch((
    SELECT jsonb_agg(jsonb_build_object('type', 'track', 'event', CASE WHEN what = 0 THEN 'Order Completed' ELSE 'Product Viewed' END,
                                        'userId', 'goal-' || who, 'messageId', format('goal-%s-%s-%s', who, day, what),
                                        'timestamp', timestamptz '2025-03-01 12:00Z' + day * interval '1 day' + what * interval '1 minute' + (what = 0)::integer * interval '2 days',
                                        'properties', CASE WHEN what = 0 THEN jsonb_build_object('order_id', format('goal-%s-%s', who, day), 'total', 10 + who % 7)
                                                           ELSE jsonb_build_object('product_id', 'p' || what) END))
      FROM generate_series(1, 150) who, generate_series(0, 50, 10) day, generate_series(0, 6) what
     WHERE what <= 1 + (who * 7 + day * 3) % 6 AND (what > 0 OR (who * 7 + day * 3) % 6 >= 3 AND (who + day) % 9 > 0)
       AND (day < 50 OR what > 0))) b
 WHERE b.status = 'accepted' AND b.error IS NULL;
SELECT at::date, count(*), count(*) FILTER (WHERE target) AS bought FROM journey_training_set('purchase_10d', '{"until": "2025-04-20 13:00Z", "cuts": 4}')
 WHERE profile_id IN (SELECT journey_resolve('goal-' || c) FROM generate_series(1, 150) c) GROUP BY at ORDER BY at;
SELECT journey_train('purchase_10d', '{"until": "2025-04-20 13:00Z", "cuts": 4, "rounds": 60, "folds": 3}') AS version;
SELECT m.task, m.description, v.status, v.score > 0.75 AS is_good, v.options - '{seed,wait,leaves,balance,learning_rate,rounds}'::text[] AS options, v.snapshot - 'rows' AS snapshot, (v.snapshot ->> 'rows')::integer >= 600 AS has_rows, jsonb_array_length(v.features) AS features
  FROM journey.models m JOIN journey.model_versions v ON v.model = m.name WHERE m.name = 'purchase_10d';
-- What the model saw can be seen again.
SELECT count(*) = (SELECT (snapshot ->> 'rows')::integer FROM journey.model_versions WHERE model = 'purchase_10d') AS is_all, min(at)::date, max(at)::date FROM journey_training_set('purchase_10d');

-- Who looked at much is likelier to buy, and the reasons sum to the score.
CREATE TEMP TABLE told AS
SELECT 'goal-' || who AS who, (who * 7 + 50 * 3) % 6 >= 3 AS looks, journey_score('goal-' || who, 'purchase_10d', '2025-04-20 14:00Z') AS score
  FROM generate_series(1, 30) who;
SELECT bool_and(score BETWEEN 0 AND 1) AS are_probabilities, avg(score) FILTER (WHERE looks) > 2 * avg(score) FILTER (WHERE NOT looks) AS tells_them_apart FROM told;
SELECT abs(sum(e.contribution) - journey_score('goal-1', 'purchase_10d')) < 1e-6 AS is_explained, count(*) AS reasons FROM journey_explain('goal-1', 'purchase_10d', 3) e;
SELECT journey_propensity('goal-1', 'purchase', '10 days') = journey_score('goal-1', 'purchase_10d') AS is_score,
       journey_score('nobody', 'purchase_10d') AS nobody, journey_propensity(NULL, 'purchase', '10 days') AS none;

-- All at once, with the features that the model read, which are those of then; and later events do not change them.
SELECT name, scored >= 150 AS all_scored FROM journey_refresh_scores('purchase_10d');
CREATE FUNCTION pg_temp.differ() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM journey.scores s JOIN journey.model_versions v ON v.model = s.model AND v.version = s.version
     CROSS JOIN LATERAL _journey_features(ARRAY[s.profile_id], s.features_at) f
     WHERE s.model = 'purchase_10d' AND s.features::text IS DISTINCT FROM _journey_encode(v.features, f.features)::text
$$;
SELECT pg_temp.differ(), count(*) > 0 AS there_are, count(*) FILTER (WHERE s.score <> journey_score('goal-1', 'purchase_10d', s.features_at)) AS other_scores
  FROM journey.scores s WHERE s.model = 'purchase_10d' AND s.profile_id = journey_resolve('goal-1');
SELECT journey_track(jsonb_build_object('type', 'track', 'event', 'Product Viewed', 'userId', 'goal-1', 'timestamp', clock_timestamp() + interval '1 second', 'properties', '{"product_id": "p1"}'::jsonb)) IS NOT NULL AS later;
SELECT pg_temp.differ();
SELECT propensities ? 'purchase_10d' AS is_told, (propensities ->> 'purchase_10d')::float8 BETWEEN 0 AND 1 AS is_probability FROM journey.profiles WHERE user_id = 'goal-1';

-- Any event is a goal, and buyers' goals say nothing of others.
SELECT journey_train('looks_again', '{"event": "Product Viewed", "horizon": "10 days", "until": "2025-04-20 13:00Z", "of": "buyers", "algorithm": "logistic", "cuts": 2, "folds": 2, "where": {"properties.product_id": "p5"}}') AS version;
SELECT journey_track('{"type": "identify", "userId": "goal-new", "timestamp": "2025-04-01T00:00:00Z", "traits": {"name": "New"}}') IS NOT NULL AS met;
SELECT journey_score('goal-new', 'looks_again') AS unknown, journey_score('goal-new', 'purchase_10d') BETWEEN 0 AND 1 AS known;
SELECT attribute, is_known, reason FROM journey.attribute_status WHERE profile_id = journey_resolve('goal-new') AND attribute IN ('looks_again', 'purchase_10d') ORDER BY attribute;

-- Drift: none between the end of the training and itself, much half a year later, when nobody has looked at anything for long.
SELECT version, customers >= 150 AS has_customers, psi, abs(expected - happened) < 0.1 AND ece < 0.1 AS is_true FROM journey_drift('purchase_10d', 2000, '2025-04-20 13:00Z');
SELECT psi > 0.25 AS has_moved, (SELECT count(*) FROM jsonb_object_keys(features)) AS features, happened FROM journey_drift('purchase_10d', 2000, '2025-10-20 13:00Z');
SELECT _journey_record_due_drift() AS first, _journey_record_due_drift() AS second, _journey_record_due_drift() AS third;
SELECT model, count(*) FROM journey.model_drift GROUP BY model ORDER BY model;
SELECT round(_journey_psi(ARRAY[1,2,3,4,5,6,7,8,9,10], ARRAY[1,2,3,4,5,6,7,8,9,10])::numeric, 6) AS same,
       round(_journey_psi(ARRAY[0,0,0,0,1,1,1,1,'NaN','NaN']::float8[], ARRAY[0,0,1,1,1,1,1,1,'NaN','NaN']::float8[])::numeric, 6) AS moved,
       round((-0.2 * ln(0.2 / 0.4) + 0.2 * ln(0.6 / 0.4))::numeric, 6) AS expected, _journey_psi('{}', '{1}') AS nothing;

-- What cannot be.
SELECT journey_train('purchase_soon');
SELECT journey_train('purchase_10d', '{"target": "orders"}');
SELECT journey_train('purchase_10d', '{"cut": 3}');
SELECT journey_train('coupon_10d', '{"until": "2025-04-20 13:00Z"}');
SELECT journey_train('purchase_10d', '{"until": "2020-01-01"}');
SELECT journey_score('goal-1', 'no_such_model');
SELECT journey_score('goal-1', 'all-minilm-l6-v2');
SELECT journey_propensity('goal-1', 'purchase', '11 days');
SELECT * FROM journey_explain('goal-1', 'urgency');
SELECT * FROM journey_drift('urgency');
SELECT * FROM journey_drift('purchase_10d', 0);
UPDATE journey.model_versions SET options = jsonb_set(options, '{features_version}', '0') WHERE model = 'looks_again';
SELECT journey_score('goal-1', 'looks_again');
-- A model that fails is recorded and waits: the worker goes on with the others.
DELETE FROM journey._score_passes;
DELETE FROM journey._worker_failures;
CREATE FUNCTION pg_temp.turns(work text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    done boolean;
BEGIN
    FOR turn IN 0 .. 1000 LOOP
        EXECUTE 'SELECT ' || work INTO done;
        IF NOT done THEN RETURN turn; END IF;
    END LOOP;
END $$;
SELECT pg_temp.turns('_journey_refresh_due_scores()') BETWEEN 2 AND 999 AS ends;
SELECT part, failures, sqlstate FROM journey._worker_failures;
SELECT n.name, p.model IS NOT NULL AND p.after IS NULL AS is_complete FROM _journey_scored_models() n LEFT JOIN journey._score_passes p ON p.model = n.name ORDER BY n.name;
UPDATE journey._worker_failures SET failed_at = failed_at - interval '61 minutes';
SELECT pg_temp.turns('_journey_refresh_due_scores()') AS tried_again;
DELETE FROM journey._worker_failures;
UPDATE journey.model_versions SET options = jsonb_set(options, '{features_version}', to_jsonb(_journey_features_version())) WHERE model = 'looks_again';
SELECT name, scored > 0 AS is_scored FROM journey_refresh_scores('looks_again');
DELETE FROM journey.model_drift;
UPDATE journey.model_versions SET options = jsonb_set(options, '{goal,cuts}', '-1') WHERE model = 'looks_again';
SELECT pg_temp.turns('_journey_record_due_drift()') AS turns;
SELECT f.part, f.sqlstate, f.error, (SELECT array_agg(DISTINCT d.model) FROM journey.model_drift d) AS recorded FROM journey._worker_failures f;
UPDATE journey.model_versions SET options = jsonb_set(options, '{features_version}', '0') WHERE model = 'looks_again';
-- Planning asks no model: it would raise the same.
EXPLAIN (COSTS OFF) SELECT relname FROM pg_class WHERE reltuples < journey_score('goal-1', 'looks_again');
\set ON_ERROR_ROLLBACK off
ROLLBACK;
