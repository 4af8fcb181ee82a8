-- One customer with a taste for berries, one product that was bought twice but not last time.
SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, category, price, currency, compare_at_price) VALUES
    ('prompt-berries', 'Strawberries 16 oz', 'Berries', 2.50, 'USD', 3.99),
    ('prompt-milk', 'Whole Milk', 'Milk', 2.69, 'USD', NULL);
SELECT status, count(*) FROM journey_track_batch((
    SELECT jsonb_agg(jsonb_build_object(
               'type', 'track', 'event', 'Order Completed', 'userId', 'prompt', 'messageId', 'prompt-' || day,
               'timestamp', '2026-01-01T10:00:00Z'::timestamptz + day * interval '10 days',
               'properties', jsonb_build_object('order_id', 'prompt-' || day, 'total', 5, 'currency', 'USD', 'products',
                   jsonb_build_array(jsonb_build_object('product_id', CASE day WHEN 3 THEN 'prompt-milk' ELSE 'prompt-berries' END,
                                                        'category', 'Berries', 'price', 5, 'quantity', 1)))))
      FROM generate_series(1, 3) AS day)) GROUP BY status;
SELECT journey_prompt('prompt', 'subject', seed => 1, options => '{"at": "2026-02-05T00:00:00Z"}');
-- Much later the same customer is missed, and the same product is on sale.
SELECT regexp_replace(journey_prompt('prompt', 'message', seed => 1, options => '{"at": "2026-09-01T00:00:00Z"}'), '.*Draft: ', '') AS draft;
-- The words are up to the seed, the product is not.
SELECT count(DISTINCT journey_prompt('prompt', 'subject', seed => s)) > 1 AS varied,
       bool_and(journey_prompt('prompt', 'subject', seed => s) LIKE '%Strawberries%') AS about_the_product
  FROM generate_series(1, 8) AS s;
SELECT journey_prompt('prompt', 'subject', seed => 7) = journey_prompt('prompt', 'subject', seed => 7) AS repeatable;
-- A shop may write its own prompt; the newest approved version counts.
INSERT INTO journey.prompts (kind, version, status, system, instruction, examples)
VALUES ('subject', 2, 'draft', 'Not yet.', '', '[]'),
       ('subject', 3, 'approved', 'You write {{ kind }} lines.', 'At most {{ max_chars }} characters.', '[]');
SELECT journey_prompt('prompt', 'subject', 'prompt-milk', seed => 1, options => '{"at": "2026-02-05T00:00:00Z"}');
DELETE FROM journey.prompts WHERE kind = 'subject' AND version > 1;
