-- Goals: what a model is to foretell, by name, and the rows that show it what came of customers as they were at some past days.

-- The event of a goal such as purchase_30d; NULL where the name is none.
CREATE FUNCTION _journey_goal_event(goal text) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT '{"purchase": "Order Completed", "repeat": "Order Completed", "churn": "Order Completed", "coupon": "Coupon Redeemed",
             "subscribe": "Subscribed", "loyalty": "Loyalty Program Enrolled"}'::jsonb ->> (regexp_match(goal, '^([a-z]+)_[1-9][0-9]{0,3}d$'))[1]
$$;
COMMENT ON FUNCTION _journey_goal_event(text) IS 'The event of a goal by its name; NULL where the name is none of a goal';

-- purchase_30d, repeat_…, churn_…, coupon_…, subscribe_…, loyalty_…; or any event, by the options event, where and horizon.
CREATE FUNCTION _journey_goal(goal text, options jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part constant text[] := regexp_match(goal, '^([a-z]+)_([1-9][0-9]{0,3})d$');
    event constant text := coalesce(options ->> 'event', @extschema@._journey_goal_event(goal));
    horizon constant interval := coalesce((options ->> 'horizon')::interval, make_interval(days => part[2]::integer));
    cuts constant integer := coalesce((options ->> 'cuts')::integer, 3);
    unknown constant text := (SELECT string_agg(quote_literal(o), ', ') FROM jsonb_object_keys(options) o
                               WHERE o NOT IN ('event', 'where', 'horizon', 'cuts', 'until', 'of'));
BEGIN
    IF event IS NULL OR horizon IS NULL THEN
        RAISE EXCEPTION 'goal % is unknown', coalesce(quote_literal(goal), 'null')
              USING ERRCODE = '22023', HINT = 'Goals are purchase_30d, repeat_…, churn_…, coupon_…, subscribe_… and loyalty_… with a number of days, or {"event": …, "horizon": "30 days"}.';
    END IF;
    IF unknown IS NOT NULL OR horizon < interval '1 hour' OR horizon > interval '3650 days' OR cuts NOT BETWEEN 1 AND 36
       OR coalesce(options ->> 'of', 'all') NOT IN ('all', 'buyers') THEN
        RAISE EXCEPTION 'options of a goal are %', options
              USING ERRCODE = '22023', HINT = 'The options are event, where (a filter), horizon (an interval up to ten years), cuts (1 to 36), until (a time) and of (all or buyers).';
    END IF;
    RETURN jsonb_build_object(
        'trait', jsonb_strip_nulls(jsonb_build_object('kind', 'count', 'event', event, 'where', options -> 'where',
                                   'window', ceil(extract(epoch FROM horizon) / 3600) || ' hours')),
        -- The same hours as the window, so that no target reaches back over its cut.
        'horizon', ceil(extract(epoch FROM horizon) / 3600) || ' hours', 'cuts', cuts, 'until', coalesce((options ->> 'until')::timestamptz, now()),
        'of', coalesce(options ->> 'of', CASE WHEN part[1] IN ('repeat', 'churn') AND options ->> 'event' IS NULL THEN 'buyers' ELSE 'all' END),
        'negated', part[1] = 'churn' AND options ->> 'event' IS NULL);
END
$$;
COMMENT ON FUNCTION _journey_goal(text, jsonb) IS 'A goal as what is counted of whom: its trait, horizon, cut-offs and customers';

-- A cut-off's horizon ends where the next one begins, so no target is seen twice. A customer who has since been merged has the
-- events of both.
CREATE FUNCTION journey_training_set(goal text, options jsonb DEFAULT NULL)
    RETURNS TABLE (profile_id bigint, at timestamptz, features jsonb, target boolean)
    LANGUAGE plpgsql STABLE COST 1000000 ROWS 100000
AS $$
#variable_conflict use_column
DECLARE
    defined constant jsonb := @extschema@._journey_goal(goal, coalesce(options,
        (SELECT v.options -> 'goal' FROM journey.model_versions v WHERE v.model = goal AND v.status = 'deployed'), '{}'));
    plan constant jsonb := @extschema@._journey_compile_trait(defined -> 'trait', false);
    horizon constant interval := defined ->> 'horizon';
    cut timestamptz;
BEGIN
    FOR n IN REVERSE (defined ->> 'cuts')::integer .. 1 LOOP
        cut := (defined ->> 'until')::timestamptz - n * horizon;
        RETURN QUERY
        WITH came AS MATERIALIZED (SELECT r.profile_id, r.value::numeric > 0 AS has_happened FROM @extschema@._journey_run(plan, NULL, cut + horizon) r)
        SELECT f.profile_id, cut, f.features, coalesce(c.has_happened, false) <> (defined ->> 'negated')::boolean
          FROM @extschema@._journey_features(ARRAY(SELECT p.profile_id FROM @extschema@._journey_persons_at(cut) p), cut) f
          LEFT JOIN journey._members m ON m.profile_id = f.profile_id
          LEFT JOIN came c ON c.profile_id = coalesce(m.person_id, f.profile_id)
         WHERE defined ->> 'of' = 'all' OR (f.features ->> 'orders')::float8 > 0;
    END LOOP;
END
$$;
COMMENT ON FUNCTION journey_training_set(text, jsonb) IS 'What a model of a goal learns from: customers as they were at each cut-off, and whether the goal came true within its horizon; without options as the deployed version was trained';

-- The rows of a goal are those of a query like any other; what the goal was is kept, so that they can be seen again.
CREATE FUNCTION _journey_train_goal(model text, options jsonb) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ours constant text[] := '{event,where,horizon,cuts,until,of}';
    asked constant jsonb := (SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}') FROM jsonb_each(options) o WHERE o.key = ANY (ours));
    defined constant jsonb := @extschema@._journey_goal(model, asked);
    goal constant jsonb := asked || jsonb_build_object('horizon', defined -> 'horizon', 'cuts', defined -> 'cuts', 'until', defined -> 'until', 'of', defined -> 'of');
    given constant text := (SELECT string_agg(quote_literal(o), ', ') FROM jsonb_object_keys(options) o WHERE o IN ('target', 'time', 'id', 'weights', 'task'));
    columns constant text := (SELECT string_agg(format('%I %s', t.name, t.type), ', ') FROM @extschema@._journey_feature_types() t);
BEGIN
    IF given IS NOT NULL THEN
        RAISE EXCEPTION 'a goal does not take the option %', given
              USING ERRCODE = '22023', HINT = 'Its target and times are those of journey_training_set(); name a source to learn from a table.';
    END IF;
    RETURN @extschema@._journey_train_table(model,
        options - ours || jsonb_build_object('target', 'target', 'time', 'at', 'source',
            format('SELECT t.target, t.at, f.* FROM @extschema@.journey_training_set(%L, %L) t CROSS JOIN LATERAL jsonb_to_record(t.features) AS f (%s)', model, goal, columns)),
        format('How likely a customer has %s%s within %s', CASE WHEN (defined ->> 'negated')::boolean THEN 'no ' ELSE '' END, defined #>> '{trait,event}',
               trim_scale(round(extract(epoch FROM (defined ->> 'horizon')::interval) / 86400, 2)) || ' days'),
        goal);
END
$$;
COMMENT ON FUNCTION _journey_train_goal(text, jsonb) IS 'journey_train() of a goal';

CREATE FUNCTION journey_train(model text, options jsonb DEFAULT '{}') RETURNS integer
    LANGUAGE plpgsql
AS $$
BEGIN
    options := coalesce(options, '{}');
    IF model = 'clv' THEN
        RETURN @extschema@._journey_value_train(options);
    ELSIF model = 'next_category' THEN
        RETURN @extschema@._journey_train_next_category(options);
    ELSIF model = 'sentiment' THEN
        RETURN @extschema@._journey_train_sentiment(options);
    ELSIF options ? 'source' THEN
        RETURN @extschema@._journey_train_table(model, options);
    ELSIF options ? 'event' OR @extschema@._journey_goal_event(model) IS NOT NULL THEN
        RETURN @extschema@._journey_train_goal(model, options);
    END IF;
    RAISE EXCEPTION 'no training is known for model %', coalesce(quote_literal(model), 'null')
          USING ERRCODE = '42704', HINT = 'clv, next_category, sentiment and goals such as purchase_30d are known; any other model takes the options event and horizon, or source, a table or query, and target, a column of it.';
END
$$;
COMMENT ON FUNCTION journey_train(text, jsonb) IS 'Trains a model and registers it as a new version, which is deployed unless its score is worse than that of the version in use; returns the version';
