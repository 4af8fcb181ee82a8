-- One product by its id; $1.
SELECT pg_catalog.to_jsonb(p) || pg_catalog.jsonb_build_object('price', p.price::text, 'compare_at_price', p.compare_at_price::text,
                                                     'relation', 'given') FROM journey.products p WHERE p.product_id = $1
