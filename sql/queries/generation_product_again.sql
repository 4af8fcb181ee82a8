-- A product that the customer may be due to buy again: bought in two or more of the latest 60 orders, not in the last
-- one, still sold. Of the eight bought most often a hash of both picks one, so that not everybody reads of bananas. $1
-- the profile.
WITH members AS (
    SELECT $1 AS profile_id
    UNION
    SELECT m.profile_id FROM journey._members m WHERE m.person_id = $1
), orders AS (
    SELECT e.properties, pg_catalog.row_number() OVER (ORDER BY e."timestamp" DESC, e.event_id) AS back
      FROM members m
     CROSS JOIN LATERAL (SELECT v.properties, v."timestamp", v.event_id FROM journey.events v
                          WHERE v.profile_id = m.profile_id AND v.event = 'Order Completed' AND NOT v.is_bot
                          ORDER BY v."timestamp" DESC, v.event_id LIMIT 60) e
     ORDER BY e."timestamp" DESC, e.event_id
     LIMIT 60
), bought AS (
    SELECT coalesce(line ->> 'product_id', line ->> 'productId') AS product_id,
           pg_catalog.count(DISTINCT o.back) AS orders, pg_catalog.min(o.back) AS back
      FROM orders o
     CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(
           CASE WHEN pg_catalog.jsonb_typeof(o.properties -> 'products') = 'array' THEN o.properties -> 'products' ELSE '[]' END) line
     GROUP BY 1
), due AS (
    SELECT p.*, b.orders
      FROM bought b
      JOIN journey.available_products p USING (product_id)
     WHERE b.orders > 1 AND b.back > 1 AND p.price > 0
     ORDER BY b.orders DESC, p.product_id COLLATE "C"
     LIMIT 8
)
SELECT pg_catalog.to_jsonb(d) || pg_catalog.jsonb_build_object('price', d.price::text, 'compare_at_price', d.compare_at_price::text,
                                                     'relation', 'bought_before')
  FROM due d
 ORDER BY pg_catalog.hashtextextended(d.product_id, $1)
 LIMIT 1
