-- Profile: what is known of each identifier (its part) and of each person (the merge of the parts of its identifiers).
CREATE TABLE journey.fx_rates (
    from_currency text NOT NULL CHECK (from_currency ~ '^[A-Z]{3}$'),
    to_currency text NOT NULL CHECK (to_currency ~ '^[A-Z]{3}$'),
    rate numeric NOT NULL CHECK (rate > 0 AND rate < 1e12),
    PRIMARY KEY (from_currency, to_currency)
);
COMMENT ON TABLE journey.fx_rates IS 'What one unit of from_currency is worth in to_currency; used for customers who pay in several';

-- Every column merges: sums add, first and last take the extreme, lists join by name. That makes the profile of a person
-- independent of the order of events, and a merge of two persons exact to undo.
CREATE TABLE journey._parts (
    profile_id bigint PRIMARY KEY,
    events bigint NOT NULL DEFAULT 0,
    first_seen timestamptz,
    last_seen timestamptz,
    orders bigint NOT NULL DEFAULT 0,
    first_order_at timestamptz,
    last_order_at timestamptz,
    units numeric NOT NULL DEFAULT 0,
    refunds bigint NOT NULL DEFAULT 0,
    coupon_orders bigint NOT NULL DEFAULT 0,
    coupons_redeemed bigint NOT NULL DEFAULT 0,
    product_views bigint NOT NULL DEFAULT 0,
    emails_delivered bigint NOT NULL DEFAULT 0,
    emails_opened bigint NOT NULL DEFAULT 0,
    emails_clicked bigint NOT NULL DEFAULT 0,
    email_unsubscribed_at timestamptz,
    currencies text[] NOT NULL DEFAULT '{}',
    currency_orders bigint[] NOT NULL DEFAULT '{}',
    gross numeric[] NOT NULL DEFAULT '{}',
    revenue numeric[] NOT NULL DEFAULT '{}',
    refunded numeric[] NOT NULL DEFAULT '{}',
    categories text[] NOT NULL DEFAULT '{}',
    category_orders bigint[] NOT NULL DEFAULT '{}',
    category_events bigint[] NOT NULL DEFAULT '{}',
    category_last_at timestamptz[] NOT NULL DEFAULT '{}',
    brands text[] NOT NULL DEFAULT '{}',
    brand_orders bigint[] NOT NULL DEFAULT '{}',
    brand_events bigint[] NOT NULL DEFAULT '{}',
    brand_last_at timestamptz[] NOT NULL DEFAULT '{}',
    channels text[] NOT NULL DEFAULT '{}',
    channel_orders bigint[] NOT NULL DEFAULT '{}',
    channel_events bigint[] NOT NULL DEFAULT '{}',
    channel_last_at timestamptz[] NOT NULL DEFAULT '{}',
    traits jsonb NOT NULL DEFAULT '{}'
) WITH (toast_tuple_target = 8160, fillfactor = 70);
COMMENT ON TABLE journey._parts IS 'What the events of one identifier add up to; journey.profiles merges the parts of a person';
COMMENT ON COLUMN journey._parts.currencies IS 'Currencies by orders; the arrays after it run in step';
COMMENT ON COLUMN journey._parts.gross IS 'Order value before discounts, without shipping and tax, by currency';
COMMENT ON COLUMN journey._parts.revenue IS 'Order value after discounts, without shipping and tax, by currency';
COMMENT ON COLUMN journey._parts.categories IS 'Categories bought or viewed, favourite first; the arrays after it run in step';
COMMENT ON COLUMN journey._parts.category_events IS 'Events other than orders that show the category';
COMMENT ON COLUMN journey._parts.traits IS 'Traits by key: {"at": microseconds since 1970, "value": the newest value}';

-- One list of a merged person: what several identifiers hold of a name, added up, favourite first.
CREATE VIEW journey._merged_tallies WITH (security_invoker = true) AS
SELECT person_id, tally,
       pg_catalog.array_agg(name ORDER BY orders DESC, events DESC, last_at DESC, name COLLATE "C") AS names,
       pg_catalog.array_agg(orders ORDER BY orders DESC, events DESC, last_at DESC, name COLLATE "C") AS orders,
       pg_catalog.array_agg(events ORDER BY orders DESC, events DESC, last_at DESC, name COLLATE "C") AS events,
       pg_catalog.array_agg(last_at ORDER BY orders DESC, events DESC, last_at DESC, name COLLATE "C") AS last_at
  FROM (SELECT a.person_id, t.tally, u.name, pg_catalog.sum(u.orders)::bigint AS orders,
               pg_catalog.sum(u.events)::bigint AS events, pg_catalog.max(u.last_at) AS last_at
          FROM (SELECT profile_id, person_id FROM journey._members
                 UNION SELECT person_id, person_id FROM journey._members) a
          JOIN journey._parts p ON p.profile_id = a.profile_id
          CROSS JOIN LATERAL (VALUES
               ('category', p.categories, p.category_orders, p.category_events, p.category_last_at),
               ('brand', p.brands, p.brand_orders, p.brand_events, p.brand_last_at),
               ('channel', p.channels, p.channel_orders, p.channel_events, p.channel_last_at))
               AS t (tally, names, orders, events, last_at)
          CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(t.names), pg_catalog.unnest(t.orders),
                                        pg_catalog.unnest(t.events), pg_catalog.unnest(t.last_at))
               AS u (name, orders, events, last_at)
         GROUP BY a.person_id, t.tally, u.name) summed
 GROUP BY person_id, tally;
COMMENT ON VIEW journey._merged_tallies IS 'Categories, brands and channels of persons with several identifiers';

CREATE VIEW journey._merged_money WITH (security_invoker = true) AS
SELECT person_id,
       pg_catalog.array_agg(currency ORDER BY orders DESC, currency COLLATE "C") AS currencies,
       pg_catalog.array_agg(gross ORDER BY orders DESC, currency COLLATE "C") AS gross,
       pg_catalog.array_agg(revenue ORDER BY orders DESC, currency COLLATE "C") AS revenue,
       pg_catalog.array_agg(refunded ORDER BY orders DESC, currency COLLATE "C") AS refunded
  FROM (SELECT a.person_id, u.currency, pg_catalog.sum(u.orders) AS orders, pg_catalog.sum(u.gross) AS gross,
               pg_catalog.sum(u.revenue) AS revenue, pg_catalog.sum(u.refunded) AS refunded
          FROM (SELECT profile_id, person_id FROM journey._members
                 UNION SELECT person_id, person_id FROM journey._members) a
          JOIN journey._parts p ON p.profile_id = a.profile_id
          CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(p.currencies), pg_catalog.unnest(p.currency_orders),
               pg_catalog.unnest(p.gross), pg_catalog.unnest(p.revenue), pg_catalog.unnest(p.refunded))
               AS u (currency, orders, gross, revenue, refunded)
         GROUP BY a.person_id, u.currency) summed
 GROUP BY person_id;
COMMENT ON VIEW journey._merged_money IS 'Money by currency of persons with several identifiers';

CREATE VIEW journey._merged_traits WITH (security_invoker = true) AS
SELECT person_id, pg_catalog.jsonb_object_agg(key, value) AS traits
  FROM (SELECT DISTINCT ON (a.person_id, t.key) a.person_id, t.key, t.value
          FROM (SELECT profile_id, person_id FROM journey._members
                 UNION SELECT person_id, person_id FROM journey._members) a
          JOIN journey._parts p ON p.profile_id = a.profile_id
          CROSS JOIN LATERAL pg_catalog.jsonb_each(p.traits) t
         ORDER BY a.person_id, t.key, (t.value ->> 'at')::bigint DESC, t.value -> 'value' DESC) newest
 GROUP BY person_id;
COMMENT ON VIEW journey._merged_traits IS 'Newest value of every trait of persons with several identifiers';

-- Two branches, so that a person of one identifier, the usual case, is read without any aggregation.
CREATE VIEW journey._persons WITH (security_invoker = true) AS
SELECT p.profile_id, p.events, p.first_seen, p.last_seen, p.orders, p.first_order_at, p.last_order_at, p.units, p.refunds,
       p.coupon_orders, p.coupons_redeemed, p.product_views, p.emails_delivered, p.emails_opened, p.emails_clicked,
       p.email_unsubscribed_at, p.currencies, p.gross, p.revenue, p.refunded, p.categories, p.category_orders,
       p.brands, p.brand_orders, p.channels, p.channel_orders, p.channel_events, p.traits
  FROM journey._parts p
 WHERE NOT EXISTS (SELECT FROM journey._members m WHERE m.profile_id = p.profile_id)
   AND NOT EXISTS (SELECT FROM journey._members m WHERE m.person_id = p.profile_id)
UNION ALL
SELECT s.person_id, s.events, s.first_seen, s.last_seen, s.orders, s.first_order_at, s.last_order_at, s.units, s.refunds,
       s.coupon_orders, s.coupons_redeemed, s.product_views, s.emails_delivered, s.emails_opened, s.emails_clicked,
       s.email_unsubscribed_at, coalesce(money.currencies, '{}'), coalesce(money.gross, '{}'),
       coalesce(money.revenue, '{}'), coalesce(money.refunded, '{}'),
       coalesce(category.names, '{}'), coalesce(category.orders, '{}'), coalesce(brand.names, '{}'),
       coalesce(brand.orders, '{}'), coalesce(channel.names, '{}'), coalesce(channel.orders, '{}'),
       coalesce(channel.events, '{}'), coalesce(traits.traits, '{}')
  FROM (SELECT a.person_id, pg_catalog.sum(p.events)::bigint AS events, pg_catalog.min(p.first_seen) AS first_seen,
               pg_catalog.max(p.last_seen) AS last_seen, pg_catalog.sum(p.orders)::bigint AS orders,
               pg_catalog.min(p.first_order_at) AS first_order_at, pg_catalog.max(p.last_order_at) AS last_order_at,
               pg_catalog.sum(p.units) AS units, pg_catalog.sum(p.refunds)::bigint AS refunds,
               pg_catalog.sum(p.coupon_orders)::bigint AS coupon_orders,
               pg_catalog.sum(p.coupons_redeemed)::bigint AS coupons_redeemed,
               pg_catalog.sum(p.product_views)::bigint AS product_views,
               pg_catalog.sum(p.emails_delivered)::bigint AS emails_delivered,
               pg_catalog.sum(p.emails_opened)::bigint AS emails_opened,
               pg_catalog.sum(p.emails_clicked)::bigint AS emails_clicked,
               pg_catalog.max(p.email_unsubscribed_at) AS email_unsubscribed_at
          FROM (SELECT profile_id, person_id FROM journey._members
                 UNION SELECT person_id, person_id FROM journey._members) a
          JOIN journey._parts p ON p.profile_id = a.profile_id
         GROUP BY a.person_id) s
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_money v WHERE v.person_id = s.person_id) money ON true
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_traits v WHERE v.person_id = s.person_id) traits ON true
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_tallies v
                      WHERE v.person_id = s.person_id AND v.tally = 'category') category ON true
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_tallies v
                      WHERE v.person_id = s.person_id AND v.tally = 'brand') brand ON true
  LEFT JOIN LATERAL (SELECT * FROM journey._merged_tallies v
                      WHERE v.person_id = s.person_id AND v.tally = 'channel') channel ON true;
COMMENT ON VIEW journey._persons IS 'One row a person: the merge of the parts of its identifiers';

CREATE VIEW journey.profiles WITH (security_invoker = true) AS
SELECT p.profile_id,
       CASE WHEN i.kind = 'user_id' THEN i.value END AS user_id,
       coalesce(p.traits #>> '{email,value}', CASE WHEN i.kind = 'email' THEN i.value END) AS email,
       CASE pg_catalog.jsonb_typeof(p.traits #> '{first_name,value}')
            WHEN 'string' THEN p.traits #>> '{first_name,value}' END AS first_name,
       CASE pg_catalog.jsonb_typeof(p.traits #> '{last_name,value}')
            WHEN 'string' THEN p.traits #>> '{last_name,value}' END AS last_name,
       p.first_seen,
       p.last_seen,
       p.events,
       p.orders,
       p.currencies[1] AS currency,
       pg_catalog.trim_scale(m.revenue) AS revenue,
       pg_catalog.trim_scale(m.refunded) AS refunded,
       pg_catalog.trim_scale(m.discounts) AS discounts,
       CASE WHEN p.orders > 0 THEN pg_catalog.round(m.ordered / p.orders, 2) END AS average_order_value,
       CASE WHEN m.gross > 0 THEN pg_catalog.round(m.discounts / m.gross, 4) END AS discount_share,
       pg_catalog.trim_scale(p.units) AS units,
       p.first_order_at,
       p.last_order_at,
       CASE WHEN p.orders > 1
            THEN pg_catalog.round(extract(epoch FROM p.last_order_at - p.first_order_at) / 86400 / (p.orders - 1), 2)
       END AS days_between_orders,
       p.refunds,
       greatest(p.coupon_orders, p.coupons_redeemed) AS coupons_used,
       p.categories[1] AS favourite_category,
       p.categories[1:5] AS favourite_categories,
       p.brands[1] AS favourite_brand,
       p.channels[1] AS channel_preference,
       p.product_views,
       p.emails_delivered,
       p.emails_opened,
       p.emails_clicked,
       p.email_unsubscribed_at,
       t.traits
  FROM journey._persons p
  LEFT JOIN journey.identifiers i ON i.profile_id = p.profile_id
  -- Without a rate for one of several currencies the sums are NULL: no number is better than a wrong one.
  LEFT JOIN LATERAL (
       SELECT coalesce(pg_catalog.sum((u.revenue - u.refunded) * f.rate), 0) AS revenue,
              coalesce(pg_catalog.sum(u.refunded * f.rate), 0) AS refunded,
              coalesce(pg_catalog.sum(u.revenue * f.rate), 0) AS ordered,
              coalesce(pg_catalog.sum(u.gross * f.rate), 0) AS gross,
              coalesce(pg_catalog.sum((u.gross - u.revenue) * f.rate), 0) AS discounts
         FROM ROWS FROM (pg_catalog.unnest(p.currencies), pg_catalog.unnest(p.gross), pg_catalog.unnest(p.revenue),
                         pg_catalog.unnest(p.refunded)) AS u (currency, gross, revenue, refunded)
         LEFT JOIN LATERAL (
              SELECT 1::numeric AS rate WHERE u.currency = p.currencies[1]
              UNION ALL
              SELECT x.rate FROM journey.fx_rates x
               WHERE x.from_currency = u.currency AND x.to_currency = p.currencies[1] AND u.currency <> p.currencies[1]
         ) f ON true
       HAVING pg_catalog.count(*) = pg_catalog.count(f.rate)
  ) m ON true
  CROSS JOIN LATERAL (
       SELECT coalesce(pg_catalog.jsonb_object_agg(e.key, e.value -> 'value'), '{}') AS traits
         FROM pg_catalog.jsonb_each(p.traits) e
  ) t;
COMMENT ON VIEW journey.profiles IS 'One row a customer: everything known from the events of all identifiers';
COMMENT ON COLUMN journey.profiles.profile_id IS 'What journey_resolve() returns';
COMMENT ON COLUMN journey.profiles.user_id IS 'The shop''s own id; NULL for visitors who never signed in';
COMMENT ON COLUMN journey.profiles.email IS 'From the newest email trait';
COMMENT ON COLUMN journey.profiles.first_name IS 'From the newest first_name or firstName trait; NULL where that is no string';
COMMENT ON COLUMN journey.profiles.last_name IS 'From the newest last_name or lastName trait; NULL where that is no string';
COMMENT ON COLUMN journey.profiles.first_seen IS 'Time of the earliest event';
COMMENT ON COLUMN journey.profiles.last_seen IS 'Time of the latest event';
COMMENT ON COLUMN journey.profiles.events IS 'How many events there are';
COMMENT ON COLUMN journey.profiles.orders IS 'How many orders were completed and not cancelled';
COMMENT ON COLUMN journey.profiles.currency IS 'The currency of most orders; all sums are in it';
COMMENT ON COLUMN journey.profiles.revenue IS 'Order value after discounts and refunds, without shipping and tax; NULL where journey.fx_rates lacks a rate';
COMMENT ON COLUMN journey.profiles.refunded IS 'Money that went back';
COMMENT ON COLUMN journey.profiles.discounts IS 'Sum of discounts';
COMMENT ON COLUMN journey.profiles.average_order_value IS 'Order value before refunds divided by orders';
COMMENT ON COLUMN journey.profiles.discount_share IS 'Discounts divided by order value before discounts, 0 to 1';
COMMENT ON COLUMN journey.profiles.units IS 'Sum of quantities ordered';
COMMENT ON COLUMN journey.profiles.first_order_at IS 'Time of the first order';
COMMENT ON COLUMN journey.profiles.last_order_at IS 'Time of the last order';
COMMENT ON COLUMN journey.profiles.days_between_orders IS 'Average; NULL below two orders';
COMMENT ON COLUMN journey.profiles.refunds IS 'How many refunds there were';
COMMENT ON COLUMN journey.profiles.coupons_used IS 'Coupon Redeemed events, or orders that name a coupon, whichever are more';
COMMENT ON COLUMN journey.profiles.favourite_category IS 'The category in most orders; of equal ones the one seen more, then the latest';
COMMENT ON COLUMN journey.profiles.favourite_categories IS 'The five favourite categories, first the one in most orders';
COMMENT ON COLUMN journey.profiles.favourite_brand IS 'The brand in most orders';
COMMENT ON COLUMN journey.profiles.channel_preference IS 'The channel of most orders, then of most events: web, app, email, support or store';
COMMENT ON COLUMN journey.profiles.product_views IS 'How many Product Viewed events there are';
COMMENT ON COLUMN journey.profiles.emails_delivered IS 'Email Delivered events';
COMMENT ON COLUMN journey.profiles.emails_opened IS 'Email Opened events';
COMMENT ON COLUMN journey.profiles.emails_clicked IS 'Email Link Clicked events';
COMMENT ON COLUMN journey.profiles.email_unsubscribed_at IS 'Time of the latest Unsubscribed event';
COMMENT ON COLUMN journey.profiles.traits IS 'The newest value of every trait sent by identify';

GRANT SELECT ON journey.fx_rates, journey._parts, journey._merged_tallies, journey._merged_money, journey._merged_traits,
                journey._persons, journey.profiles TO journey_reader;
GRANT INSERT, UPDATE ON journey._parts TO journey_writer;
GRANT INSERT, UPDATE, DELETE ON journey.fx_rates TO journey_admin;
