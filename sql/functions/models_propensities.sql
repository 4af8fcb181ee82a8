-- Propensities: what models that read the features of customers foretell of them, and why.

COMMENT ON FUNCTION _journey_score_persons(text, integer, bigint[], timestamptz, boolean) IS 'What a version of a model foretells of persons as they were at a time, and its input of each';
COMMENT ON FUNCTION _journey_encode(jsonb, jsonb) IS 'The input that a row of features is to a model, by its registered features';

-- Whether a version scores buyers only. Raises where it does not score customers.
CREATE FUNCTION _journey_scores_buyers(model text, version integer) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    used record;
    strange text;
BEGIN
    SELECT v.options, ARRAY(SELECT f ->> 'name' FROM jsonb_array_elements(v.features) f) AS names INTO used
      FROM journey.model_versions v WHERE v.model = _journey_scores_buyers.model AND v.version = _journey_scores_buyers.version;
    IF (used.options ->> 'features_version')::integer <> @extschema@._journey_features_version() THEN
        RAISE EXCEPTION 'version % of model % reads version % of the features', version, model, used.options ->> 'features_version'
              USING ERRCODE = '55000', HINT = format('They are at version %s: train it anew by journey_train(%L).', @extschema@._journey_features_version(), model);
    END IF;
    strange := (SELECT string_agg(quote_ident(n), ', ') FROM unnest(used.names) n
                 WHERE NOT EXISTS (SELECT FROM @extschema@._journey_feature_types() t WHERE t.name = n));
    IF strange IS NOT NULL OR used.names = '{}' THEN
        RAISE EXCEPTION 'model % does not score customers: it reads %', quote_ident(model), coalesce(strange, 'no features')
              USING ERRCODE = '22023', HINT = 'Models that read nothing but what journey_features() has score customers; journey_predict() scores by any.';
    END IF;
    RETURN coalesce(used.options #>> '{goal,of}' = 'buyers', false);
END
$$;
COMMENT ON FUNCTION _journey_scores_buyers(text, integer) IS 'Whether a version of a model scores buyers only, not all customers';

CREATE FUNCTION _journey_scores_of(model text, version integer, persons bigint[], at timestamptz) RETURNS TABLE (profile_id bigint, score float8, features real[])
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.profile_id, s.score, s.features
      FROM @extschema@._journey_score_persons(model, version, persons, at, @extschema@._journey_scores_buyers(model, version)) s
$$;
COMMENT ON FUNCTION _journey_scores_of(text, integer, bigint[], timestamptz) IS 'What a version of a model foretells of persons as they were at a time, and its input of each; nothing of who has not bought where the goal is of buyers';

CREATE FUNCTION journey_score(customer text, model text, at timestamptz DEFAULT NULL) RETURNS float8
    LANGUAGE plpgsql VOLATILE COST 100000
AS $$
DECLARE
    as_of constant timestamptz := coalesce(at, pg_catalog.now());
    person bigint;
BEGIN
    CASE model
        WHEN 'clv' THEN
            RETURN (SELECT v.expected FROM @extschema@.journey_clv(customer, '1 year', as_of) v);
        WHEN 'next_category' THEN
            RETURN (SELECT c.probability FROM @extschema@.journey_next_category(customer, 1, as_of) c);
        WHEN 'cac_payback' THEN
            RETURN (SELECT p.earned - p.cost FROM @extschema@.journey_payback(customer, as_of) p);
        ELSE
            person := @extschema@._journey_person_at(customer, as_of);
            RETURN (SELECT s.score FROM @extschema@._journey_scores_of(model, @extschema@._journey_version(model, NULL), pg_catalog.array_remove(ARRAY[person], NULL), as_of) s);
    END CASE;
END
$$;
COMMENT ON FUNCTION journey_score(text, text, timestamptz) IS 'What a model foretells of a customer, as of a time: the probability of a goal; clv, next_category and cac_payback as in journey.scores; NULL for whom there is nothing to tell';

CREATE FUNCTION journey_score(customer bigint, model text, at timestamptz DEFAULT NULL) RETURNS float8
    LANGUAGE sql VOLATILE COST 100000
AS 'SELECT @extschema@.journey_score(customer::text, model, at)';
COMMENT ON FUNCTION journey_score(bigint, text, timestamptz) IS 'The score of a customer whose user_id is a number';

CREATE FUNCTION journey_score(customer uuid, model text, at timestamptz DEFAULT NULL) RETURNS float8
    LANGUAGE sql VOLATILE COST 100000
AS 'SELECT @extschema@.journey_score(customer::text, model, at)';
COMMENT ON FUNCTION journey_score(uuid, text, timestamptz) IS 'The score of a customer whose user_id is a uuid';

-- An action and a horizon are the name of a goal.
CREATE FUNCTION _journey_goal_of(action text, horizon interval) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    goal constant text := action || '_' || trim_scale(round(extract(epoch FROM horizon) / 86400, 6)) || 'd';
BEGIN
    IF goal IS NULL OR NOT EXISTS (SELECT FROM journey.model_versions v WHERE v.model = goal AND v.status = 'deployed') THEN
        RAISE EXCEPTION 'no model tells how likely % is within %', coalesce(quote_literal(action), 'null'), coalesce(horizon::text, 'null')
              USING ERRCODE = '42704',
                    HINT = coalesce('There are: ' || (SELECT string_agg(v.model, ', ' ORDER BY v.model) FROM journey.model_versions v
                                                       WHERE v.status = 'deployed' AND v.options ? 'goal') || '.',
                                    'Train one, such as by journey_train(''purchase_30d'').');
    END IF;
    RETURN goal;
END
$$;
COMMENT ON FUNCTION _journey_goal_of(text, interval) IS 'The goal that an action within a horizon is; raises where no model of it is deployed';

CREATE FUNCTION journey_propensity(customer text, action text DEFAULT 'purchase', horizon interval DEFAULT '30 days') RETURNS float8
    LANGUAGE sql VOLATILE COST 100000
AS 'SELECT @extschema@.journey_score(customer, @extschema@._journey_goal_of(action, horizon))';
COMMENT ON FUNCTION journey_propensity(text, text, interval) IS 'How likely a customer does something within a horizon, by the model of that goal: purchase, repeat, churn, coupon, subscribe or loyalty; NULL for whom there is nothing to tell';

CREATE FUNCTION journey_propensity(customer bigint, action text DEFAULT 'purchase', horizon interval DEFAULT '30 days') RETURNS float8
    LANGUAGE sql VOLATILE COST 100000
AS 'SELECT @extschema@.journey_propensity(customer::text, action, horizon)';
COMMENT ON FUNCTION journey_propensity(bigint, text, interval) IS 'The propensity of a customer whose user_id is a number';

CREATE FUNCTION journey_propensity(customer uuid, action text DEFAULT 'purchase', horizon interval DEFAULT '30 days') RETURNS float8
    LANGUAGE sql VOLATILE COST 100000
AS 'SELECT @extschema@.journey_propensity(customer::text, action, horizon)';
COMMENT ON FUNCTION journey_propensity(uuid, text, interval) IS 'The propensity of a customer whose user_id is a uuid';

CREATE FUNCTION journey_explain(customer text, attribute text, k integer DEFAULT 5)
    RETURNS TABLE (feature text, value jsonb, contribution float8)
    LANGUAGE plpgsql VOLATILE ROWS 10 COST 100000
AS $$
#variable_conflict use_column
DECLARE
    used record;
    person bigint;
BEGIN
    SELECT v.version, v.artefact, v.features INTO used FROM journey.model_versions v WHERE v.model = attribute AND v.status = 'deployed';
    IF used.artefact IS NULL THEN
        RAISE EXCEPTION 'attribute % has no reasons', coalesce(quote_literal(attribute), 'null')
              USING ERRCODE = '42704',
                    HINT = coalesce('There are those of: ' || (SELECT string_agg(v.model, ', ' ORDER BY v.model) FROM journey.model_versions v
                                                                WHERE v.status = 'deployed' AND v.options ? 'goal') || '.',
                                    'Models of goals give them, such as that of journey_train(''purchase_30d'').');
    END IF;
    person := @extschema@._journey_person_at(customer, pg_catalog.now());
    RETURN QUERY
    SELECT e.feature, e.value, e.contribution
      FROM @extschema@._journey_features(pg_catalog.array_remove(ARRAY[person], NULL), pg_catalog.now()) f
     CROSS JOIN LATERAL @extschema@.journey_explain_row(attribute,
           (SELECT pg_catalog.jsonb_object_agg(n ->> 'name', f.features -> (n ->> 'name')) FROM pg_catalog.jsonb_array_elements(used.features) n), k, used.version) e
     WHERE NOT @extschema@._journey_scores_buyers(attribute, used.version) OR (f.features ->> 'orders')::float8 > 0;
END
$$;
COMMENT ON FUNCTION journey_explain(text, text, integer) IS 'Why a customer has the score of a goal: the score of the mean customer as (base), the k features that add most to it, and (others); they sum to the score';

CREATE FUNCTION journey_explain(customer bigint, attribute text, k integer DEFAULT 5)
    RETURNS TABLE (feature text, value jsonb, contribution float8)
    LANGUAGE sql VOLATILE ROWS 10 COST 100000
AS 'SELECT * FROM @extschema@.journey_explain(customer::text, attribute, k)';
COMMENT ON FUNCTION journey_explain(bigint, text, integer) IS 'The reasons of a customer whose user_id is a number';

CREATE FUNCTION journey_explain(customer uuid, attribute text, k integer DEFAULT 5)
    RETURNS TABLE (feature text, value jsonb, contribution float8)
    LANGUAGE sql VOLATILE ROWS 10 COST 100000
AS 'SELECT * FROM @extschema@.journey_explain(customer::text, attribute, k)';
COMMENT ON FUNCTION journey_explain(uuid, text, integer) IS 'The reasons of a customer whose user_id is a uuid';
