-- A product of the customer's favourite categories, one that is reduced where there is one; $1 the profile, $2 the
-- categories, favourite first.
SELECT pg_catalog.to_jsonb(p) || pg_catalog.jsonb_build_object('price', p.price::text, 'compare_at_price', p.compare_at_price::text,
                                                     'relation', 'favourite_category')
  FROM pg_catalog.unnest($2::text[]) WITH ORDINALITY AS f (category, place)
  JOIN journey.available_products p ON p.category = f.category
 WHERE p.price > 0
 ORDER BY f.place, p.compare_at_price > p.price DESC NULLS LAST, pg_catalog.hashtextextended(p.product_id, $1)
 LIMIT 1
