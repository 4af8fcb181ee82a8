SELECT status FROM journey_track_batch('[
  {"type": "track", "userId": "timeline", "messageId": "1", "event": "Order Completed", "timestamp": "2024-01-01T10:00:00Z", "properties": {"order_id": "t1", "total": 10}},
  {"type": "track", "anonymousId": "timeline-device", "messageId": "2", "event": "Product Viewed", "timestamp": "2024-01-02T10:00:00Z", "channel": "web", "properties": {"product_id": "a"}},
  {"type": "track", "userId": "timeline", "messageId": "3", "event": "Support Ticket Opened", "timestamp": "2024-01-03T10:00:00Z", "properties": {"ticket_id": "7", "subject": "Late"}},
  {"type": "track", "userId": "timeline", "messageId": "4", "event": "Support Ticket Solved", "timestamp": "2024-01-03T12:00:00Z", "properties": {"ticket_id": "7"}},
  {"type": "track", "userId": "timeline", "messageId": "5", "event": "Order Refunded", "timestamp": "2024-01-04T10:00:00Z", "properties": {"order_id": "t1", "total": 4, "currency": "EUR", "reason": "broken"}},
  {"type": "track", "userId": "timeline", "messageId": "6", "event": "Product Reviewed", "timestamp": "2024-01-05T10:00:00Z", "properties": {"product_id": "a", "rating": "4.5", "review_body": "Fine."}},
  {"type": "identify", "userId": "timeline", "anonymousId": "timeline-device", "messageId": "7", "timestamp": "2024-01-06T10:00:00Z", "traits": {"plan": "x"}},
  {"type": "track", "userId": "timeline", "messageId": "8", "event": "Email Opened", "timestamp": "2024-01-07T10:00:00Z"}]');
INSERT INTO journey.generations (profile_id, kind, seed, status, text, verdict, created_at)
VALUES (journey_resolve('timeline'), 'message', 1, 'template', 'Hello.', 'template', '2024-01-06 12:00Z');
SELECT at AT TIME ZONE 'UTC' AS at, kind, name, channel, details ->> 'text' AS text FROM journey_timeline('timeline');
SELECT kind FROM journey_timeline('timeline', '2024-01-05Z', 2);
SELECT count(*) FROM journey_timeline('nobody at all');
SELECT count(*) FROM journey_timeline('timeline', max => -1);
SELECT ticket_id, opened_at AT TIME ZONE 'UTC' AS opened_at, solved_at AT TIME ZONE 'UTC' AS solved_at, last_event, subject, events
  FROM journey.tickets WHERE profile_id = journey_resolve('timeline');
SELECT product_id, rating, body FROM journey.reviews WHERE profile_id = journey_resolve('timeline');
SELECT order_id, currency, amount, reason FROM journey.returns WHERE profile_id = journey_resolve('timeline');
DELETE FROM journey.generations WHERE profile_id = journey_resolve('timeline');
