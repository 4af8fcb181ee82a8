-- Generation: the shop's own copy as examples of its style.
CREATE FUNCTION journey_import_copy(source text, options jsonb DEFAULT NULL)
    RETURNS TABLE (place bigint, kind text, status text, error text)
    LANGUAGE plpgsql VOLATILE COST 100000 ROWS 1000
AS $$
#variable_conflict use_column
DECLARE
    fields constant text[] := ARRAY['text', 'kind', 'product', 'category', 'locale', 'result', 'impressions'];
    columns jsonb := coalesce(options -> 'columns', '{}');
    policy constant text := coalesce(options ->> 'policy', 'default');
    statement text := CASE WHEN source ~* '^\s*(select|with|values|table)\M' THEN pg_catalog.rtrim(source, E'; \n\t\r')
                           WHEN pg_catalog.to_regclass(source) IS NOT NULL THEN 'TABLE ' || pg_catalog.to_regclass(source)::text END;
    unknown text := (SELECT k FROM pg_catalog.jsonb_object_keys(coalesce(options, '{}')) k WHERE k NOT IN ('columns', 'policy') LIMIT 1);
    has jsonb;
    missing text;
    slice record;
BEGIN
    IF statement IS NULL THEN
        RAISE EXCEPTION 'there is no table "%"', coalesce(source, 'null')
            USING ERRCODE = 'undefined_table', HINT = 'Name a table or a view, or give a SELECT with the columns text and kind.';
    ELSIF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'options has the key "%"', unknown USING ERRCODE = 'invalid_parameter_value', HINT = 'The keys are columns and policy.';
    ELSIF pg_catalog.jsonb_typeof(columns) <> 'object' THEN
        RAISE EXCEPTION 'columns is %', columns
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Write an object such as {"text": "headline", "kind": {"const": "subject"}}.';
    END IF;
    SELECT c.key INTO unknown FROM pg_catalog.jsonb_each(columns) c WHERE NOT c.key = ANY (fields) LIMIT 1;
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'columns names the field "%"', unknown
            USING ERRCODE = 'invalid_parameter_value', HINT = pg_catalog.format('The fields are %s.', pg_catalog.array_to_string(fields, ', '));
    END IF;
    -- With the caller's rights; a row at the most is read for the names of its columns.
    EXECUTE pg_catalog.format('SELECT pg_catalog.to_jsonb(s) FROM (%s) s LIMIT 1', statement) INTO has;
    IF has IS NULL THEN
        RETURN;
    END IF;
    SELECT columns || coalesce(pg_catalog.jsonb_object_agg(f, f), '{}') INTO columns FROM pg_catalog.unnest(fields) f WHERE NOT columns ? f AND has ? f;
    SELECT f INTO missing FROM pg_catalog.unnest(fields) f
     WHERE CASE WHEN columns -> f IS NULL THEN f IN ('text', 'kind')
                ELSE NOT (columns -> f ? 'const' AND pg_catalog.jsonb_typeof(columns -> f) = 'object') AND NOT has ? (columns ->> f) END LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'the source has no column "%" for %', coalesce(columns ->> missing, missing), missing
            USING ERRCODE = 'undefined_column',
                  HINT = pg_catalog.format('It has %s. Say by columns which is which; a constant is written {"const": value}.',
                                           (SELECT pg_catalog.string_agg(k, ', ') FROM pg_catalog.jsonb_object_keys(has) k));
    END IF;
    FOR slice IN EXECUTE pg_catalog.format(
        'SELECT pg_catalog.array_agg(r.place ORDER BY r.place) AS places, pg_catalog.jsonb_agg(r.fields ORDER BY r.place) AS rows
           FROM (SELECT n.place, (SELECT pg_catalog.jsonb_object_agg(c.key, CASE pg_catalog.jsonb_typeof(c.value) WHEN ''object'' THEN c.value -> ''const'' ELSE n.row -> (c.value #>> ''{}'') END)
                                    FROM pg_catalog.jsonb_each($1) c) AS fields
                   FROM (SELECT pg_catalog.row_number() OVER () AS place, pg_catalog.to_jsonb(s) AS row FROM (%s) s) n) r
          GROUP BY (r.place - 1) / 500 ORDER BY 1', statement) USING columns
    LOOP
        RETURN QUERY SELECT slice.places[t.place], t.kind, t.status, t.error
                       FROM @extschema@._journey_take_copy(slice.rows, policy, 'import') t;
    END LOOP;
    PERFORM @extschema@._journey_weigh_copy();
    PERFORM @extschema@._journey_refresh_style(k.kind) FROM (SELECT DISTINCT c.kind FROM journey.copy_examples c WHERE c.changed_at >= pg_catalog.now()) k;
END
$$;
COMMENT ON FUNCTION journey_import_copy(text, jsonb) IS
    'Takes the shop''s own copy from a table, a view or a SELECT: columns text and kind, maybe product, category, locale, result and impressions, or others that options.columns names; says of each row whether it was taken, known, forbidden by a guardrail of options.policy, or invalid';

CREATE FUNCTION journey_import_copy(source regclass, options jsonb DEFAULT NULL)
    RETURNS TABLE (place bigint, kind text, status text, error text)
    LANGUAGE sql VOLATILE COST 100000 ROWS 1000
AS $$ SELECT * FROM @extschema@.journey_import_copy('TABLE ' || source::text, options) $$;
COMMENT ON FUNCTION journey_import_copy(regclass, jsonb) IS 'The same from a table or a view';

-- A value of another type is said as text; a number that is none is unknown.
CREATE FUNCTION _journey_take_copy(rows jsonb, policy text, source text) RETURNS TABLE (place bigint, kind text, status text, error text)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT u.place, coalesce(u.row ->> 'kind', '') AS kind, coalesce(btrim(u.row ->> 'text'), '') AS text, nullif(btrim(u.row ->> 'locale'), '') AS locale,
               coalesce(p.name, nullif(btrim(u.row ->> 'product'), '')) AS product, coalesce(nullif(btrim(u.row ->> 'category'), ''), p.category) AS category,
               coalesce(u.row -> 'hidden', '[]') AS hidden,
               CASE WHEN u.row ->> 'result' ~ '^\s*\d{1,15}(\.\d{1,40})?\s*$' THEN (u.row ->> 'result')::double precision END AS result,
               CASE WHEN u.row ->> 'impressions' ~ '^\s*\d{1,15}\s*$' THEN (u.row ->> 'impressions')::bigint END AS impressions
          FROM jsonb_array_elements(rows) WITH ORDINALITY u (row, place)
          LEFT JOIN journey.products p ON p.product_id = u.row ->> 'product'
    ), judged AS MATERIALIZED (
        SELECT j.place, j.verdict
          FROM jsonb_array_elements(@extschema@._journey_judge_copy(
                   (SELECT jsonb_agg(jsonb_build_object('kind', g.kind, 'text', g.text, 'locale', g.locale, 'product', g.product, 'category', g.category,
                                                        'hidden', g.hidden) ORDER BY g.place) FROM given g), policy)) WITH ORDINALITY j (verdict, place)
    ), told AS MATERIALIZED (
        SELECT g.*, md5(lower(regexp_replace(coalesce(j.verdict ->> 'text', g.text), '\s+', ' ', 'g'))) AS fingerprint, j.verdict ->> 'text' AS said,
               CASE WHEN g.locale !~ '^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$' THEN 'invalid' ELSE j.verdict ->> 'status' END AS status,
               CASE WHEN g.locale !~ '^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$' THEN format('the locale is "%s"', left(g.locale, 40)) ELSE j.verdict ->> 'error' END AS error
          FROM given g JOIN judged j USING (place)
    ), new AS (
        INSERT INTO journey.copy_examples AS e (kind, locale, fingerprint, text, product, category, result, impressions, source, policy)
        SELECT DISTINCT ON (t.kind, replace(coalesce(t.locale, ''), '_', '-'), t.fingerprint)
               t.kind, replace(coalesce(t.locale, ''), '_', '-'), t.fingerprint, t.said, t.product, t.category, t.result, t.impressions, _journey_take_copy.source, _journey_take_copy.policy
          FROM told t WHERE t.status = 'taken'
         ORDER BY t.kind, replace(coalesce(t.locale, ''), '_', '-'), t.fingerprint, t.place
        ON CONFLICT (kind, locale, fingerprint) DO UPDATE
           SET product = EXCLUDED.product, category = EXCLUDED.category, result = EXCLUDED.result, impressions = EXCLUDED.impressions
         -- What a reviewer approved says nothing about results.
         WHERE EXCLUDED.source = 'import'
           AND (e.product, e.category, e.result, e.impressions) IS DISTINCT FROM (EXCLUDED.product, EXCLUDED.category, EXCLUDED.result, EXCLUDED.impressions)
        RETURNING e.kind, e.locale, e.fingerprint
    )
    SELECT t.place, t.kind,
           CASE WHEN t.status = 'taken' AND (n.fingerprint IS NULL OR row_number() OVER (PARTITION BY t.kind, t.locale, t.fingerprint, t.status ORDER BY t.place) > 1)
                THEN 'known' ELSE t.status END, t.error
      FROM told t
      LEFT JOIN new n ON n.kind = t.kind AND n.locale = replace(coalesce(t.locale, ''), '_', '-') AND n.fingerprint = t.fingerprint
     ORDER BY t.place;
END
$$;
COMMENT ON FUNCTION _journey_take_copy(jsonb, text, text) IS 'Judges texts by the guardrails of a policy and keeps those that may be said; says what became of each';

-- With few impressions a result is drawn to the mean of its kind, as if a hundred more had seen it.
CREATE FUNCTION _journey_weigh_copy() RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE journey.copy_examples c SET weight = w.weight
      FROM (SELECT s.kind, s.locale, s.fingerprint, coalesce(CASE WHEN s.result IS NOT NULL THEN
                   percent_rank() OVER (PARTITION BY s.kind, s.result IS NULL
                                        ORDER BY (s.result * coalesce(s.impressions, 100) + s.mean * 100) / (coalesce(s.impressions, 100) + 100)) END, 0.5)::real AS weight
              FROM (SELECT e.*, avg(e.result) OVER (PARTITION BY e.kind) AS mean FROM journey.copy_examples e) s) w
     WHERE (c.kind, c.locale, c.fingerprint) = (w.kind, w.locale, w.fingerprint) AND c.weight <> w.weight
$$;
COMMENT ON FUNCTION _journey_weigh_copy() IS 'Ranks the results of the shop''s own copy within each kind';

CREATE FUNCTION _journey_refresh_style(kind text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    ids text[];
    texts jsonb;
    style jsonb;
    usable bigint;
BEGIN
    SELECT array_agg(c.locale || chr(31) || c.fingerprint ORDER BY c.locale, c.fingerprint),
           jsonb_agg(jsonb_build_object('text', c.text, 'product', c.product, 'category', c.category) ORDER BY c.locale, c.fingerprint)
      INTO ids, texts FROM journey.copy_examples c WHERE c.kind = _journey_refresh_style.kind;
    style := @extschema@._journey_style(kind, coalesce(texts, '[]'));
    UPDATE journey.copy_examples c SET pattern = p.pattern
      FROM jsonb_array_elements_text(style -> 'patterns') WITH ORDINALITY p (pattern, place)
     WHERE c.kind = _journey_refresh_style.kind AND c.locale || chr(31) || c.fingerprint = ids[p.place] AND c.pattern IS DISTINCT FROM p.pattern;
    DELETE FROM journey.phrases p WHERE p.kind = _journey_refresh_style.kind AND p.source = 'copy';
    -- What reviewers decided counts more than what was sent once.
    INSERT INTO journey.phrases (kind, phrase, removed, kept, z, weight, source)
    SELECT _journey_refresh_style.kind, p.phrase, p.removed, p.kept, p.z, p.weight, 'copy'
      FROM jsonb_populate_recordset(NULL::journey.phrases, style -> 'phrases') p
    ON CONFLICT (kind, phrase) DO NOTHING;
    SELECT count(*) INTO usable FROM journey.copy_examples c WHERE c.kind = _journey_refresh_style.kind AND c.pattern IS NOT NULL;
    RETURN usable;
END
$$;
COMMENT ON FUNCTION _journey_refresh_style(text) IS 'Makes the examples and the wanted phrases of a kind anew from the shop''s own copy; returns how many examples there are';

-- Texts of one line that reviewers let through, as they are now. Who got one is in none: sentences that name somebody are left out.
CREATE FUNCTION _journey_copy_of_labels() RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    learned constant timestamptz := (SELECT s.learned_until FROM journey._lessons s WHERE s.lesson = 'copy');
    until constant timestamptz := (SELECT max(l.decided_at) FROM journey.labels l);
    decided record;
    taken bigint := 0;
    more bigint;
BEGIN
    IF until IS NULL OR until <= learned THEN
        RETURN 0;
    END IF;
    FOR decided IN
        SELECT g.guardrails ->> 'policy' AS policy,
               jsonb_agg(jsonb_build_object('kind', g.kind, 'text', g.text, 'locale', g.guardrails -> 'subject' -> 'locale',
                   'product', (SELECT f ->> 'value' FROM jsonb_array_elements(g.facts) f WHERE f ->> 'fact' = 'product' LIMIT 1),
                   'category', (SELECT f ->> 'value' FROM jsonb_array_elements(g.facts) f WHERE f ->> 'fact' = 'category' LIMIT 1),
                   'hidden', (SELECT coalesce(jsonb_agg(f -> 'value'), '[]') FROM jsonb_array_elements(g.facts) f WHERE f ->> 'fact' = 'first_name'))
                   ORDER BY g.profile_id, g.generation_id) AS rows
          FROM journey.generations g
          JOIN journey.kinds k ON k.kind = g.kind AND jsonb_array_length(k.parts) = 0 AND k.rewrite
         -- A draft is nobody's style.
         WHERE g.status = 'approved' AND g.text IS NOT NULL AND g.text !~ '\n' AND g.text IS DISTINCT FROM g.draft
           AND EXISTS (SELECT FROM journey.labels l WHERE l.profile_id = g.profile_id AND l.generation_id = g.generation_id
                          AND l.decision IN ('approve', 'edit') AND l.decided_at > coalesce(learned, '-infinity'))
           AND EXISTS (SELECT FROM journey.guardrail_policies p WHERE p.policy = g.guardrails ->> 'policy')
         GROUP BY 1
    LOOP
        SELECT count(*) FILTER (WHERE t.status = 'taken') INTO more FROM @extschema@._journey_take_copy(decided.rows, decided.policy, 'review') t;
        taken := taken + more;
    END LOOP;
    INSERT INTO journey._lessons (lesson, learned_until) VALUES ('copy', until)
    ON CONFLICT (lesson) DO UPDATE SET learned_until = EXCLUDED.learned_until;
    RETURN taken;
END
$$;
COMMENT ON FUNCTION _journey_copy_of_labels() IS 'Makes texts that reviewers approved examples of the shop''s style; returns how many were new';

CREATE FUNCTION _journey_embed_copy(max integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    extension constant name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector');
    embedder constant text := (SELECT r.model FROM journey.model_roles r WHERE r.role = 'embedding');
    done bigint;
BEGIN
    -- In one call, which takes less time each; the type of a vector lives wherever its extension does.
    EXECUTE format(
        'WITH open AS MATERIALIZED (
             SELECT c.kind, c.locale, c.fingerprint, concat_ws(''. '', c.product, c.category, c.text) AS said FROM journey.copy_examples c
              WHERE c.pattern IS NOT NULL AND (c.embedding IS NULL OR c.embedded_by IS DISTINCT FROM $1) LIMIT $2),
         made AS (SELECT array_agg(o.kind ORDER BY o.kind, o.locale, o.fingerprint) AS kinds, array_agg(o.locale ORDER BY o.kind, o.locale, o.fingerprint) AS locales,
                         array_agg(o.fingerprint ORDER BY o.kind, o.locale, o.fingerprint) AS fingerprints,
                         @extschema@.journey_embed(array_agg(o.said ORDER BY o.kind, o.locale, o.fingerprint)) AS vectors FROM open o HAVING count(*) > 0)
         UPDATE journey.copy_examples c SET embedding = v.embedding, embedded_by = $1
           FROM made m, unnest(m.kinds, m.locales, m.fingerprints, m.vectors::%I.vector[]) AS v (kind, locale, fingerprint, embedding)
          WHERE (c.kind, c.locale, c.fingerprint) = (v.kind, v.locale, v.fingerprint)', extension) USING embedder, max;
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END
$$;
COMMENT ON FUNCTION _journey_embed_copy(integer) IS 'Embeds at most so many texts that have no embedding by the model of the role embedding; returns how many';

-- Up to so many, all are compared within milliseconds.
CREATE FUNCTION _journey_index_copy(threshold bigint DEFAULT 10000) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    extension constant name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector');
    kinds jsonb;
    kind record;
    made bigint := 0;
BEGIN
    EXECUTE format(
        'SELECT jsonb_agg(k) FROM (SELECT c.kind AS name, max(%1$I.vector_dims(c.embedding)) AS dimensions FROM journey.copy_examples c
          WHERE c.embedding IS NOT NULL GROUP BY c.kind
         HAVING count(*) >= $1 AND min(%1$I.vector_dims(c.embedding)) = max(%1$I.vector_dims(c.embedding))) k', extension) INTO kinds USING threshold;
    FOR kind IN SELECT k.name, k.dimensions FROM jsonb_to_recordset(coalesce(kinds, '[]')) AS k (name text, dimensions integer) LOOP
        IF to_regclass(format('journey.%I', 'copy_hnsw_' || left(kind.name, 40))) IS NULL THEN
            EXECUTE format('CREATE INDEX %I ON journey.copy_examples USING hnsw ((embedding::%I.vector(%s)) %2$I.vector_cosine_ops)
                             WHERE kind = %L AND pattern IS NOT NULL AND embedding IS NOT NULL',
                           'copy_hnsw_' || left(kind.name, 40), extension, kind.dimensions, kind.name);
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION _journey_index_copy(bigint) IS 'Makes an HNSW index for each kind that has so many examples; returns how many it made';

CREATE FUNCTION journey_learn_copy() RETURNS TABLE (kind text, texts bigint, examples bigint, phrases bigint)
    LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
BEGIN
    PERFORM @extschema@._journey_copy_of_labels();
    PERFORM @extschema@._journey_weigh_copy();
    PERFORM @extschema@._journey_refresh_style(k.kind) FROM (SELECT c.kind FROM journey.copy_examples c
                                                             UNION SELECT p.kind FROM journey.phrases p WHERE p.source = 'copy') k;
    WHILE @extschema@._journey_embed_copy(256) > 0 LOOP
    END LOOP;
    RETURN QUERY SELECT c.kind, pg_catalog.count(*), pg_catalog.count(c.pattern),
                        (SELECT pg_catalog.count(*) FROM journey.phrases p WHERE p.kind = c.kind AND p.source = 'copy')
                   FROM journey.copy_examples c GROUP BY c.kind ORDER BY c.kind;
END
$$;
COMMENT ON FUNCTION journey_learn_copy() IS
    'Makes examples and wanted phrases from the shop''s own copy and from what reviewers approved, and embeds them; the worker does it when there is something new';

CREATE FUNCTION _journey_copy_due() RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    learned constant timestamptz := (SELECT s.learned_until FROM journey._lessons s WHERE s.lesson = 'style');
    until timestamptz;
BEGIN
    -- Where it failed a minute ago it fails now: the engine does not run, or has no model.
    IF EXISTS (SELECT FROM journey._worker_failures f WHERE f.part = 'copy' AND f.failed_at > now() - interval '1 minute') THEN
        RETURN false;
    END IF;
    PERFORM @extschema@._journey_copy_of_labels();
    until := (SELECT max(c.changed_at) FROM journey.copy_examples c);
    IF until > coalesce(learned, '-infinity') THEN
        PERFORM @extschema@._journey_refresh_style(k.kind)
           FROM (SELECT DISTINCT c.kind FROM journey.copy_examples c WHERE c.changed_at > coalesce(learned, '-infinity')) k;
        INSERT INTO journey._lessons (lesson, learned_until) VALUES ('style', until)
        ON CONFLICT (lesson) DO UPDATE SET learned_until = EXCLUDED.learned_until;
    END IF;
    IF EXISTS (SELECT FROM journey.copy_examples c WHERE c.pattern IS NOT NULL AND c.embedding IS NULL) THEN
        PERFORM @extschema@._journey_embed_copy(64);
        PERFORM @extschema@._journey_index_copy();
        RETURN true;
    END IF;
    RETURN false;
END
$$;
COMMENT ON FUNCTION _journey_copy_due() IS 'What the worker does with the shop''s own copy: learns from new texts and embeds some; false where there is nothing new';
COMMENT ON FUNCTION _journey_judge_copy(jsonb, text) IS 'What becomes of texts of the shop, in order: {"status": taken, forbidden or invalid, "text", "error"}';
COMMENT ON FUNCTION _journey_style(text, jsonb) IS 'What texts of a kind teach: {"patterns", one or null for each, and "phrases"}';
