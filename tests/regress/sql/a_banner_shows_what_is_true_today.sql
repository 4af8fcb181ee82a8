\set SHOW_CONTEXT never
SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, brand, category, price, compare_at_price, currency, attributes)
VALUES ('lamp', 'Willow Desk Lamp', 'Willow', 'Lamps', 39, 49, 'USD', '{"colour": "crimson"}'),
       ('plain', 'Plain Desk Lamp', NULL, 'Lamps', 20, NULL, 'USD', '{}'),
       ('gone', 'Sold Lamp', NULL, 'Lamps', 20, NULL, 'USD', '{}');
INSERT INTO journey.inventory (product_id, quantity) VALUES ('gone', 0);
-- Two pixels, red and blue.
INSERT INTO journey.product_images (product_id, image_id, place, content, attributes)
VALUES ('lamp', 'studio', 1, decode('iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg==', 'base64'), '{"setting": "studio"}');
INSERT INTO journey.product_images (product_id, image_id, place, url, attributes)
VALUES ('lamp', 'garden', 2, 'https://shop.example/lamp?a=1&b="2"', '{"setting": ["garden", "outdoors"]}');
SELECT status FROM journey_track_batch('[{"type": "identify", "userId": "banner", "messageId": "banner-1", "traits": {"first_name": "Ada"}},
    {"type": "identify", "userId": "gardener", "messageId": "banner-2", "traits": {"first_name": "Ben", "setting": "Outdoors"}},
    {"type": "identify", "userId": "shy", "messageId": "banner-3", "traits": {"first_name": "Cleo", "personalization_consent": false, "setting": "outdoors"}}]');
-- A text that was written today is shown again.
CREATE FUNCTION pg_temp.write(customer text, product text) RETURNS text
    LANGUAGE sql AS $$ SELECT status FROM journey_compose(customer, 'subject', product, seed => 1, options => '{"tier": "template", "channel": "web"}') $$;
CREATE FUNCTION pg_temp.texts(svg text) RETURNS SETOF text
    LANGUAGE sql AS $$ SELECT m[1] FROM regexp_matches(svg, '<text[^>]*>([^<]*)</text>', 'g') m $$;
SELECT pg_temp.write('banner', 'lamp');
SELECT journey_banner('banner', 'lamp', 'leaderboard') AS svg \gset
SELECT string_agg(t, ' ') LIKE (SELECT text FROM journey.generations WHERE profile_id = journey_resolve('banner')) || '%' AS headline,
       '$39' = ANY (array_agg(t)) AS price, '$49' = ANY (array_agg(t)) AS price_before, 'Shop now' = ANY (array_agg(t)) AS button
  FROM pg_temp.texts(:'svg') t;
SELECT :'svg' LIKE '<svg % width="728" height="90" % role="img" %' AS image, :'svg' LIKE '%text-decoration="line-through">$49<%' AS struck,
       :'svg' LIKE '%<desc id=%Willow Desk Lamp. $39 instead of $49. Shop now</desc>%' AS described, :'svg' LIKE '%data:image/png;base64,iVBOR%' AS embedded,
       :'svg' LIKE '%fill="#fbe3e8"%' AS tinted;
SELECT count(*) FROM journey.generations WHERE profile_id = journey_resolve('banner');
-- As PNG, of its size.
SELECT encode(substr(png, 1, 8), 'hex') AS signature, get_byte(png, 18) * 256 + get_byte(png, 19) AS width, get_byte(png, 22) * 256 + get_byte(png, 23) AS height
  FROM journey_banner_png('banner', 'lamp', '336x280') png;
-- The picture that suits the customer; what is linked is escaped, and missing in a PNG.
SELECT pg_temp.write('gardener', 'lamp');
SELECT journey_banner('gardener', 'lamp') LIKE '%href="https://shop.example/lamp?a=1&amp;b=&quot;2&quot;"%' AS linked, journey_banner_png('gardener', 'lamp') IS NOT NULL AS drawn;
-- Who does not want to be known reads what everybody reads.
SELECT pg_temp.write('nobody', 'lamp');
SELECT journey_banner('shy', 'lamp') = journey_banner('nobody', 'lamp') AS same, journey_banner('shy', 'lamp') LIKE '%Cleo%' AS named;
-- A price that changes brings a new text, or the same where the text does not name it; never an old price.
UPDATE journey.products SET price = 34, compare_at_price = NULL WHERE product_id = 'lamp';
SELECT svg LIKE '%$34%' AS new, svg ~ '\$(39|49|10)\y' AS old, svg LIKE '%line-through%' AS struck FROM journey_banner('banner', 'lamp') svg;
-- Without a text of the day one is written, and then shown again.
SELECT journey_banner('nobody', 'plain') = journey_banner('nobody', 'plain') AS same;
SELECT count(*) FROM journey.generations WHERE profile_id = 0 AND product_id = 'plain';
-- The colours of the brand, mended until the button can be seen.
INSERT INTO journey.brand_styles (brand, background, accent, call_to_action) VALUES ('Willow', '#203040', '#213141', 'Look & buy');
SELECT svg LIKE '%fill="#203040"%' AS background, svg LIKE '%#213141%' AS unseen, svg LIKE '%>Look &amp; buy</text>%' AS button FROM journey_banner('banner', 'lamp') svg;
\set VERBOSITY terse
INSERT INTO journey.brand_styles (brand, accent) VALUES ('Other', 'url(#x)');
\set VERBOSITY default
-- A name that is none is left out, and a guardrail stops a banner by all its words.
UPDATE journey.products SET brand = 'Visit https://evil.example/' WHERE product_id = 'lamp';
SELECT journey_banner('banner', 'lamp') LIKE '%evil%' AS shown;
INSERT INTO journey.guardrails (guardrail, type, definition) VALUES ('no_look', 'banned_terms', '{"terms": ["shop now"]}');
SELECT journey_approve_guardrail('no_look');
SET client_min_messages = notice;
SELECT journey_banner('banner', 'lamp') IS NULL AS nothing, journey_banner_png('banner', 'lamp') IS NULL AS nothing;
SET client_min_messages = warning;
UPDATE journey.guardrails SET status = 'retired' WHERE guardrail = 'no_look';
-- A text that a person has yet to see is not shown.
UPDATE journey.guardrail_policies SET review_kinds = ARRAY['subject'] WHERE policy = 'default';
SELECT pg_temp.write('banner', 'plain'), journey_banner('banner', 'plain') IS NULL AS nothing;
SELECT count(*) FROM journey.generations WHERE profile_id = journey_resolve('banner') AND product_id = 'plain';
UPDATE journey.guardrail_policies SET review_kinds = '{support_reply}' WHERE policy = 'default';
SELECT id FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'approve', reviewer => 'rita');
SELECT journey_banner('banner', 'plain') LIKE '%Plain Desk Lamp%' AS shown;
-- One that was approved in spite of a guardrail is shown while that is the same guardrail.
INSERT INTO journey.guardrails (guardrail, type, definition, on_fail) VALUES ('ask', 'banned_terms', '{"terms": ["sold lamp"]}', 'review');
SELECT journey_approve_guardrail('ask');
UPDATE journey.inventory SET quantity = 3 WHERE product_id = 'gone';
SELECT pg_temp.write('banner', 'gone'), journey_banner('banner', 'gone') IS NULL AS nothing;
SELECT id FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'approve', reviewer => 'rita');
SELECT journey_banner('banner', 'gone') LIKE '%Sold Lamp%' AS shown;
UPDATE journey.guardrails SET status = 'retired' WHERE guardrail = 'ask';
UPDATE journey.inventory SET quantity = 0 WHERE product_id = 'gone';
-- What cannot be meant is refused before a model is asked.
SELECT journey_banner('banner', 'plain', 'huge');
SELECT journey_banner('banner', 'plain', '20x20');
SELECT journey_banner('banner', 'plain', NULL);
SELECT journey_banner('banner', 'unknown');
SELECT journey_banner('banner', 'gone');
INSERT INTO journey.product_images (product_id, content) VALUES ('plain', '<svg xmlns="http://www.w3.org/2000/svg"/>');
DELETE FROM journey.generations WHERE product_id = 'plain';
SELECT pg_temp.write('banner', 'plain');
SELECT journey_banner('banner', 'plain');
\set VERBOSITY terse
INSERT INTO journey.product_images (product_id, image_id, url) VALUES ('plain', 'bad', 'javascript:alert(1)');
\set VERBOSITY default
-- A writer needs no more than its role; a reader may not have texts written.
DELETE FROM journey.product_images WHERE product_id = 'plain';
SET ROLE journey_writer;
SELECT journey_banner('banner', 'plain') IS NOT NULL AS drawn;
RESET ROLE;
SET ROLE journey_reader;
SELECT journey_banner('gardener', 'plain');
RESET ROLE;
DELETE FROM journey.brand_styles WHERE brand <> '*';
DELETE FROM journey.product_images;
DELETE FROM journey.generations WHERE product_id IN ('lamp', 'plain', 'gone');
DELETE FROM journey.inventory WHERE product_id = 'gone';
DELETE FROM journey.products WHERE product_id IN ('lamp', 'plain', 'gone');
DELETE FROM journey.guardrails WHERE guardrail IN ('no_look', 'ask');
DELETE FROM journey.review_queue;
DELETE FROM journey.labels;
