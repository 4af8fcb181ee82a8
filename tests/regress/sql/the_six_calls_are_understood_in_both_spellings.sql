SELECT status, error FROM journey_track_batch('[
  {"type": "identify", "userId": "six", "messageId": "1", "timestamp": "2024-05-01T10:00:00Z", "traits": {"firstName": "Ann", "plan": "basic"}},
  {"type": "identify", "user_id": "six", "message_id": "2", "timestamp": "2024-05-01T11:00:00Z", "traits": {"first_name": "Anne"}},
  {"type": "track", "userId": "six", "messageId": "3", "timestamp": "2024-05-01T12:00:00Z", "event": "product_viewed", "properties": {"product_id": "p", "category": "Tea", "brand": "Oolong"}, "context": {"library": {"name": "analytics.js"}}},
  {"type": "page", "userId": "six", "messageId": "4", "timestamp": "2024-05-01T13:00:00Z", "name": "Home"},
  {"type": "screen", "userId": "six", "messageId": "5", "timestamp": "2024-05-01T14:00:00Z", "name": "Cart"},
  {"type": "group", "userId": "six", "messageId": "6", "timestamp": "2024-05-01T15:00:00Z", "groupId": "g", "traits": {"name": "Club"}},
  {"type": "alias", "userId": "six", "messageId": "7", "timestamp": "2024-05-01T16:00:00Z", "previousId": "six-before"},
  {"type": "track", "userId": "six", "messageId": "8", "timestamp": "2024-05-01T17:00:00Z", "event": "Email Opened"}
]');
SELECT "timestamp" AT TIME ZONE 'UTC' AS "timestamp", type, event, channel, properties, extra FROM journey.events
 WHERE profile_id = journey_resolve('six') ORDER BY "timestamp";
SELECT first_name, product_views, favourite_category, favourite_brand, channel_preference, emails_opened, traits
  FROM journey.profiles WHERE profile_id = journey_resolve('six');
SELECT journey_resolve('anonymous_id:six-before') = journey_resolve('six') AS alias_links;
-- Segment's rule takes the error of the sender's clock out.
SELECT journey_track('{"type": "page", "userId": "clock", "messageId": "1", "receivedAt": "2024-05-01T12:00:00Z",
                       "sentAt": "2019-01-01T00:00:10Z", "originalTimestamp": "2019-01-01T00:00:00Z"}') IS NOT NULL AS stored;
SELECT "timestamp" AT TIME ZONE 'UTC' AS "timestamp" FROM journey.events WHERE profile_id = journey_resolve('clock');
-- Names of other systems are mapped by a table.
INSERT INTO journey.event_map (foreign_name, event) VALUES ('purchase', 'Order Completed');
SELECT journey_track('{"type": "track", "userId": "mapped", "event": "purchase", "properties": {"total": 5, "currency": "EUR"}}') IS NOT NULL AS stored;
SELECT orders, revenue, currency FROM journey.profiles WHERE profile_id = journey_resolve('mapped');
DELETE FROM journey.event_map WHERE origin = 'shop';
