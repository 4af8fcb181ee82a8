-- What a visitor did comes to the customer with the alias, however late that is, and whenever the alias says it happened.
SELECT count(journey_track(jsonb_build_object('type', 'track', 'event', 'Product Viewed', 'anonymousId', 'visitor-9', 'messageId', 'v' || n,
             'timestamp', '2024-01-01'::date + n, 'properties', jsonb_build_object('product_id', n)))) FROM generate_series(1, 20) n;
SELECT journey_track('{"type": "page", "userId": "nine", "messageId": "p", "timestamp": "2024-03-01T00:00:00Z"}') IS NOT NULL AS stored;
SELECT events, product_views FROM journey.profiles WHERE user_id = 'nine';
SELECT journey_track('{"type": "alias", "userId": "nine", "previousId": "visitor-9", "messageId": "a", "timestamp": "2024-02-01T00:00:00Z"}') IS NOT NULL AS stored;
SELECT events, product_views FROM journey.profiles WHERE user_id = 'nine';
SELECT since = '2024-02-01 00:00+00' AS since_the_alias FROM journey._members WHERE profile_id = (SELECT profile_id FROM journey.identifiers WHERE value = 'visitor-9');
-- The alias again, and one that comes later though it is older, of somebody else: the earliest counts.
SELECT status FROM journey_track_batch('[
  {"type": "alias", "userId": "nine", "previousId": "visitor-9", "messageId": "a"},
  {"type": "alias", "userId": "ten", "previousId": "visitor-9", "messageId": "b", "timestamp": "2024-01-15T00:00:00Z"}]');
SELECT user_id, events, product_views FROM journey.profiles WHERE user_id IN ('nine', 'ten') ORDER BY 1;
-- That one was wrong: taken back, the next link counts.
SELECT journey_unmerge(merge_id) FROM journey.merges WHERE (evidence ->> 'counts')::boolean AND profile_id = (SELECT profile_id FROM journey.identifiers WHERE value = 'visitor-9');
SELECT user_id, events, product_views FROM journey.profiles WHERE user_id IN ('nine', 'ten') ORDER BY 1;
SELECT journey_rebuild_identities();
