-- journey_attach reads tables that a shop has already; columns of the same name are found, the others are mapped. The
-- worker is kept from reading them first.
SET client_min_messages = warning;
CREATE SCHEMA "Shop 1";
SET search_path = "Shop 1", public;
\set SHOW_CONTEXT never
CREATE TABLE "Shop 1".customers ("CustomerID" integer, first_name text, mail text, tier text, updated_at timestamptz);
INSERT INTO customers VALUES (9001, 'Wanda', 'wanda@example.org', 'gold', '2024-01-01Z'), (9002, 'Wim', NULL, NULL, '2024-01-02Z');
BEGIN;
SELECT journey_attach('customers', 'customers', '{"email": "mail", "loyalty_tier": "tier"}', 'updated_at', 'w.customers');
UPDATE journey.sources SET enabled = false;
COMMIT;
CREATE TABLE "Shop 1".invoices (invoice text, customer_id integer, "timestamp" timestamp, sku text, category text, qty integer, price numeric, changed timestamptz);
INSERT INTO invoices VALUES
  ('A1', 9001, '2024-02-01 10:00', 'tea', 'Tea', 2, 12.50, '2024-02-01Z'), ('A1', 9001, '2024-02-01 10:00', 'cup', 'Cups', 1, 5, '2024-02-01Z'),
  ('A2', 9001, '2024-02-03 10:00', 'tea', 'Tea', 1, 12.50, '2024-02-03Z'), ('A2', 9001, '2024-02-03 10:00', 'cup', 'Cups', -1, 5, '2024-02-03Z'),
  ('C1', 9002, '2024-02-04 10:00', 'tea', 'Tea', -1, 10, '2024-02-04Z'),
  ('G1', NULL, '2024-02-04 11:00', 'tea', 'Tea', 1, 11, '2024-02-04Z'),
  (NULL, 9002, '2024-02-04 11:00', 'tea', 'Tea', 1, 11, '2024-02-04Z');
BEGIN;
SELECT journey_attach('order_lines', 'invoices', '{"order_id": "invoice", "product_id": "sku", "quantity": "qty", "currency": {"const": "EUR"}}', 'changed', 'w.lines');
UPDATE journey.sources SET enabled = false;
COMMIT;
SELECT name, kind, source, columns, watermark, overlap FROM journey.sources ORDER BY name;
BEGIN;
SELECT journey_sync('w.customers') AS customers, journey_sync('w.lines') AS lines;
COMMIT;
SELECT user_id, email, first_name, traits ->> 'loyalty_tier' AS tier, orders, revenue, refunded FROM journey.profiles WHERE user_id IN ('9001', '9002') ORDER BY 1;
SELECT event, message_id, user_id, anonymous_id, "timestamp" AT TIME ZONE 'UTC' AS at, properties FROM journey.events WHERE source = 'w.lines' ORDER BY message_id;
SELECT reason FROM journey.dead_letters WHERE source = 'w.lines';
DELETE FROM journey.dead_letters WHERE source = 'w.lines';
-- Again: nothing is new, though the overlap is read once more.
BEGIN;
SELECT journey_sync('w.customers') > 0 AS reads_the_overlap, journey_sync('w.lines') > 0 AS here_too;
COMMIT;
SELECT count(*) FROM journey.events WHERE source IN ('w.lines', 'w.customers');
-- A changed order is updated and back again, a late row within the overlap is found, a cup goes back.
UPDATE invoices SET qty = 3, changed = '2024-02-05Z' WHERE invoice = 'A1' AND sku = 'tea';
SELECT journey_sync('w.lines') > 0 AS read;
SELECT orders, revenue, units FROM journey.profiles WHERE user_id = '9001';
UPDATE invoices SET qty = 2, changed = '2024-02-06Z' WHERE invoice = 'A1' AND sku = 'tea';
INSERT INTO invoices VALUES ('A3', 9001, '2024-02-05 10:00', 'pot', 'Pots', 1, 100, '2024-02-05 23:55Z'),
                            ('A2', 9001, '2024-02-06 10:00', 'cup', 'Cups', -1, 1, '2024-02-06Z');
SELECT journey_sync('w.lines') > 0 AS read;
SELECT orders, revenue, refunded, units FROM journey.profiles WHERE user_id = '9001';
SELECT event, message_id, properties -> 'total' AS total FROM journey.events WHERE source = 'w.lines' AND message_id ~ ':A[123]' ORDER BY message_id;
-- Attached again under its name it is read from the beginning, and changes nothing.
SELECT journey_detach('w.lines');
BEGIN;
SELECT journey_attach('order_lines', 'invoices', '{"order_id": "invoice", "product_id": "sku", "quantity": "qty", "currency": {"const": "EUR"}}', 'changed', 'w.lines');
UPDATE journey.sources SET enabled = false;
COMMIT;
SELECT journey_sync('w.lines');
SELECT orders, revenue, refunded, units FROM journey.profiles WHERE user_id = '9001';
SELECT count(*) FROM journey.events WHERE source = 'w.lines';
SELECT journey_detach(name) FROM journey.sources WHERE name LIKE 'w.%';
DELETE FROM journey.dead_letters WHERE source = 'w.lines';
DROP SCHEMA "Shop 1" CASCADE;
