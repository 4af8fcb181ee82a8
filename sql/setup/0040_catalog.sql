-- Catalog: what the shop sells. Written by the shop with plain INSERT and UPDATE; read by everything after it.
CREATE TABLE journey.products (
    product_id text PRIMARY KEY CHECK (product_id <> '' AND product_id !~ '[[:cntrl:]]'),
    name text NOT NULL CHECK (name ~ '[^[:space:]]' AND name !~ '[[:cntrl:]]' AND pg_catalog.length(name) <= 300),
    description text CHECK (pg_catalog.length(description) <= 10000
                            AND pg_catalog.translate(description, E'\n\t\r', '') !~ '[[:cntrl:]]'),
    category text CHECK (category ~ '[^[:space:]]' AND category !~ '[[:cntrl:]]'),
    brand text CHECK (brand ~ '[^[:space:]]' AND brand !~ '[[:cntrl:]]'),
    price numeric CHECK (price >= 0 AND price < 1e15),
    currency text CHECK (currency ~ '^[A-Z]{3}$'),
    compare_at_price numeric CHECK (compare_at_price >= price AND compare_at_price < 1e15),
    image_url text CHECK (image_url ~ '^https?://[^[:cntrl:][:space:]]+$'),
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(attributes) = 'object'),
    active boolean NOT NULL DEFAULT true,
    released_on date,
    updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    CHECK (price IS NULL OR currency IS NOT NULL)
);
CREATE INDEX products_category_idx ON journey.products (category) WHERE active;
CREATE INDEX products_reduced_idx ON journey.products (((compare_at_price - price) / compare_at_price) DESC, product_id COLLATE "C")
    WHERE active AND compare_at_price > price;
COMMENT ON TABLE journey.products IS 'What the shop sells; kept by the shop';
COMMENT ON COLUMN journey.products.product_id IS 'The shop''s own id, as in product_id of events';
COMMENT ON COLUMN journey.products.name IS 'As a customer reads it';
COMMENT ON COLUMN journey.products.category IS 'The same words as in category of events';
COMMENT ON COLUMN journey.products.price IS 'Price today, in currency';
COMMENT ON COLUMN journey.products.currency IS 'ISO 4217 code of price and compare_at_price';
COMMENT ON COLUMN journey.products.compare_at_price IS 'The price it is reduced from; NULL when it is not reduced';
COMMENT ON COLUMN journey.products.attributes IS 'Anything else true of the product, such as {"material": "oiled oak", "features": ["a zip pocket"]}; texts may say material, colour, capacity, weight, dimensions, origin, scent, flavour, battery and features, as written';
COMMENT ON COLUMN journey.products.active IS 'Whether it may be offered';
COMMENT ON COLUMN journey.products.released_on IS 'Since when there is such a product; for 60 days texts may call it new';

CREATE TABLE journey.inventory (
    product_id text NOT NULL,
    location_id text NOT NULL DEFAULT 'online' CHECK (location_id <> ''),
    quantity integer NOT NULL CHECK (quantity >= 0),
    updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (product_id, location_id)
);
COMMENT ON TABLE journey.inventory IS 'Stock by product and location; a product without a row here is taken to be in stock';
COMMENT ON COLUMN journey.inventory.quantity IS 'Pieces that can be sold';

CREATE VIEW journey.available_products WITH (security_invoker = true) AS
SELECT p.*, s.quantity AS stock
  FROM journey.products p
  LEFT JOIN LATERAL (SELECT pg_catalog.sum(i.quantity)::bigint AS quantity FROM journey.inventory i
                      WHERE i.product_id = p.product_id) s ON true
 WHERE p.active AND (s.quantity IS NULL OR s.quantity > 0);
COMMENT ON VIEW journey.available_products IS 'Products that are active and not out of stock, with their stock where it is known';

GRANT SELECT ON journey.products, journey.inventory, journey.available_products TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.products, journey.inventory TO journey_writer;
