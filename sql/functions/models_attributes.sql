-- Attributes that formulas and models foretell: the categories of the next order, and when a customer has paid back what he cost.
COMMENT ON FUNCTION _journey_features_version() IS 'The version of the features that models read';
COMMENT ON FUNCTION _journey_features(bigint[], timestamptz) IS 'The features of persons as they were at a time';
COMMENT ON FUNCTION _journey_likeliest_categories(bigint[], timestamptz, jsonb, integer) IS 'The likeliest categories of the next orders of persons as they were at a time';
COMMENT ON FUNCTION _journey_habits(text, timestamptz) IS 'Parameters of the model next_category where nothing was learned, with the shares of a statement''s orders';
COMMENT ON FUNCTION _journey_learn_categories(text, timestamptz, integer) IS 'Learns the model next_category from the orders of a statement';

CREATE FUNCTION journey_features(customer text, at timestamptz DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql STABLE COST 10000
AS $$
    SELECT f.features
      FROM coalesce(at, pg_catalog.now()) AS t (at)
     CROSS JOIN LATERAL @extschema@._journey_person_at(customer, t.at) AS p (person)
     CROSS JOIN LATERAL @extschema@._journey_features(ARRAY[p.person], t.at) f
     WHERE p.person IS NOT NULL
$$;
COMMENT ON FUNCTION journey_features(text, timestamptz) IS 'What models read of a customer as of a time, by name; NULL where nothing was known of him';

CREATE FUNCTION journey_features(customer bigint, at timestamptz DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql STABLE COST 10000
AS 'SELECT @extschema@.journey_features(customer::text, at)';
COMMENT ON FUNCTION journey_features(bigint, timestamptz) IS 'The features of a customer whose user_id is a number';

CREATE FUNCTION journey_features(customer uuid, at timestamptz DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql STABLE COST 10000
AS 'SELECT @extschema@.journey_features(customer::text, at)';
COMMENT ON FUNCTION journey_features(uuid, timestamptz) IS 'The features of a customer whose user_id is a uuid';

-- Events, not orders: an order is kept as it is now, and may have been changed after that time. Older ones hardly count.
CREATE FUNCTION _journey_habits_at(at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE
AS $$
    SELECT coalesce((
        SELECT v.parameters FROM journey.model_versions v
         WHERE v.model = 'next_category' AND v.status = 'deployed' AND (v.snapshot ->> 'until')::timestamptz <= at),
        @extschema@._journey_habits(pg_catalog.format($statement$
            SELECT e.profile_id, e."timestamp",
                   ARRAY(SELECT DISTINCT p.product ->> 'category' FROM pg_catalog.jsonb_array_elements(CASE WHEN pg_catalog.jsonb_typeof(e.properties -> 'products') = 'array'
                         THEN e.properties -> 'products' ELSE '[]' END) AS p (product) WHERE p.product ->> 'category' <> '')
              FROM journey.events e
             WHERE e.event = 'Order Completed' AND NOT e.is_bot AND e."timestamp" > %1$L::timestamptz - interval '150 days' AND e."timestamp" <= %1$L
             ORDER BY e."timestamp", e.event_id$statement$, at), at))
$$;
COMMENT ON FUNCTION _journey_habits_at(timestamptz) IS 'Parameters of the model next_category that knew nothing later: the deployed version''s, or the documented ones with the shares of that time';

CREATE FUNCTION journey_next_category(customer text, k integer DEFAULT 5, at timestamptz DEFAULT NULL)
    RETURNS TABLE (category text, probability float8, rank integer)
    LANGUAGE plpgsql STABLE ROWS 5 COST 10000
AS $$
#variable_conflict use_column
DECLARE
    as_of constant timestamptz := coalesce(journey_next_category.at, pg_catalog.now());
    person constant bigint := @extschema@._journey_person_at(customer, as_of);
BEGIN
    IF k IS NULL OR k NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'k is %', coalesce(k::text, 'null')
              USING ERRCODE = '22023', HINT = 'How many categories to list, 1 to 1000.';
    END IF;
    IF person IS NOT NULL THEN
        RETURN QUERY
        SELECT c.category, c.probability, c.rank
          FROM @extschema@._journey_likeliest_categories(ARRAY[person], as_of, @extschema@._journey_habits_at(as_of), k) c;
    END IF;
END
$$;
COMMENT ON FUNCTION journey_next_category(text, integer, timestamptz) IS 'The categories that a customer''s next order likeliest has, each with its probability; no row for an unknown customer';

CREATE FUNCTION journey_next_category(customer bigint, k integer DEFAULT 5, at timestamptz DEFAULT NULL)
    RETURNS TABLE (category text, probability float8, rank integer)
    LANGUAGE sql STABLE ROWS 5 COST 10000
AS 'SELECT * FROM @extschema@.journey_next_category(customer::text, k, at)';
COMMENT ON FUNCTION journey_next_category(bigint, integer, timestamptz) IS 'The next categories of a customer whose user_id is a number';

CREATE FUNCTION journey_next_category(customer uuid, k integer DEFAULT 5, at timestamptz DEFAULT NULL)
    RETURNS TABLE (category text, probability float8, rank integer)
    LANGUAGE sql STABLE ROWS 5 COST 10000
AS 'SELECT * FROM @extschema@.journey_next_category(customer::text, k, at)';
COMMENT ON FUNCTION journey_next_category(uuid, integer, timestamptz) IS 'The next categories of a customer whose user_id is a uuid';

CREATE FUNCTION _journey_persons_at(at timestamptz) RETURNS TABLE (profile_id bigint)
    LANGUAGE sql STABLE
AS $$
    SELECT i.profile_id FROM journey.identifiers i
     WHERE NOT EXISTS (SELECT FROM journey._members m WHERE m.profile_id = i.profile_id AND m.since <= at)
$$;
COMMENT ON FUNCTION _journey_persons_at(timestamptz) IS 'Identifiers that stood for a person at a time';

CREATE FUNCTION journey_next_categories(k integer DEFAULT 1, at timestamptz DEFAULT NULL)
    RETURNS TABLE (profile_id bigint, category text, probability float8, rank integer)
    LANGUAGE plpgsql STABLE ROWS 100000 COST 1000000
AS $$
#variable_conflict use_column
DECLARE
    as_of constant timestamptz := coalesce(journey_next_categories.at, pg_catalog.now());
BEGIN
    RETURN QUERY
    SELECT c.profile_id, c.category, c.probability, c.rank
      FROM @extschema@._journey_likeliest_categories(
           ARRAY(SELECT p.profile_id FROM @extschema@._journey_persons_at(as_of) p), as_of, @extschema@._journey_habits_at(as_of), k) c;
END
$$;
COMMENT ON FUNCTION journey_next_categories(integer, timestamptz) IS 'The same of all customers in one pass';

CREATE FUNCTION _journey_train_next_category(options jsonb) RETURNS integer
    LANGUAGE plpgsql
AS $$
DECLARE
    unknown constant text := (SELECT string_agg(quote_literal(o), ', ') FROM jsonb_object_keys(options) o WHERE o NOT IN ('until', 'holdout', 'deploy'));
    until constant timestamptz := coalesce((options ->> 'until')::timestamptz, now());
    holdout constant integer := coalesce((options ->> 'holdout')::integer, 30);
    trained jsonb;
BEGIN
    IF unknown IS NOT NULL OR holdout NOT BETWEEN 1 AND 3650 OR coalesce(options ->> 'deploy', 'auto') NOT IN ('auto', 'always', 'never') THEN
        RAISE EXCEPTION 'options of model next_category are %', options
              USING ERRCODE = '22023', HINT = 'The options are until (a time), holdout (days, 1 to 3650) and deploy (auto, always or never).';
    END IF;
    trained := @extschema@._journey_learn_categories(format($statement$
        SELECT o.person_id, o.placed_at, o.categories FROM journey._person_orders o
         WHERE o.is_counted AND o.placed_at <= %L ORDER BY o.person_id, o.placed_at$statement$, until), until, holdout);
    trained := jsonb_set(trained, '{snapshot,until}', to_jsonb(until));
    RETURN @extschema@._journey_add_version('next_category', 'category', 'Which categories the next order of a customer has',
           jsonb_build_object('until', until, 'holdout', holdout, 'deploy', coalesce(options ->> 'deploy', 'auto')), trained);
END
$$;
COMMENT ON FUNCTION _journey_train_next_category(jsonb) IS 'journey_train() of the model next_category';

CREATE FUNCTION _journey_rate(from_currency text, to_currency text) RETURNS numeric
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN from_currency = to_currency OR from_currency = 'XXX' THEN 1
                ELSE (SELECT x.rate FROM journey.fx_rates x
                       WHERE x.from_currency = _journey_rate.from_currency AND x.to_currency = _journey_rate.to_currency) END
$$;
COMMENT ON FUNCTION _journey_rate(text, text) IS 'What one of a currency is in another; NULL where journey.fx_rates lacks it';

-- What it cost to win a customer: his own cost, that of the campaign or of the channel of his first event, or that of all.
CREATE FUNCTION _journey_acquisition_cost(person bigint) RETURNS TABLE (amount numeric, currency text, margin numeric)
    LANGUAGE sql STABLE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.amount, c.currency, c.margin
      FROM (SELECT a.atoms FROM journey._person_atoms a WHERE a.person_id = person) p
      LEFT JOIN LATERAL (SELECT e.channel, e.context #>> '{campaign,name}' AS campaign
                           FROM journey.events e WHERE e.profile_id = ANY (p.atoms) AND NOT e.is_bot
                          ORDER BY e."timestamp", e.event_id LIMIT 1) f ON true
      JOIN journey.acquisition_costs c
        ON (c.kind, c.name) IN (SELECT 'customer', i.kind || ':' || i.value FROM journey.identifiers i WHERE i.profile_id = ANY (p.atoms)
                                UNION ALL
                                SELECT 'customer', i.value FROM journey.identifiers i WHERE i.profile_id = ANY (p.atoms) AND i.kind = 'user_id'
                                UNION ALL VALUES ('campaign', f.campaign), ('channel', f.channel), ('all', '*'))
     ORDER BY array_position(ARRAY['customer', 'campaign', 'channel', 'all'], c.kind), c.name COLLATE "C" LIMIT 1
$$;
COMMENT ON FUNCTION _journey_acquisition_cost(bigint) IS 'The row of journey.acquisition_costs that holds for a person';

-- Days until the margin of what is expected reaches an amount. What is expected grows ever slower, so between two horizons a
-- straight line tells the day a little late, never early.
CREATE FUNCTION _journey_days_until(customer text, missing float8, at timestamptz) RETURNS float8
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    horizons constant integer[] := '{0,30,60,90,180,365,730,1095}';
    before float8 := 0;
    expected float8;
BEGIN
    FOR n IN 2 .. array_length(horizons, 1) LOOP
        expected := (SELECT c.expected FROM @extschema@.journey_clv(customer, make_interval(days => horizons[n]), at) c);
        IF expected >= missing THEN
            RETURN horizons[n - 1] + (horizons[n] - horizons[n - 1]) * (missing - before) / (expected - before);
        END IF;
        before := expected;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION _journey_days_until(text, float8, timestamptz) IS 'Days until a customer has spent this much more, by the model clv; NULL beyond three years';

CREATE FUNCTION journey_payback(customer text, at timestamptz DEFAULT NULL)
    RETURNS TABLE (status text, cost numeric, earned numeric, currency text, payback_on date, reason text)
    LANGUAGE plpgsql STABLE ROWS 1 COST 100000
AS $$
#variable_conflict use_column
DECLARE
    as_of constant timestamptz := coalesce(journey_payback.at, pg_catalog.now());
    person constant bigint := @extschema@.journey_resolve(customer);
    price record;
    paid record;
    days float8;
BEGIN
    IF person IS NULL THEN
        RETURN;
    END IF;
    SELECT c.* INTO price FROM @extschema@._journey_acquisition_cost(person) c;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'unknown', NULL::numeric, NULL::numeric, NULL::text, NULL::date, 'journey.acquisition_costs has no cost of this customer';
        RETURN;
    END IF;
    -- Each payment with the sum up to it, in the currency of the cost; what went back counts against its order.
    SELECT pg_catalog.bool_or(s.value IS NULL OR s.value = 'NaN') AS lacks_rate, coalesce(pg_catalog.sum(s.value), 0) AS total,
           pg_catalog.min(s.placed_at) FILTER (WHERE s.so_far >= price.amount) AS reached_at
      INTO paid
      FROM (SELECT v.value, v.placed_at, pg_catalog.sum(v.value) OVER (ORDER BY v.placed_at, v.order_key) AS so_far
              FROM (SELECT o.placed_at, o.order_key, price.margin * (o.revenue * @extschema@._journey_rate(o.currency, price.currency)
                           - coalesce((SELECT pg_catalog.sum(coalesce(r.value::numeric * @extschema@._journey_rate(r.key, price.currency), 'NaN')) FROM pg_catalog.jsonb_each_text(o.refunded) r
                                        WHERE o.refunded_at <= as_of), 0)) AS value
                      FROM journey._person_orders o WHERE o.person_id = person AND o.is_counted AND o.placed_at <= as_of) v) s;
    IF paid.lacks_rate THEN
        RETURN QUERY SELECT 'unknown', price.amount, NULL::numeric, price.currency, NULL::date, pg_catalog.format('journey.fx_rates lacks a rate to %s', price.currency);
    ELSIF paid.total >= price.amount THEN
        RETURN QUERY SELECT 'paid_back', price.amount, pg_catalog.round(paid.total, 2), price.currency, coalesce(paid.reached_at, as_of)::date, NULL::text;
    ELSIF NOT EXISTS (SELECT FROM journey.model_versions v WHERE v.model = 'clv' AND v.status = 'deployed' AND v.options ->> 'source' IS NULL
                         AND @extschema@._journey_rate(v.options ->> 'currency', price.currency) IS NOT NULL) THEN
        RETURN QUERY SELECT 'unknown', price.amount, pg_catalog.round(paid.total, 2), price.currency, NULL::date,
                            'no version of the model clv that reads the orders of the profiles is deployed, or its currency has no rate: journey_train(''clv'')';
    ELSE
        days := (SELECT @extschema@._journey_days_until(customer, ((price.amount - paid.total) / price.margin
                             / @extschema@._journey_rate(v.options ->> 'currency', price.currency))::float8, as_of)
                   FROM journey.model_versions v WHERE v.model = 'clv' AND v.status = 'deployed');
        RETURN QUERY SELECT CASE WHEN days IS NULL THEN 'not_expected' ELSE 'expected' END, price.amount, pg_catalog.round(paid.total, 2), price.currency,
                            as_of::date + pg_catalog.ceil(days)::integer, CASE WHEN days IS NULL THEN 'not within three years' END;
    END IF;
END
$$;
COMMENT ON FUNCTION journey_payback(text, timestamptz) IS 'Whether a customer has paid back what he cost: paid_back, expected, not_expected or unknown, what was earned of him, and the day; no row for an unknown customer';

CREATE FUNCTION journey_payback(customer bigint, at timestamptz DEFAULT NULL)
    RETURNS TABLE (status text, cost numeric, earned numeric, currency text, payback_on date, reason text)
    LANGUAGE sql STABLE ROWS 1 COST 100000
AS 'SELECT * FROM @extschema@.journey_payback(customer::text, at)';
COMMENT ON FUNCTION journey_payback(bigint, timestamptz) IS 'The payback of a customer whose user_id is a number';

CREATE FUNCTION journey_payback(customer uuid, at timestamptz DEFAULT NULL)
    RETURNS TABLE (status text, cost numeric, earned numeric, currency text, payback_on date, reason text)
    LANGUAGE sql STABLE ROWS 1 COST 100000
AS 'SELECT * FROM @extschema@.journey_payback(customer::text, at)';
COMMENT ON FUNCTION journey_payback(uuid, timestamptz) IS 'The payback of a customer whose user_id is a uuid';
