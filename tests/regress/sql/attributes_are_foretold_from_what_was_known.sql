-- Features, next categories and payback as of a time: what comes later changes nothing, and bad input is told.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT count(journey_track(jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', 'foretold-' || c, 'messageId', format('foretold-%s-%s', c, n), 'channel', 'web',
           'timestamp', timestamptz '2023-01-01 12:00Z' + make_interval(days => 7 * n + c),
           'context', CASE WHEN c = 3 THEN '{"campaign": {"name": "spring"}}' ELSE '{}' END::jsonb,
           'properties', jsonb_build_object('order_id', format('foretold-%s-%s', c, n), 'currency', 'EUR',
               'products', jsonb_build_array(jsonb_build_object('product_id', 'p', 'price', 20, 'category', CASE WHEN n < 3 THEN 'Tea' ELSE 'Cups' END)))))) AS stored
  FROM generate_series(1, 6) c, generate_series(0, 5) n;
SELECT category, round(probability::numeric, 3) AS probability, rank FROM journey_next_category('foretold-1', 3, '2023-02-10');
SELECT category, rank FROM journey_next_category('foretold-1', 1, '2023-01-20');
SELECT count(*) FROM journey_next_category('nobody');
SELECT count(*) FROM journey_next_category('foretold-1', at => '2001-01-01');
SELECT * FROM journey_next_category('foretold-1', 0);
SELECT count(*) AS customers, min(category) AS category FROM journey_next_categories(1, '2023-02-10')
 WHERE profile_id IN (SELECT journey_resolve('foretold-' || c) FROM generate_series(1, 6) c);
-- A vector of the same names for everybody, from the same numbers as the profile of that time.
SELECT f ->> 'orders' AS orders, f ->> 'revenue' AS revenue, f ->> 'orders_30d' AS orders_30d, f ->> 'days_since_last_order' AS days_since_last_order,
       (f ->> 'orders')::float8 = (p ->> 'orders')::float8 AND (f ->> 'revenue')::float8 = (p ->> 'revenue')::float8
       AND (f ->> 'orders_30d')::float8 = (p ->> 'orders_30d')::float8 AND (f ->> 'price_sensitivity')::float8 = (p ->> 'price_sensitivity')::float8 AS as_in_the_profile
  FROM journey_features('foretold-2', '2023-02-10') f, journey_profile_at('foretold-2', '2023-02-10') p;
SELECT journey_features('foretold-2', '2001-01-01') IS NULL AND journey_features('nobody') IS NULL AS nothing_known;
CREATE TEMP TABLE before AS
SELECT c, journey_features('foretold-' || c, '2023-02-10') AS features,
       ARRAY(SELECT n FROM journey_next_category('foretold-' || c, 5, '2023-02-10') n)::text AS categories FROM generate_series(1, 6) c;
SELECT count(journey_track(jsonb_build_object('type', 'track', 'event', e.event, 'userId', 'foretold-' || c, 'messageId', format('later-%s-%s', c, e.event),
           'timestamp', '2023-03-01T00:00:00Z', 'properties', jsonb_build_object('order_id', format('foretold-%s-1', c), 'currency', 'EUR', 'total', 5,
               'products', '[{"product_id": "q", "price": 5, "category": "Pots"}]'::jsonb)))) AS later
  FROM generate_series(1, 6) c, (VALUES ('Order Updated'), ('Order Refunded'), ('Order Cancelled'), ('Order Completed'), ('Product Viewed')) e (event);
SELECT journey_merge('foretold-5', 'foretold-6', 'test') IS NOT NULL AS merged;
SELECT count(*) AS changed FROM before b
 WHERE b.features <> journey_features('foretold-' || b.c, '2023-02-10')
    OR b.categories <> ARRAY(SELECT n FROM journey_next_category('foretold-' || b.c, 5, '2023-02-10') n)::text;
-- Learned, where enough customers came back; here they are too few, and the version says so.
SELECT journey_train('next_category', '{"until": "2023-02-10"}') AS version;
SELECT parameters ->> 'half_life' AS half_life, parameters ->> 'prior' AS prior, metrics ->> 'learned' AS learned, score FROM journey.model_versions WHERE model = 'next_category';
SELECT category, rank FROM journey_next_category('foretold-1', 1, '2023-02-10');
SELECT journey_train('next_category', '{"half_life": 3}');
DELETE FROM journey.models WHERE name = 'next_category';
-- Payback: the cost of the customer himself, of his campaign, his channel, or of all.
SELECT status, reason FROM journey_payback('foretold-1');
INSERT INTO journey.acquisition_costs (kind, name, amount, currency, margin)
VALUES ('all', '*', 1000, 'EUR', 0.5), ('channel', 'web', 25, 'EUR', 0.5), ('campaign', 'spring', 45, 'EUR', 0.5), ('customer', 'foretold-4', 30, 'USD', 0.5);
SELECT c, p.* FROM generate_series(1, 4) c, journey_payback('foretold-' || c, '2023-02-20') p;
SELECT * FROM journey_payback('foretold-3', '2023-01-20');
SELECT count(*) FROM journey_payback('nobody');
-- The scores of all are columns of the profiles, and each that is not known says why.
SELECT name, scored > 0 AS some FROM journey_refresh_scores();
SELECT c, p.predicted_next_category IS NOT NULL AS has_category, p.cac_payback, p.clv, journey_profile('foretold-' || c) ->> 'predicted_next_category' = p.predicted_next_category AS alone_too
  FROM generate_series(1, 4) c JOIN journey.profiles p ON p.user_id = 'foretold-' || c ORDER BY c;
SELECT attribute, reason FROM journey.attribute_status WHERE profile_id = journey_resolve('foretold-1') ORDER BY attribute;
SELECT count(*) FROM journey_refresh_scores('nothing');
INSERT INTO journey.acquisition_costs (kind, name, amount, currency, margin) VALUES ('all', 'x', 1, 'EUR', 0.5);
INSERT INTO journey.acquisition_costs (kind, name, amount, currency, margin) VALUES ('channel', 'app', 1, 'EUR', 1.5);
DELETE FROM journey.acquisition_costs;
-- What a model of a goal learns from: customers as they were at each cut-off, and what came within the horizon.
SELECT at::date AS at, count(*) FILTER (WHERE target) AS came, count(*) AS customers,
       bool_and(s.features = (SELECT f.features FROM _journey_features(ARRAY[s.profile_id], s.at) f)) AS as_of_then
  FROM journey_training_set('repeat_14d', '{"until": "2023-02-12", "cuts": 2}') s
 WHERE profile_id IN (SELECT journey_resolve('foretold-' || c) FROM generate_series(1, 4) c) GROUP BY 1 ORDER BY 1;
SELECT at::date AS at, count(*) FILTER (WHERE target) AS stayed_away, count(*) AS customers
  FROM journey_training_set('churn_7d', '{"until": "2023-02-19", "cuts": 1}')
 WHERE profile_id IN (SELECT journey_resolve('foretold-' || c) FROM generate_series(1, 4) c) GROUP BY 1;
SELECT count(*) FILTER (WHERE target) AS looked FROM journey_training_set('looks', '{"event": "Product Viewed", "horizon": "30 days", "until": "2023-03-02", "cuts": 1}')
 WHERE profile_id IN (SELECT journey_resolve('foretold-' || c) FROM generate_series(1, 4) c);
SELECT count(*) FROM journey_training_set('win_30d');
SELECT count(*) FROM journey_training_set('purchase_30d', '{"cuts": 0}');
