INSERT INTO journey._orders
SELECT * FROM unnest($1::journey._orders[])
ON CONFLICT (profile_id, order_key) DO NOTHING
RETURNING profile_id, order_key
