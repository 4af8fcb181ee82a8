SELECT status FROM journey_track_batch('[
  {"type": "track", "userId": "fx", "messageId": "1", "event": "Order Completed", "timestamp": "2024-01-01T10:00:00Z", "properties": {"total": 100, "currency": "EUR"}},
  {"type": "track", "userId": "fx", "messageId": "2", "event": "Order Completed", "timestamp": "2024-01-02T10:00:00Z", "properties": {"total": 100, "currency": "EUR"}},
  {"type": "track", "userId": "fx", "messageId": "3", "event": "Order Completed", "timestamp": "2024-01-03T10:00:00Z", "properties": {"total": 50, "currency": "USD"}}]');
SELECT orders, currency, revenue FROM journey.profiles WHERE user_id = 'fx';
INSERT INTO journey.fx_rates VALUES ('USD', 'EUR', 0.9);
SELECT orders, currency, revenue, average_order_value FROM journey.profiles WHERE user_id = 'fx';
DELETE FROM journey.fx_rates;
