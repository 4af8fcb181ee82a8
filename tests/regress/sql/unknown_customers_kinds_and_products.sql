\set SHOW_CONTEXT never
SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, price, currency) VALUES ('known', 'Olive Bread', 3, 'USD');
SELECT status FROM journey_track_batch('[{"type": "page", "userId": "known", "messageId": "known-1"}]');
-- Nobody knows them: a text all the same, which claims nothing personal.
SELECT status, text IS NOT NULL AS written, error FROM journey_compose('nobody', 'subject', 'known', options => '{"tier": "template"}');
SELECT count(journey_generate(customer, 'subject', 'known')) AS texts
  FROM (VALUES ('nobody'), ('anonymous_id:nobody'), (NULL), ('')) AS v (customer);
SELECT profile_id, status, count(*) FROM journey.generations WHERE profile_id = 0 AND product_id = 'known' GROUP BY 1, 2;
-- One row that fails costs no other.
SELECT customer, status, error FROM journey_compose_many(ARRAY['known', 'nobody', NULL], 'subject', 'no such product', options => '{"tier": "template"}');
SELECT customer, status FROM journey_compose_many(ARRAY['known', 'nobody', NULL], 'subject', 'known', options => '{"tier": "template"}');
SELECT count(*) FROM journey_compose_many('{}', 'subject');
\set VERBOSITY default
SELECT journey_generate('known', 'sonnet');
SELECT journey_generate('known', NULL);
SELECT journey_generate('known', 'subject', 'no such product');
SELECT journey_generate('known', 'subject', campaign => 'no such campaign');
SELECT * FROM journey_compose('known', 'subject', variants => 0);
SELECT * FROM journey_compose('known', 'subject', options => '{"colour": "red"}');
SELECT * FROM journey_compose('known', 'subject', options => '{"temperature": 9}');
SELECT * FROM journey_compose('known', 'subject', 'known', options => '{"at": "soon"}');
SELECT * FROM journey_compose('known', 'subject', options => '{"model": "no-such-model"}');
SELECT * FROM journey_compose('known', 'subject', options => '{"model": "all-minilm-l6-v2"}');
SELECT * FROM journey_compose('known', 'subject', options => '[]');
SELECT * FROM journey_check('A text', 'subject', '{"customr": "known"}');
