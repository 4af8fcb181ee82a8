-- Profile: what customers ordered, sent back, wrote and asked, by person.
CREATE VIEW journey.orders WITH (security_invoker = true) AS
SELECT o.person_id AS profile_id, o.order_key, o.order_id, o.placed_at, o.channel,
       CASE WHEN o.cancelled_at IS NOT NULL THEN 'cancelled' WHEN r.amount >= o.revenue AND o.refunds > 0 THEN 'returned'
            WHEN o.refunds > 0 THEN 'partly_returned' ELSE 'placed' END AS status,
       nullif(o.currency, 'XXX') AS currency, o.gross, o.gross - o.revenue AS discount, coalesce(r.amount, 0) AS refunded,
       CASE WHEN o.cancelled_at IS NULL THEN o.revenue - coalesce(r.amount, 0) ELSE 0 END AS revenue,
       o.units, o.coupon, o.categories, o.brands, o.refunds, o.refunded_at, o.cancelled_at, o.content_at AS updated_at
  FROM journey._person_orders o
  LEFT JOIN LATERAL (SELECT (o.refunded ->> o.currency)::numeric AS amount) r ON true
 WHERE o.revenue IS NOT NULL;
COMMENT ON VIEW journey.orders IS 'Every order once, whichever identifiers and events tell of it';
COMMENT ON COLUMN journey.orders.profile_id IS 'The person, as in journey.profiles';
COMMENT ON COLUMN journey.orders.order_key IS 'Names the order within the person, also where it has no order_id';
COMMENT ON COLUMN journey.orders.placed_at IS 'Time of the first completion';
COMMENT ON COLUMN journey.orders.status IS 'placed, partly_returned, returned or cancelled';
COMMENT ON COLUMN journey.orders.currency IS 'NULL where no event names one';
COMMENT ON COLUMN journey.orders.gross IS 'Value before discounts, without shipping and tax';
COMMENT ON COLUMN journey.orders.refunded IS 'What went back in the currency of the order';
COMMENT ON COLUMN journey.orders.revenue IS 'gross less discount and refunded; 0 for a cancelled order';
COMMENT ON COLUMN journey.orders.updated_at IS 'Time of the event that says what was ordered';

-- Amounts and quantities were checked when the event came; names may be in either spelling.
CREATE VIEW journey.order_lines WITH (security_invoker = true) AS
SELECT o.person_id AS profile_id, o.order_key, o.order_id, o.placed_at, l.line, o.is_counted,
       coalesce(l.product ->> 'product_id', l.product ->> 'productId') AS product_id, l.product ->> 'sku' AS sku,
       l.product ->> 'name' AS name, l.product ->> 'category' AS category, l.product ->> 'brand' AS brand,
       l.product ->> 'variant' AS variant, nullif(o.currency, 'XXX') AS currency, (l.product ->> 'price')::numeric AS price,
       coalesce((l.product ->> 'quantity')::numeric, 1) AS quantity,
       (l.product ->> 'price')::numeric * coalesce((l.product ->> 'quantity')::numeric, 1) AS amount
  FROM journey._person_orders o
  JOIN journey.events e ON e.profile_id = o.content_profile_id AND e."timestamp" = o.content_at AND e.event_id = o.content_event_id
 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(
       CASE pg_catalog.jsonb_typeof(e.properties -> 'products') WHEN 'array' THEN e.properties -> 'products' ELSE '[]' END)
       WITH ORDINALITY AS l (product, line);
COMMENT ON VIEW journey.order_lines IS 'The products of every order, as its newest event lists them';
COMMENT ON COLUMN journey.order_lines.line IS 'Place in the list, from 1';
COMMENT ON COLUMN journey.order_lines.is_counted IS 'False for cancelled orders';
COMMENT ON COLUMN journey.order_lines.quantity IS '1 where the event names none';
COMMENT ON COLUMN journey.order_lines.amount IS 'price times quantity, before the discount of the order';

CREATE VIEW journey.returns WITH (security_invoker = true) AS
SELECT a.person_id AS profile_id, e.event_id, e."timestamp" AS returned_at, e.channel,
       coalesce(e.properties ->> 'order_id', e.properties ->> 'orderId') AS order_id,
       pg_catalog.upper(e.properties ->> 'currency') AS currency,
       coalesce(e.properties ->> 'total', e.properties ->> 'revenue', e.properties ->> 'subtotal')::numeric AS amount,
       e.properties ->> 'reason' AS reason,
       CASE pg_catalog.jsonb_typeof(e.properties -> 'products') WHEN 'array' THEN e.properties -> 'products' END AS products
  FROM journey.events e
  JOIN journey._atoms a ON a.profile_id = e.profile_id
 WHERE e.event = 'Order Refunded' AND e.type = 'track' AND NOT e.is_bot;
COMMENT ON VIEW journey.returns IS 'Every refund: Order Refunded events';
COMMENT ON COLUMN journey.returns.amount IS 'As the event says it; NULL: the products named, or else the whole order';
COMMENT ON COLUMN journey.returns.products IS 'The products that went back, where the event lists them';

CREATE VIEW journey.reviews WITH (security_invoker = true) AS
SELECT a.person_id AS profile_id, e.event_id, e."timestamp" AS reviewed_at, e.channel,
       coalesce(e.properties ->> 'product_id', e.properties ->> 'productId') AS product_id,
       coalesce(e.properties ->> 'review_id', e.properties ->> 'reviewId') AS review_id,
       CASE WHEN e.properties ->> 'rating' ~ '^\d{1,3}(\.\d+)?$' THEN (e.properties ->> 'rating')::numeric END AS rating,
       e.properties ->> 'title' AS title,
       coalesce(e.properties ->> 'review_body', e.properties ->> 'reviewBody', e.properties ->> 'body', e.properties ->> 'text') AS body
  FROM journey.events e
  JOIN journey._atoms a ON a.profile_id = e.profile_id
 WHERE e.event = 'Product Reviewed' AND e.type = 'track' AND NOT e.is_bot;
COMMENT ON VIEW journey.reviews IS 'What customers wrote of products: Product Reviewed events';
COMMENT ON COLUMN journey.reviews.rating IS 'As sent; NULL where it is no number';

-- A ticket is told by several events: opened, answered, solved, closed.
CREATE VIEW journey.tickets WITH (security_invoker = true) AS
SELECT t.person_id AS profile_id, t.ticket_id,
       pg_catalog.min(t."timestamp") AS opened_at,
       pg_catalog.max(t."timestamp") AS updated_at,
       pg_catalog.min(t."timestamp") FILTER (WHERE t.event ~ ' (Solved|Resolved|Closed)$') AS solved_at,
       (pg_catalog.array_agg(t.event ORDER BY t."timestamp" DESC, t.event_id DESC))[1] AS last_event,
       (pg_catalog.array_agg(t.properties ->> 'subject' ORDER BY t."timestamp", t.event_id)
           FILTER (WHERE t.properties ->> 'subject' IS NOT NULL))[1] AS subject,
       (pg_catalog.array_agg(t.properties ->> 'priority' ORDER BY t."timestamp" DESC, t.event_id DESC)
           FILTER (WHERE t.properties ->> 'priority' IS NOT NULL))[1] AS priority,
       pg_catalog.count(*) AS events
  FROM (SELECT a.person_id, e."timestamp", e.event_id, e.event, e.properties,
               coalesce(e.properties ->> 'ticket_id', e.properties ->> 'ticketId', e.event_id::text) AS ticket_id
          FROM journey.events e
          JOIN journey._atoms a ON a.profile_id = e.profile_id
         WHERE e.type = 'track' AND NOT e.is_bot AND (e.event LIKE 'Support Ticket %' OR e.event LIKE 'Ticket %')) t
 GROUP BY t.person_id, t.ticket_id;
COMMENT ON VIEW journey.tickets IS 'Every support ticket once: the events Support Ticket Opened, … with its ticket_id';
COMMENT ON COLUMN journey.tickets.solved_at IS 'Time of the first event that solves or closes it; NULL: open';
COMMENT ON COLUMN journey.tickets.last_event IS 'Name of its latest event';

GRANT SELECT ON journey.orders, journey.order_lines, journey.returns, journey.reviews, journey.tickets TO journey_reader;
