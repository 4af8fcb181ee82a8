-- Profile: from identifiers to persons. Whatever is read of a person is read of all identifiers that belong to it.
CREATE VIEW journey._atoms WITH (security_invoker = true) AS
SELECT m.profile_id, m.person_id FROM journey._members m
UNION ALL
SELECT i.profile_id, i.profile_id FROM journey.identifiers i
 WHERE NOT EXISTS (SELECT FROM journey._members m WHERE m.profile_id = i.profile_id);
COMMENT ON VIEW journey._atoms IS 'Every identifier and its person, which may be itself';

-- The rows of an order that several identifiers of a person have seen, by the rule of journey._orders. Every window and
-- the DISTINCT begin with person_id, so that the orders of one person are read without those of the others.
CREATE VIEW journey._person_orders WITH (security_invoker = true) AS
SELECT o.person_id, o.order_key, o.order_id,
       o.placed_at IS NOT NULL AND o.revenue IS NOT NULL AND o.cancelled_at IS NULL AS is_counted,
       o.placed_at, o.channel, o.cancelled_at, o.currency, o.gross, o.revenue, o.units, o.coupon, o.categories, o.brands,
       o.refunds, o.refunded_at,
       CASE WHEN o.refunds > 0 AND o.cancelled_at IS NULL THEN (
            SELECT pg_catalog.jsonb_object_agg(r.currency, CASE WHEN r.currency = o.currency AND o.is_returned
                                                                THEN greatest(r.amount, o.revenue) ELSE r.amount END)
              FROM (SELECT a.currency, pg_catalog.sum(a.amount) AS amount
                      FROM (SELECT coalesce(nullif(e.key, ''), o.currency, 'XXX') AS currency, e.value::numeric AS amount
                              FROM pg_catalog.jsonb_array_elements(o.refunded) row_of CROSS JOIN LATERAL pg_catalog.jsonb_each_text(row_of) e
                            UNION ALL
                            SELECT o.currency, 0 WHERE o.is_returned AND o.currency IS NOT NULL) a
                     GROUP BY a.currency) r) END AS refunded,
       o.content_profile_id, coalesce(o.updated_at, o.content_at) AS content_at,
       coalesce(o.updated_event_id, o.content_event_id) AS content_event_id
  FROM (SELECT DISTINCT ON (a.person_id, t.order_key)
               a.person_id, t.order_key, t.order_id, t.currency, t.gross, t.revenue, t.units, t.coupon, t.categories, t.brands,
               t.updated_at, t.updated_event_id, t.profile_id AS content_profile_id, t.placed_at AS content_at,
               t.placed_event_id AS content_event_id,
               pg_catalog.first_value(t.placed_at) OVER placed AS placed_at,
               pg_catalog.first_value(t.channel) OVER placed AS channel,
               pg_catalog.min(t.cancelled_at) OVER whole AS cancelled_at,
               pg_catalog.sum(t.refunds) OVER whole::bigint AS refunds,
               pg_catalog.max(t.refunded_at) OVER whole AS refunded_at,
               pg_catalog.bool_or(t.is_returned) OVER whole AS is_returned,
               CASE WHEN pg_catalog.sum(t.refunds) OVER whole > 0
                    THEN pg_catalog.jsonb_agg(coalesce(t.refunded, '{}')) OVER whole END AS refunded
          FROM journey._atoms a
          JOIN journey._orders t ON t.profile_id = a.profile_id
        WINDOW whole AS (PARTITION BY a.person_id, t.order_key),
               placed AS (PARTITION BY a.person_id, t.order_key
                              ORDER BY t.placed_at IS NULL, t.is_completed DESC, t.placed_at, t.placed_event_id)
         ORDER BY a.person_id, t.order_key, t.revenue IS NULL, t.updated_at DESC NULLS LAST, t.updated_event_id DESC NULLS LAST,
                  t.placed_at, t.placed_event_id) o;
COMMENT ON VIEW journey._person_orders IS 'Every order of every person once, whichever of its identifiers have seen it';
COMMENT ON COLUMN journey._person_orders.is_counted IS 'Neither cancelled nor known by a refund alone';
COMMENT ON COLUMN journey._person_orders.refunded IS 'What went back, by currency; NULL for nothing, and of cancelled orders';
COMMENT ON COLUMN journey._person_orders.content_event_id IS 'The event that says what was ordered, of content_profile_id at content_at';

-- A person of several identifiers. What single events tell adds up; orders do not, because two identifiers may have seen
-- the same one.
CREATE VIEW journey._merged_tallies WITH (security_invoker = true) AS
SELECT s.person_id, s.tally,
       pg_catalog.array_agg(s.name ORDER BY s.weight DESC, s.events DESC, s.last_at DESC, s.name COLLATE "C") AS names,
       pg_catalog.array_agg(s.orders ORDER BY s.weight DESC, s.events DESC, s.last_at DESC, s.name COLLATE "C") AS orders,
       pg_catalog.array_agg(s.events ORDER BY s.weight DESC, s.events DESC, s.last_at DESC, s.name COLLATE "C") AS events
  FROM (SELECT a.person_id, a.tally, a.name, pg_catalog.sum(a.orders)::bigint AS orders, pg_catalog.sum(a.events)::bigint AS events,
               pg_catalog.max(a.last_at) AS last_at,
               CASE a.tally WHEN 'channel' THEN 10 * pg_catalog.sum(a.orders) + pg_catalog.sum(a.events)
                            ELSE pg_catalog.sum(a.orders) END AS weight
          FROM (SELECT a.person_id, t.tally, u.name, 0 AS orders, u.events, u.last_at
                  FROM journey._atoms a
                  JOIN journey._parts p ON p.profile_id = a.profile_id
                 CROSS JOIN LATERAL (VALUES ('category', p.categories, p.category_events, p.category_last_at),
                                            ('brand', p.brands, p.brand_events, p.brand_last_at),
                                            ('channel', p.channels, p.channel_events, p.channel_last_at))
                       AS t (tally, names, events, last_at)
                 CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(t.names), pg_catalog.unnest(t.events), pg_catalog.unnest(t.last_at))
                       AS u (name, events, last_at)
                UNION ALL
                SELECT o.person_id, t.tally, u.name, 1, 0, NULL
                  FROM journey._person_orders o
                 CROSS JOIN LATERAL (VALUES ('category', o.categories), ('brand', o.brands),
                                            ('channel', ARRAY[o.channel])) AS t (tally, names)
                 CROSS JOIN LATERAL pg_catalog.unnest(t.names) AS u (name)
                 WHERE o.is_counted AND u.name IS NOT NULL) a
         GROUP BY a.person_id, a.tally, a.name) s
 GROUP BY s.person_id, s.tally;
COMMENT ON VIEW journey._merged_tallies IS 'Categories, brands and channels of persons, favourite first';

CREATE VIEW journey._merged_money WITH (security_invoker = true) AS
SELECT s.person_id,
       pg_catalog.array_agg(s.currency ORDER BY s.orders DESC, s.currency COLLATE "C") AS currencies,
       pg_catalog.array_agg(s.gross ORDER BY s.orders DESC, s.currency COLLATE "C") AS gross,
       pg_catalog.array_agg(s.revenue ORDER BY s.orders DESC, s.currency COLLATE "C") AS revenue,
       pg_catalog.array_agg(s.refunded ORDER BY s.orders DESC, s.currency COLLATE "C") AS refunded
  FROM (SELECT m.person_id, m.currency, pg_catalog.sum(m.orders) AS orders, pg_catalog.sum(m.gross) AS gross,
               pg_catalog.sum(m.revenue) AS revenue, pg_catalog.sum(m.refunded) AS refunded
          FROM (SELECT o.person_id, o.currency, 1 AS orders, o.gross, o.revenue, 0 AS refunded
                  FROM journey._person_orders o WHERE o.is_counted
                UNION ALL
                SELECT o.person_id, r.key, 0, 0, 0, r.value::numeric
                  FROM journey._person_orders o CROSS JOIN LATERAL pg_catalog.jsonb_each_text(o.refunded) r) m
         GROUP BY m.person_id, m.currency
        HAVING pg_catalog.sum(m.orders) > 0 OR pg_catalog.sum(m.refunded) > 0) s
 GROUP BY s.person_id;
COMMENT ON VIEW journey._merged_money IS 'Money of persons, by currency';

CREATE VIEW journey._merged_traits WITH (security_invoker = true) AS
SELECT t.person_id, pg_catalog.jsonb_object_agg(t.key, t.value) AS traits
  FROM (SELECT n.*, pg_catalog.row_number() OVER (PARTITION BY n.person_id ORDER BY (n.value ->> 'at')::bigint DESC, n.key COLLATE "C" DESC) AS place
          FROM (SELECT DISTINCT ON (a.person_id, t.key) a.person_id, t.key, t.value
                  FROM journey._atoms a
                  JOIN journey._parts p ON p.profile_id = a.profile_id
                 CROSS JOIN LATERAL pg_catalog.jsonb_each(p.traits) t
                 ORDER BY a.person_id, t.key, (t.value ->> 'at')::bigint DESC, (t.value -> 'value')::text COLLATE "C" DESC) n) t
 WHERE t.place <= 500
 GROUP BY t.person_id;
COMMENT ON VIEW journey._merged_traits IS 'Newest value of every trait of persons, of the 500 newest traits';

-- Two branches, so that a person of one identifier is read without any aggregation.
CREATE VIEW journey._persons WITH (security_invoker = true) AS
SELECT p.profile_id, p.events, p.first_seen, p.last_seen, p.orders, p.first_order_at, p.last_order_at, p.units, p.refunds,
       p.coupon_orders, p.coupons_redeemed, p.product_views, p.emails_delivered, p.emails_opened, p.emails_clicked,
       p.email_unsubscribed_at, p.currencies, p.gross, p.revenue, p.refunded, p.categories, p.category_orders,
       p.brands, p.brand_orders, p.channels, p.channel_orders, p.channel_events, p.traits
  FROM journey._parts p
 WHERE NOT EXISTS (SELECT FROM journey._members m WHERE m.profile_id = p.profile_id)
   AND NOT EXISTS (SELECT FROM journey._members m WHERE m.person_id = p.profile_id)
UNION ALL
SELECT s.person_id, s.events, s.first_seen, s.last_seen, coalesce(o.orders, 0), o.first_order_at, o.last_order_at,
       coalesce(o.units, 0), coalesce(o.refunds, 0), coalesce(o.coupon_orders, 0), s.coupons_redeemed, s.product_views,
       s.emails_delivered, s.emails_opened, s.emails_clicked, s.email_unsubscribed_at,
       coalesce(money.currencies, '{}'), coalesce(money.gross, '{}'), coalesce(money.revenue, '{}'), coalesce(money.refunded, '{}'),
       coalesce(category.names, '{}'), coalesce(category.orders, '{}'), coalesce(brand.names, '{}'),
       coalesce(brand.orders, '{}'), coalesce(channel.names, '{}'), coalesce(channel.orders, '{}'),
       coalesce(channel.events, '{}'), coalesce(traits.traits, '{}')
  FROM (SELECT a.person_id, pg_catalog.sum(p.events)::bigint AS events, pg_catalog.min(p.first_seen) AS first_seen,
               pg_catalog.max(p.last_seen) AS last_seen, pg_catalog.sum(p.coupons_redeemed)::bigint AS coupons_redeemed,
               pg_catalog.sum(p.product_views)::bigint AS product_views,
               pg_catalog.sum(p.emails_delivered)::bigint AS emails_delivered,
               pg_catalog.sum(p.emails_opened)::bigint AS emails_opened,
               pg_catalog.sum(p.emails_clicked)::bigint AS emails_clicked,
               pg_catalog.max(p.email_unsubscribed_at) AS email_unsubscribed_at
          FROM (SELECT m.profile_id, m.person_id FROM journey._members m
                 UNION SELECT m.person_id, m.person_id FROM journey._members m) a
          JOIN journey._parts p ON p.profile_id = a.profile_id
         GROUP BY a.person_id) s
  LEFT JOIN LATERAL (
       SELECT pg_catalog.count(*) FILTER (WHERE v.is_counted) AS orders,
              pg_catalog.min(v.placed_at) FILTER (WHERE v.is_counted) AS first_order_at,
              pg_catalog.max(v.placed_at) FILTER (WHERE v.is_counted) AS last_order_at,
              pg_catalog.sum(v.units) FILTER (WHERE v.is_counted) AS units,
              pg_catalog.count(v.coupon) FILTER (WHERE v.is_counted) AS coupon_orders,
              pg_catalog.sum(v.refunds)::bigint AS refunds
         FROM journey._person_orders v WHERE v.person_id = s.person_id) o ON true
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_money v WHERE v.person_id = s.person_id) money ON true
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_traits v WHERE v.person_id = s.person_id) traits ON true
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_tallies v
                      WHERE v.person_id = s.person_id AND v.tally = 'category') category ON true
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_tallies v
                      WHERE v.person_id = s.person_id AND v.tally = 'brand') brand ON true
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_tallies v
                      WHERE v.person_id = s.person_id AND v.tally = 'channel') channel ON true;
COMMENT ON VIEW journey._persons IS 'One row a person: the merge of the parts and orders of its identifiers';

GRANT SELECT ON journey._atoms, journey._person_orders, journey._merged_tallies, journey._merged_money, journey._merged_traits,
                journey._persons TO journey_reader;
