-- Drift: whether customers are still those that a model of a goal was trained on, and whether its probabilities came true. Nothing
-- has to be kept for it: features as of any time are the same at any later one.

CREATE FUNCTION _journey_psi(before float8[], after float8[]) RETURNS float8
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- Tenths of what was before; NaN, which is what is not known, is a bin of its own. A bin that is empty counts as a ten-thousandth.
    WITH edges AS (SELECT percentile_disc(ARRAY[.1, .2, .3, .4, .5, .6, .7, .8, .9]) WITHIN GROUP (ORDER BY b) AS at FROM unnest(before) b WHERE b <> 'NaN'),
    binned AS (
        SELECT was, CASE WHEN value <> 'NaN' THEN coalesce(width_bucket(value, e.at), 0) ELSE -1 END AS bin
          FROM (SELECT true AS was, b AS value FROM unnest(before) b UNION ALL SELECT false, a FROM unnest(after) a) v CROSS JOIN edges e),
    shares AS (
        SELECT greatest(count(*) FILTER (WHERE was)::float8 / nullif(cardinality(before), 0), 1e-4) AS p,
               greatest(count(*) FILTER (WHERE NOT was)::float8 / nullif(cardinality(after), 0), 1e-4) AS q
          FROM binned GROUP BY bin)
    SELECT CASE WHEN cardinality(before) > 0 AND cardinality(after) > 0 THEN sum((q - p) * ln(q / p)) END FROM shares
$$;
COMMENT ON FUNCTION _journey_psi(float8[], float8[]) IS 'The population stability index of two samples, sum of (q - p) ln(q / p) over tenths of the first (Siddiqi 2006); NULL where one is empty';

-- Which customers: always the same ones, as if drawn by lot.
CREATE FUNCTION _journey_drift_sample(at timestamptz, sample integer) RETURNS bigint[]
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(p.profile_id), '{}')
      FROM (SELECT p.profile_id FROM @extschema@._journey_persons_at(at) p ORDER BY hashint8extended(p.profile_id, 1), p.profile_id LIMIT sample) p
$$;
COMMENT ON FUNCTION _journey_drift_sample(timestamptz, integer) IS 'So many of the customers that there were at a time';

CREATE FUNCTION journey_drift(model text, sample integer DEFAULT 2000, at timestamptz DEFAULT NULL)
    RETURNS TABLE (version integer, customers integer, psi float8, features jsonb, expected float8, happened float8, ece float8)
    LANGUAGE plpgsql VOLATILE COST 1000000 ROWS 1
AS $$
#variable_conflict use_column
DECLARE
    as_of constant timestamptz := coalesce(journey_drift.at, pg_catalog.now());
    used record;
    defined jsonb;
    before record;
    after record;
BEGIN
    IF sample IS NULL OR sample NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION 'sample is %', coalesce(sample::text, 'null') USING ERRCODE = '22023', HINT = 'How many customers to measure it of, 1 to 100000.';
    END IF;
    SELECT v.version, v.options, v.features INTO used FROM journey.model_versions v
     WHERE v.model = journey_drift.model AND v.status = 'deployed' AND v.options ? 'goal';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no version of a goal % is deployed', coalesce(pg_catalog.quote_literal(model), 'null')
              USING ERRCODE = '42704', HINT = 'Models that journey_train() learned of goals, such as purchase_30d, have their drift measured.';
    END IF;
    defined := @extschema@._journey_goal(model, used.options -> 'goal');
    SELECT pg_catalog.array_agg(s.score) AS scores, pg_catalog.array_agg(s.features) AS inputs INTO before
      FROM @extschema@._journey_scores_of(model, used.version, @extschema@._journey_drift_sample((defined ->> 'until')::timestamptz, sample), (defined ->> 'until')::timestamptz) s;
    SELECT pg_catalog.array_agg(s.score) AS scores, pg_catalog.array_agg(s.features) AS inputs INTO after
      FROM @extschema@._journey_scores_of(model, used.version, @extschema@._journey_drift_sample(as_of, sample), as_of) s;
    version := used.version;
    customers := coalesce(pg_catalog.cardinality(after.scores), 0);
    psi := @extschema@._journey_psi(before.scores, after.scores);
    features := coalesce((
        SELECT pg_catalog.jsonb_object_agg(f.name, f.psi)
          FROM (SELECT n.f ->> 'name' AS name,
                       @extschema@._journey_psi(before.inputs[:][n.place:n.place]::float8[], after.inputs[:][n.place:n.place]::float8[]) AS psi
                  FROM pg_catalog.jsonb_array_elements(used.features) WITH ORDINALITY n (f, place)
                 ORDER BY 2 DESC NULLS LAST LIMIT 5) f WHERE f.psi IS NOT NULL), '{}');
    SELECT o.expected, o.happened, o.ece INTO expected, happened, ece
      FROM @extschema@._journey_came_true(model, used.version, defined, as_of - (defined ->> 'horizon')::interval, sample) o;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION journey_drift(text, integer, timestamptz) IS 'How far a sample of customers has moved from those at the end of a goal''s training, and how true its probabilities of a horizon ago turned out';

CREATE FUNCTION _journey_came_true(model text, version integer, goal jsonb, cut timestamptz, sample integer) RETURNS TABLE (expected float8, happened float8, ece float8)
    LANGUAGE sql VOLATILE
AS $$
    WITH foretold AS MATERIALIZED (
        SELECT s.profile_id, s.score FROM @extschema@._journey_scores_of(model, version, @extschema@._journey_drift_sample(cut, sample), cut) s),
    came AS MATERIALIZED (
        SELECT r.profile_id FROM @extschema@._journey_run(@extschema@._journey_compile_trait(goal -> 'trait', false), NULL, cut + (goal ->> 'horizon')::interval) r
         WHERE r.value::numeric > 0),
    told AS (
        SELECT f.score, ((c.profile_id IS NOT NULL) <> (goal ->> 'negated')::boolean)::integer AS is_true
          FROM foretold f
          LEFT JOIN journey._members m ON m.profile_id = f.profile_id
          LEFT JOIN came c ON c.profile_id = coalesce(m.person_id, f.profile_id)
         WHERE f.score IS NOT NULL),
    bins AS (SELECT pg_catalog.count(*) AS rows, pg_catalog.sum(score) AS score, pg_catalog.sum(is_true) AS is_true FROM told GROUP BY least(pg_catalog.floor(score * 10), 9))
    SELECT pg_catalog.sum(score) / pg_catalog.sum(rows), pg_catalog.sum(is_true) / pg_catalog.sum(rows)::float8, pg_catalog.sum(pg_catalog.abs(score - is_true)) / pg_catalog.sum(rows) FROM bins
$$;
COMMENT ON FUNCTION _journey_came_true(text, integer, jsonb, timestamptz, integer) IS 'What a version foretold at a time of a sample of customers, and what came of it';

-- The drift of one model of which none was recorded today.
CREATE FUNCTION _journey_record_due_drift() RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due record;
    code text;
    reason text;
BEGIN
    -- A version that fails is left alone for an hour, and the others have their turn.
    DELETE FROM journey._worker_failures WHERE part LIKE 'drift of %' AND failed_at < now() - interval '1 hour';
    SELECT v.model, format('drift of %s version %s', v.model, v.version) AS part INTO due FROM journey.model_versions v
     WHERE v.status = 'deployed' AND v.options ? 'goal' AND (v.options ->> 'features_version')::integer = @extschema@._journey_features_version()
       AND NOT EXISTS (SELECT FROM journey.model_drift d WHERE d.model = v.model AND d.version = v.version AND d.day = (now() AT TIME ZONE 'UTC')::date)
       AND NOT EXISTS (SELECT FROM journey._worker_failures f WHERE f.part = format('drift of %s version %s', v.model, v.version))
     ORDER BY v.model LIMIT 1;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    BEGIN
        INSERT INTO journey.model_drift (model, version, day, customers, psi, features, expected, happened, ece)
        SELECT due.model, d.version, (now() AT TIME ZONE 'UTC')::date, d.customers, d.psi, d.features, d.expected, d.happened, d.ece
          FROM @extschema@.journey_drift(due.model) d
        ON CONFLICT DO NOTHING;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed(due.part, code, reason);
    END;
    RETURN true;
END
$$;
COMMENT ON FUNCTION _journey_record_due_drift() IS 'Records the drift of a model of which none was recorded today; false where there is none. A version that fails waits an hour';
