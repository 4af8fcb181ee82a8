-- Of the orders of profiles: a person counts once, refunds are netted, amounts are converted, and who has not bought is told apart.
\set SHOW_CONTEXT never
INSERT INTO journey.inbox (payload)
SELECT jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', 'value-' || c, 'messageId', format('value-%s-%s', c, n),
           'timestamp', timestamptz '2024-01-01 12:00Z' + make_interval(days => c % 60 + (n * gap)::integer),
           'properties', jsonb_build_object('order_id', format('value-%s-%s', c, n), 'currency', CASE WHEN c % 10 = 0 THEN 'USD' ELSE 'EUR' END,
                                            'total', 20 + 10 * (c % 7) + 5 * ((c * 31 + n * 17) % 5)))
  FROM generate_series(1, 300) c
 CROSS JOIN LATERAL (SELECT 5 + 400 * power((c * 7 % 300 + 1) / 300.0, 3) AS gap, (ln(1 - (c * 13 % 101 + 0.5) / 101) / ln(1 - 0.6 * power((c * 29 % 97 + 0.5) / 97, 2)))::integer AS purchases) made
 CROSS JOIN generate_series(0, made.purchases) n
 WHERE c % 60 + (n * gap)::integer < 366;
INSERT INTO journey.inbox (payload)
VALUES ('{"type": "track", "event": "Order Refunded", "userId": "value-2", "messageId": "value-refund", "timestamp": "2024-06-30T12:00:00Z",
          "properties": {"order_id": "value-2-1", "total": 10, "currency": "EUR"}}'),
       ('{"type": "page", "userId": "value-visitor", "messageId": "value-visitor", "timestamp": "2024-06-30T12:00:00Z"}');
SELECT journey_drain() > 0 AS drained;
SELECT attribute, is_known, reason FROM journey.attribute_status WHERE profile_id = journey_resolve('value-1') AND attribute = 'clv';
-- Without a rate no number is better than a wrong one.
SELECT journey_train('clv', '{"until": "2024-12-31", "currency": "CHF"}');
INSERT INTO journey.fx_rates VALUES ('USD', 'EUR', 0.5);
SELECT journey_train('clv', '{"until": "2024-12-31", "currency": "EUR"}');
SELECT status, snapshot ->> 'currency' AS currency, (snapshot ->> 'customers')::integer >= 300 AS all_customers, snapshot ->> 'until' AS until,
       snapshot ->> 'query' AS query FROM journey.model_versions WHERE model = 'clv';
SELECT user_id, v.historic = p.revenue * CASE p.currency WHEN 'USD' THEN 0.5 ELSE 1 END AS as_in_the_profile, v.expected > 0 AS expected
  FROM journey.profiles p CROSS JOIN LATERAL journey_clv(p.user_id, '90 days', '2025-01-01') v
 WHERE p.user_id IN ('value-2', 'value-10') ORDER BY 1;
-- Before the refund it was worth more.
SELECT a.historic - b.historic AS refunded FROM journey_clv('value-2', '90 days', '2024-06-29') a, journey_clv('value-2', '90 days', '2024-06-30') b
 WHERE NOT EXISTS (SELECT FROM journey.orders o WHERE o.profile_id = journey_resolve('value-2') AND o.placed_at BETWEEN '2024-06-29' AND '2024-07-01');
SELECT count(*) >= 300 AS all, bool_and(customer LIKE 'value-%' AND profile_id = journey_resolve(customer)) AS named
  FROM journey_clv_values('90 days', '2025-01-01') WHERE customer LIKE 'value-%';
SELECT * FROM journey_clv('value-visitor');
SELECT count(*) FROM journey_clv('nobody');
SELECT count(*) FROM journey_clv(NULL::text);
SELECT is_known, reason FROM journey.attribute_status WHERE profile_id IN (journey_resolve('value-1'), journey_resolve('value-visitor')) AND attribute = 'clv' ORDER BY 1;
-- Two identifiers are one customer from then on.
SELECT (SELECT historic FROM journey_clv('value-4', '90 days', '2025-01-01')) + (SELECT historic FROM journey_clv('value-5', '90 days', '2025-01-01')) AS apart \gset
SELECT journey_merge('value-4', 'value-5', 'test') IS NOT NULL AS merged;
SELECT historic = :apart AS is_one FROM journey_clv('value-5', '90 days', '2025-01-01');
-- Amounts without a rate tell nothing of their customer, and keep nothing from the others.
BEGIN;
SELECT journey_track('{"type": "track", "event": "Order Completed", "userId": "value-7", "messageId": "value-isk", "timestamp": "2024-07-01T12:00:00Z",
                       "properties": {"order_id": "value-isk", "total": 1000, "currency": "ISK"}}') IS NOT NULL AS bought;
SELECT name, scored >= 290 AS others FROM journey_refresh_scores('clv');
SELECT count(*) FILTER (WHERE profile_id = journey_resolve('value-7')) AS without_a_rate, count(*) FILTER (WHERE profile_id = journey_resolve('value-8')) AS other FROM journey.scores WHERE model = 'clv';
INSERT INTO journey.acquisition_costs (kind, name, amount, currency, margin) VALUES ('all', '*', 10000, 'EUR', 0.5);
SELECT c, p.status, p.reason FROM unnest('{value-7,value-8}'::text[]) c CROSS JOIN LATERAL journey_payback(c, '2025-01-01') p ORDER BY c;
ROLLBACK;
DELETE FROM journey.models WHERE name = 'clv';
DELETE FROM journey.fx_rates WHERE from_currency = 'USD' AND to_currency = 'EUR';
