-- Scores: what models foretell of all customers, kept in journey.scores slice by slice.

CREATE FUNCTION _journey_clv_of(persons bigint[], at timestamptz)
    RETURNS TABLE (profile_id bigint, historic float8, expected float8, p_alive float8, low float8, high float8, purchases float8, next_order_on date)
    LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    currency constant text := (SELECT v.options ->> 'currency' FROM journey.model_versions v
                                WHERE v.model = 'clv' AND v.status = 'deployed' AND v.options ->> 'source' IS NULL);
BEGIN
    IF currency IS NOT NULL THEN
        RETURN QUERY
        SELECT t.customer::bigint, t.historic, t.expected, t.p_alive, t.low, t.high, t.purchases,
               CASE WHEN t.next_days < 36525 THEN t.today + pg_catalog.ceil(t.next_days)::integer END
          FROM @extschema@._journey_value_told(NULL, '1 year', at, @extschema@._journey_with_rates(persons, currency)) t;
    END IF;
END
$$;
COMMENT ON FUNCTION _journey_clv_of(bigint[], timestamptz) IS 'What the model clv foretells of persons within a year; nothing by a model that was trained on a table of its own, and nothing of whose amounts have no rate';

-- clv and next_category where they are deployed, the models of goals, and what formulas tell.
CREATE FUNCTION _journey_scored_models() RETURNS TABLE (name text, version integer)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT v.model, v.version FROM journey.model_versions v
     WHERE v.status = 'deployed' AND (v.model IN ('clv', 'next_category') OR v.options ? 'goal')
    UNION ALL
    SELECT 'cac_payback', NULL WHERE EXISTS (SELECT FROM journey.acquisition_costs)
    UNION ALL
    SELECT 'nps_indicator', (SELECT v.version FROM journey.model_versions v WHERE v.model = 'sentiment' AND v.status = 'deployed')
     WHERE EXISTS (SELECT FROM journey.identifiers)
     ORDER BY 1
$$;
COMMENT ON FUNCTION _journey_scored_models() IS 'What journey.scores keeps of customers: models by their deployed version, and what a formula tells';

-- One model asked of some persons. Who has no row of a model any more loses the one he had.
CREATE FUNCTION _journey_score(model text, persons bigint[], at timestamptz) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    version constant integer := (SELECT v.version FROM journey.model_versions v
                                  WHERE v.model = CASE _journey_score.model WHEN 'nps_indicator' THEN 'sentiment' ELSE _journey_score.model END AND v.status = 'deployed');
    stored bigint;
BEGIN
    -- Who has become part of another person has no score any more.
    DELETE FROM journey.scores s
     USING (SELECT unnest(persons) UNION SELECT m.profile_id FROM journey._members m WHERE m.person_id = ANY (persons)) AS p (profile_id)
     WHERE s.model = _journey_score.model AND s.profile_id = p.profile_id;
    CASE model
        WHEN 'clv' THEN
            INSERT INTO journey.scores (profile_id, model, version, score, details, features_at)
            SELECT c.profile_id, model, version, c.expected,
                   jsonb_build_object('historic', c.historic, 'p_alive', c.p_alive, 'low', c.low, 'high', c.high, 'purchases', c.purchases, 'next_order_on', c.next_order_on), at
              FROM @extschema@._journey_clv_of(persons, at) c WHERE version IS NOT NULL;
        WHEN 'next_category' THEN
            INSERT INTO journey.scores (profile_id, model, version, score, label, details, features_at)
            SELECT c.profile_id, model, version, max(c.probability), (array_agg(c.category ORDER BY c.rank))[1],
                   jsonb_build_object('categories', array_agg(c.category ORDER BY c.rank), 'probabilities', array_agg(c.probability ORDER BY c.rank)), at
              FROM @extschema@._journey_likeliest_categories(persons, at, @extschema@._journey_habits_at(at), 5) c
             GROUP BY c.profile_id;
        WHEN 'cac_payback' THEN
            INSERT INTO journey.scores (profile_id, model, version, score, label, details, features_at)
            SELECT p.person, model, version, p.earned - p.cost, p.status,
                   jsonb_build_object('cost', p.cost, 'earned', p.earned, 'currency', p.currency, 'payback_on', p.payback_on, 'reason', p.reason), at
              FROM @extschema@._journey_paybacks(persons, at) p;
        WHEN 'nps_indicator' THEN
            INSERT INTO journey.scores (profile_id, model, version, score, label, details, features_at)
            SELECT n.profile_id, model, version, n.indicator, n.status, jsonb_build_object('opinions', n.opinions, 'answers', n.answers), at
              FROM @extschema@._journey_nps_of(persons, at) n;
        ELSE
            INSERT INTO journey.scores (profile_id, model, version, score, features, features_at)
            SELECT c.profile_id, model, version, c.score, c.features, at
              FROM @extschema@._journey_scores_of(model, version, persons, at) c;
    END CASE;
    GET DIAGNOSTICS stored = ROW_COUNT;
    RETURN stored;
END
$$;
COMMENT ON FUNCTION _journey_score(text, bigint[], timestamptz) IS 'Scores persons by clv, next_category, cac_payback, nps_indicator or a goal; returns how many rows journey.scores has of them now';

-- Whom there is, in the order of their ids: `most` persons after one.
CREATE FUNCTION _journey_persons_after(after bigint, most integer) RETURNS bigint[]
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT array_agg(p.profile_id)
      FROM (SELECT DISTINCT p.profile_id FROM journey.identifiers p
             WHERE p.profile_id > after AND NOT EXISTS (SELECT FROM journey._members m WHERE m.profile_id = p.profile_id)
             ORDER BY p.profile_id LIMIT most) p
$$;
COMMENT ON FUNCTION _journey_persons_after(bigint, integer) IS 'The next persons in the order of their ids; NULL where there are no more';

CREATE FUNCTION journey_refresh_scores(model text DEFAULT NULL) RETURNS TABLE (name text, scored bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known constant text[] := ARRAY['clv', 'next_category', 'cac_payback', 'nps_indicator'] || ARRAY(SELECT m.name FROM @extschema@._journey_scored_models() m);
    wanted record;
    persons bigint[];
BEGIN
    IF model <> ALL (known) THEN
        RAISE EXCEPTION 'model is %', quote_literal(model)
              USING ERRCODE = '42704', HINT = format('What can be refreshed: %s.', (SELECT string_agg(DISTINCT n, ', ') FROM unnest(known) n));
    END IF;
    -- The worker may be at it.
    PERFORM pg_advisory_xact_lock(hashtext('pg_journey.scores'));
    FOR wanted IN SELECT n AS name, m.version FROM unnest(known) n LEFT JOIN @extschema@._journey_scored_models() m ON m.name = n
                   WHERE n = coalesce(model, n) GROUP BY 1, 2 ORDER BY array_position(known, n) LOOP
        name := wanted.name;
        DELETE FROM journey.scores s WHERE s.model = name;
        scored := 0;
        persons := @extschema@._journey_persons_after(-9223372036854775808, 10000);
        WHILE persons IS NOT NULL LOOP
            scored := scored + @extschema@._journey_score(name, persons, now());
            persons := @extschema@._journey_persons_after(persons[cardinality(persons)], 10000);
        END LOOP;
        INSERT INTO journey._score_passes AS p (model, version, after, began_at)
        VALUES (name, wanted.version, NULL, now())
        ON CONFLICT ON CONSTRAINT _score_passes_pkey DO UPDATE SET version = EXCLUDED.version, after = NULL, began_at = EXCLUDED.began_at;
        DELETE FROM journey._worker_failures f WHERE f.part = concat_ws(' version ', 'scores of ' || name, wanted.version);
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION journey_refresh_scores(text) IS 'Scores all customers by a model, or by all: clv, next_category, cac_payback, nps_indicator and each goal; how many of each have a row in journey.scores now';

-- One slice of the pass that is due: begun a day ago or more, or with another version. A shop without deployed models has none.
CREATE FUNCTION _journey_refresh_due_scores() RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    slice constant integer := 200;
    due record;
    persons bigint[];
    code text;
    reason text;
BEGIN
    -- A version that fails is left alone for an hour, and the others have their turn.
    DELETE FROM journey._worker_failures WHERE part LIKE 'scores of %' AND failed_at < now() - interval '1 hour';
    SELECT n.name, n.version, CASE WHEN p.version IS NOT DISTINCT FROM n.version THEN p.after END AS after, concat_ws(' version ', 'scores of ' || n.name, n.version) AS part INTO due
      FROM @extschema@._journey_scored_models() n
      LEFT JOIN journey._score_passes p ON p.model = n.name
     WHERE (p.model IS NULL OR p.after IS NOT NULL OR p.version IS DISTINCT FROM n.version OR p.began_at < now() - interval '1 day')
       AND NOT EXISTS (SELECT FROM journey._worker_failures f WHERE f.part = concat_ws(' version ', 'scores of ' || n.name, n.version))
     ORDER BY n.name = 'nps_indicator', p.after IS NULL, n.name LIMIT 1; -- texts are judged last: it takes longest
    IF NOT FOUND OR NOT pg_try_advisory_xact_lock(hashtext('pg_journey.scores')) THEN
        RETURN false;
    END IF;
    persons := @extschema@._journey_persons_after(coalesce(due.after, -9223372036854775808), slice);
    BEGIN
        IF persons IS NOT NULL THEN
            PERFORM @extschema@._journey_score(due.name, persons, now());
        END IF;
        INSERT INTO journey._score_passes AS p (model, version, after, began_at)
        VALUES (due.name, due.version, CASE WHEN cardinality(persons) = slice THEN persons[slice] END, now())
        ON CONFLICT ON CONSTRAINT _score_passes_pkey DO UPDATE
           SET version = EXCLUDED.version, after = EXCLUDED.after,
               began_at = CASE WHEN due.after IS NULL THEN EXCLUDED.began_at ELSE p.began_at END;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed(due.part, code, reason);
    END;
    RETURN true;
END
$$;
COMMENT ON FUNCTION _journey_refresh_due_scores() IS 'Scores the next slice of customers by a model that is due; false where none is. A version that fails waits an hour';
