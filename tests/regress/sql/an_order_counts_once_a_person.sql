-- The browser sends order 1 with the device alone, the server with the user; the device becomes the user's later.
SELECT status FROM journey_track_batch('[
  {"type": "track", "anonymousId": "once-device", "messageId": "1", "event": "Order Completed", "timestamp": "2024-01-01T10:00:00Z", "channel": "web", "properties": {"order_id": "once-1", "total": 10, "currency": "EUR", "products": [{"product_id": "a", "category": "Tea", "price": 10}]}},
  {"type": "track", "userId": "seen-twice", "messageId": "2", "event": "Order Completed", "timestamp": "2024-01-01T10:00:05Z", "properties": {"order_id": "once-1", "total": 10, "currency": "EUR", "products": [{"product_id": "a", "category": "Tea", "price": 10}]}},
  {"type": "track", "anonymousId": "once-device", "messageId": "3", "event": "Order Completed", "timestamp": "2024-01-02T10:00:00Z", "properties": {"order_id": "once-2", "total": 5, "currency": "EUR"}}]');
SELECT user_id, orders, revenue FROM journey.profiles WHERE profile_id IN (journey_resolve('seen-twice'), journey_resolve('anonymous_id:once-device')) ORDER BY 1;
SELECT journey_track('{"type": "identify", "userId": "seen-twice", "anonymousId": "once-device", "messageId": "4", "timestamp": "2024-01-03T10:00:00Z"}') IS NOT NULL AS linked;
SELECT orders, revenue, favourite_category, channel_preference, first_order_at = '2024-01-01 10:00Z' AS first_is_the_first
  FROM journey.profiles WHERE user_id = 'seen-twice';
-- An update, a refund and a cancellation under the one reach the order under the other.
SELECT status FROM journey_track_batch('[
  {"type": "track", "userId": "seen-twice", "messageId": "5", "event": "Order Updated", "timestamp": "2024-01-04T10:00:00Z", "properties": {"order_id": "once-2", "total": 7, "currency": "EUR"}},
  {"type": "track", "userId": "seen-twice", "messageId": "6", "event": "Order Refunded", "timestamp": "2024-01-05T10:00:00Z", "properties": {"order_id": "once-2", "total": 2}}]');
SELECT orders, revenue, refunded, refunds FROM journey.profiles WHERE user_id = 'seen-twice';
SELECT order_id, placed_at AT TIME ZONE 'UTC' AS placed_at, channel, status, gross, refunded, revenue FROM journey.orders WHERE profile_id = journey_resolve('seen-twice') ORDER BY order_id;
SELECT order_id, line, product_id, category, price, quantity FROM journey.order_lines WHERE profile_id = journey_resolve('seen-twice');
SELECT order_id, amount FROM journey.returns WHERE profile_id = journey_resolve('seen-twice');
SELECT status FROM journey_track_batch('[
  {"type": "track", "userId": "seen-twice", "messageId": "7", "event": "Order Cancelled", "timestamp": "2024-01-06T10:00:00Z", "properties": {"order_id": "once-2"}}]');
SELECT orders, revenue, refunded, last_order_at AT TIME ZONE 'UTC' AS last_order_at FROM journey.profiles WHERE user_id = 'seen-twice';
SELECT order_id, status, revenue FROM journey.orders WHERE profile_id = journey_resolve('seen-twice') ORDER BY order_id;
-- The whole of order 1 goes back, said twice.
SELECT status FROM journey_track_batch('[
  {"type": "track", "userId": "seen-twice", "messageId": "8", "event": "Order Refunded", "timestamp": "2024-01-07T10:00:00Z", "properties": {"order_id": "once-1"}},
  {"type": "track", "anonymousId": "once-device", "messageId": "9", "event": "Order Refunded", "timestamp": "2024-01-07T10:00:00Z", "properties": {"order_id": "once-1"}}]');
SELECT orders, revenue, refunded FROM journey.profiles WHERE user_id = 'seen-twice';
