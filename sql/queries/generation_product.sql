-- One product by its id; $1.
SELECT pg_catalog.to_jsonb(p) || '{"relation": "given"}' FROM journey.products p WHERE p.product_id = $1
