-- A tablet in a store, that customers sign in to one after the other: each keeps what was done under the own id, and what
-- was done under nobody's stays with the first. The tablet joins nobody to anybody.
SELECT count(journey_track(jsonb_build_object('type', 'track', 'event', 'Order Completed', 'anonymousId', 'tablet', 'userId', 'tab-' || n,
             'messageId', 'tablet' || n, 'timestamp', '2024-05-01T10:00:00Z'::timestamptz + n * interval '1 hour',
             'properties', jsonb_build_object('order_id', n, 'total', n, 'currency', 'EUR'))))
  FROM (SELECT n FROM generate_series(1, 6) n ORDER BY n % 3, n) n;
SELECT count(journey_track(jsonb_build_object('type', 'page', 'anonymousId', 'tablet', 'messageId', 'tablet-page' || n,
             'timestamp', '2024-05-01T10:30:00Z'::timestamptz + n * interval '1 hour'))) FROM generate_series(0, 6) n;
SELECT user_id, events, orders, revenue FROM journey.profiles WHERE user_id LIKE 'tab-%' ORDER BY 1;
SELECT p.user_id FROM journey.profiles p WHERE p.profile_id = journey_resolve('anonymous_id:tablet');
-- Once it is known to be nobody's, no event brings it to anybody, and what is stored follows.
UPDATE journey.identity_rules SET blocked = blocked || '{tablet}' WHERE kind = 'anonymous_id';
SELECT journey_rebuild_identities(), journey_rebuild_identities();
SELECT user_id, events FROM journey.profiles WHERE user_id = 'tab-1';
SELECT journey_track('{"type": "page", "anonymousId": "tablet", "userId": "tab-7", "messageId": "tablet7"}') IS NOT NULL AS stored;
SELECT count(*) FROM journey._members WHERE profile_id IN (SELECT profile_id FROM journey.identifiers WHERE value = 'tablet');
UPDATE journey.identity_rules SET blocked = array_remove(blocked, 'tablet') WHERE kind = 'anonymous_id';
SELECT journey_rebuild_identities();
SELECT user_id, events FROM journey.profiles WHERE user_id = 'tab-1';
