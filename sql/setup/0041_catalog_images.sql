-- Pictures of products: several a product, told apart by what they show.
CREATE TABLE journey.product_images (
    product_id text NOT NULL CHECK (product_id <> ''),
    image_id text NOT NULL DEFAULT 'main' CHECK (image_id <> ''),
    place integer NOT NULL DEFAULT 1 CHECK (place > 0),
    url text CHECK (url ~ '^https?://[^[:cntrl:][:space:]]+$' AND pg_catalog.length(url) <= 2000),
    content bytea CHECK (pg_catalog.octet_length(content) BETWEEN 1 AND 4194304),
    alt text CHECK (alt ~ '[^[:space:]]' AND alt !~ '[[:cntrl:]]' AND pg_catalog.length(alt) <= 300),
    attributes jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(attributes) = 'object'),
    active boolean NOT NULL DEFAULT true,
    updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (product_id, image_id),
    CHECK (url IS NOT NULL OR content IS NOT NULL)
);
COMMENT ON TABLE journey.product_images IS 'Pictures of products, kept by the shop; the one that suits a customer is shown';
COMMENT ON COLUMN journey.product_images.place IS 'The picture with the lowest is shown where nothing speaks for another';
COMMENT ON COLUMN journey.product_images.url IS 'Where browsers fetch it; no server of ours ever does';
COMMENT ON COLUMN journey.product_images.content IS 'The picture itself, to be embedded: PNG, JPEG, GIF or WebP of at most 4 MiB';
COMMENT ON COLUMN journey.product_images.alt IS 'What it shows, for who cannot see it; NULL: the product''s name';
COMMENT ON COLUMN journey.product_images.attributes IS 'What it shows, for choosing: {"style": ["minimal"], "setting": "outdoors", "colour": "navy"}';
COMMENT ON COLUMN journey.product_images.active IS 'Whether it may be shown';

GRANT SELECT ON journey.product_images TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.product_images TO journey_writer;
