-- Themes: how texts address whom. The rule is crates/core/src/generation/theme.rs; here is what it asks of a shop's own products,
-- and what overrules it.
CREATE TABLE journey.interests (
    theme text PRIMARY KEY CHECK (theme IN ('performance', 'sustainability', 'newness', 'care')),
    -- They become a regular expression.
    words text[] NOT NULL CHECK (pg_catalog.array_to_string(words, '') ~ '^[a-z -]*$' AND NOT '' = ANY (words)),
    min_share float8 NOT NULL DEFAULT 0.4 CHECK (min_share BETWEEN 0 AND 1),
    min_products integer NOT NULL DEFAULT 3 CHECK (min_products > 0),
    is_active boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE journey.interests IS 'What customers may care about, and how it shows in the products they buy and look at';
COMMENT ON COLUMN journey.interests.words IS 'Words of names, categories, descriptions and attributes of products, in lower case; of newness none: it shows in when products were released';
COMMENT ON COLUMN journey.interests.min_share IS 'The share of the products bought or looked at lately that must have one of the words';
COMMENT ON COLUMN journey.interests.min_products IS 'Fewer products say nothing';

INSERT INTO journey.interests (theme, words)
VALUES ('performance', '{performance,pro,sport,sports,running,training,trail,racing,waterproof,windproof,breathable,durable,heavy duty,high power,fast charging,ergonomic,precision,endurance}'),
       ('sustainability', '{organic,recycled,recyclable,upcycled,reusable,refill,refillable,compostable,biodegradable,fair trade,fairtrade,bamboo,plant based,eco,zero waste,second hand,refurbished}'),
       ('newness', '{}'),
       ('care', '{sensitive,gentle,soft,soothing,hypoallergenic,fragrance free,unscented,mild,moisturizing,baby,comfort,calming}');

CREATE TABLE journey.theme_choices (
    profile_id bigint PRIMARY KEY CHECK (profile_id <> 0),
    theme text NOT NULL CHECK (theme IN ('generic', 'welcome', 'return', 'value', 'premium', 'performance', 'sustainability', 'newness', 'care',
                                         'regular', 'everyday')),
    source text NOT NULL DEFAULT CURRENT_USER,
    chosen_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
COMMENT ON TABLE journey.theme_choices IS 'Themes that a trained policy, or a person, chose for customers; without a row the rule decides, see journey_theme()';
COMMENT ON COLUMN journey.theme_choices.profile_id IS 'As journey_resolve() gives it';
COMMENT ON COLUMN journey.theme_choices.source IS 'Which policy, or who';

GRANT SELECT ON journey.interests, journey.theme_choices TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.interests, journey.theme_choices TO journey_editor;
