-- What texts may depend on, and whether the customer wants none of it; $1 the profile, $2 the time that counts as now; null: now.
SELECT pg_catalog.jsonb_build_object(
           'profile_id', p.profile_id::text,
           'first_name', p.first_name,
           'orders', p.orders,
           'days_since_order', extract(epoch FROM coalesce($2, pg_catalog.now()) - p.last_order_at) / 86400,
           'days_between_orders', p.days_between_orders,
           'discount_share', p.discount_share,
           'coupons_used', p.coupons_used,
           'favourite_categories', p.favourite_categories,
           'loyalty_tier', p.loyalty_tier,
           'has_declined', journey._has_declined(p.traits))
  FROM journey.profiles p
 WHERE p.profile_id = $1
