-- Style: texts that the shop sent before, which show the model how it speaks.
CREATE TABLE journey.copy_examples (
    kind text NOT NULL,
    locale text NOT NULL DEFAULT '' CHECK (locale ~ '^([A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*)?$'),
    fingerprint text NOT NULL,
    text text NOT NULL CHECK (text ~ '[^[:space:]]'),
    product text,
    category text,
    result double precision CHECK (result >= 0 AND result < 'Infinity'),
    impressions bigint CHECK (impressions >= 0),
    weight real NOT NULL DEFAULT 0.5 CHECK (weight BETWEEN 0 AND 1),
    source text NOT NULL DEFAULT 'import' CHECK (source IN ('import', 'review')),
    policy text NOT NULL DEFAULT 'default',
    pattern text,
    embedding vector,
    embedded_by text,
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (kind, locale, fingerprint)
);
CREATE INDEX copy_examples_changed_idx ON journey.copy_examples (changed_at);
CREATE INDEX copy_examples_open_idx ON journey.copy_examples (kind) WHERE embedding IS NULL AND pattern IS NOT NULL;
COMMENT ON TABLE journey.copy_examples IS 'The shop''s own copy, imported or approved by reviewers: the nearest are shown to the model as examples of style';
COMMENT ON COLUMN journey.copy_examples.locale IS 'The language it is written in, such as en-GB; empty: any';
COMMENT ON COLUMN journey.copy_examples.fingerprint IS 'Of the text in lower case, however it is spaced: a text is kept once';
COMMENT ON COLUMN journey.copy_examples.product IS 'The name of what it is about, as the text has it';
COMMENT ON COLUMN journey.copy_examples.result IS 'How it did, by any measure of which more is better, such as the share of clicks';
COMMENT ON COLUMN journey.copy_examples.impressions IS 'How many saw it: a result that few saw counts less';
COMMENT ON COLUMN journey.copy_examples.weight IS 'Its place among the results of its kind, 0 to 1; a half where nothing is known';
COMMENT ON COLUMN journey.copy_examples.source IS 'import: by journey_import_copy(); review: a reviewer approved or edited it';
COMMENT ON COLUMN journey.copy_examples.policy IS 'The policy whose guardrails it was judged by';
COMMENT ON COLUMN journey.copy_examples.pattern IS 'What an example may show of it, with {{ product }} (or {{ products }}) and {{ price }} in place of what it was about; NULL: too little is left without its facts';
COMMENT ON COLUMN journey.copy_examples.embedding IS 'The meaning of product, category and text; made by the worker, and anew when they change';
COMMENT ON COLUMN journey.copy_examples.embedded_by IS 'The model that made it; those of another model are not compared';

ALTER TABLE journey.kinds ADD COLUMN own_examples integer NOT NULL DEFAULT 6 CHECK (own_examples BETWEEN 0 AND 12);
COMMENT ON COLUMN journey.kinds.own_examples IS 'How many of the shop''s own texts are shown to the model in place of as many examples of the prompt';

CREATE FUNCTION journey._copy_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.pattern := NULL;
    NEW.embedding := NULL;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER copy_changed BEFORE UPDATE OF text, product, category, kind, locale ON journey.copy_examples
    FOR EACH ROW WHEN ((NEW.text, NEW.product, NEW.category, NEW.kind, NEW.locale)
                       IS DISTINCT FROM (OLD.text, OLD.product, OLD.category, OLD.kind, OLD.locale))
    EXECUTE FUNCTION journey._copy_changed();

-- Closeness counts ten times as much as the whole range of results: an example of another category with a better result is
-- still one of another category. Of those that show the same one is enough. pgvector may live in any schema.
CREATE FUNCTION journey._nearest_copy(kind text, locale text, wanted real[], model text, count integer)
    RETURNS TABLE (fingerprint text, pattern text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
DECLARE
    extension name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector');
BEGIN
    -- The kind and the dimensions are written out: so the planner finds the index of the kind.
    RETURN QUERY EXECUTE format(
        'SELECT (array_agg(n.fingerprint ORDER BY n.distance - 0.1 * n.weight, n.fingerprint))[1], n.pattern
           FROM (SELECT c.fingerprint, c.pattern, c.weight, c.embedding::%1$I.vector(%2$s) OPERATOR(%1$I.<=>) $1::%1$I.vector(%2$s) AS distance
                   FROM journey.copy_examples c
                  WHERE c.kind = %3$L AND c.locale IN ('''', $2, split_part($2, ''-'', 1)) AND c.pattern IS NOT NULL
                    AND c.embedding IS NOT NULL AND c.embedded_by = $3
                  ORDER BY c.embedding::%1$I.vector(%2$s) OPERATOR(%1$I.<=>) $1::%1$I.vector(%2$s)
                  LIMIT 24) n
          GROUP BY n.pattern
          ORDER BY min(n.distance - 0.1 * n.weight), n.pattern
          LIMIT $4', extension, cardinality(wanted), kind)
    USING wanted, locale, model, count;
END
$$;
COMMENT ON FUNCTION journey._nearest_copy(text, text, real[], text, integer) IS 'The examples of a kind and locale that are nearest to a vector, those that did well before others';

-- Readers see what an example may show, which is what journey_prompt shows; the texts and how they did are for editors.
GRANT SELECT (kind, locale, fingerprint, weight, source, pattern, embedding, embedded_by, changed_at) ON journey.copy_examples TO journey_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON journey.copy_examples TO journey_editor;
