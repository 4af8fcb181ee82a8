-- What texts may depend on; $1 the profile, $2 the time that counts as now, or null.
-- Without $2 it is the time of the shop's newest order, so that a load that comes late makes nobody look absent. On large
-- tables that time is read from a sample of some hundred thousand customers.
SELECT pg_catalog.jsonb_build_object(
           'profile_id', p.profile_id::text,
           'first_name', p.first_name,
           'orders', p.orders,
           'days_since_order', extract(epoch FROM coalesce($2, n.newest) - p.last_order_at) / 86400,
           'days_between_orders', p.days_between_orders,
           'discount_share', p.discount_share,
           'coupons_used', p.coupons_used,
           'favourite_categories', p.favourite_categories)
  FROM journey.profiles p
 CROSS JOIN (SELECT pg_catalog.max(s.last_order_at) AS newest
               FROM journey._parts s TABLESAMPLE SYSTEM (least(100, 100 * 2e5 / greatest(1,
                    (SELECT c.reltuples FROM pg_catalog.pg_class c WHERE c.oid = 'journey._parts'::pg_catalog.regclass))))
                    REPEATABLE (0)) n
 WHERE p.profile_id = $1
