\set SHOW_CONTEXT never
SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, category, price, currency, attributes, released_on)
SELECT 'p' || n, 'Day Shirt', 'Shirts', 10 + n, 'USD',
       CASE WHEN n <= 6 THEN '{"material": "organic cotton"}' WHEN n <= 9 THEN '{"features": ["waterproof seams"]}' ELSE '{}' END::jsonb, NULL::date
  FROM generate_series(1, 12) n;
INSERT INTO journey.products (product_id, name, category, price, currency, attributes, released_on)
VALUES ('jacket', 'Trail Jacket', 'Jackets', 120, 'USD', '{"Fabric": "Recycled nylon", "weight": "300 g", "features": ["a waterproof membrane"], "colour": ["red", "blue"]}', '2025-05-20'),
       ('plain', 'Plain Jacket', 'Jackets', 60, 'USD', '{}', NULL);
-- Each buys twelve things three weeks apart, other ones.
CREATE FUNCTION buys(customer text, products text[]) RETURNS void LANGUAGE sql AS $$
    SELECT journey_track(jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', customer, 'messageId', customer || n,
               'timestamp', timestamptz '2025-06-01 12:00Z' - n * interval '21 days', 'properties', jsonb_build_object(
               'order_id', customer || n, 'total', 20, 'currency', 'USD', 'products', jsonb_build_array(jsonb_build_object(
               'product_id', products[1 + n % cardinality(products)], 'price', 20, 'quantity', 1)))))
      FROM generate_series(0, 11) n
$$;
SELECT count(*) FROM (SELECT buys('green', '{p1,p2,p3,p4}'), buys('sporty', '{p7,p8,p9}'), buys('dear', '{p10,p11,p12,p9}'), buys('any', '{p1,p8,p10}')) b;
SELECT customer, t.* FROM unnest('{green,sporty,dear,any,nobody}'::text[]) customer LEFT JOIN journey_theme(customer, '2025-06-02') t ON true;
-- The same jacket; what is said of it first is what the reader cares about.
SELECT customer, text FROM unnest('{green,sporty,dear,any}'::text[]) customer
 CROSS JOIN journey_compose(customer, 'subject', 'jacket', seed => 3, options => '{"tier": "template", "at": "2025-06-02"}');
SELECT f ->> 'fact' AS fact, f -> 'value' AS value, f ->> 'source' AS source
  FROM journey.generations g CROSS JOIN jsonb_array_elements(g.facts) f
 WHERE g.generation_id = (SELECT generation_id FROM journey.generations WHERE theme = 'sustainability' LIMIT 1) ORDER BY 1, 3;
-- A theme that is asked for, one that was chosen, a rule that is switched off.
SELECT text FROM journey_compose('any', 'subject', 'jacket', seed => 1, options => '{"tier": "template", "theme": "newness", "at": "2025-06-02"}');
SELECT text FROM journey_compose('any', 'subject', 'jacket', seed => 1, options => '{"tier": "template", "theme": "newness", "at": "2025-09-02"}');
INSERT INTO journey.theme_choices (profile_id, theme) VALUES (journey_resolve('any'), 'performance');
SELECT * FROM journey_theme('any');
UPDATE journey.interests SET is_active = false WHERE theme = 'sustainability';
SELECT theme FROM journey_theme('green', '2025-06-02');
UPDATE journey.interests SET words = '{(a+)+b}' WHERE theme = 'care';
SELECT * FROM journey_compose('any', 'subject', 'jacket', options => '{"theme": "cheap"}');
-- Who has declined personalization reads what somebody unknown reads, of nothing that is known of them.
SELECT journey_track('{"type": "identify", "userId": "dear", "messageId": "declined", "traits": {"first_name": "Maria", "personalization_consent": false}}') IS NOT NULL AS declined;
SELECT * FROM journey_theme('dear', '2025-06-02');
SELECT generation_id FROM journey_compose('dear', 'subject', 'plain', seed => 1, options => '{"tier": "template"}') \gset
SELECT theme, profile_id = journey_resolve('dear') AS kept_for, (SELECT count(*) FROM jsonb_array_elements(facts) f WHERE f ->> 'fact' = 'first_name') AS names
  FROM journey.generations WHERE generation_id = :'generation_id';
