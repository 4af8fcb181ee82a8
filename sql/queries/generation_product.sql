-- One product by its id, and whether it may be offered; $1.
SELECT pg_catalog.to_jsonb(p) || pg_catalog.jsonb_build_object(
           'price', p.price::text, 'compare_at_price', p.compare_at_price::text, 'relation', 'given',
           'available', EXISTS (SELECT FROM journey.available_products a WHERE a.product_id = p.product_id))
  FROM journey.products p
 WHERE p.product_id = $1
