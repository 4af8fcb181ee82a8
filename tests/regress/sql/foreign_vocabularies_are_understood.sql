-- Google Analytics 4, as its documentation shows a purchase, and what a tag manager puts around it.
SELECT status, error FROM journey_track_batch('[
  {"type": "track", "event": "view_item", "userId": "ga4", "messageId": "ga4-1", "timestamp": "2024-05-01T10:00:00Z", "properties": {"currency": "USD", "value": 30.03,
   "items": [{"item_id": "SKU_12345", "item_name": "Stan and Friends Tee", "item_brand": "Google", "item_category": "Apparel", "price": 10.01, "quantity": 3}]}},
  {"type": "track", "event": "add_to_cart", "userId": "ga4", "messageId": "ga4-2", "timestamp": "2024-05-01T10:01:00Z", "properties": {"ecommerce": {"currency": "USD", "value": 30.03,
   "items": [{"item_id": "SKU_12345", "item_name": "Stan and Friends Tee", "price": 10.01, "quantity": 3}]}}},
  {"type": "track", "event": "purchase", "userId": "ga4", "messageId": "ga4-3", "timestamp": "2024-05-01T10:02:00Z", "properties": {"transaction_id": "T_12345", "value": 72.05, "tax": 3.60, "shipping": 5.99,
   "currency": "USD", "coupon": "SUMMER_SALE", "items": [
    {"item_id": "SKU_12345", "item_name": "Stan and Friends Tee", "coupon": "SUMMER_FUN", "discount": 2.22, "index": 0, "item_brand": "Google", "item_category": "Apparel", "item_category2": "Adult", "price": 10.01, "quantity": 3},
    {"item_id": "SKU_12346", "item_name": "Google Grey Women''s Tee", "item_brand": "Google", "item_category": "Apparel", "price": 21.01, "quantity": 2}]}},
  {"type": "track", "event": "refund", "userId": "ga4", "messageId": "ga4-4", "timestamp": "2024-05-02T10:00:00Z", "properties": {"transaction_id": "T_12345", "value": 12.05, "currency": "USD"}}
]');
SELECT event, properties FROM journey.events WHERE message_id LIKE 'ga4-%' ORDER BY message_id;
SELECT orders, revenue, refunded, units, favourite_category, favourite_brand, product_views FROM journey.profiles WHERE user_id = 'ga4';
SELECT product_id, quantity FROM journey.order_lines WHERE order_id = 'T_12345' ORDER BY product_id;
-- Snowplow's e-commerce actions, with the arguments of its trackers.
SELECT status, error FROM journey_track_batch('[
  {"type": "track", "event": "product_view", "userId": "snow", "messageId": "snow-1", "properties": {"id": "P123", "name": "Fashion Tee", "category": "Mens/Apparel", "price": 110, "list_price": 139.99, "currency": "USD"}},
  {"type": "track", "event": "transaction", "userId": "snow", "messageId": "snow-2", "properties": {"transaction_id": "T9", "revenue": 230, "currency": "USD", "payment_method": "credit_card", "total_quantity": 2,
   "tax": 20, "shipping": 10, "discount_code": "SAVE", "discount_amount": 5, "products": [{"id": "P123", "name": "Fashion Tee", "category": "Mens/Apparel", "price": 110, "quantity": 2}]}},
  {"type": "track", "event": "refund", "userId": "snow", "messageId": "snow-3", "properties": {"transaction_id": "T9", "currency": "USD", "refund_amount": 20, "refund_reason": "return"}}
]');
SELECT orders, revenue, refunded, discounts, coupons_used, product_views FROM journey.profiles WHERE user_id = 'snow';
-- The map is the shop's; a message is the same one whatever the map says.
INSERT INTO journey.event_map (foreign_name, event, properties) VALUES ('Kauf', 'Order Completed', '{"Bestellnummer": "order_id", "Summe": "revenue"}');
SELECT journey_track('{"type": "track", "event": "Kauf", "userId": "kunde", "timestamp": "2024-05-01", "properties": {"Bestellnummer": 7, "Summe": 9.5}}') AS first \gset
SELECT orders, revenue FROM journey.profiles WHERE user_id = 'kunde';
DELETE FROM journey.event_map WHERE foreign_name = 'Kauf';
SELECT journey_track('{"type": "track", "event": "Kauf", "userId": "kunde", "timestamp": "2024-05-01", "properties": {"Bestellnummer": 7, "Summe": 9.5}}') = :'first' AS same_event;
INSERT INTO journey.event_map (foreign_name, event, properties) VALUES ('x', 'y', '{"a": 1}');
