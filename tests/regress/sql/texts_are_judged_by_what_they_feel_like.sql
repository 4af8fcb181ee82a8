-- journey_sentiment() before and after a training, what it learns from, and the NPS indicator of customers by what they have said.
\set SHOW_CONTEXT never
-- Without a head, a formula: negation, stress, emoji, and who asks again.
SELECT text, round(journey_sentiment(text)::numeric, 2) AS sentiment
  FROM (VALUES ('The kettle is good'), ('The kettle is not good'), ('The kettle is VERY good!!!'), ('The kettle 😍'), ('The kettle'),
               ('This is the third time I write!'), ('This is the third time I write, still no answer!'), (''), (E' \n')) AS t (text);
SELECT journey_sentiment(ARRAY['good', NULL, 'bad'])::numeric(3,2)[] AS many, journey_sentiment(NULL::text) IS NULL AS of_null, journey_sentiment('{}'::text[]) AS of_none;
SELECT provolatile, proleakproof, count(*) FROM pg_proc WHERE proname = 'journey_sentiment' GROUP BY 1, 2;

-- A head of the shop's own labels: a table, its columns and its scale. Words that no lexicon knows are learned.
CREATE TABLE labelled AS
SELECT n AS id, CASE WHEN n % 2 = 0 THEN 'The parcel came ' || (ARRAY['flummig', 'knorke', 'dufte'])[1 + n % 3] || ' to shelf ' || n % 17
                     ELSE 'The parcel came ' || (ARRAY['grottig', 'mau', 'oede'])[1 + n % 3] || ' to shelf ' || n % 19 END AS body,
       CASE WHEN n % 2 = 0 THEN 9 ELSE 2 END AS mark
  FROM generate_series(1, 400) n;
SELECT journey_train('sentiment', '{"source": "labelled", "text": "body", "target": "mark", "low": 0, "high": 10, "folds": 4}');
SELECT m.task, v.status, v.score > 0.9 AS is_good, v.score = (v.metrics ->> 'r2')::float8 AS is_r2, jsonb_array_length(v.metrics -> 'folds') AS folds,
       v.parameters, v.snapshot, (SELECT array_agg(f ->> 'name') FROM jsonb_array_elements(v.features) f) AS features
  FROM journey.models m JOIN journey.model_versions v ON v.model = m.name WHERE m.name = 'sentiment';
SELECT text, journey_sentiment(text) BETWEEN least(sign, 0) AND greatest(sign, 0) AND abs(journey_sentiment(text)) > 0.3 AS is_so
  FROM (VALUES ('The parcel came knorke to shelf 3', 1), ('The parcel came grottig to shelf 3', -1)) AS t (text, sign);
SELECT journey_sentiment('') AS of_nothing, max(abs(one - many)) < 1e-5 AS is_the_same
  FROM (SELECT array_agg(body) AS bodies FROM (SELECT DISTINCT body FROM labelled ORDER BY body LIMIT 7) d) l,
       LATERAL (SELECT journey_sentiment(b.body) AS one, b.many FROM unnest(l.bodies, journey_sentiment(l.bodies)) AS b (body, many)) x;
-- The file is ONNX, and other functions say what it is not.
SELECT substr(journey_export_model('sentiment'), 1, 2) = '\x0808' AS is_onnx;
SELECT journey_predict('sentiment', '{"compound": 1}');
SELECT journey_train('sentiment', '{"source": "labelled", "text": "mark", "target": "mark"}');
SELECT journey_train('sentiment', '{"source": "labelled", "target": "mark"}');
SELECT journey_train('sentiment', '{"source": "labelled", "text": "body", "target": "mark", "high": 5}');
SELECT journey_train('sentiment', '{"source": "SELECT * FROM labelled LIMIT 10", "text": "body", "target": "mark"}');
SELECT journey_train('sentiment', '{"sauce": "labelled"}');
-- Rolled back, it never was.
BEGIN;
DELETE FROM journey.models WHERE name = 'sentiment';
SELECT journey_sentiment('The parcel came knorke to shelf 3') AS by_formula;
ROLLBACK;
SELECT journey_sentiment('The parcel came knorke to shelf 3') > 0.3 AS by_head;
DELETE FROM journey.models WHERE name = 'sentiment';

-- What customers say: answers, stars and texts.
CREATE FUNCTION says(customer text, n integer, event text, properties jsonb) RETURNS uuid LANGUAGE sql AS $$
    SELECT journey_track(jsonb_build_object('type', 'track', 'event', event, 'userId', 'opinion-' || customer, 'messageId', 'opinion-' || customer || n,
                                            'timestamp', now() - interval '10 days' + n * interval '1 hour', 'properties', properties))
$$;
SELECT count(says(c, n, event, properties)) FROM (VALUES
    ('fan', 1, 'Product Reviewed', '{"product_id": "k", "rating": 5, "title": "Great", "review_body": "It is wonderful"}'::jsonb),
    ('fan', 2, 'NPS Survey Answered', '{"score": 10}'),
    ('mixed', 1, 'Product Reviewed', '{"product_id": "k", "rating": 4}'),
    ('mixed', 2, 'Survey Answered', '{"nps_score": 3, "comment": "too slow"}'),
    ('angry', 1, 'Support Ticket Opened', '{"ticket_id": "t1", "subject": "Where is my order?", "description": "This is terrible and awful service!!!"}'),
    ('angry', 2, 'Support Ticket Opened', '{"ticket_id": "t2", "subject": "Again", "body": "This is the third time I write, still no answer! Horrible."}'),
    ('angry', 3, 'Support Ticket Updated', '{"ticket_id": "t2", "body": "We love you"}'),
    ('quiet', 1, 'Support Ticket Opened', '{"ticket_id": "t3", "subject": "My address"}'),
    ('other', 1, 'Product Reviewed', '{"product_id": "k", "rating": 87}'),
    ('private', 1, 'Product Reviewed', '{"product_id": "k", "rating": 1, "review_body": "bad"}'),
    ('private', 2, 'Product Viewed', '{"product_id": "k"}')) AS t (c, n, event, properties);
SELECT count(journey_track('{"type": "identify", "userId": "opinion-private", "messageId": "opinion-private0", "traits": {"personalization_consent": false}}'));
SELECT p.user_id, o.kind, o.stars, o.nps, o.answer, o.points, o.text FROM journey.opinions o JOIN journey.profiles p USING (profile_id)
 WHERE p.user_id LIKE 'opinion-%' ORDER BY p.user_id, o.given_at;
SELECT scored >= 5 AS are_scored FROM journey_refresh_scores('nps_indicator');
SELECT p.user_id, round(p.nps_indicator::numeric, 1) AS nps_indicator, p.nps_opinions, s.label, s.details, a.reason,
       (journey_profile(p.user_id) ->> 'nps_indicator')::float8 IS NOT DISTINCT FROM p.nps_indicator
       AND (journey_profile(p.user_id) ->> 'nps_opinions')::bigint IS NOT DISTINCT FROM p.nps_opinions AS profile_is_the_same
  FROM journey.profiles p LEFT JOIN journey.scores s ON s.profile_id = p.profile_id AND s.model = 'nps_indicator'
  JOIN journey.attribute_status a ON a.profile_id = p.profile_id AND a.attribute = 'nps_indicator'
 WHERE p.user_id LIKE 'opinion-%' ORDER BY p.user_id;
-- What is a year old is not of today, and what came later was not known.
SELECT round(indicator::numeric, 1) AS indicator, opinions, answers, status
  FROM _journey_nps_of(ARRAY[journey_resolve('opinion-fan')], now() - interval '10 days' + interval '90 minutes');
SELECT count(*) FROM _journey_nps_of(ARRAY[journey_resolve('opinion-fan')], now() + interval '360 days');
-- Without a source, it learns from what customers have rated and written.
SELECT count(says('crowd', n, 'Product Reviewed', jsonb_build_object('product_id', 'k', 'rating', 1 + n % 5, 'review_body', repeat('well ', n % 5) || 'then ' || n))) FROM generate_series(1, 60) n;
SELECT journey_train('sentiment');
SELECT v.snapshot ->> 'source' AS source, (v.snapshot ->> 'rows')::integer >= 60 AS are_all, v.options -> 'low' AS low, v.options -> 'high' AS high FROM journey.model_versions v WHERE v.model = 'sentiment';
DELETE FROM journey.models WHERE name = 'sentiment';
DROP FUNCTION says;
DROP TABLE labelled;
