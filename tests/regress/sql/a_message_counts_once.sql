-- The same messageId again, alone, in a batch or through the inbox, changes nothing.
\set order '{"type": "track", "event": "Order Completed", "userId": "once", "messageId": "m-1", "timestamp": "2024-05-01T10:00:00Z", "channel": "store", "properties": {"order_id": "o-1", "total": 20, "currency": "USD", "products": [{"product_id": "p", "category": "Tea", "price": 10, "quantity": 2}]}}'
SELECT journey_track(:'order') AS first \gset
SELECT journey_track(:'order') = :'first' AS same_event;
SELECT status, error FROM journey_track_batch(jsonb_build_array(:'order'::jsonb, :'order'::jsonb));
BEGIN;
INSERT INTO journey.inbox (payload, source) SELECT :'order'::jsonb, 'regress' FROM generate_series(1, 3);
SELECT journey_drain();
COMMIT;
SELECT events, orders, revenue, units FROM journey.profiles WHERE profile_id = journey_resolve('once');
SELECT count(*) FROM journey.events WHERE profile_id = journey_resolve('once');
-- Two messages about one order are one order, too.
SELECT journey_track(:'order'::jsonb || '{"messageId": "m-2"}') IS NOT NULL AS stored;
SELECT events, orders, revenue, units FROM journey.profiles WHERE profile_id = journey_resolve('once');
-- A message without an id is known by its content.
SELECT journey_track('{"type": "page", "userId": "once", "timestamp": "2024-05-02T10:00:00Z"}')
     = journey_track('{"type": "page", "userId": "once", "timestamp": "2024-05-02T10:00:00Z"}') AS same_event;
