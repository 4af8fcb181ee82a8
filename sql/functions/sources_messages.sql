-- Sources: from rows of a warehouse table to messages in journey.inbox.

CREATE FUNCTION _journey_source_who(fields jsonb, guest text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
           'userId', fields ->> 'customer_id',
           'anonymousId', coalesce(fields ->> 'anonymous_id',
                                   CASE WHEN fields ->> 'customer_id' IS NULL AND fields ->> 'email' IS NULL THEN guest END),
           'channel', fields ->> 'channel',
           'context', CASE WHEN fields ->> 'email' IS NOT NULL
                           THEN pg_catalog.jsonb_build_object('traits', pg_catalog.jsonb_build_object('email', fields ->> 'email')) END))
$$;
COMMENT ON FUNCTION _journey_source_who(jsonb, text) IS 'The ids of a message; guest names a visitor who left none';

CREATE FUNCTION _journey_source_hash(content text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.substr(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(content, 'UTF8')), 'hex'), 1, 32)::uuid
$$;
COMMENT ON FUNCTION _journey_source_hash(text) IS 'Half a sha256, by which contents are told apart';

-- What goes back (a negative quantity or price) is a refund; the rest of the lines was bought.
CREATE FUNCTION _journey_source_orders_of_lines(lines jsonb[])
    RETURNS TABLE (order_id text, who jsonb, placed_at text, changed_at text, bought jsonb, refunded numeric, refunded_at text,
                   returned jsonb, is_cancelled boolean)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.order_id, @extschema@._journey_source_who(o.who, NULL), o.placed_at, o.changed_at,
           CASE WHEN o.bought IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
                'order_id', o.order_id, 'currency', o.currency, 'coupon', o.coupon, 'revenue', trim_scale(greatest(o.revenue, 0)),
                'discount', nullif(o.discount, 0), 'products', o.bought)) END,
           coalesce(o.refunded, 0), o.refunded_at,
           CASE WHEN o.returned IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
                'order_id', o.order_id, 'currency', o.currency, 'products', o.returned)) END,
           false
      FROM (SELECT l.fields ->> 'order_id' AS order_id,
                   jsonb_build_object('customer_id', max(l.fields ->> 'customer_id'), 'anonymous_id', max(l.fields ->> 'anonymous_id'),
                                      'email', max(l.fields ->> 'email'), 'channel', max(l.fields ->> 'channel')) AS who,
                   min(l.fields ->> 'timestamp' COLLATE "C") AS placed_at,
                   max(l.fields ->> '_watermark' COLLATE "C") AS changed_at,
                   max(l.fields ->> 'currency') AS currency,
                   max(l.fields ->> 'coupon') AS coupon,
                   sum(l.quantity * l.price - l.discount) FILTER (WHERE NOT l.is_back) AS revenue,
                   sum(l.discount) FILTER (WHERE NOT l.is_back) AS discount,
                   jsonb_agg(l.product ORDER BY l.line_id, l.product) FILTER (WHERE NOT l.is_back) AS bought,
                   sum(abs(l.quantity * l.price)) FILTER (WHERE l.is_back) AS refunded,
                   min(l.fields ->> 'timestamp' COLLATE "C") FILTER (WHERE l.is_back) AS refunded_at,
                   jsonb_agg(l.product || jsonb_build_object('quantity', abs(l.quantity), 'price', abs(l.price))
                             ORDER BY l.line_id, l.product) FILTER (WHERE l.is_back) AS returned
              FROM (SELECT n.*, n.quantity < 0 OR n.price < 0 AS is_back,
                           n.fields - ARRAY['order_id', 'customer_id', 'anonymous_id', 'email', 'timestamp', 'currency', 'coupon',
                                            'channel', 'line_id', '_watermark'] AS product,
                           n.fields ->> 'line_id' COLLATE "C" AS line_id
                      FROM (SELECT fields, coalesce((fields ->> 'quantity')::numeric, 1) AS quantity,
                                   coalesce((fields ->> 'price')::numeric, 0) AS price,
                                   coalesce((fields ->> 'discount')::numeric, 0) AS discount
                              FROM unnest(lines) AS fields) n) l
             GROUP BY l.fields ->> 'order_id') o
$$;
COMMENT ON FUNCTION _journey_source_orders_of_lines(jsonb[]) IS 'Orders as their lines are now; all lines of an order must be there';

CREATE FUNCTION _journey_source_orders_of_orders(orders jsonb[])
    RETURNS TABLE (order_id text, who jsonb, placed_at text, changed_at text, bought jsonb, refunded numeric, refunded_at text,
                   returned jsonb, is_cancelled boolean)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.order_id, @extschema@._journey_source_who(o.fields, NULL), o.fields ->> 'timestamp', o.fields ->> '_watermark',
           o.fields - ARRAY['customer_id', 'anonymous_id', 'email', 'timestamp', 'channel', 'refunded', '_watermark'],
           coalesce(r.refunded, 0), coalesce(o.fields ->> '_watermark', o.fields ->> 'timestamp'),
           CASE WHEN r.refunded > 0 THEN jsonb_strip_nulls(jsonb_build_object('order_id', o.order_id, 'currency', o.fields -> 'currency')) END,
           coalesce(o.fields ->> 'status' ~* '^\s*cancell?ed\s*$', false)
      FROM (SELECT DISTINCT ON (fields ->> 'order_id') fields ->> 'order_id' AS order_id, fields
              FROM unnest(orders) WITH ORDINALITY AS u (fields, place)
             ORDER BY fields ->> 'order_id', place DESC) o
     CROSS JOIN LATERAL (SELECT coalesce((o.fields ->> 'refunded')::numeric,
                                CASE WHEN o.fields ->> 'status' ~* '^\s*refunded\s*$'
                                     THEN coalesce((o.fields ->> 'revenue')::numeric, (o.fields ->> 'subtotal')::numeric,
                                                   (o.fields ->> 'total')::numeric - coalesce((o.fields ->> 'shipping')::numeric, 0)
                                                                                   - coalesce((o.fields ->> 'tax')::numeric, 0)) END) AS refunded) r
$$;
COMMENT ON FUNCTION _journey_source_orders_of_orders(jsonb[]) IS 'Orders as their own rows are now';

-- Of an order that was sent before, only what is new: its changed content, what went back since, its cancellation.
CREATE FUNCTION _journey_source_send_orders(source_name text, kind text, rows jsonb[]) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH known AS (
        SELECT o.*, h.content AS content, s.content AS old_content, coalesce(s.versions, 0) AS versions,
               coalesce(s.refunded, 0) AS old_refunded, coalesce(s.is_cancelled, false) AS was_cancelled,
               o.bought IS NOT NULL AND h.content IS DISTINCT FROM s.content AS is_changed,
               o.returned IS NOT NULL AND (s.order_id IS NULL OR o.refunded > s.refunded) AS is_returned,
               o.is_cancelled AND NOT coalesce(s.is_cancelled, false) AS is_gone,
               o.who || CASE WHEN o.who ?| ARRAY['userId', 'anonymousId', 'context'] THEN '{}'
                             ELSE jsonb_build_object('anonymousId', source_name || ':' || o.order_id) END AS sender,
               source_name || ':' || o.order_id AS message_id
          FROM (SELECT * FROM @extschema@._journey_source_orders_of_lines(CASE WHEN kind = 'order_lines' THEN rows END)
                UNION ALL
                SELECT * FROM @extschema@._journey_source_orders_of_orders(CASE WHEN kind = 'orders' THEN rows END)) o
         CROSS JOIN LATERAL (SELECT @extschema@._journey_source_hash(o.bought::text) AS content) h
          LEFT JOIN journey._source_orders s ON s.source = source_name AND s.order_id = o.order_id
    ), written AS (
        INSERT INTO journey._source_orders (source, order_id, content, versions, refunded, is_cancelled)
        SELECT source_name, k.order_id, CASE WHEN k.is_changed THEN k.content ELSE k.old_content END, k.versions + k.is_changed::integer,
               CASE WHEN k.is_returned AND k.refunded <> 'NaN' THEN k.refunded ELSE k.old_refunded END, k.is_cancelled OR k.was_cancelled
          FROM known k
         WHERE k.is_changed OR k.is_returned OR k.is_gone
        ON CONFLICT (source, order_id) DO UPDATE
           SET content = EXCLUDED.content, versions = EXCLUDED.versions, refunded = EXCLUDED.refunded, is_cancelled = EXCLUDED.is_cancelled
    )
    INSERT INTO journey.inbox (payload, source)
    SELECT jsonb_build_object('type', 'track') || k.sender || m.message, source_name
      FROM known k
     CROSS JOIN LATERAL (VALUES
           (k.is_changed AND k.versions = 0,
            jsonb_build_object('event', 'Order Completed', 'messageId', k.message_id, 'timestamp', k.placed_at, 'properties', k.bought)),
           -- A version more is a microsecond later, so that the newest counts even where the watermark did not move.
           (k.is_changed AND k.versions > 0,
            jsonb_build_object('event', 'Order Updated', 'messageId', k.message_id || ':' || k.versions,
                               'timestamp', coalesce(k.changed_at::timestamptz, now()) + k.versions * interval '1 microsecond',
                               'properties', k.bought)),
           (k.is_returned,
            jsonb_build_object('event', 'Order Refunded', 'messageId', k.message_id || ':refund:' || trim_scale(k.refunded),
                               'timestamp', k.refunded_at,
                               'properties', k.returned || jsonb_build_object('total', trim_scale(k.refunded - k.old_refunded)))),
           (k.is_gone,
            jsonb_build_object('event', 'Order Cancelled', 'messageId', k.message_id || ':cancelled',
                               'timestamp', coalesce(k.changed_at, k.placed_at), 'properties', jsonb_build_object('order_id', k.order_id))))
           AS m (is_due, message)
     WHERE m.is_due
$$;
COMMENT ON FUNCTION _journey_source_send_orders(text, text, jsonb[]) IS 'Puts what is new of these orders into journey.inbox';

CREATE FUNCTION _journey_source_send_customers(source_name text, rows jsonb[]) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO journey.inbox (payload, source)
    SELECT jsonb_build_object('type', 'identify', 'messageId', source_name || ':' || coalesce(fields ->> 'customer_id', fields ->> 'email', '')
                                                              || ':' || @extschema@._journey_source_hash(fields::text))
           || jsonb_strip_nulls(jsonb_build_object('timestamp', coalesce(fields ->> 'timestamp', fields ->> '_watermark')))
           || (@extschema@._journey_source_who(fields, NULL) - 'context')
           || jsonb_build_object('traits', fields - ARRAY['customer_id', 'anonymous_id', 'timestamp', '_watermark']), source_name
      FROM unnest(rows) AS fields
$$;
COMMENT ON FUNCTION _journey_source_send_customers(text, jsonb[]) IS 'Puts an identify into journey.inbox for each row';

CREATE FUNCTION _journey_source_send_events(source_name text, kind text, rows jsonb[]) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO journey.inbox (payload, source)
    SELECT m.message || jsonb_build_object('timestamp', fields ->> 'timestamp') || @extschema@._journey_source_who(fields, NULL)
           || jsonb_build_object('properties', coalesce(nullif(fields -> 'properties', 'null'), '{}')
              || (fields - ARRAY['customer_id', 'anonymous_id', 'email', 'timestamp', 'channel', 'event', 'message_id', 'type', 'properties', '_watermark'])),
           source_name
      FROM unnest(rows) AS fields
     CROSS JOIN LATERAL (SELECT CASE kind
           WHEN 'tickets' THEN jsonb_build_object('type', 'track', 'event', 'Support Ticket Opened', 'messageId', source_name || ':' || (fields ->> 'ticket_id'))
           WHEN 'reviews' THEN jsonb_build_object('type', 'track', 'event', 'Product Reviewed', 'messageId', source_name || ':' || (fields ->> 'review_id'))
           ELSE jsonb_build_object('type', coalesce(lower(fields ->> 'type'), 'track'),
                                   CASE WHEN lower(fields ->> 'type') IN ('page', 'screen') THEN 'name' ELSE 'event' END, fields ->> 'event',
                                   'messageId', source_name || ':' || coalesce(fields ->> 'message_id', @extschema@._journey_source_hash(fields::text)::text)) END)
           AS m (message)
$$;
COMMENT ON FUNCTION _journey_source_send_events(text, text, jsonb[]) IS 'Puts a track message into journey.inbox for each row; the first version of a row counts';
