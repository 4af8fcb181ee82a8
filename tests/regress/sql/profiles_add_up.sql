SELECT status, error FROM journey_track_batch('[
  {"type": "track", "userId": "p", "messageId": "1", "event": "Order Completed", "timestamp": "2024-01-01T10:00:00Z", "channel": "store", "properties": {"order_id": "1", "total": 108.25, "shipping": 5, "tax": 3.25, "discount": 25, "currency": "USD", "coupon": "SAVE", "products": [{"category": "Tea", "brand": "A", "price": 50, "quantity": 2}, {"category": "Tea", "brand": "B", "price": 25}]}},
  {"type": "track", "userId": "p", "messageId": "2", "event": "Order Completed", "timestamp": "2024-01-11T10:00:00Z", "channel": "web", "properties": {"order_id": "2", "revenue": 50, "currency": "USD", "products": [{"category": "Coffee", "brand": "A"}, {"category": "Tea", "brand": "A"}]}},
  {"type": "track", "userId": "p", "messageId": "3", "event": "Order Completed", "timestamp": "2024-01-31T10:00:00Z", "channel": "web", "properties": {"order_id": "3", "revenue": 0.1, "currency": "USD"}},
  {"type": "track", "userId": "p", "messageId": "4", "event": "Order Refunded", "timestamp": "2024-02-01T10:00:00Z", "properties": {"order_id": "1", "total": 30, "currency": "USD"}},
  {"type": "track", "userId": "p", "messageId": "5", "event": "Coupon Redeemed", "timestamp": "2024-02-01T10:00:00Z"},
  {"type": "track", "userId": "p", "messageId": "6", "event": "Email Delivered", "timestamp": "2024-02-02T10:00:00Z"},
  {"type": "track", "userId": "p", "messageId": "7", "event": "Unsubscribed", "timestamp": "2024-02-03T10:00:00Z"}]');
SELECT orders, revenue, refunded, discounts, average_order_value, discount_share, units, days_between_orders, coupons_used, currency
  FROM journey.profiles WHERE user_id = 'p';
SELECT favourite_category, favourite_categories, favourite_brand, channel_preference, refunds, emails_delivered, emails_opened,
       email_unsubscribed_at = '2024-02-03 10:00+00' AS unsubscribed, last_order_at = '2024-01-31 10:00+00' AS last_order
  FROM journey.profiles WHERE user_id = 'p';
-- The whole order goes back; another one is cancelled.
SELECT status FROM journey_track_batch('[
  {"type": "track", "userId": "p", "messageId": "8", "event": "Order Refunded", "timestamp": "2024-02-04T10:00:00Z", "properties": {"order_id": "2"}},
  {"type": "track", "userId": "p", "messageId": "9", "event": "Order Cancelled", "timestamp": "2024-02-04T10:00:00Z", "properties": {"order_id": "3"}}]');
SELECT orders, revenue, refunded, refunds, last_order_at = '2024-01-11 10:00+00' AS last_order FROM journey.profiles WHERE user_id = 'p';
-- As text, number and uuid; unknown customers are no error.
SELECT journey_profile('p') = (SELECT to_jsonb(p) FROM journey.profiles p WHERE user_id = 'p') AS same;
SELECT journey_track('{"type": "page", "userId": 41}') IS NOT NULL, journey_track('{"type": "page", "userId": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}') IS NOT NULL;
SELECT journey_profile(41) ->> 'user_id' AS number, journey_profile('7c9e6679-7425-40de-944b-e07fc1f90ae7'::uuid) ->> 'user_id' AS uuid;
SELECT journey_profile('nobody'), journey_profile(NULL::text), journey_resolve('email:nobody@example.org');
