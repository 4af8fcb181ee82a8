-- Ten households that differ: each portrait has a ranking, a household counts for the portrait in which it ranks best.
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS demo.customers (place integer PRIMARY KEY, portrait text, customer text, why text);
TRUNCATE demo.customers;

WITH households AS (
    SELECT user_id, orders, revenue, coupons_used, discount_share, average_order_value, days_between_orders,
           first_order_at, last_order_at, favourite_categories,
           extract(epoch FROM max(last_order_at) OVER () - last_order_at) / 86400 AS days_away
      FROM journey.profiles
     WHERE orders > 0 AND user_id IS NOT NULL
), portraits (place, portrait, customer, why, score) AS (
    SELECT 1, 'heavy buyer', user_id, format('%s orders, $%s', orders, revenue), revenue
      FROM households
    UNION ALL
    SELECT 2, 'coupon lover', user_id, format('%s coupons used', coupons_used), coupons_used
      FROM households
    UNION ALL
    SELECT 3, 'bargain hunter', user_id, format('%s %% of the value was discount', round(100 * discount_share)), discount_share
      FROM households WHERE orders >= 20
    UNION ALL
    SELECT 4, 'pays full price', user_id, format('%s %% discount in %s orders', round(100 * discount_share, 1), orders), -discount_share
      FROM households WHERE orders >= 20
    UNION ALL
    SELECT 5, 'lapsing', user_id, format('every %s days, now %s days away', round(days_between_orders), round(days_away)),
           days_away / days_between_orders
      FROM households WHERE orders >= 12 AND days_between_orders > 0 AND days_away BETWEEN 30 AND 120
    UNION ALL
    SELECT 6, 'new', user_id, format('first order %s', first_order_at::date), extract(epoch FROM first_order_at)
      FROM households
    UNION ALL
    SELECT 7, 'like clockwork', user_id, format('%s orders, one every %s days', orders, days_between_orders), -abs(days_between_orders - 7)
      FROM households WHERE orders >= 40 AND days_away < 8
    UNION ALL
    SELECT 8, 'big baskets', user_id, format('$%s an order', average_order_value), average_order_value
      FROM households WHERE orders BETWEEN 5 AND 30
    UNION ALL
    SELECT 9, 'pet owner', user_id, format('often buys %s', lower(pet)), orders
      FROM households JOIN unnest(ARRAY['Dog Food', 'Cat Food']) AS pet ON pet = ANY (favourite_categories)
    UNION ALL
    SELECT 10, 'rare visitor', user_id, format('%s orders in the year', orders), -orders
      FROM households WHERE orders > 1 AND days_away < 120
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY place ORDER BY score DESC NULLS LAST, customer) AS rank FROM portraits
), best AS (
    SELECT DISTINCT ON (customer) * FROM ranked WHERE rank <= 10 ORDER BY customer, rank, place
)
INSERT INTO demo.customers
SELECT DISTINCT ON (place) place, portrait, customer, why FROM best ORDER BY place, rank;
