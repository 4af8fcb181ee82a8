-- What a customer bought and looked at lately says of their taste: of the 40 latest products, how many have a word of each interest,
-- and of those bought, how many are among the dearest quarter of their category. $1 the profile, $2 the time that counts as now; null: now.
WITH members AS (
    SELECT $1 AS profile_id
    UNION
    SELECT m.profile_id FROM journey._members m WHERE m.person_id = $1
), happened AS (
    SELECT e.event, e.properties, e."timestamp"
      FROM members m
     CROSS JOIN LATERAL (SELECT v.event, v.properties, v."timestamp" FROM journey.events v
                          WHERE v.profile_id = m.profile_id AND v.event IN ('Order Completed', 'Product Viewed', 'Product Added') AND NOT v.is_bot
                            AND v."timestamp" <= coalesce($2, pg_catalog.now())
                          ORDER BY v."timestamp" DESC, v.event_id LIMIT 40) e
), seen AS (
    SELECT v.product_id, pg_catalog.max(h."timestamp") AS at, pg_catalog.bool_or(h.event = 'Order Completed') AS is_bought
      FROM happened h
     CROSS JOIN LATERAL (SELECT h.properties AS line WHERE h.event <> 'Order Completed'
                         UNION ALL
                         SELECT pg_catalog.jsonb_array_elements(
                                CASE WHEN h.event = 'Order Completed' AND pg_catalog.jsonb_typeof(h.properties -> 'products') = 'array'
                                     THEN h.properties -> 'products' ELSE '[]' END)) l
     CROSS JOIN LATERAL (SELECT coalesce(l.line ->> 'product_id', l.line ->> 'productId') AS product_id) v
     GROUP BY v.product_id
     ORDER BY pg_catalog.max(h."timestamp") DESC, v.product_id COLLATE "C"
     LIMIT 40
), products AS MATERIALIZED (
    SELECT p.product_id, p.category, p.price, p.currency, s.is_bought, s.at < p.released_on + 60 AS is_new,
           pg_catalog.translate(pg_catalog.lower(pg_catalog.concat_ws(' ', p.name, p.category, p.description, p.attributes)), '-_', '  ') AS words
      FROM seen s
      JOIN journey.products p USING (product_id)
), interests AS (
    SELECT i.theme, i.words, i.min_products, i.min_share, pg_catalog.count(*) AS products,
           pg_catalog.avg(CASE WHEN i.theme = 'newness' THEN coalesce(p.is_new, false)
                               ELSE p.words ~ ('\m(' || pg_catalog.array_to_string(i.words, '|') || ')\M') END::integer)::float8 AS share
      FROM journey.interests i
     CROSS JOIN products p
     WHERE i.is_active AND (i.theme = 'newness' OR i.words <> '{}')
     GROUP BY i.theme
), dear AS (
    SELECT pg_catalog.count(*) AS compared, pg_catalog.avg((p.price >= c.dear)::integer)::float8 AS share
      FROM products p
      JOIN LATERAL (SELECT pg_catalog.percentile_disc(0.75) WITHIN GROUP (ORDER BY o.price) AS dear
                      FROM (SELECT v.price FROM journey.products v
                             WHERE v.category = p.category AND v.active AND v.price > 0 AND v.currency = p.currency LIMIT 200) o
                    HAVING pg_catalog.count(*) >= 8) c ON true
     WHERE p.is_bought AND p.price > 0
)
SELECT pg_catalog.jsonb_build_object(
           'interests', (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(i) ORDER BY i.theme COLLATE "C") FROM interests i),
           'compared', d.compared, 'dear_share', d.share,
           'theme', (SELECT t.theme FROM journey.theme_choices t WHERE t.profile_id IN (SELECT m.profile_id FROM members m)
                      ORDER BY t.chosen_at DESC, t.profile_id LIMIT 1))
  FROM dear d
