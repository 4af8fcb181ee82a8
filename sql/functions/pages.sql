-- Pages: banners. The texts are those of journey_compose, written once a day a customer and product.
--
-- What is shown to whom: the customer's profile, or NULL for one that nobody knows or who does not want to be known.
CREATE FUNCTION _journey_audience(customer text) RETURNS jsonb
    LANGUAGE sql STABLE
AS $$
    SELECT p.profile
      FROM (SELECT @extschema@.journey_profile(customer) AS profile) p
     WHERE NOT journey._has_declined(p.profile -> 'traits')
$$;
COMMENT ON FUNCTION _journey_audience(text) IS 'The profile that banners and pages may follow; NULL for a customer who is unknown or has declined';

-- Words of a profile that a picture may be chosen by, in lower case.
CREATE FUNCTION _journey_taste(profile jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(pg_catalog.array_agg(DISTINCT pg_catalog.lower(w.word)), '{}')
      FROM (SELECT pg_catalog.jsonb_array_elements_text(CASE pg_catalog.jsonb_typeof(f.words) WHEN 'array' THEN f.words ELSE '[]' END) AS word
              FROM (VALUES (profile -> 'favourite_categories'), (profile -> 'favourite_brands')) AS f (words)
            UNION ALL
            SELECT v.word #>> '{}'
              FROM pg_catalog.jsonb_each(CASE pg_catalog.jsonb_typeof(profile -> 'traits') WHEN 'object' THEN profile -> 'traits' ELSE '{}' END) t,
                   pg_catalog.jsonb_path_query(t.value, '$[*] ? (@.type() == "string")') AS v (word)
             WHERE t.key IN ('style', 'styles', 'colour', 'color', 'colours', 'colors', 'interests', 'setting')) w
$$;
COMMENT ON FUNCTION _journey_taste(jsonb) IS 'Favourite categories and brands of a profile, and its traits style, colour, interests and setting, as words';

CREATE FUNCTION _journey_image_words(attributes jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(pg_catalog.array_agg(DISTINCT pg_catalog.lower(v.word #>> '{}')), '{}')
      FROM pg_catalog.jsonb_path_query(attributes, '$.*[*] ? (@.type() == "string")') AS v (word)
$$;
COMMENT ON FUNCTION _journey_image_words(jsonb) IS 'The style attributes of a picture as words';

CREATE FUNCTION _journey_banner_image(product text, taste text[], embedded boolean) RETURNS TABLE (image_id text, url text, content bytea)
    LANGUAGE sql STABLE ROWS 1
AS $$
    SELECT i.image_id, i.url, i.content
      FROM journey.product_images i
     WHERE i.product_id = product AND i.active AND (i.content IS NOT NULL OR NOT embedded)
     ORDER BY (SELECT pg_catalog.count(*) FROM pg_catalog.unnest(@extschema@._journey_image_words(i.attributes)) w WHERE w = ANY (taste)) DESC,
              i.place, i.image_id COLLATE "C"
     LIMIT 1
$$;
COMMENT ON FUNCTION _journey_banner_image(text, text[], boolean) IS 'The picture of a product that shares most words with a taste; embedded: only one that is kept here';

CREATE FUNCTION _journey_page_forgiven(status text, guardrails jsonb) RETURNS text[]
    LANGUAGE sql STABLE
AS $$
    SELECT ARRAY(SELECT 'guardrail:' || r.guardrail
                   FROM journey.guardrails r
                  WHERE r.status = 'approved' AND r.on_fail = 'review' AND guardrails -> 'held' ? pg_catalog.format('%s %s', r.guardrail, r.version)
                    AND NOT EXISTS (SELECT FROM journey.guardrails n WHERE n.guardrail = r.guardrail AND n.status = 'approved' AND n.version > r.version))
     WHERE status = 'approved'
$$;
COMMENT ON FUNCTION _journey_page_forgiven(text, jsonb) IS 'The guardrails that asked for a review which a person has decided: of an approved text, those that held then and are the same now';
CREATE FUNCTION _journey_page_measures() RETURNS text[]
    LANGUAGE sql STABLE
AS $$
    SELECT ARRAY(SELECT 'guardrail:' || r.guardrail FROM journey.guardrails r WHERE r.status = 'approved' AND r.type IN ('length', 'reading_level'))
$$;
COMMENT ON FUNCTION _journey_page_measures() IS 'The guardrails that measure one text: a text in the company of names and prices is longer';

-- A text that was written within a day is used again while the guardrails as they are now, and the facts as they are
-- now, let it pass; a text that a person has yet to see is none.
CREATE FUNCTION _journey_page_text(customer text, profile bigint, wanted text, product text) RETURNS TABLE (text text, generation_id uuid, product_id text)
    LANGUAGE plpgsql VOLATILE ROWS 1
AS $$
DECLARE
    kept record;
    context jsonb;
BEGIN
    SELECT g.text, g.generation_id, g.product_id, g.status, g.guardrails INTO kept
      FROM journey.generations g
     WHERE g.profile_id = profile AND g.kind = wanted AND (product IS NULL OR g.product_id = product) AND g.product_id IS NOT NULL
       AND g.campaign IS NULL AND g.created_at > pg_catalog.now() - interval '1 day'
       AND g.guardrails ->> 'policy' = 'default' AND g.guardrails #>> '{subject,channel}' = 'web'
       AND g.status IN ('ok', 'generic', 'template', 'approved', 'review')
       -- What a caller said of one case is no fact of the page's.
       AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements(g.facts) f WHERE f ->> 'source' LIKE 'options.facts%')
     ORDER BY g.created_at DESC
     LIMIT 1;
    IF FOUND AND EXISTS (SELECT FROM journey.available_products p WHERE p.product_id = kept.product_id) THEN
        context := pg_catalog.jsonb_build_object('customer', customer, 'product', kept.product_id, 'channel', 'web');
        IF kept.status = 'review'
           OR NOT EXISTS (SELECT FROM @extschema@._journey_check(kept.text, wanted, context) c
                           WHERE NOT c.passed AND c.severity = 'error'
                             AND (c.rule IN ('placeholder', 'markup', 'numbers', 'currency', 'relations', 'names', 'claims') OR c.rule LIKE 'guardrail:%')
                             AND c.rule <> ALL (coalesce(@extschema@._journey_page_forgiven(kept.status, kept.guardrails), '{}'))) THEN
            RETURN QUERY SELECT kept.text, kept.generation_id, kept.product_id;
            RETURN;
        END IF;
    END IF;
    -- Two statements: the first does not see the row that it stores.
    SELECT c.text, c.generation_id INTO kept
      FROM @extschema@._journey_compose(ARRAY[customer], wanted, product, NULL, 1, NULL, '{"channel": "web"}', false) c;
    RETURN QUERY
        SELECT kept.text, kept.generation_id, g.product_id FROM journey.generations g
         WHERE g.profile_id = profile AND g.generation_id = kept.generation_id;
END
$$;
COMMENT ON FUNCTION _journey_page_text(text, bigint, text, text) IS 'A text for a page: one of the last day that still holds, else a new one; NULL where no text may be served';

-- What a banner shows: {"content", "image"}; NULL where no text may be served or a guardrail stops its words.
CREATE FUNCTION _journey_banner_content(customer text, product text, embedded boolean) RETURNS TABLE (content jsonb, picture bytea)
    LANGUAGE plpgsql VOLATILE ROWS 1
    SET jit = off
AS $$
DECLARE
    audience constant jsonb := @extschema@._journey_audience(customer);
    written record;
    shown jsonb;
    image record;
    words jsonb;
    stopped text;
BEGIN
    SELECT * INTO written
      FROM @extschema@._journey_page_text(CASE WHEN audience IS NOT NULL THEN customer END, coalesce((audience ->> 'profile_id')::bigint, 0),
                                          'subject', product);
    IF written.text IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO image FROM @extschema@._journey_banner_image(written.product_id, @extschema@._journey_taste(audience), embedded);
    SELECT pg_catalog.jsonb_build_object(
               'headline', written.text, 'name', p.name, 'brand', p.brand, 'price', p.price::text,
               'compare_at_price', p.compare_at_price::text, 'currency', p.currency,
               'call', coalesce(b.call_to_action, s.call_to_action, 'Shop now'), 'locale', coalesce(b.locale, s.locale),
               'background', coalesce(b.background, s.background), 'accent', coalesce(b.accent, s.accent),
               'colour', CASE pg_catalog.jsonb_typeof(c.colour) WHEN 'string' THEN c.colour #>> '{}' END,
               'image_url', CASE WHEN NOT embedded AND image.content IS NULL THEN coalesce(image.url, p.image_url) END)
      INTO shown
      FROM journey.products p
      LEFT JOIN journey.brand_styles b ON b.brand = p.brand AND b.brand <> '*'
      LEFT JOIN journey.brand_styles s ON s.brand = '*'
     CROSS JOIN LATERAL (SELECT coalesce(p.attributes -> 'colour', p.attributes -> 'color') AS colour) c
     WHERE p.product_id = written.product_id;

    -- Name, price and button are words of the shop's, and no path serves what a guardrail forbids.
    words := @extschema@._journey_banner_words(shown);
    SELECT pg_catalog.string_agg(v ->> 'rule', ', ') INTO stopped
      FROM journey.generations g,
           pg_catalog.jsonb_array_elements(@extschema@._journey_judge(words ->> 'words', 'default',
               g.guardrails -> 'subject' || pg_catalog.jsonb_build_object('amounts', (g.guardrails #> '{subject,amounts}') || (words -> 'amounts')))) v
     WHERE g.profile_id = coalesce((audience ->> 'profile_id')::bigint, 0) AND g.generation_id = written.generation_id
       AND v -> 'passed' = 'false' AND v ->> 'severity' = 'error'
       AND v ->> 'rule' <> ALL (coalesce(@extschema@._journey_page_forgiven(g.status, g.guardrails), '{}') || @extschema@._journey_page_measures());
    IF stopped IS NOT NULL THEN
        RAISE NOTICE 'no banner for product "%": %', written.product_id, stopped
            USING HINT = 'A guardrail stops its name, price or button; see journey.guardrails.';
        RETURN;
    END IF;
    RETURN QUERY SELECT shown, image.content;
END
$$;
COMMENT ON FUNCTION _journey_banner_content(text, text, boolean) IS 'What a banner shows, gathered and judged; no row where nothing may be served';

CREATE FUNCTION journey_banner(customer text, product text DEFAULT NULL, size text DEFAULT 'medium_rectangle') RETURNS text
    LANGUAGE sql VOLATILE COST 1000000
AS $$
    SELECT @extschema@._journey_banner_svg(b.content, b.picture, size)
      FROM (SELECT @extschema@._journey_banner_size(coalesce(size, 'null')) AS checked OFFSET 0) s,
           @extschema@._journey_banner_content(customer, CASE WHEN s.checked THEN product END, false) b
$$;
COMMENT ON FUNCTION journey_banner(text, text, text) IS
    'A banner for a customer about a product as SVG; size: WIDTHxHEIGHT in pixels or a name such as leaderboard; NULL where no text may be served';

CREATE FUNCTION journey_banner(customer bigint, product text DEFAULT NULL, size text DEFAULT 'medium_rectangle') RETURNS text
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_banner(customer::text, product, size)';
COMMENT ON FUNCTION journey_banner(bigint, text, text) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_banner(customer uuid, product text DEFAULT NULL, size text DEFAULT 'medium_rectangle') RETURNS text
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_banner(customer::text, product, size)';
COMMENT ON FUNCTION journey_banner(uuid, text, text) IS 'The same for a customer whose user_id is a uuid';

CREATE FUNCTION journey_banner_png(customer text, product text DEFAULT NULL, size text DEFAULT 'medium_rectangle') RETURNS bytea
    LANGUAGE sql VOLATILE COST 1000000
AS $$
    SELECT @extschema@._journey_banner_png(b.content, b.picture, size)
      FROM (SELECT @extschema@._journey_banner_size(coalesce(size, 'null')) AS checked OFFSET 0) s,
           @extschema@._journey_banner_content(customer, CASE WHEN s.checked THEN product END, true) b
$$;
COMMENT ON FUNCTION journey_banner_png(text, text, text) IS 'The same banner as PNG; a picture that is only linked is left out, for nothing is fetched';

CREATE FUNCTION journey_banner_png(customer bigint, product text DEFAULT NULL, size text DEFAULT 'medium_rectangle') RETURNS bytea
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_banner_png(customer::text, product, size)';
COMMENT ON FUNCTION journey_banner_png(bigint, text, text) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_banner_png(customer uuid, product text DEFAULT NULL, size text DEFAULT 'medium_rectangle') RETURNS bytea
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_banner_png(customer::text, product, size)';
COMMENT ON FUNCTION journey_banner_png(uuid, text, text) IS 'The same for a customer whose user_id is a uuid';

COMMENT ON FUNCTION _journey_banner_size(text) IS 'Raises an error where a size is none';
COMMENT ON FUNCTION _journey_banner_words(jsonb) IS 'The words and amounts that a banner would show';
COMMENT ON FUNCTION _journey_banner_svg(jsonb, bytea, text) IS 'The work of journey_banner';
COMMENT ON FUNCTION _journey_banner_png(jsonb, bytea, text) IS 'The work of journey_banner_png';
