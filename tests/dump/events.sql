-- What a shop's first day leaves in every table that a caller can fill: customers, an alias, orders, products, bad input.
INSERT INTO journey.products (product_id, name, category, price, currency)
VALUES ('p1', 'Oat milk, 1 l', 'Dairy', 1.99, 'USD'), ('p2', 'Löwenzahn "tea"', 'Drinks', 4.50, 'USD');

SELECT journey_track_batch((
    SELECT jsonb_agg(jsonb_build_object(
        'type', 'track', 'event', 'Order Completed', 'messageId', 'm' || n, 'userId', 'u' || n % 7,
        'timestamp', timestamptz '2025-01-01Z' + n * interval '9 hours',
        'properties', jsonb_build_object('order_id', 'o' || n, 'revenue', n, 'currency', 'USD', 'products', jsonb_build_array(
            jsonb_build_object('product_id', 'p' || 1 + n % 2, 'quantity', n, 'price', 1.5)))))
      FROM generate_series(1, 50) AS n));

SELECT journey_track('{"type": "identify", "messageId": "i1", "userId": "u1", "anonymousId": "a1",
    "timestamp": "2025-01-02T00:00:00Z", "traits": {"email": "ann@example.com", "firstName": "Ann"}}');

-- a trait and a segment with members, which the worker leaves as they are
SELECT journey_define_trait('revenue_ever', '{"kind": "sum", "of": "properties.revenue"}');
SELECT journey_define_segment('spenders', '{"trait": "revenue_ever", ">": 100}');
SELECT journey_refresh_segments();
UPDATE journey.segments SET refresh_every = '1 year';

-- one good and one bad row for the inbox; the bad one becomes a dead letter
INSERT INTO journey.inbox (payload, source)
VALUES ('{"type": "page", "messageId": "i2", "anonymousId": "a1", "name": "Home", "timestamp": "2025-01-03T00:00:00Z"}', 'web'),
       ('{"type": "track", "messageId": "i3", "timestamp": "NaN"}', 'web');
SELECT journey_drain();

-- two customers who are one, and one link that was taken back
SELECT journey_merge('u2', 'u3', 'the same household');
SELECT journey_unmerge(journey_link('u4', 'email', 'bea@example.com'));
