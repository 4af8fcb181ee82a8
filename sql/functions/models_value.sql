-- Customer lifetime value: what is read to train and to foretell, with the caller's rights, and the functions that callers see.
COMMENT ON FUNCTION _journey_value_options(jsonb) IS 'The options of a training of the model clv with their defaults';
COMMENT ON FUNCTION _journey_value_fit(text, jsonb, integer) IS 'Fits the model clv to the rows of a statement: parameters, metrics and snapshot';
COMMENT ON FUNCTION _journey_value_days_until(text, jsonb, jsonb, integer, bigint[], float8[], float8) IS 'Days until persons are expected to have spent amounts, by what a statement reads';
COMMENT ON FUNCTION _journey_value_forecast(text, text, jsonb, jsonb, integer, float8) IS 'What the model clv foretells of the customers of a statement';

-- The name of a table, or a query. A table goes in by its oid's own name, so it is read as what it was found to be.
CREATE FUNCTION _journey_value_from(source text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    found regclass := CASE WHEN source !~ '\s' THEN to_regclass(source) END;
BEGIN
    IF found IS NOT NULL THEN
        RETURN (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
                  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = found);
    END IF;
    IF source !~ '\s' THEN
        RAISE EXCEPTION 'source "%" is no table', source
              USING ERRCODE = '42P01', HINT = 'Name a table that you can see, with its schema, or write a query.';
    END IF;
    RETURN E'(\n' || regexp_replace(source, ';\s*$', '') || E'\n)';
END
$$;
COMMENT ON FUNCTION _journey_value_from(text) IS 'A source as what stands after FROM';

-- Rows in the order of customers and days: customer, day since 1970, amount, what of it went back, and why it cannot be read.
-- Of some: $1 is a customer, or of orders an array of persons. Days are those of the session's time zone, which the callers set.
CREATE FUNCTION _journey_value_statement(options jsonb, of_some boolean) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF options ->> 'source' IS NOT NULL THEN
        RETURN format($statement$
            SELECT (s.%1$I)::text COLLATE "C", (s.%2$I)::date - date '1970-01-01', (s.%3$I)::float8, 0::float8,
                   CASE WHEN s.%2$I IS NULL THEN 'a row has no time' WHEN s.%3$I IS NULL THEN 'a row has no amount' END
              FROM %4$s AS s
             WHERE s.%1$I IS NOT NULL AND %5$s
             ORDER BY 1, 2, 3 DESC$statement$,
            options #>> '{columns,customer}', options #>> '{columns,time}', options #>> '{columns,amount}',
            @extschema@._journey_value_from(options ->> 'source'),
            CASE WHEN of_some THEN format('(s.%1$I)::text = $1', options #>> '{columns,customer}') ELSE 'true' END);
    END IF;
    RETURN format($statement$
        SELECT o.person_id::text COLLATE "C", o.day, (o.revenue * o.rate)::float8, least(o.returned, o.revenue * o.rate)::float8,
               CASE WHEN o.rate IS NULL OR o.returned IS NULL
                    THEN pg_catalog.format('an order in %%s has no rate to %%s', o.currency, %1$L) END
          FROM (SELECT v.person_id, v.placed_at::date - date '1970-01-01' AS day, v.revenue, v.currency, v.placed_at,
                       CASE WHEN v.currency = %1$L OR v.currency IS NULL THEN 1
                            ELSE (SELECT x.rate FROM journey.fx_rates x WHERE x.from_currency = v.currency AND x.to_currency = %1$L) END AS rate,
                       CASE WHEN v.refunded IS NULL OR v.refunded_at::date - date '1970-01-01' > %2$L::integer THEN 0
                            ELSE (SELECT CASE WHEN pg_catalog.bool_and(c.rate IS NOT NULL) THEN pg_catalog.sum(r.value::numeric * c.rate) END
                                    FROM pg_catalog.jsonb_each_text(v.refunded) r
                                    LEFT JOIN LATERAL (
                                         SELECT 1::numeric AS rate WHERE r.key IN (%1$L, 'XXX')
                                         UNION ALL
                                         SELECT x.rate FROM journey.fx_rates x
                                          WHERE x.from_currency = r.key AND x.to_currency = %1$L AND r.key <> %1$L) c ON true) END AS returned
                  FROM journey._person_orders v
                 WHERE v.is_counted AND %3$s) o
         ORDER BY 1, 2, o.placed_at$statement$,
        options ->> 'currency', options ->> 'today', CASE WHEN of_some THEN 'v.person_id = ANY ($1::bigint[])' ELSE 'true' END);
END
$$;
COMMENT ON FUNCTION _journey_value_statement(jsonb, boolean) IS 'The statement that reads what all customers paid, or those of its parameter';

CREATE FUNCTION _journey_value_currency() RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.currency
      FROM journey._parts p, ROWS FROM (unnest(p.currencies), unnest(p.currency_orders)) AS u (currency, orders)
     GROUP BY u.currency ORDER BY sum(u.orders) DESC, u.currency COLLATE "C" LIMIT 1
$$;
COMMENT ON FUNCTION _journey_value_currency() IS 'The currency of most orders';

CREATE FUNCTION _journey_value_train(options jsonb) RETURNS integer
    LANGUAGE plpgsql
    SET timezone = 'UTC'
AS $$
DECLARE
    lock_key constant integer := hashtext('pg_journey.train.clv');
    until integer;
    trained jsonb;
BEGIN
    options := @extschema@._journey_value_options(options);
    -- For this function only: its own setting ends with it.
    PERFORM set_config('timezone', options ->> 'time_zone', true);
    until := (options ->> 'until')::timestamptz::date - date '1970-01-01';
    -- A table is kept by the name that it has for everybody.
    IF options ->> 'source' !~ '\s' THEN
        options := options || jsonb_build_object('source', @extschema@._journey_value_from(options ->> 'source'));
    END IF;
    IF options ->> 'source' IS NULL THEN
        until := coalesce(until, now()::date - date '1970-01-01');
        options := options || jsonb_build_object('currency', coalesce(options ->> 'currency', @extschema@._journey_value_currency(), 'XXX'));
    END IF;
    IF (options ->> 'wait')::boolean THEN
        PERFORM pg_advisory_xact_lock(lock_key);
    ELSIF NOT pg_try_advisory_xact_lock(lock_key) THEN
        RAISE EXCEPTION 'model clv is being trained by another session'
              USING ERRCODE = '55P03', HINT = 'Try again later, or wait for it with {"wait": true}.';
    END IF;
    trained := @extschema@._journey_value_fit(
               @extschema@._journey_value_statement(options || jsonb_build_object('today', until), false), options, until);
    IF trained #> '{metrics,boundary}' <> '[]' THEN
        RAISE WARNING 'the fit ran to the boundary of: %', (SELECT string_agg(b, ', ') FROM jsonb_array_elements_text(trained #> '{metrics,boundary}') b)
              USING HINT = 'What was bought does not tell more of these parameters than that they are very small or very large; forecasts are those of the boundary.';
    END IF;
    trained := jsonb_set(trained, '{snapshot}', trained -> 'snapshot' || jsonb_build_object(
               'first_day', date '1970-01-01' + (trained #>> '{snapshot,first_day}')::integer,
               'until', date '1970-01-01' + (trained #>> '{snapshot,until}')::integer,
               'currency', options -> 'currency', 'query', coalesce(options ->> 'source', 'journey.orders')));
    RETURN @extschema@._journey_add_version('clv', 'value',
           'How often and for how much customers will buy: ' || (options ->> 'model') || ' and gamma_gamma', options, trained);
END
$$;
COMMENT ON FUNCTION _journey_value_train(jsonb) IS 'journey_train() of the model clv';

-- What is asked of the model in use. Where it was trained on a table, customers are those of the table; of a query nothing is asked
-- later, for it would run with the rights of whoever asks.
CREATE FUNCTION _journey_value_told(asked text, horizon interval, at timestamptz, persons bigint[] DEFAULT NULL)
    RETURNS TABLE (customer text, historic float8, expected float8, p_alive float8, low float8, high float8, purchases float8,
                   next_days float8, next_low float8, next_high float8, today date)
    LANGUAGE plpgsql STABLE
    SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
    used record;
    days constant float8 := extract(epoch FROM horizon) / 86400;
    source_table regclass;
    today date;
    key text := coalesce(persons::text, asked);
BEGIN
    IF days IS NULL OR days < 0 OR days > 36525 THEN
        RAISE EXCEPTION 'horizon is %', coalesce(horizon::text, 'null')
              USING ERRCODE = '22023', HINT = 'An interval up to a hundred years, such as 90 days.';
    END IF;
    SELECT v.options, v.parameters, (v.snapshot ->> 'until')::date AS until INTO used
      FROM journey.model_versions v WHERE v.model = 'clv' AND v.status = 'deployed';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no version of model clv is deployed'
              USING ERRCODE = '55000', HINT = 'Run journey_train(''clv''), which takes journey_admin.';
    END IF;
    IF used.options ->> 'source' IS NOT NULL THEN
        source_table := CASE WHEN used.options ->> 'source' !~ '\s' THEN to_regclass(used.options ->> 'source') END;
        IF source_table IS NULL OR (SELECT relkind NOT IN ('r', 'p', 'f', 'm') FROM pg_catalog.pg_class WHERE oid = source_table) THEN
            RAISE EXCEPTION 'model clv was trained on a source that is no table'
                  USING ERRCODE = '0A000', HINT = 'Train it on a table or on the orders of the profiles; a query is not run again with the rights of its readers.';
        -- A cast of somebody's own would run with the rights of whoever asks.
        ELSIF EXISTS (SELECT FROM pg_catalog.pg_attribute a
                       WHERE a.attrelid = source_table AND a.atttypid >= 16384
                         AND a.attname IN (SELECT c.value FROM pg_catalog.jsonb_each_text(used.options -> 'columns') c)) THEN
            RAISE EXCEPTION 'model clv was trained on columns of types that are not the server''s own'
                  USING ERRCODE = '0A000', HINT = 'Train it on a table whose columns are of built-in types, such as text, date and numeric.';
        END IF;
    END IF;
    IF used.options ->> 'source' IS NULL AND asked IS NOT NULL THEN
        key := ARRAY[@extschema@.journey_resolve(asked)]::text;
        IF key = '{NULL}' THEN
            RETURN;
        END IF;
    END IF;
    PERFORM pg_catalog.set_config('timezone', used.options ->> 'time_zone', true);
    today := coalesce(at::date, CASE WHEN used.options ->> 'source' IS NULL THEN pg_catalog.now()::date ELSE used.until END);
    RETURN QUERY
    SELECT f.*, today
      FROM @extschema@._journey_value_forecast(
           @extschema@._journey_value_statement(used.options || pg_catalog.jsonb_build_object('today', today - date '1970-01-01'), key IS NOT NULL),
           key, used.parameters, used.options, today - date '1970-01-01', days) f;
END
$$;
COMMENT ON FUNCTION _journey_value_told(text, interval, timestamptz, bigint[]) IS 'What the deployed version of the model clv foretells of a customer, of persons, or of all where both are NULL';

CREATE FUNCTION journey_clv(customer text, horizon interval DEFAULT '1 year', at timestamptz DEFAULT NULL)
    RETURNS TABLE (historic float8, expected float8, total float8, p_alive float8, low float8, high float8)
    LANGUAGE plpgsql STABLE ROWS 1 COST 10000
AS $$
#variable_conflict use_column
BEGIN
    IF customer IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT t.historic, t.expected, t.historic + t.expected, t.p_alive, t.low, t.high
      FROM @extschema@._journey_value_told(journey_clv.customer, journey_clv.horizon, journey_clv.at) t;
    IF NOT FOUND AND @extschema@.journey_resolve(journey_clv.customer) IS NOT NULL THEN
        RETURN QUERY SELECT 0::float8, NULL::float8, NULL::float8, NULL::float8, NULL::float8, NULL::float8;
    END IF;
END
$$;
COMMENT ON FUNCTION journey_clv(text, interval, timestamptz) IS 'What a customer has spent, is expected to spend within the horizon, and both; the probability to buy on; and between which what is spent within the horizon lies in 80 % of cases. NULLs without a purchase, no row for an unknown customer';

CREATE FUNCTION journey_clv(customer bigint, horizon interval DEFAULT '1 year', at timestamptz DEFAULT NULL)
    RETURNS TABLE (historic float8, expected float8, total float8, p_alive float8, low float8, high float8)
    LANGUAGE sql STABLE ROWS 1 COST 10000
AS 'SELECT * FROM @extschema@.journey_clv(customer::text, horizon, at)';
COMMENT ON FUNCTION journey_clv(bigint, interval, timestamptz) IS 'The lifetime value of a customer whose user_id is a number';

CREATE FUNCTION journey_clv(customer uuid, horizon interval DEFAULT '1 year', at timestamptz DEFAULT NULL)
    RETURNS TABLE (historic float8, expected float8, total float8, p_alive float8, low float8, high float8)
    LANGUAGE sql STABLE ROWS 1 COST 10000
AS 'SELECT * FROM @extschema@.journey_clv(customer::text, horizon, at)';
COMMENT ON FUNCTION journey_clv(uuid, interval, timestamptz) IS 'The lifetime value of a customer whose user_id is a uuid';

CREATE FUNCTION journey_clv_values(horizon interval DEFAULT '1 year', at timestamptz DEFAULT NULL)
    RETURNS TABLE (profile_id bigint, customer text, historic float8, expected float8, total float8, p_alive float8, low float8,
                   high float8, purchases float8, next_order_on date)
    LANGUAGE sql STABLE COST 1000000
AS $$
    SELECT i.profile_id, coalesce(CASE WHEN i.kind <> 'user_id' THEN i.kind || ':' || i.value ELSE i.value END, t.customer),
           t.historic, t.expected, t.historic + t.expected, t.p_alive, t.low, t.high, t.purchases,
           CASE WHEN t.next_days < 36525 THEN t.today + pg_catalog.ceil(t.next_days)::integer END
      FROM @extschema@._journey_value_told(NULL, horizon, at) t
      LEFT JOIN journey.identifiers i ON i.profile_id = CASE WHEN
           (SELECT v.options ->> 'source' IS NULL FROM journey.model_versions v WHERE v.model = 'clv' AND v.status = 'deployed')
           THEN t.customer::bigint END
$$;
COMMENT ON FUNCTION journey_clv_values(interval, timestamptz) IS 'journey_clv() of every customer with a purchase, with how many purchases are expected within the horizon and when the next one is due';

CREATE FUNCTION journey_next_order(customer text, at timestamptz DEFAULT NULL)
    RETURNS TABLE (expected_on date, low date, high date, p_alive float8)
    LANGUAGE sql STABLE ROWS 1 COST 10000
AS $$
    SELECT CASE WHEN t.next_days < 36525 THEN t.today + pg_catalog.ceil(t.next_days)::integer END,
           CASE WHEN t.next_low < 36525 THEN t.today + pg_catalog.ceil(t.next_low)::integer END,
           CASE WHEN t.next_high < 36525 THEN t.today + pg_catalog.ceil(t.next_high)::integer END, t.p_alive
      FROM @extschema@._journey_value_told(customer, interval '0', at) t
     WHERE customer IS NOT NULL
$$;
COMMENT ON FUNCTION journey_next_order(text, timestamptz) IS 'When the next order of a customer is due, if he has not left: the median, and what is earlier and later in one of ten cases; NULL beyond a hundred years';
