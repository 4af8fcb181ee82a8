-- Sources: products and stock, which are no events but rows of the catalog.

CREATE FUNCTION _journey_source_put_products(rows jsonb[]) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO journey.products AS p (product_id, name, description, category, brand, price, currency, compare_at_price, image_url, attributes, active)
    SELECT DISTINCT ON (fields ->> 'product_id')
           fields ->> 'product_id', fields ->> 'name', fields ->> 'description', fields ->> 'category', fields ->> 'brand',
           (fields ->> 'price')::numeric, upper(fields ->> 'currency'),
           -- Shops leave the price from before a sale, or 0, where there is no sale.
           CASE WHEN (fields ->> 'compare_at_price')::numeric > (fields ->> 'price')::numeric THEN (fields ->> 'compare_at_price')::numeric END,
           fields ->> 'image_url',
           fields - ARRAY['product_id', 'name', 'description', 'category', 'brand', 'price', 'currency', 'compare_at_price', 'image_url',
                          'active', '_watermark'],
           coalesce((fields ->> 'active')::boolean, true)
      FROM unnest(rows) WITH ORDINALITY AS u (fields, place)
     ORDER BY fields ->> 'product_id', place DESC
    ON CONFLICT (product_id) DO UPDATE
       SET name = EXCLUDED.name, description = EXCLUDED.description, category = EXCLUDED.category, brand = EXCLUDED.brand,
           price = EXCLUDED.price, currency = EXCLUDED.currency, compare_at_price = EXCLUDED.compare_at_price,
           image_url = EXCLUDED.image_url, attributes = EXCLUDED.attributes, active = EXCLUDED.active, updated_at = EXCLUDED.updated_at
     WHERE (p.name, p.description, p.category, p.brand, p.price, p.currency, p.compare_at_price, p.image_url, p.attributes, p.active)
           IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.description, EXCLUDED.category, EXCLUDED.brand, EXCLUDED.price, EXCLUDED.currency,
                             EXCLUDED.compare_at_price, EXCLUDED.image_url, EXCLUDED.attributes, EXCLUDED.active)
$$;
COMMENT ON FUNCTION _journey_source_put_products(jsonb[]) IS 'Makes journey.products say what these rows say';

CREATE FUNCTION _journey_source_put_inventory(rows jsonb[]) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO journey.inventory AS i (product_id, location_id, quantity)
    SELECT DISTINCT ON (fields ->> 'product_id', coalesce(fields ->> 'location_id', 'online'))
           fields ->> 'product_id', coalesce(fields ->> 'location_id', 'online'),
           -- What was sold beyond the stock leaves less than nothing.
           greatest(floor((fields ->> 'quantity')::numeric), 0)::integer
      FROM unnest(rows) WITH ORDINALITY AS u (fields, place)
     ORDER BY fields ->> 'product_id', coalesce(fields ->> 'location_id', 'online'), place DESC
    ON CONFLICT (product_id, location_id) DO UPDATE
       SET quantity = EXCLUDED.quantity, updated_at = EXCLUDED.updated_at
     WHERE i.quantity <> EXCLUDED.quantity
$$;
COMMENT ON FUNCTION _journey_source_put_inventory(jsonb[]) IS 'Makes journey.inventory say what these rows say';

CREATE FUNCTION _journey_source_put(source_name text, kind text, rows jsonb[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fields jsonb;
    code text;
    reason text;
BEGIN
    BEGIN
        IF kind = 'products' THEN
            PERFORM @extschema@._journey_source_put_products(rows);
        ELSE
            PERFORM @extschema@._journey_source_put_inventory(rows);
        END IF;
        RETURN;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
        RAISE LOG 'pg_journey reads % one by one, because of: %', source_name, SQLERRM;
    END;
    FOREACH fields IN ARRAY rows LOOP
        BEGIN
            IF kind = 'products' THEN
                PERFORM @extschema@._journey_source_put_products(ARRAY[fields]);
            ELSE
                PERFORM @extschema@._journey_source_put_inventory(ARRAY[fields]);
            END IF;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
            GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
            INSERT INTO journey.dead_letters (payload, source, received_at, sqlstate, reason, hint)
            VALUES (fields::text, source_name, now(), code, reason, 'Mend the row in the source: it is read again when its watermark moves.');
        END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION _journey_source_put(text, text, jsonb[]) IS 'Writes rows of the catalog; one that the table refuses goes to journey.dead_letters';
