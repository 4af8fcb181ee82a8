-- Pages: laid out for one customer, as JSON and as HTML.
--
-- Products that a page may show, each once: what lies in the cart, of favourite categories and brands, reduced, bought by many.
CREATE FUNCTION _journey_page_products(profile jsonb, of_category text) RETURNS jsonb
    LANGUAGE sql STABLE
AS $$
    WITH popular AS MATERIALIZED (
        SELECT s.product_id, pg_catalog.row_number() OVER (ORDER BY s.orders DESC, s.product_id COLLATE "C") AS place
          FROM (SELECT coalesce(l.line ->> 'product_id', l.line ->> 'productId') AS product_id, pg_catalog.count(*) AS orders
                  FROM (SELECT e.properties
                          FROM journey.events e TABLESAMPLE SYSTEM (least(100, 100 * 5e3 / greatest(1,
                               (SELECT pg_catalog.sum(c.reltuples) FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
                                 WHERE i.inhparent = 'journey.events'::pg_catalog.regclass)))) REPEATABLE (0)
                         WHERE e.event = 'Order Completed' AND NOT e.is_bot) o,
                       pg_catalog.jsonb_array_elements(
                           CASE WHEN pg_catalog.jsonb_typeof(o.properties -> 'products') = 'array' THEN o.properties -> 'products' ELSE '[]' END) AS l (line)
                 GROUP BY 1) s
         WHERE s.orders > 1
    ), named AS (
        SELECT c.value ->> 'product_id' AS product_id
          FROM journey.carts k, pg_catalog.jsonb_array_elements(k.products) c
         WHERE k.profile_id = (profile ->> 'profile_id')::bigint
        UNION ALL (SELECT p.product_id FROM popular p ORDER BY p.place LIMIT 100)
        UNION ALL (SELECT p.product_id
                     FROM pg_catalog.jsonb_array_elements_text(CASE WHEN of_category IS NOT NULL THEN pg_catalog.jsonb_build_array(of_category)
                              ELSE coalesce(nullif(profile -> 'favourite_categories', 'null'), '[]') END) f (category)
                    CROSS JOIN LATERAL (SELECT a.product_id FROM journey.products a WHERE a.category = f.category AND a.active
                                         ORDER BY a.brand = ANY (ARRAY(SELECT pg_catalog.jsonb_array_elements_text(coalesce(nullif(profile -> 'favourite_brands', 'null'), '[]'))))
                                                  DESC NULLS LAST,
                                                  a.compare_at_price > a.price DESC NULLS LAST, pg_catalog.hashtextextended(a.product_id, (profile ->> 'profile_id')::bigint)
                                         LIMIT 60) p)
        UNION ALL (SELECT p.product_id FROM journey.products p
                    WHERE p.active AND p.compare_at_price > p.price AND (of_category IS NULL OR p.category = of_category)
                    ORDER BY (p.compare_at_price - p.price) / p.compare_at_price DESC, p.product_id COLLATE "C" LIMIT 40)
        UNION ALL (SELECT p.product_id FROM journey.products p
                    WHERE p.active AND p.price > 0 AND (of_category IS NULL OR p.category = of_category)
                    ORDER BY p.product_id COLLATE "C" LIMIT 40)
    )
    SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
               'product_id', a.product_id, 'name', a.name, 'brand', a.brand, 'category', a.category, 'price', a.price::text,
               'compare_at_price', a.compare_at_price::text, 'currency', a.currency, 'popularity', popular.place,
               'rating', r.rating::text, 'reviews', r.reviews,
               'url', CASE WHEN a.attributes ->> 'url' ~ '^https?://[^[:cntrl:][:space:]]+$' THEN a.attributes ->> 'url' END)
               ORDER BY a.product_id COLLATE "C"), '[]')
      FROM (SELECT DISTINCT n.product_id FROM named n) n
      JOIN journey.available_products a USING (product_id)
      LEFT JOIN popular USING (product_id)
     CROSS JOIN LATERAL (
           SELECT pg_catalog.round(pg_catalog.avg((e.properties ->> 'rating')::numeric), 1) AS rating, pg_catalog.count(*) AS reviews
             FROM journey.events e
            WHERE e.event = 'Product Reviewed' AND NOT e.is_bot
              AND coalesce(e.properties ->> 'product_id', e.properties ->> 'productId') = a.product_id
              AND e.properties ->> 'rating' ~ '^[0-5](\.\d{1,6})?$') r
     WHERE a.price > 0
$$;
COMMENT ON FUNCTION _journey_page_products(jsonb, text) IS 'Products in stock that a page may show for a profile, with popularity and rating';

-- The picture of each product that suits best: words shared with the taste first, then closeness of meaning, then its place.
CREATE FUNCTION _journey_page_images(products text[], taste text[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    found constant jsonb := (
        SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('product_id', i.product_id, 'image_id', i.image_id, 'url', i.url,
                   'alt', coalesce(i.alt, p.name), 'place', i.place, 'embedded', i.url IS NULL,
                   'words', pg_catalog.to_jsonb(@extschema@._journey_image_words(i.attributes)),
                   'shared', ARRAY(SELECT w FROM pg_catalog.unnest(@extschema@._journey_image_words(i.attributes)) w WHERE w = ANY (taste) ORDER BY w))
                   ORDER BY i.product_id COLLATE "C", i.image_id COLLATE "C")
          FROM (SELECT m.product_id, m.image_id, m.url, m.alt, m.place, m.attributes FROM journey.product_images m WHERE m.active
                UNION ALL
                SELECT o.product_id, 'image_url', o.image_url, NULL, 2147483647, '{}' FROM journey.products o WHERE o.image_url IS NOT NULL) i
          JOIN journey.products p USING (product_id)
         WHERE i.product_id = ANY (products));
    closeness double precision[];
BEGIN
    -- Where no model answers, attributes decide alone.
    IF pg_catalog.cardinality(taste) > 0
       AND EXISTS (SELECT FROM pg_catalog.jsonb_array_elements(found) i GROUP BY i ->> 'product_id' HAVING pg_catalog.count(*) > 1) THEN
        BEGIN
            closeness := @extschema@._journey_closeness(pg_catalog.array_to_string(taste, ', '), ARRAY(
                SELECT pg_catalog.concat_ws(', ', i ->> 'alt', pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.jsonb_array_elements_text(i -> 'words')), ', '))
                  FROM pg_catalog.jsonb_array_elements(found) WITH ORDINALITY AS e (i, n) ORDER BY n));
        EXCEPTION WHEN OTHERS THEN
            closeness := NULL;
        END;
    END IF;
    RETURN (
        SELECT coalesce(pg_catalog.jsonb_object_agg(c.product_id, c.image), '{}')
          FROM (SELECT DISTINCT ON (i ->> 'product_id') i ->> 'product_id' AS product_id,
                       (i - '{product_id,place,words,shared}'::text[]) || pg_catalog.jsonb_build_object('reason',
                           CASE WHEN i -> 'shared' <> '[]'
                                THEN 'shows ' || pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.jsonb_array_elements_text(i -> 'shared')), ', ')
                                WHEN closeness IS NOT NULL THEN pg_catalog.format('closest to the customer''s taste (%s)', pg_catalog.round(closeness[n::integer]::numeric, 2))
                                ELSE 'the first picture' END) AS image
                  FROM pg_catalog.jsonb_array_elements(found) WITH ORDINALITY AS e (i, n)
                 ORDER BY i ->> 'product_id', pg_catalog.jsonb_array_length(i -> 'shared') DESC, closeness[n::integer] DESC NULLS LAST,
                          (i ->> 'place')::integer, i ->> 'image_id' COLLATE "C") c);
END
$$;
COMMENT ON FUNCTION _journey_page_images(text[], text[]) IS 'Which picture of each product to show for a taste, and why';

-- What a reviewer let through is the text, and not what stands beside it: that is judged by itself, too, by all guardrails but
-- those that ask for words which the texts hold, or measure.
CREATE FUNCTION _journey_page_allows(texts text, own text, subject jsonb, excused text[]) RETURNS boolean
    LANGUAGE sql STABLE
AS $$
    SELECT NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements(@extschema@._journey_judge(pg_catalog.concat_ws(E'\n', texts, own), 'default', subject)) v
                        WHERE v -> 'passed' = 'false' AND v ->> 'severity' = 'error' AND v ->> 'rule' <> ALL (excused))
       AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements(@extschema@._journey_judge(own, 'default', subject)) v
                         JOIN journey.guardrails r ON 'guardrail:' || r.guardrail = v ->> 'rule' AND r.status = 'approved'
                        WHERE v -> 'passed' = 'false' AND v ->> 'severity' = 'error' AND v ->> 'rule' = ANY (excused)
                          AND r.type NOT IN ('disclosure', 'length', 'reading_level'))
$$;
COMMENT ON FUNCTION _journey_page_allows(text, text, jsonb, text[]) IS 'Whether no guardrail stops words beside the texts of a page, but those that were excused for the texts';

CREATE FUNCTION journey_page(customer text, page text DEFAULT 'home') RETURNS jsonb
    LANGUAGE plpgsql VOLATILE COST 1000000
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    template journey.pages;
    profile jsonb := @extschema@._journey_audience(customer);
    person constant bigint := coalesce((profile ->> 'profile_id')::bigint, 0);
    -- Who is not to be known is nobody in every text, too.
    reader constant text := CASE WHEN profile IS NOT NULL THEN customer END;
    of_category text;
    style record;
    layout jsonb;
    images jsonb;
    blocks jsonb := '[]';
    block jsonb;
    items jsonb;
    written record;
    texts text := '';
    subject jsonb;
    excused text[];
BEGIN
    SELECT * INTO template FROM journey.pages p WHERE p.page = journey_page.page;
    IF template.page IS NULL THEN
        RAISE EXCEPTION 'there is no page "%"', page
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'There are: ' || coalesce((SELECT pg_catalog.string_agg(p.page, ', ' ORDER BY p.page) FROM journey.pages p), 'none') || '.';
    END IF;
    of_category := coalesce(template.category, CASE WHEN template.follows_category THEN coalesce(
        (SELECT f.category FROM pg_catalog.jsonb_array_elements_text(coalesce(nullif(profile -> 'favourite_categories', 'null'), '[]')) WITH ORDINALITY AS f (category, n)
          WHERE EXISTS (SELECT FROM journey.available_products a WHERE a.category = f.category AND a.price > 0) ORDER BY f.n LIMIT 1),
        (SELECT p ->> 'category' FROM pg_catalog.jsonb_array_elements(@extschema@._journey_page_products(NULL, NULL)) p
          WHERE p ->> 'category' IS NOT NULL ORDER BY (p ->> 'popularity')::integer NULLS LAST, p ->> 'product_id' COLLATE "C" LIMIT 1)) END);
    SELECT s.background, s.accent, s.call_to_action, s.locale INTO style FROM journey.brand_styles s WHERE s.brand = '*';

    layout := @extschema@._journey_page_layout(pg_catalog.jsonb_build_object(
        'page', template.page, 'title', pg_catalog.replace(template.title, '{category}', coalesce(of_category, '')), 'category', of_category,
        'blocks', template.blocks, 'products', @extschema@._journey_page_products(profile, of_category),
        'customer', CASE WHEN profile IS NOT NULL THEN pg_catalog.jsonb_build_object(
            'orders', profile -> 'orders', 'favourite_categories', profile -> 'favourite_categories',
            'favourite_brands', profile -> 'favourite_brands', 'price_sensitivity', profile -> 'price_sensitivity',
            'cart', (SELECT pg_catalog.jsonb_agg(c.value -> 'product_id') FROM journey.carts k, pg_catalog.jsonb_array_elements(k.products) c
                      WHERE k.profile_id = person)) END));
    images := @extschema@._journey_page_images(
        ARRAY(SELECT i ->> 'product_id' FROM pg_catalog.jsonb_path_query(layout, '$.blocks[*].items[*]') i), @extschema@._journey_taste(profile));

    -- The texts; a block that is nothing else is left out without one.
    FOR block IN SELECT pg_catalog.jsonb_array_elements(layout -> 'blocks') LOOP
        IF block ->> 'kind' IS NOT NULL THEN
            SELECT * INTO written FROM @extschema@._journey_page_text(reader, person, block ->> 'kind', block ->> 'product_id');
            texts := pg_catalog.concat_ws(E'\n', texts, written.text);
            block := block || pg_catalog.jsonb_build_object('text', written.text, 'generation_id', written.generation_id);
            CONTINUE WHEN written.text IS NULL AND block ->> 'block' = 'copy';
        END IF;
        blocks := blocks || block;
    END LOOP;

    -- Names and prices of products are judged like texts, in the company of the texts, which hold the disclosures.
    subject := pg_catalog.jsonb_build_object('kind', 'landing_page', 'channel', 'web', 'has_product', true,
        'names', (SELECT pg_catalog.jsonb_agg(n) FROM (SELECT pg_catalog.jsonb_path_query(blocks, '$[*].items[*].name') UNION ALL
                  SELECT pg_catalog.jsonb_path_query(blocks, '$[*].items[*].brand ? (@ != null)') UNION ALL
                  SELECT profile -> 'first_name' WHERE pg_catalog.jsonb_typeof(profile -> 'first_name') = 'string') AS named (n)),
        'amounts', (SELECT pg_catalog.jsonb_agg(DISTINCT a) FROM (
                  SELECT pg_catalog.jsonb_path_query(blocks, '$[*].items[*].amounts[*]') UNION ALL
                  SELECT f #> '{value,amount}' FROM journey.generations g, pg_catalog.jsonb_array_elements(g.facts) f
                   WHERE g.profile_id = person AND g.generation_id IN (SELECT (b ->> 'generation_id')::uuid FROM pg_catalog.jsonb_array_elements(blocks) b)
                     AND f ->> 'type' = 'money') AS known (a)));
    SELECT @extschema@._journey_page_measures() || coalesce(pg_catalog.array_agg(f.rule), '{}') INTO excused
      FROM journey.generations g, pg_catalog.unnest(@extschema@._journey_page_forgiven(g.status, g.guardrails)) f (rule)
     WHERE g.profile_id = person AND g.generation_id IN (SELECT (b ->> 'generation_id')::uuid FROM pg_catalog.jsonb_array_elements(blocks) b);
    layout := layout || pg_catalog.jsonb_build_object('blocks', '[]'::jsonb, 'locale', style.locale, 'background', style.background,
        'accent', style.accent, 'call', style.call_to_action);
    FOR block IN SELECT pg_catalog.jsonb_array_elements(blocks) LOOP
        SELECT coalesce(pg_catalog.jsonb_agg((i - 'amounts') || pg_catalog.jsonb_build_object('image', images -> (i ->> 'product_id')) ORDER BY n), '[]')
          INTO items
          FROM pg_catalog.jsonb_array_elements(block -> 'items') WITH ORDINALITY AS e (i, n)
         WHERE @extschema@._journey_page_allows(
                   texts, pg_catalog.concat_ws(E'\n', layout ->> 'title', block ->> 'heading', i ->> 'name', i ->> 'brand', i ->> 'price', i ->> 'compare_at_price',
                                        images #>> ARRAY[i ->> 'product_id', 'alt'], style.call_to_action),
                   subject || pg_catalog.jsonb_build_object('category', i -> 'category'), excused);
        -- A block of words alone has a heading all the same.
        CONTINUE WHEN items = '[]' AND NOT @extschema@._journey_page_allows(
                   texts, pg_catalog.concat_ws(E'\n', layout ->> 'title', block ->> 'heading', style.call_to_action), subject, excused);
        CONTINUE WHEN items = '[]' AND block ->> 'block' <> 'copy';
        layout := pg_catalog.jsonb_set(layout, '{blocks}', (layout -> 'blocks') || ((block - 'product_id') || pg_catalog.jsonb_build_object('items', items)));
    END LOOP;
    RETURN layout;
END
$$;
COMMENT ON FUNCTION journey_page(text, text) IS
    'A page of journey.pages laid out for a customer: blocks, their order, products, pictures and texts, each with its reasons; nothing personal for a customer nobody knows';

CREATE FUNCTION journey_page(customer bigint, page text DEFAULT 'home') RETURNS jsonb
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_page(customer::text, page)';
COMMENT ON FUNCTION journey_page(bigint, text) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_page(customer uuid, page text DEFAULT 'home') RETURNS jsonb
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_page(customer::text, page)';
COMMENT ON FUNCTION journey_page(uuid, text) IS 'The same for a customer whose user_id is a uuid';

-- Pictures that are kept here become part of the page.
CREATE FUNCTION _journey_page_with_pictures(layout jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
AS $$
    SELECT layout || pg_catalog.jsonb_build_object('blocks', coalesce(pg_catalog.jsonb_agg(
               b.block || pg_catalog.jsonb_build_object('items', (
                   SELECT coalesce(pg_catalog.jsonb_agg(CASE pg_catalog.jsonb_typeof(i.item -> 'image') WHEN 'object'
                              THEN pg_catalog.jsonb_set(i.item, '{image,src}', pg_catalog.to_jsonb(coalesce(i.item #>> '{image,url}',
                                       (SELECT @extschema@._journey_data_uri(p.content) FROM journey.product_images p
                                         WHERE p.product_id = i.item ->> 'product_id' AND p.image_id = i.item #>> '{image,image_id}'))))
                              ELSE i.item END ORDER BY i.n), '[]')
                     FROM pg_catalog.jsonb_array_elements(b.block -> 'items') WITH ORDINALITY AS i (item, n))) ORDER BY b.n), '[]'))
      FROM pg_catalog.jsonb_array_elements(layout -> 'blocks') WITH ORDINALITY AS b (block, n)
$$;
COMMENT ON FUNCTION _journey_page_with_pictures(jsonb) IS 'A layout whose pictures have their link or data URI as src';

CREATE FUNCTION journey_page_html(customer text, page text DEFAULT 'home') RETURNS text
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@._journey_page_html(@extschema@._journey_page_with_pictures(@extschema@.journey_page(customer, page)))';
COMMENT ON FUNCTION journey_page_html(text, text) IS 'The same page as accessible HTML without scripts, which fetches nothing but linked pictures';

CREATE FUNCTION journey_page_html(customer bigint, page text DEFAULT 'home') RETURNS text
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_page_html(customer::text, page)';
COMMENT ON FUNCTION journey_page_html(bigint, text) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_page_html(customer uuid, page text DEFAULT 'home') RETURNS text
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_page_html(customer::text, page)';
COMMENT ON FUNCTION journey_page_html(uuid, text) IS 'The same for a customer whose user_id is a uuid';

COMMENT ON FUNCTION _journey_page_layout(jsonb) IS 'Which blocks in which order, and which products in each: crates/core/src/pages/layout.rs';
COMMENT ON FUNCTION _journey_page_html(jsonb) IS 'A layout as HTML';
COMMENT ON FUNCTION _journey_data_uri(bytea) IS 'A picture as a data URI';
COMMENT ON FUNCTION _journey_closeness(text, text[]) IS 'Cosine of the meaning of each text with that of the first, by the embedding model';
