-- The other kinds of journey_attach; a row that the catalog refuses does not stop the others.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE SCHEMA wh;
CREATE TABLE wh.orders (order_id bigint, customer_id text, "timestamp" timestamptz, total numeric, shipping numeric, currency text, status text, updated_at timestamptz);
INSERT INTO wh.orders VALUES (1, 'wh-1', '2024-03-01Z', 30, 5, 'EUR', 'paid', '2024-03-01Z'), (2, 'wh-1', '2024-03-02Z', 20, 0, 'EUR', 'paid', '2024-03-02Z'),
                             (3, 'wh-1', '2024-03-03Z', 10, 0, 'EUR', 'paid', '2024-03-03Z');
BEGIN;
SELECT journey_attach('orders', 'wh.orders', watermark => 'updated_at');
UPDATE journey.sources SET enabled = false;
COMMIT;
SELECT journey_sync('orders');
SELECT orders, revenue FROM journey.profiles WHERE user_id = 'wh-1';
UPDATE wh.orders SET status = 'cancelled', updated_at = '2024-03-05Z' WHERE order_id = 2;
UPDATE wh.orders SET status = 'refunded', updated_at = '2024-03-06Z' WHERE order_id = 3;
SELECT journey_sync('orders') > 0 AS read;
SELECT orders, revenue, refunded FROM journey.profiles WHERE user_id = 'wh-1';

CREATE TABLE wh.tickets (ticket_id integer, customer_id text, "timestamp" timestamptz, subject text, priority text, id serial);
INSERT INTO wh.tickets VALUES (1, 'wh-1', '2024-03-01 10:00Z', 'Where is my order?', 'high'), (2, NULL, '2024-03-01 10:00Z', 'Nobody asks', 'low');
CREATE TABLE wh.reviews (review_id integer, customer_id text, product_id text, "timestamp" timestamptz, rating integer, body text);
INSERT INTO wh.reviews VALUES (1, 'wh-1', 'wh-tea', '2024-03-04Z', 5, 'Lovely');
CREATE TABLE wh.clicks (who text, what text, at timestamptz, properties jsonb);
INSERT INTO wh.clicks VALUES ('wh-1', 'Product Viewed', '2024-03-04Z', '{"product_id": "wh-tea", "category": "Tea"}');
BEGIN;
SELECT journey_attach('tickets', 'wh.tickets', watermark => 'id', name => 'w.tickets'), journey_attach('reviews', 'wh.reviews', '{"review_body": "body"}', name => 'w.reviews'),
       journey_attach('events', 'wh.clicks', '{"customer_id": "who", "event": "what", "timestamp": "at"}', 'at', 'w.clicks');
UPDATE journey.sources SET enabled = false;
COMMIT;
SELECT journey_sync('w.tickets'), journey_sync('w.reviews'), journey_sync('w.clicks');
SELECT journey_sync('w.tickets'), journey_sync('w.reviews'), journey_sync('w.clicks');
SELECT event, channel, properties FROM journey.events WHERE source IN ('w.tickets', 'w.reviews', 'w.clicks') ORDER BY event;
SELECT DISTINCT reason FROM journey.dead_letters WHERE source = 'w.tickets';

CREATE TABLE wh.products (product_id text, name text, price text, compare_at_price numeric, active text, size text);
INSERT INTO wh.products VALUES ('wh-tea', 'Tea', '12.50', 0, 'Active', '100 g'), ('wh-cup', 'Cup', 'cheap', NULL, 'Active', NULL), ('wh-old', 'Old', '1', 2, 'archived', NULL);
CREATE TABLE wh.stock (product_id text, location_id text, quantity integer);
INSERT INTO wh.stock VALUES ('wh-tea', 'berlin', 3), ('wh-tea', 'rome', -2);
BEGIN;
SELECT journey_attach('products', 'wh.products', '{"currency": {"const": "EUR"}, "size": "size"}', name => 'w.products'), journey_attach('inventory', 'wh.stock', name => 'w.stock');
UPDATE journey.sources SET enabled = false;
COMMIT;
SELECT journey_sync('w.products'), journey_sync('w.stock');
UPDATE wh.products SET price = '11' WHERE product_id = 'wh-tea';
UPDATE wh.stock SET quantity = 4 WHERE location_id = 'berlin';
SELECT journey_sync('w.products'), journey_sync('w.stock');
SELECT product_id, name, price, currency, compare_at_price, active, attributes FROM journey.products WHERE product_id LIKE 'wh-%' ORDER BY 1;
SELECT product_id, location_id, quantity FROM journey.inventory WHERE product_id LIKE 'wh-%' ORDER BY 2;
SELECT DISTINCT sqlstate, payload FROM journey.dead_letters WHERE source = 'w.products';
SELECT journey_detach(name) FROM journey.sources WHERE name LIKE 'w.%' OR name = 'orders';
DELETE FROM journey.dead_letters WHERE source LIKE 'w.%';
DELETE FROM journey.inventory WHERE product_id LIKE 'wh-%';
DELETE FROM journey.products WHERE product_id LIKE 'wh-%';
DROP SCHEMA wh CASCADE;
