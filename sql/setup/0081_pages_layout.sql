-- Pages: what each consists of.
CREATE TABLE journey.pages (
    page text PRIMARY KEY CHECK (page ~ '^[a-z][a-z0-9_-]{0,62}$'),
    title text NOT NULL CHECK (title ~ '[^[:space:]]' AND title !~ '[[:cntrl:]]' AND pg_catalog.length(title) <= 120),
    category text CHECK (category ~ '[^[:space:]]' AND category !~ '[[:cntrl:]]'),
    follows_category boolean NOT NULL DEFAULT false,
    blocks jsonb NOT NULL CHECK (pg_catalog.jsonb_typeof(blocks) = 'array' AND pg_catalog.jsonb_array_length(blocks) BETWEEN 1 AND 20
        AND NOT pg_catalog.jsonb_path_exists(blocks, '$[*] ? (!(@.block == "hero" || @.block == "grid" || @.block == "copy" || @.block == "offer" || @.block == "proof"))')),
    CHECK (category IS NULL OR NOT follows_category)
);
COMMENT ON TABLE journey.pages IS 'Pages that journey_page lays out; add rows of your own';
COMMENT ON COLUMN journey.pages.title IS 'Title and main heading; {category} stands for the category of the page';
COMMENT ON COLUMN journey.pages.category IS 'Only products of it are shown; NULL: of all';
COMMENT ON COLUMN journey.pages.follows_category IS 'Whether the category is the customer''s favourite one; for a customer nobody knows the one of what is bought most';
COMMENT ON COLUMN journey.pages.blocks IS 'In their usual order: [{"block": "hero|grid|copy|offer|proof", "heading", "personal_heading", "kind", "max"}]; kind is the kind of text it carries, max how many products';

INSERT INTO journey.pages (page, title, follows_category, blocks)
VALUES ('home', 'Welcome', false, '[
    {"block": "hero", "kind": "message"},
    {"block": "grid", "heading": "Popular now", "personal_heading": "For you", "max": 8},
    {"block": "offer", "heading": "At a lower price", "max": 4},
    {"block": "proof", "heading": "Rated well by customers", "max": 3}]'),
       ('category', '{category}', true, '[
    {"block": "copy", "kind": "category_page"},
    {"block": "offer", "heading": "At a lower price", "max": 3},
    {"block": "grid", "heading": "All we suggest here", "max": 12},
    {"block": "proof", "heading": "Rated well by customers", "max": 3}]'),
       ('landing', 'Our pick for today', false, '[
    {"block": "hero", "kind": "landing_page"},
    {"block": "proof", "heading": "Rated well by customers", "max": 2},
    {"block": "offer", "heading": "At a lower price", "max": 3},
    {"block": "grid", "heading": "You may also like", "max": 4}]');

-- Ratings are read by product.
CREATE INDEX events_reviewed_idx ON journey.events ((coalesce(properties ->> 'product_id', properties ->> 'productId')))
 WHERE event = 'Product Reviewed';

GRANT SELECT ON journey.pages TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.pages TO journey_editor;
