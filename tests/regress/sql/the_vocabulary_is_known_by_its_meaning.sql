-- Events of every channel, as their senders write them; a profile shows what they mean.
SELECT status, count(*) FROM journey_track_batch((
  SELECT jsonb_agg(jsonb_build_object('type', 'track', 'event', e.event, 'userId', 'words', 'messageId', 'words-' || e.n, 'timestamp', '2024-05-01T10:00:00Z',
                                      'properties', '{"scroll_depth": 0.8, "hover_ms": 1200, "ticket_id": "t", "points": 50, "tier": "gold", "product_id": "p"}'::jsonb))
    FROM unnest(ARRAY['Email Delivered', 'email_opened', 'Email Link Clicked', 'Email Bounced', 'Email Marked as Spam', 'Unsubscribed',
                      'Support Ticket Opened', 'Support Ticket Updated', 'support_ticket_solved', 'Product Reviewed', 'Store Visited',
                      'Loyalty Program Enrolled', 'Loyalty Points Earned', 'Loyalty Points Redeemed', 'loyalty_tier_changed',
                      'Products Searched', 'Product List Viewed', 'Product Clicked', 'product_added', 'Cart Viewed', 'Checkout Started',
                      'Coupon Applied', 'Push Notification Tapped', 'Live Chat Message Sent', 'Anything Else']) WITH ORDINALITY AS e (event, n))) GROUP BY status;
SELECT channel, string_agg(event, ', ' ORDER BY event COLLATE "C") AS events FROM journey.events WHERE profile_id = journey_resolve('words') GROUP BY channel ORDER BY channel;
SELECT emails_delivered, emails_opened, emails_clicked, email_unsubscribed_at IS NOT NULL AS unsubscribed FROM journey.profiles WHERE user_id = 'words';
SELECT properties -> 'scroll_depth' AS scroll_depth, properties -> 'hover_ms' AS hover_ms FROM journey.events WHERE message_id = 'words-25';
-- RudderStack: a batch whose messages carry their own sentAt, and traits in the context
SELECT message_id, status FROM journey_track_batch('{"batch": [
  {"type": "identify", "userId": "rudder", "anonymousId": "rudder-1", "messageId": "r-1", "channel": "web", "context": {"traits": {"firstName": "Rudi"}, "library": {"name": "RudderLabs JavaScript SDK"}},
   "originalTimestamp": "2024-05-01T10:00:00.000Z", "sentAt": "2024-05-01T10:00:01.000Z", "rudderId": "x", "request_ip": "::1", "integrations": {"All": true}},
  {"type": "track", "event": "Order Completed", "userId": "rudder", "anonymousId": "rudder-1", "messageId": "r-2", "channel": "mobile", "properties": {"order_id": "r", "revenue": 8, "currency": "EUR"}}],
  "sentAt": "2024-05-01T10:00:02.000Z"}');
SELECT first_name, orders, revenue, channel_preference FROM journey.profiles WHERE user_id = 'rudder';
SELECT channel, extra FROM journey.events WHERE message_id = 'r-1';
