-- Pages: how a brand looks.
CREATE TABLE journey.brand_styles (
    brand text PRIMARY KEY CHECK (brand ~ '[^[:space:]]' AND brand !~ '[[:cntrl:]]'),
    background text CHECK (background ~ '^#[0-9a-fA-F]{6}$'),
    accent text CHECK (accent ~ '^#[0-9a-fA-F]{6}$'),
    call_to_action text CHECK (call_to_action ~ '[^[:space:]]' AND call_to_action !~ '[[:cntrl:]]' AND pg_catalog.length(call_to_action) <= 40),
    locale text CHECK (locale ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' AND pg_catalog.length(locale) <= 35)
);
COMMENT ON TABLE journey.brand_styles IS 'How banners and pages look: the row of the product''s brand, and for what it leaves open the row * of the shop';
COMMENT ON COLUMN journey.brand_styles.brand IS 'As in journey.products; * for the shop';
COMMENT ON COLUMN journey.brand_styles.background IS 'Such as #f6f4f0; NULL: a tint of the product''s colour, else a light grey';
COMMENT ON COLUMN journey.brand_styles.accent IS 'Of buttons, mended until it can be seen; NULL: the product''s colour, else a dark blue';
COMMENT ON COLUMN journey.brand_styles.call_to_action IS 'What buttons say';
COMMENT ON COLUMN journey.brand_styles.locale IS 'The language of the texts, such as en or en-GB, for screen readers; NULL: en';
INSERT INTO journey.brand_styles (brand, call_to_action) VALUES ('*', 'Shop now');

-- Banners and pages look for a text that was written already.
CREATE INDEX generations_kept_idx ON journey.generations (profile_id, kind, product_id, created_at);

GRANT SELECT ON journey.brand_styles TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.brand_styles TO journey_editor;
