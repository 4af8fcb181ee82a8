\set SHOW_CONTEXT never
SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, category, price, currency, compare_at_price, active) VALUES
    ('sale-yes', 'Barley Bread', 'Bread', 2.999, 'USD', 3.494, true),
    ('sale-no', 'Spelt Bread', 'Bread', 3, 'USD', NULL, false),
    ('sale-out', 'Millet Bread', 'Bread', 3, 'USD', NULL, true),
    ('sale-dust', 'Crumbs', 'Bread', 0.004, 'USD', NULL, true);
INSERT INTO journey.inventory (product_id, location_id, quantity) VALUES ('sale-out', 'a', 0), ('sale-out', 'b', 0), ('sale-yes', 'a', 1);
INSERT INTO journey.campaigns (campaign, name, product_id, starts_at, ends_at) VALUES
    ('sale-over', 'Spring', 'sale-yes', NULL, '2020-06-01T00:00:00Z'),
    ('sale-ahead', 'Moon Week', 'sale-yes', '2999-01-01T00:00:00Z', NULL),
    ('sale-runs', 'Bread Week', 'sale-yes', '2020-01-01T00:00:00Z', NULL),
    ('sale-empty', 'Empty Week', 'sale-out', NULL, NULL);
SELECT status FROM journey_track_batch('[
  {"type": "identify", "userId": "sale", "messageId": "sale-1", "traits": {"first_name": "Call Evil Shop Hotline Fast"}},
  {"type": "identify", "userId": "sale-true", "messageId": "sale-2", "traits": {"firstName": true, "lastName": 7}}]');
SET TIME ZONE 'UTC';
\set VERBOSITY default
SELECT journey_generate('sale', 'subject', 'sale-no');
SELECT journey_generate('sale', 'subject', 'sale-out');
SELECT journey_generate('sale', 'subject', campaign => 'sale-over');
SELECT journey_generate('sale', 'subject', campaign => 'sale-ahead');
SELECT journey_generate('sale', 'subject', campaign => 'sale-empty');
-- In a batch it is an error of the row.
SELECT customer, status, verdict, error FROM journey_compose_many(ARRAY['sale', NULL], 'subject', 'sale-out', options => '{"tier": "template"}');
-- Until its end the campaign ran; one that runs now is written for.
SELECT status, verdict FROM journey_compose('sale', 'subject', campaign => 'sale-over', options => '{"tier": "template", "at": "2020-05-31T23:59:59Z"}');
SELECT status, error FROM journey_compose('sale', 'subject', campaign => 'sale-over', options => '{"tier": "template", "at": "2020-06-01T00:00:00Z"}');
SELECT status, verdict FROM journey_compose('sale', 'subject', campaign => 'sale-runs', options => '{"tier": "template"}');
-- Prices are said as they can be paid, and the saving is the difference of what is said.
SELECT f ->> 'fact' AS fact, f #>> '{value,amount}' AS amount
  FROM journey.generations g CROSS JOIN jsonb_array_elements(g.facts) f
 WHERE g.campaign = 'sale-runs' AND f ->> 'type' = 'money';
SELECT bool_or(text LIKE '%$%') AS priced FROM journey_compose('sale', 'subject', 'sale-dust', variants => 8, options => '{"tier": "template"}');
-- A sentence or a flag in the place of a first name is none.
SELECT first_name, last_name, traits FROM journey.profiles WHERE profile_id = journey_resolve('sale-true');
SELECT count(*) FROM journey.generations WHERE facts @> '[{"fact": "first_name"}]' AND product_id LIKE 'sale-%';
-- The row says whether the template was served, for customers that nobody knows too.
SELECT status FROM journey_compose_many(ARRAY['nobody'], 'subject', 'sale-yes', options => '{"tier": "template"}');
SELECT status, verdict FROM journey.generations WHERE profile_id = 0 AND product_id = 'sale-yes';
SELECT count(*) AS served_without_a_verdict FROM journey.generations WHERE (text IS NULL) <> (verdict IS NULL);
-- A text that breaks off.
SELECT text, (SELECT detail FROM journey_check(text, 'subject', '{"product": "sale-yes"}') WHERE rule = 'ending') AS ending
  FROM (VALUES ('How about Barley Bread for yo'), ('How about Barley Bread for'), ('How about Barley Bread for you')) AS v (text);
-- Nor is one served that the model was not let finish.
SELECT status, verdict, violations @> '[{"rule": "ending", "detail": "the model was cut off before it ended the text"}]' AS cut_off
  FROM journey_compose('sale', 'subject', 'sale-yes', seed => 1, options => '{"max_tokens": 6}');
