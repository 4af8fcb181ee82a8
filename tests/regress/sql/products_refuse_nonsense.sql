INSERT INTO journey.products (product_id, name, category, price, currency, compare_at_price, attributes)
VALUES ('tea-1', 'Green Tea', 'Tea', 4.5, 'EUR', 5, '{"size": "100 g"}'), ('tea-2', 'Black Tea', 'Tea', 4, 'EUR', NULL, '{}');
INSERT INTO journey.inventory (product_id, quantity) VALUES ('tea-2', 0);
SELECT product_id, price, compare_at_price, stock FROM journey.available_products WHERE category = 'Tea' AND product_id LIKE 'tea-%';
CREATE FUNCTION pg_temp.refused(changes jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO journey.products (product_id, name, price, currency, compare_at_price, image_url, attributes, description)
    SELECT product_id, name, price, currency, compare_at_price, image_url, attributes, description FROM jsonb_populate_record(NULL::journey.products,
           '{"product_id": "tea-3", "name": "Tea", "price": 1, "currency": "EUR", "attributes": {}}' || changes);
    RETURN 'accepted';
EXCEPTION WHEN check_violation OR not_null_violation THEN
    RETURN SQLSTATE;
END
$$;
SELECT c, pg_temp.refused(c::jsonb) FROM (VALUES ('{"name": " "}'), ('{"name": null}'), ('{"name": "a\nb"}'), ('{"price": -1}'), ('{"price": "NaN"}'),
  ('{"currency": "euro"}'), ('{"currency": null}'), ('{"compare_at_price": 0.5}'), ('{"image_url": "javascript:alert(1)"}'), ('{"attributes": []}'),
  ('{"description": "two\nlines"}')) AS changes (c);
