SELECT status FROM journey_track_batch('[
  {"type": "track", "anonymousId": "v", "messageId": "1", "event": "Product Viewed", "timestamp": "2024-01-01T10:00:00Z", "properties": {"category": "Tea"}, "context": {"page": {}}},
  {"type": "identify", "anonymousId": "v", "messageId": "2", "timestamp": "2024-01-01T11:00:00Z", "traits": {"first_name": "Vi", "colour": "red"}}]');
SELECT user_id, first_name, product_views FROM journey.profiles WHERE profile_id = journey_resolve('anonymous_id:v');
SELECT status FROM journey_track_batch('[
  {"type": "identify", "anonymousId": "v", "userId": "vera", "messageId": "3", "timestamp": "2024-01-01T12:00:00Z", "traits": {"firstName": "Vera", "email": "Vera@Example.org"}},
  {"type": "track", "userId": "vera", "messageId": "4", "event": "Order Completed", "timestamp": "2024-01-01T13:00:00Z", "channel": "app", "properties": {"total": 9, "currency": "USD", "products": [{"category": "Cups"}, {"category": "Tea"}]}}]');
SELECT user_id, first_name, email, events, orders, product_views, favourite_categories, channel_preference, traits, first_seen = '2024-01-01 10:00+00' AS first_seen
  FROM journey.profiles WHERE profile_id = journey_resolve('vera');
SELECT journey_resolve('anonymous_id:v') = journey_resolve('vera') AS by_device, journey_resolve('email:vera@example.org') = journey_resolve('user_id:vera') AS by_address;
SELECT count(*) FROM journey.profiles WHERE user_id = 'vera' OR profile_id IN (SELECT profile_id FROM journey._members);
-- The device passes on: its past stays with whom it showed first, whatever order that is learned in.
SELECT journey_track('{"type": "page", "anonymousId": "v", "userId": "walt", "messageId": "5", "timestamp": "2024-02-01T12:00:00Z"}') IS NOT NULL AS stored;
SELECT journey_resolve('anonymous_id:v') = journey_resolve('vera') AS still_vera;
SELECT journey_track('{"type": "page", "anonymousId": "v", "userId": "xena", "messageId": "6", "timestamp": "2023-02-01T12:00:00Z"}') IS NOT NULL AS stored;
SELECT journey_resolve('anonymous_id:v') = journey_resolve('xena') AS now_xena;
SELECT product_views FROM journey.profiles WHERE user_id IN ('vera', 'xena') ORDER BY user_id;
-- Values that name nobody never bring two customers together; the list can be edited.
SELECT status FROM journey_track_batch('[
  {"type": "page", "anonymousId": "null", "userId": "n1", "messageId": "7"}, {"type": "page", "anonymousId": "null", "userId": "n2", "messageId": "8"},
  {"type": "page", "anonymousId": "kiosk", "userId": "n1", "messageId": "9"}]');
SELECT journey_resolve('n1') <> journey_resolve('n2') AS apart, journey_resolve('anonymous_id:null') AS nobody;
UPDATE journey.identity_rules SET blocked = blocked || '{kiosk-2}' WHERE kind = 'anonymous_id';
SELECT journey_track('{"type": "page", "anonymousId": "Kiosk-2", "userId": "n2", "messageId": "10"}') IS NOT NULL AS stored;
SELECT journey_resolve('anonymous_id:Kiosk-2');
