-- Attributes that formulas and models foretell: the categories of the next order, and when a customer has paid back what he cost.
COMMENT ON FUNCTION _journey_features_version() IS 'The version of the features that models read';
COMMENT ON FUNCTION _journey_feature_types() IS 'The features that models read, by name and type';
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

-- The model clv refuses amounts that it cannot convert; who has one must not keep it from telling of the others.
CREATE FUNCTION _journey_with_rates(persons bigint[], currency text) RETURNS bigint[]
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH lacking AS (
        SELECT DISTINCT a.person_id
          FROM journey._person_atoms a
          JOIN journey._parts q ON q.profile_id = ANY (a.atoms)
         CROSS JOIN LATERAL unnest(q.currencies) AS c (currency)
          LEFT JOIN journey.fx_rates x ON x.from_currency = c.currency AND x.to_currency = _journey_with_rates.currency
         WHERE a.person_id = ANY (persons) AND c.currency <> 'XXX' AND c.currency IS DISTINCT FROM _journey_with_rates.currency AND x.rate IS NULL)
    SELECT coalesce(array_agg(p.person), '{}')
      FROM unnest(persons) AS p (person)
     WHERE NOT EXISTS (SELECT FROM lacking l WHERE l.person_id = p.person)
$$;
COMMENT ON FUNCTION _journey_with_rates(bigint[], text) IS 'Those of the persons all of whose amounts can be converted to a currency';

-- What it cost to win a customer: his own cost, that of the campaign or of the channel of his first event, or that of all.
CREATE FUNCTION _journey_acquisition_costs(persons bigint[]) RETURNS TABLE (person bigint, amount numeric, currency text, margin numeric)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH who AS MATERIALIZED (SELECT a.person_id AS person, a.atoms FROM journey._person_atoms a WHERE a.person_id = ANY (persons)),
    held AS (
        SELECT w.person, c.*
          FROM who w
          JOIN journey.identifiers i ON i.profile_id = ANY (w.atoms)
          JOIN journey.acquisition_costs c ON c.kind = 'customer' AND c.name IN (i.kind || ':' || i.value, CASE WHEN i.kind = 'user_id' THEN i.value END)
         WHERE EXISTS (SELECT FROM journey.acquisition_costs k WHERE k.kind = 'customer')
        UNION ALL
        SELECT w.person, c.*
          FROM who w
         CROSS JOIN LATERAL (SELECT e.channel, e.context #>> '{campaign,name}' AS campaign
                               FROM journey.events e WHERE e.profile_id = ANY (w.atoms) AND NOT e.is_bot
                              ORDER BY e."timestamp", e.event_id LIMIT 1) f
          JOIN journey.acquisition_costs c ON (c.kind, c.name) IN (('campaign', f.campaign), ('channel', f.channel))
         WHERE EXISTS (SELECT FROM journey.acquisition_costs k WHERE k.kind IN ('campaign', 'channel'))
        UNION ALL
        SELECT w.person, c.* FROM who w JOIN journey.acquisition_costs c ON c.kind = 'all')
    SELECT DISTINCT ON (h.person) h.person, h.amount, h.currency, h.margin
      FROM held h
     ORDER BY h.person, array_position(ARRAY['customer', 'campaign', 'channel', 'all'], h.kind), h.name COLLATE "C"
$$;
COMMENT ON FUNCTION _journey_acquisition_costs(bigint[]) IS 'The row of journey.acquisition_costs that holds for each of the persons';

-- What each has paid, in the currency of his cost, and when it first reached it; what went back counts against its order.
CREATE FUNCTION _journey_earned(persons bigint[], at timestamptz)
    RETURNS TABLE (person bigint, cost numeric, currency text, margin numeric, lacks_rate boolean, total numeric, reached_at timestamptz)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH costs AS MATERIALIZED (SELECT * FROM @extschema@._journey_acquisition_costs(persons)),
    orders AS MATERIALIZED (
        SELECT o.* FROM journey._person_orders o WHERE o.person_id = ANY (persons) AND o.is_counted AND o.placed_at <= at),
    valued AS (
        SELECT c.person, o.placed_at, o.order_key,
               coalesce(c.margin * (o.revenue * CASE WHEN o.currency IN (c.currency, 'XXX') THEN 1 ELSE x.rate END - CASE WHEN o.refunded_at <= at THEN
                   coalesce((SELECT sum(coalesce(r.value::numeric * CASE WHEN r.key IN (c.currency, 'XXX') THEN 1 ELSE y.rate END, 'NaN'))
                               FROM jsonb_each_text(o.refunded) r
                               LEFT JOIN journey.fx_rates y ON y.from_currency = r.key AND y.to_currency = c.currency), 0) ELSE 0 END), 'NaN') AS value
          FROM costs c
          JOIN orders o ON o.person_id = c.person
          LEFT JOIN journey.fx_rates x ON x.from_currency = o.currency AND x.to_currency = c.currency),
    summed AS (SELECT v.*, sum(v.value) OVER (PARTITION BY v.person ORDER BY v.placed_at, v.order_key) AS so_far FROM valued v)
    SELECT c.person, c.amount, c.currency, c.margin, coalesce(bool_or(s.value = 'NaN'), false), coalesce(sum(s.value), 0), min(s.placed_at) FILTER (WHERE s.so_far >= c.amount)
      FROM costs c
      LEFT JOIN summed s ON s.person = c.person
     GROUP BY c.person, c.amount, c.currency, c.margin
$$;
COMMENT ON FUNCTION _journey_earned(bigint[], timestamptz) IS 'What persons cost and what was earned of them; nothing of whose cost nothing is known';

CREATE FUNCTION _journey_days_until(persons bigint[], missing float8[], at timestamptz) RETURNS TABLE (person bigint, days float8)
    LANGUAGE plpgsql STABLE
    SET timezone = 'UTC'
AS $$
DECLARE
    used record;
    today integer;
BEGIN
    SELECT v.options, v.parameters INTO used FROM journey.model_versions v WHERE v.model = 'clv' AND v.status = 'deployed';
    PERFORM pg_catalog.set_config('timezone', used.options ->> 'time_zone', true);
    today := at::date - date '1970-01-01';
    RETURN QUERY
    SELECT d.person, d.days
      FROM @extschema@._journey_value_days_until(
           @extschema@._journey_value_statement(used.options || pg_catalog.jsonb_build_object('today', today), true),
           used.parameters, used.options, today, persons, missing, 1095) d;
END
$$;
COMMENT ON FUNCTION _journey_days_until(bigint[], float8[], timestamptz) IS 'Days until persons have spent this much more, by the model clv of the profiles'' orders; nothing of who does not within three years';

CREATE FUNCTION _journey_paybacks(persons bigint[], at timestamptz)
    RETURNS TABLE (person bigint, status text, cost numeric, earned numeric, currency text, payback_on date, reason text)
    LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    foretold_in constant text := (SELECT v.options ->> 'currency' FROM journey.model_versions v
                                   WHERE v.model = 'clv' AND v.status = 'deployed' AND v.options ->> 'source' IS NULL);
BEGIN
    RETURN QUERY
    WITH earned AS MATERIALIZED (
        SELECT e.*, CASE WHEN foretold_in IS NOT NULL AND NOT e.lacks_rate AND e.total < e.cost AND w.person IS NOT NULL
                         THEN ((e.cost - e.total) / e.margin / CASE WHEN foretold_in IN (e.currency, 'XXX') THEN 1 ELSE x.rate END)::float8 END AS missing
          FROM @extschema@._journey_earned(persons, at) e
          LEFT JOIN pg_catalog.unnest(@extschema@._journey_with_rates(persons, foretold_in)) AS w (person) ON w.person = e.person
          LEFT JOIN journey.fx_rates x ON x.from_currency = foretold_in AND x.to_currency = e.currency),
    -- The model is asked of all who still owe something at once, and not where there is none.
    owing AS MATERIALIZED (SELECT pg_catalog.array_agg(e.person) AS persons, pg_catalog.array_agg(e.missing) AS missing FROM earned e WHERE e.missing IS NOT NULL),
    reached AS MATERIALIZED (
        SELECT d.person, d.days FROM owing o CROSS JOIN LATERAL @extschema@._journey_days_until(o.persons, o.missing, at) d WHERE o.persons IS NOT NULL)
    SELECT e.person,
           CASE WHEN e.lacks_rate OR e.total < e.cost AND e.missing IS NULL THEN 'unknown'
                WHEN e.total >= e.cost THEN 'paid_back'
                WHEN r.days IS NULL THEN 'not_expected'
                ELSE 'expected' END,
           e.cost, CASE WHEN NOT e.lacks_rate THEN pg_catalog.round(e.total, 2) END, e.currency,
           CASE WHEN e.lacks_rate THEN NULL
                WHEN e.total >= e.cost THEN coalesce(e.reached_at, at)::date
                ELSE at::date + pg_catalog.ceil(r.days)::integer END,
           CASE WHEN e.lacks_rate THEN pg_catalog.format('journey.fx_rates lacks a rate to %s', e.currency)
                WHEN e.total >= e.cost THEN NULL
                WHEN e.missing IS NULL THEN 'no version of the model clv that reads the orders of the profiles is deployed, or its currency has no rate: journey_train(''clv'')'
                WHEN r.days IS NULL THEN 'not within three years' END
      FROM earned e LEFT JOIN reached r ON r.person = e.person;
END
$$;
COMMENT ON FUNCTION _journey_paybacks(bigint[], timestamptz) IS 'Whether persons have paid back what they cost; nothing of whose cost nothing is known';

CREATE FUNCTION journey_payback(customer text, at timestamptz DEFAULT NULL)
    RETURNS TABLE (status text, cost numeric, earned numeric, currency text, payback_on date, reason text)
    LANGUAGE plpgsql STABLE ROWS 1 COST 100000
AS $$
#variable_conflict use_column
DECLARE
    person constant bigint := @extschema@.journey_resolve(customer);
BEGIN
    RETURN QUERY
    SELECT p.status, p.cost, p.earned, p.currency, p.payback_on, p.reason
      FROM @extschema@._journey_paybacks(ARRAY[person], coalesce(journey_payback.at, pg_catalog.now())) p;
    IF NOT FOUND AND person IS NOT NULL THEN
        RETURN QUERY SELECT 'unknown', NULL::numeric, NULL::numeric, NULL::text, NULL::date, 'journey.acquisition_costs has no cost of this customer';
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
