-- Capture: the rules an administrator may change: foreign vocabularies, bots, and how long events are kept.
CREATE TABLE journey.event_map (
    foreign_name text,
    event text NOT NULL CHECK (event <> ''),
    properties jsonb CHECK (
        pg_catalog.jsonb_typeof(properties) = 'object'
        AND NOT pg_catalog.jsonb_path_exists(properties, '$.* ? (@.type() != "string" && @.type() != "null")')),
    origin text NOT NULL DEFAULT 'shop' CHECK (origin IN ('shop', 'shipped')),
    PRIMARY KEY (foreign_name, origin)
);
COMMENT ON TABLE journey.event_map IS 'Renames foreign events to the ones understood here, such as purchase to Order Completed, from the next message on';
COMMENT ON COLUMN journey.event_map.foreign_name IS 'The event as its sender calls it';
COMMENT ON COLUMN journey.event_map.properties IS 'New names of its properties and of its products'', by the old ones; null puts what is inside an object, or a list of one, in its place. NULL: as in the shipped row of that name';
COMMENT ON COLUMN journey.event_map.origin IS 'A row of the shop comes before a shipped one';

-- Google Analytics 4 (recommended e-commerce events) and Snowplow (e-commerce actions). value is without shipping and tax.
INSERT INTO journey.event_map (foreign_name, event, properties, origin)
WITH google (properties) AS (
    VALUES ('{"ecommerce": null, "items": "products", "transaction_id": "order_id", "item_id": "product_id", "item_name": "name",
              "item_category": "category", "item_brand": "brand", "item_variant": "variant", "index": "position",
              "item_list_id": "list_id", "item_list_name": "list_name"}'::jsonb)
), snowplow (properties) AS (
    VALUES ('{"transaction": null, "refund": null, "product": null, "transaction_id": "order_id", "refund_amount": "total",
              "discount_code": "coupon", "discount_amount": "discount", "id": "product_id", "list_price": "compare_at_price"}'::jsonb)
)
SELECT e.foreign_name, e.event, google.properties || e.properties::jsonb, 'shipped'
  FROM google, (VALUES
       ('purchase', 'Order Completed', '{"value": "revenue"}'),
       ('view_item', 'Product Viewed', '{"items": null}'),
       ('view_item_list', 'Product List Viewed', '{}'),
       ('select_item', 'Product Clicked', '{"items": null}'),
       ('add_to_cart', 'Product Added', '{"items": null, "products": null, "id": "product_id"}'),
       ('remove_from_cart', 'Product Removed', '{"items": null, "products": null, "id": "product_id"}'),
       ('view_cart', 'Cart Viewed', '{}'),
       ('begin_checkout', 'Checkout Started', '{}'),
       ('add_shipping_info', 'Checkout Step Completed', '{}'),
       ('add_payment_info', 'Payment Info Entered', '{"payment_type": "payment_method"}'),
       ('add_to_wishlist', 'Product Added to Wishlist', '{"items": null}'),
       ('view_promotion', 'Promotion Viewed', '{"promotion_name": "name", "creative_name": "creative"}'),
       ('select_promotion', 'Promotion Clicked', '{"promotion_name": "name", "creative_name": "creative"}'),
       ('view_search_results', 'Products Searched', '{"search_term": "query"}')) AS e (foreign_name, event, properties)
UNION ALL
SELECT e.foreign_name, e.event, snowplow.properties || e.properties::jsonb, 'shipped'
  FROM snowplow, (VALUES
       ('transaction', 'Order Completed', '{}'),
       -- Google's refund states its amount as value, and lists what came back as items.
       ('refund', 'Order Refunded', '{"ecommerce": null, "value": "total", "items": "products", "item_id": "product_id"}'),
       ('product_view', 'Product Viewed', '{}'),
       ('list_view', 'Product List Viewed', '{"name": "list_name"}'),
       ('list_click', 'Product Clicked', '{}'),
       ('checkout_step', 'Checkout Step Completed', '{}'),
       ('promo_view', 'Promotion Viewed', '{"id": "promotion_id"}'),
       ('promo_click', 'Promotion Clicked', '{"id": "promotion_id"}')) AS e (foreign_name, event, properties);

CREATE TABLE journey.bot_rules (
    name text PRIMARY KEY,
    user_agent text CHECK (user_agent <> ''),
    network cidr,
    is_enabled boolean NOT NULL DEFAULT true,
    CHECK (pg_catalog.num_nonnulls(user_agent, network) > 0)
);
COMMENT ON TABLE journey.bot_rules IS 'Which events come from machines: they are stored with is_bot and count in no profile; a change counts from the next message on';
COMMENT ON COLUMN journey.bot_rules.user_agent IS 'Part of context.userAgent, in any case';
COMMENT ON COLUMN journey.bot_rules.network IS 'The network context.ip lies in; where both are given, both must fit';

INSERT INTO journey.bot_rules (name, user_agent)
SELECT part, part
  FROM pg_catalog.unnest(ARRAY[
       -- what most crawlers call themselves, and where they leave their address
       'bot/', 'bot;', 'bot)', 'bot ', 'crawler', 'spider', 'slurp', '+http',
       -- search, previews and advertising
       'googlebot', 'google-inspectiontool', 'googleother', 'mediapartners-google', 'adsbot-google', 'apis-google', 'storebot-google',
       'bingpreview', 'adidxbot', 'duckduckbot', 'baiduspider', 'yandex.com/bots', 'applebot', 'petalbot', 'sogou web',
       'facebookexternalhit', 'meta-externalagent', 'whatsapp/', 'telegrambot', 'slackbot', 'discordbot', 'pinterestbot',
       'linkedinbot', 'embedly', 'skypeuripreview',
       -- language models and archives
       'gptbot', 'oai-searchbot', 'chatgpt-user', 'claudebot', 'claude-web', 'anthropic-ai', 'perplexitybot', 'bytespider', 'ccbot', 'amazonbot',
       'diffbot', 'archive.org_bot', 'ia_archiver',
       -- tools of marketers, monitors and testers
       'semrushbot', 'ahrefsbot', 'mj12bot', 'dotbot', 'screaming frog', 'lighthouse', 'gtmetrix', 'pingdom', 'uptimerobot',
       'statuscake', 'site24x7', 'datadogsynthetics', 'newrelicpinger', 'headlesschrome', 'phantomjs', 'selenium', 'puppeteer',
       'playwright', 'cypress/',
       -- programs that fetch pages
       'curl/', 'wget/', 'python-requests', 'python-urllib', 'aiohttp/', 'httpx/', 'scrapy', 'go-http-client', 'libwww-perl',
       'apache-httpclient', 'node-fetch', 'axios/', 'guzzlehttp', 'httrack', 'nutch']) AS part;

CREATE TABLE journey.retention (
    name text PRIMARY KEY CHECK (name IN ('events', 'dead_letters')),
    keep interval CHECK (keep >= interval '1 day')
);
COMMENT ON TABLE journey.retention IS 'How long rows are kept; journey_retire() removes older ones, and the worker calls it';
COMMENT ON COLUMN journey.retention.name IS 'The table';
COMMENT ON COLUMN journey.retention.keep IS 'NULL: for ever. Events go by whole months, so some are kept up to a month longer';
INSERT INTO journey.retention (name) VALUES ('events'), ('dead_letters');

-- What is counted stays counted: sums, orders and the keys of messages are in tables of their own, so that a message sent
-- again years later is still a duplicate.
CREATE FUNCTION journey._retire(at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = 0
AS $$
DECLARE
    storing constant bigint := hashtext('pg_journey.partitions');
    horizon timestamptz := date_trunc('month', at - (SELECT r.keep FROM journey.retention r WHERE r.name = 'events'));
    letters timestamptz := at - (SELECT r.keep FROM journey.retention r WHERE r.name = 'dead_letters');
    retired bigint := 0;
    gone bigint;
    part regclass;
BEGIN
    IF letters IS NOT NULL THEN
        DELETE FROM journey.dead_letters WHERE failed_at < letters;
        GET DIAGNOSTICS retired = ROW_COUNT;
    END IF;
    IF horizon IS NULL THEN
        RETURN retired;
    END IF;
    FOR part IN
        SELECT c.oid
          FROM pg_inherits i
          JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'journey.events'::regclass AND c.relname ~ '^events_[0-9]{4}_[0-9]{2}$'
           AND to_date(substr(c.relname, 8), 'YYYY_MM') + interval '1 month' <= horizon
         ORDER BY c.relname
    LOOP
        -- As in _make_partitions: whoever stores events holds this lock, so nobody waits for the table while holding a profile.
        BEGIN
            PERFORM set_config('lock_timeout', '10s', true);
            PERFORM pg_advisory_xact_lock(storing);
            PERFORM set_config('lock_timeout', '500ms', true);
            EXECUTE format('ALTER TABLE journey.events DETACH PARTITION %s', part);
            EXECUTE format('DROP TABLE %s', part);
            retired := retired + 1;
        EXCEPTION WHEN lock_not_available THEN
            RAISE LOG 'pg_journey could not lock journey.events to retire %; it tries again', part;
            EXIT;
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', '0', true);
    DELETE FROM journey._events_default WHERE "timestamp" < horizon;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN retired + gone;
END
$$;
COMMENT ON FUNCTION journey._retire(timestamptz) IS 'Drops the partitions of journey.events, and deletes the rows, that journey.retention does not keep; returns how many';
REVOKE EXECUTE ON FUNCTION journey._retire(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journey._retire(timestamptz) TO journey_admin;

GRANT SELECT ON journey.event_map, journey.bot_rules, journey.retention TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.event_map, journey.bot_rules, journey.retention TO journey_admin;
