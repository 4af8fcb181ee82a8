-- The shop gives a customer another user_id. An alias is a claim of a client: as shipped it joins devices, never two user_ids.
SELECT status FROM journey_track_batch('[
  {"type": "track", "event": "Order Completed", "userId": "old-7", "messageId": "1", "timestamp": "2024-01-01T10:00:00Z", "properties": {"order_id": 1, "total": 10, "currency": "EUR"}},
  {"type": "track", "event": "Order Completed", "userId": "new-7", "messageId": "2", "timestamp": "2024-02-01T10:00:00Z", "properties": {"order_id": 2, "total": 20, "currency": "EUR"}},
  {"type": "alias", "userId": "new-7", "previousId": "old-7", "messageId": "3", "timestamp": "2024-02-01T09:00:00Z"}]');
SELECT user_id, orders, revenue FROM journey.profiles WHERE user_id LIKE '___-7' ORDER BY 1;
SELECT journey_merge('old-7', 'new-7', 'new numbers since February') AS merge_id \gset
SELECT user_id, orders, revenue FROM journey.profiles WHERE user_id LIKE '___-7' ORDER BY 1;
SELECT journey_profile('old-7') ->> 'user_id' AS known_as;
SELECT journey_unmerge(:'merge_id'), journey_unmerge(:'merge_id');
SELECT user_id, orders, revenue FROM journey.profiles WHERE user_id LIKE '___-7' ORDER BY 1;
-- A shop whose aliases can be trusted says so; they may come in a circle.
UPDATE journey.identity_rules SET is_unique = false WHERE kind = 'user_id';
SELECT status FROM journey_track_batch('[
  {"type": "alias", "userId": "new-7", "previousId": "old-7", "messageId": "4", "timestamp": "2024-02-01T09:00:00Z"},
  {"type": "alias", "userId": "old-7", "previousId": "new-7", "messageId": "5", "timestamp": "2024-02-02T09:00:00Z"}]');
SELECT count(*), sum(orders) AS orders, sum(revenue) AS revenue FROM journey.profiles WHERE user_id LIKE '___-7';
SELECT journey_resolve('old-7') = journey_resolve('new-7') AS one;
UPDATE journey.identity_rules SET is_unique = true WHERE kind = 'user_id';
SELECT journey_rebuild_identities();
SELECT journey_resolve('old-7') = journey_resolve('new-7') AS one;
