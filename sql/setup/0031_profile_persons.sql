-- Profile: from identifiers to persons. Whatever is read of a person is read of all identifiers that belong to it, which
-- travel as an array: `profile_id = ANY (atoms)` is one scan of an index, whatever the planner knows of the tables.
CREATE VIEW journey._atoms WITH (security_invoker = true) AS
SELECT m.profile_id, m.person_id FROM journey._members m
UNION ALL
SELECT i.profile_id, i.profile_id FROM journey.identifiers i
 WHERE NOT EXISTS (SELECT FROM journey._members m WHERE m.profile_id = i.profile_id);
COMMENT ON VIEW journey._atoms IS 'Every identifier and its person, which may be itself';

CREATE VIEW journey._person_atoms WITH (security_invoker = true) AS
SELECT i.profile_id AS person_id, ARRAY[i.profile_id] AS atoms FROM journey.identifiers i
 WHERE NOT EXISTS (SELECT FROM journey._members m WHERE m.profile_id = i.profile_id)
   AND NOT EXISTS (SELECT FROM journey._members m WHERE m.person_id = i.profile_id)
UNION ALL
SELECT m.person_id, m.person_id || pg_catalog.array_agg(m.profile_id) FROM journey._members m GROUP BY m.person_id;
COMMENT ON VIEW journey._person_atoms IS 'Every person and its identifiers';

-- The rows of an order that several identifiers have seen, by the rule of journey._orders.
CREATE FUNCTION journey._orders_of(atoms bigint[])
    RETURNS TABLE (order_key uuid, order_id text, is_counted boolean, placed_at timestamptz, channel text, cancelled_at timestamptz,
                   currency text, gross numeric, revenue numeric, units numeric, coupon text, categories text[], brands text[],
                   refunds bigint, refunded_at timestamptz, refunded jsonb, content_profile_id bigint, content_at timestamptz,
                   content_event_id uuid)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT o.order_key, (o.content).order_id,
           (o.placed).placed_at IS NOT NULL AND (o.content).revenue IS NOT NULL AND o.cancelled_at IS NULL,
           (o.placed).placed_at, (o.placed).channel, o.cancelled_at, (o.content).currency, (o.content).gross, (o.content).revenue,
           (o.content).units, (o.content).coupon, (o.content).categories, (o.content).brands, o.refunds, o.refunded_at,
           CASE WHEN o.refunds > 0 AND o.cancelled_at IS NULL THEN (
                SELECT pg_catalog.jsonb_object_agg(r.currency, CASE WHEN r.currency = (o.content).currency AND o.is_returned
                                                                    THEN greatest(r.amount, (o.content).revenue) ELSE r.amount END)
                  FROM (SELECT a.currency, pg_catalog.sum(a.amount) AS amount
                          FROM (SELECT coalesce(nullif(e.key, ''), (o.content).currency, 'XXX') AS currency, e.value::numeric AS amount
                                  FROM pg_catalog.jsonb_array_elements(o.refunded) row_of
                                 CROSS JOIN LATERAL pg_catalog.jsonb_each_text(row_of) e
                                UNION ALL
                                SELECT (o.content).currency, 0 WHERE o.is_returned AND (o.content).currency IS NOT NULL) a
                         GROUP BY a.currency) r) END,
           (o.content).profile_id, coalesce((o.content).updated_at, (o.content).placed_at),
           coalesce((o.content).updated_event_id, (o.content).placed_event_id)
      FROM (SELECT t.order_key,
                   (pg_catalog.array_agg(t ORDER BY t.revenue IS NULL, t.updated_at DESC NULLS LAST, t.updated_event_id DESC NULLS LAST,
                                                    t.placed_at, t.placed_event_id))[1] AS content,
                   (pg_catalog.array_agg(t ORDER BY t.placed_at IS NULL, t.is_completed DESC, t.placed_at, t.placed_event_id))[1] AS placed,
                   pg_catalog.min(t.cancelled_at) AS cancelled_at,
                   pg_catalog.sum(t.refunds)::bigint AS refunds,
                   pg_catalog.max(t.refunded_at) AS refunded_at,
                   pg_catalog.bool_or(t.is_returned) AS is_returned,
                   pg_catalog.jsonb_agg(coalesce(t.refunded, '{}')) FILTER (WHERE t.refunds > 0) AS refunded
              FROM journey._orders t
             WHERE t.profile_id = ANY (atoms)
             GROUP BY t.order_key) o;
END;
COMMENT ON FUNCTION journey._orders_of(bigint[]) IS 'Every order of these identifiers once, whichever of them have seen it; inlined where it is used';

CREATE VIEW journey._person_orders WITH (security_invoker = true) AS
SELECT a.person_id, o.* FROM journey._person_atoms a CROSS JOIN LATERAL journey._orders_of(a.atoms) o;
COMMENT ON VIEW journey._person_orders IS 'Every order of every person once, whichever of its identifiers have seen it';
COMMENT ON COLUMN journey._person_orders.is_counted IS 'Neither cancelled nor known by a refund alone';
COMMENT ON COLUMN journey._person_orders.refunded IS 'What went back, by currency; NULL for nothing, and of cancelled orders';
COMMENT ON COLUMN journey._person_orders.content_event_id IS 'The event that says what was ordered, of content_profile_id at content_at';

-- Two branches: a person of one identifier is read without any aggregation. Of several, what single events tell adds up;
-- orders do not, because two identifiers may have seen the same one. Each branch joins the names itself: so a condition on
-- user_id goes into both, and there begins with the index of names.
CREATE VIEW journey._persons WITH (security_invoker = true) AS
SELECT p.profile_id, u.value AS user_id, n.value AS named_email, ARRAY[p.profile_id] AS atoms, p.events, p.first_seen, p.last_seen, p.orders, p.first_order_at, p.last_order_at,
       p.units, p.refunds, p.coupon_orders, p.coupons_redeemed, p.product_views, p.emails_delivered, p.emails_opened,
       p.emails_clicked, p.email_unsubscribed_at, p.currencies, p.gross, p.revenue, p.refunded, p.categories, p.brands,
       p.channels, p.traits
  FROM journey._parts p
  LEFT JOIN journey.identifiers u ON u.profile_id = p.profile_id AND u.kind = 'user_id'
  LEFT JOIN journey.identifiers n ON n.profile_id = p.profile_id AND n.kind = 'email'
 WHERE NOT EXISTS (SELECT FROM journey._members m WHERE m.profile_id = p.profile_id)
   AND NOT EXISTS (SELECT FROM journey._members m WHERE m.person_id = p.profile_id)
   AND p.events > 0 -- an identifier of a bot has none
UNION ALL
SELECT i.profile_id, u.value, n.value, a.atoms, s.events, s.first_seen, s.last_seen, o.orders, o.first_order_at, o.last_order_at,
       coalesce(o.units, 0), coalesce(o.refunds, 0), o.coupon_orders, s.coupons_redeemed, s.product_views, s.emails_delivered,
       s.emails_opened, s.emails_clicked, s.email_unsubscribed_at, coalesce(money.currencies, '{}'), coalesce(money.gross, '{}'),
       coalesce(money.revenue, '{}'), coalesce(money.refunded, '{}'), coalesce(tally.categories, '{}'), coalesce(tally.brands, '{}'),
       coalesce(tally.channels, '{}'), coalesce(traits.traits, '{}')
  FROM journey.identifiers i
  LEFT JOIN journey.identifiers u ON u.profile_id = i.profile_id AND u.kind = 'user_id'
  LEFT JOIN journey.identifiers n ON n.profile_id = i.profile_id AND n.kind = 'email'
 CROSS JOIN LATERAL (
       SELECT i.profile_id || pg_catalog.array_agg(m.profile_id) AS atoms FROM journey._members m WHERE m.person_id = i.profile_id) a
 CROSS JOIN LATERAL (
       SELECT pg_catalog.sum(p.events)::bigint AS events, pg_catalog.min(p.first_seen) AS first_seen,
              pg_catalog.max(p.last_seen) AS last_seen, pg_catalog.sum(p.coupons_redeemed)::bigint AS coupons_redeemed,
              pg_catalog.sum(p.product_views)::bigint AS product_views, pg_catalog.sum(p.emails_delivered)::bigint AS emails_delivered,
              pg_catalog.sum(p.emails_opened)::bigint AS emails_opened, pg_catalog.sum(p.emails_clicked)::bigint AS emails_clicked,
              pg_catalog.max(p.email_unsubscribed_at) AS email_unsubscribed_at
         FROM journey._parts p WHERE p.profile_id = ANY (a.atoms) HAVING pg_catalog.sum(p.events) > 0) s
  LEFT JOIN LATERAL (
       SELECT pg_catalog.count(*) FILTER (WHERE v.is_counted) AS orders,
              pg_catalog.min(v.placed_at) FILTER (WHERE v.is_counted) AS first_order_at,
              pg_catalog.max(v.placed_at) FILTER (WHERE v.is_counted) AS last_order_at,
              pg_catalog.sum(v.units) FILTER (WHERE v.is_counted) AS units,
              pg_catalog.count(v.coupon) FILTER (WHERE v.is_counted) AS coupon_orders,
              pg_catalog.sum(v.refunds)::bigint AS refunds
         FROM journey._orders_of(a.atoms) v) o ON true
  LEFT JOIN LATERAL (
       SELECT pg_catalog.array_agg(c.currency ORDER BY c.orders DESC, c.currency COLLATE "C") AS currencies,
              pg_catalog.array_agg(c.gross ORDER BY c.orders DESC, c.currency COLLATE "C") AS gross,
              pg_catalog.array_agg(c.revenue ORDER BY c.orders DESC, c.currency COLLATE "C") AS revenue,
              pg_catalog.array_agg(c.refunded ORDER BY c.orders DESC, c.currency COLLATE "C") AS refunded
         FROM (SELECT m.currency, pg_catalog.sum(m.orders) AS orders, pg_catalog.sum(m.gross) AS gross,
                      pg_catalog.sum(m.revenue) AS revenue, pg_catalog.sum(m.refunded) AS refunded
                 FROM journey._orders_of(a.atoms) v
                CROSS JOIN LATERAL (SELECT v.currency, 1 AS orders, v.gross, v.revenue, 0 AS refunded WHERE v.is_counted
                                    UNION ALL
                                    SELECT r.key, 0, 0, 0, r.value::numeric FROM pg_catalog.jsonb_each_text(v.refunded) r) m
                GROUP BY m.currency
               HAVING pg_catalog.sum(m.orders) > 0 OR pg_catalog.sum(m.refunded) > 0) c) money ON true
  LEFT JOIN LATERAL (
       SELECT pg_catalog.array_agg(n.name ORDER BY n.orders DESC, n.events DESC, n.last_at DESC, n.name COLLATE "C")
                  FILTER (WHERE n.tally = 'category') AS categories,
              pg_catalog.array_agg(n.name ORDER BY n.orders DESC, n.events DESC, n.last_at DESC, n.name COLLATE "C")
                  FILTER (WHERE n.tally = 'brand') AS brands,
              pg_catalog.array_agg(n.name ORDER BY 10 * n.orders + n.events DESC, n.events DESC, n.last_at DESC, n.name COLLATE "C")
                  FILTER (WHERE n.tally = 'channel') AS channels
         FROM (SELECT u.tally, u.name, pg_catalog.sum(u.orders) AS orders, pg_catalog.sum(u.events) AS events, pg_catalog.max(u.last_at) AS last_at
                 FROM (SELECT t.tally, x.name, 0 AS orders, x.events, x.last_at
                         FROM journey._parts p
                        CROSS JOIN LATERAL (VALUES ('category', p.categories, p.category_events, p.category_last_at),
                                                   ('brand', p.brands, p.brand_events, p.brand_last_at),
                                                   ('channel', p.channels, p.channel_events, p.channel_last_at))
                              AS t (tally, names, events, last_at)
                        CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(t.names), pg_catalog.unnest(t.events), pg_catalog.unnest(t.last_at))
                              AS x (name, events, last_at)
                        WHERE p.profile_id = ANY (a.atoms)
                       UNION ALL
                       SELECT t.tally, x.name, 1, 0, NULL
                         FROM journey._orders_of(a.atoms) v
                        CROSS JOIN LATERAL (VALUES ('category', v.categories), ('brand', v.brands), ('channel', ARRAY[v.channel]))
                              AS t (tally, names)
                        CROSS JOIN LATERAL pg_catalog.unnest(t.names) AS x (name)
                        WHERE v.is_counted AND x.name IS NOT NULL) u
                GROUP BY u.tally, u.name) n) tally ON true
  LEFT JOIN LATERAL (
       SELECT pg_catalog.jsonb_object_agg(n.key, n.value) AS traits
         FROM (SELECT x.key, x.value
                 FROM (SELECT DISTINCT ON (e.key) e.key, e.value, (e.value ->> 'at')::bigint AS at
                         FROM journey._parts p CROSS JOIN LATERAL pg_catalog.jsonb_each(p.traits) e
                        WHERE p.profile_id = ANY (a.atoms)
                        ORDER BY e.key, (e.value ->> 'at')::bigint DESC, (e.value -> 'value')::text COLLATE "C" DESC) x
                ORDER BY x.at DESC, x.key COLLATE "C" DESC
                LIMIT 500) n) traits ON true
 WHERE EXISTS (SELECT FROM journey._members m WHERE m.person_id = i.profile_id)
   AND s.events IS NOT NULL;
COMMENT ON VIEW journey._persons IS 'One row a person: the merge of the parts and orders of its identifiers';

GRANT SELECT ON journey._atoms, journey._person_atoms, journey._person_orders, journey._persons TO journey_reader;
