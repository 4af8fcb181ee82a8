-- 2,500 devices and addresses of one customer, one message each, some of them seen before the customer was known.
BEGIN;
INSERT INTO journey.inbox (payload)
SELECT jsonb_build_object('type', 'page', 'anonymousId', 'many-' || n, 'messageId', 'many-before-' || n, 'timestamp', '2024-01-01'::timestamptz)
  FROM generate_series(1, 1000) n;
SELECT journey_drain(500), journey_drain(500);
COMMIT;
SELECT status, count(*)
  FROM (SELECT jsonb_agg(jsonb_build_object('type', 'identify', 'userId', 'many', 'messageId', 'many-' || n,
               'timestamp', '2024-02-01'::timestamptz + n * interval '1 minute') ||
               CASE WHEN n <= 2000 THEN jsonb_build_object('anonymousId', 'many-' || n)
                    ELSE jsonb_build_object('traits', jsonb_build_object('email', 'many-' || n || '@example.org')) END) AS messages
          FROM generate_series(1, 2500) n GROUP BY n % 25) b, journey_track_batch(messages)
 GROUP BY 1;
SELECT count(*) FROM journey._members WHERE person_id = journey_resolve('many');
SELECT events FROM journey.profiles WHERE user_id = 'many';
-- Merged with another and back, a device more, and a limit that most of them exceed
SELECT journey_track('{"type": "page", "userId": "many-too", "messageId": "many-too"}') IS NOT NULL AS stored;
SELECT journey_merge('many', 'many-too') AS merge_id \gset
SELECT events FROM journey.profiles WHERE user_id = 'many-too';
SELECT journey_unmerge(:'merge_id');
SELECT events FROM journey.profiles WHERE user_id LIKE 'many%' ORDER BY 1;
UPDATE journey.identity_rules SET max_values = 20 WHERE kind = 'anonymous_id';
SELECT journey_rebuild_identities();
SELECT i.kind, count(*) FROM journey._members m JOIN journey.identifiers i USING (profile_id) WHERE m.person_id = journey_resolve('many') GROUP BY 1 ORDER BY 1;
UPDATE journey.identity_rules SET max_values = NULL WHERE kind = 'anonymous_id';
SELECT journey_rebuild_identities();
SELECT count(*) FROM journey._members WHERE person_id = journey_resolve('many');
