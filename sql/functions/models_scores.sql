-- Scores: what models foretell of all customers, kept in journey.scores slice by slice.

CREATE FUNCTION _journey_clv_of(persons bigint[], at timestamptz)
    RETURNS TABLE (profile_id bigint, historic float8, expected float8, p_alive float8, low float8, high float8, purchases float8, next_order_on date)
    LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    IF EXISTS (SELECT FROM journey.model_versions v WHERE v.model = 'clv' AND v.status = 'deployed' AND v.options ->> 'source' IS NULL) THEN
        RETURN QUERY
        SELECT t.customer::bigint, t.historic, t.expected, t.p_alive, t.low, t.high, t.purchases,
               CASE WHEN t.next_days < 36525 THEN t.today + pg_catalog.ceil(t.next_days)::integer END
          FROM @extschema@._journey_value_told(NULL, '1 year', at, persons) t;
    END IF;
END
$$;
COMMENT ON FUNCTION _journey_clv_of(bigint[], timestamptz) IS 'What the model clv foretells of persons within a year; nothing of a model that was trained on a table of its own';

-- One model asked of some persons. Who has no row of a model any more loses the one he had.
CREATE FUNCTION _journey_score(model text, persons bigint[], at timestamptz) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    version constant integer := (SELECT v.version FROM journey.model_versions v WHERE v.model = _journey_score.model AND v.status = 'deployed');
    stored bigint;
BEGIN
    DELETE FROM journey.scores s WHERE s.model = _journey_score.model
       -- Who has become part of another person has no score any more.
       AND (s.profile_id = ANY (persons) OR s.profile_id IN (SELECT m.profile_id FROM journey._members m WHERE m.person_id = ANY (persons)));
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
            SELECT i.profile_id, model, version, p.earned - p.cost, p.status,
                   jsonb_build_object('cost', p.cost, 'earned', p.earned, 'currency', p.currency, 'payback_on', p.payback_on, 'reason', p.reason), at
              FROM journey.identifiers i CROSS JOIN LATERAL @extschema@.journey_payback(i.kind || ':' || i.value, at) p
             WHERE i.profile_id = ANY (persons) AND p.cost IS NOT NULL;
    END CASE;
    GET DIAGNOSTICS stored = ROW_COUNT;
    RETURN stored;
END
$$;
COMMENT ON FUNCTION _journey_score(text, bigint[], timestamptz) IS 'Scores persons by clv, next_category or cac_payback; returns how many rows journey.scores has of them now';

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
    names constant text[] := '{clv,next_category,cac_payback}';
    persons bigint[];
BEGIN
    IF model <> ALL (names) THEN
        RAISE EXCEPTION 'model is %', quote_literal(model)
              USING ERRCODE = '42704', HINT = format('What can be refreshed: %s.', array_to_string(names, ', '));
    END IF;
    -- The worker may be at it.
    PERFORM pg_advisory_xact_lock(hashtext('pg_journey.scores'));
    FOREACH name IN ARRAY names LOOP
        CONTINUE WHEN name <> model;
        DELETE FROM journey.scores s WHERE s.model = name;
        scored := 0;
        persons := @extschema@._journey_persons_after(-9223372036854775808, 10000);
        WHILE persons IS NOT NULL LOOP
            scored := scored + @extschema@._journey_score(name, persons, now());
            persons := @extschema@._journey_persons_after(persons[cardinality(persons)], 10000);
        END LOOP;
        INSERT INTO journey._score_passes AS p (model, version, after, began_at)
        SELECT name, (SELECT v.version FROM journey.model_versions v WHERE v.model = name AND v.status = 'deployed'), NULL, now()
        ON CONFLICT ON CONSTRAINT _score_passes_pkey DO UPDATE SET version = EXCLUDED.version, after = NULL, began_at = EXCLUDED.began_at;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION journey_refresh_scores(text) IS 'Scores all customers by a model, or by all: clv, next_category, cac_payback; how many of each have a row in journey.scores now';

-- One slice of the pass that is due: begun a day ago or more, or with another version. A shop without deployed models has none.
CREATE FUNCTION _journey_refresh_due_scores() RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    slice constant integer := 200;
    due record;
    persons bigint[];
BEGIN
    SELECT n.name, v.version, CASE WHEN p.version IS NOT DISTINCT FROM v.version THEN p.after END AS after INTO due
      FROM (VALUES ('clv'), ('next_category'), ('cac_payback')) AS n (name)
      LEFT JOIN journey.model_versions v ON v.model = n.name AND v.status = 'deployed'
      LEFT JOIN journey._score_passes p ON p.model = n.name
     WHERE (v.version IS NOT NULL OR n.name = 'cac_payback' AND EXISTS (SELECT FROM journey.acquisition_costs))
       AND (p.model IS NULL OR p.after IS NOT NULL OR p.version IS DISTINCT FROM v.version OR p.began_at < now() - interval '1 day')
     ORDER BY p.after IS NULL, n.name LIMIT 1;
    IF NOT FOUND OR NOT pg_try_advisory_xact_lock(hashtext('pg_journey.scores')) THEN
        RETURN false;
    END IF;
    persons := @extschema@._journey_persons_after(coalesce(due.after, -9223372036854775808), slice);
    IF persons IS NOT NULL THEN
        PERFORM @extschema@._journey_score(due.name, persons, now());
    END IF;
    INSERT INTO journey._score_passes AS p (model, version, after, began_at)
    VALUES (due.name, due.version, CASE WHEN cardinality(persons) = slice THEN persons[slice] END, now())
    ON CONFLICT ON CONSTRAINT _score_passes_pkey DO UPDATE
       SET version = EXCLUDED.version, after = EXCLUDED.after,
           began_at = CASE WHEN due.after IS NULL THEN EXCLUDED.began_at ELSE p.began_at END;
    RETURN true;
END
$$;
COMMENT ON FUNCTION _journey_refresh_due_scores() IS 'Scores the next slice of customers by a model that is due; false where none is';
