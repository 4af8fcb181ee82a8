-- A fit finds the parameters that customers were made with, and foretells what they will do. The customers are made by fixed
-- numbers: quantiles of the rates and of the patience of customers, not chance.
\set SHOW_CONTEXT never
SET TimeZone = 'America/New_York';
CREATE TABLE public.paid (customer text, time date, amount numeric);
INSERT INTO public.paid
SELECT 'c' || c, date '2024-01-01' + c % 60 + (n * gap)::integer, 20 + 10 * (c % 7) + 5 * ((c * 31 + n * 17) % 5)
  FROM generate_series(1, 600) c
 CROSS JOIN LATERAL (SELECT 5 + 400 * power((c * 7 % 600 + 1) / 600.0, 3) AS gap, (ln(1 - (c * 13 % 101 + 0.5) / 101) / ln(1 - 0.6 * power((c * 29 % 97 + 0.5) / 97, 2)))::integer AS purchases) made
 CROSS JOIN generate_series(0, made.purchases) n
 WHERE date '2024-01-01' + c % 60 + (n * gap)::integer <= '2024-12-31';
-- Twice a day is once, what goes back counts for nothing, and what has no customer is nobody's.
INSERT INTO public.paid SELECT customer, time, 0 FROM public.paid WHERE customer = 'c1';
INSERT INTO public.paid VALUES ('returner', '2024-02-01', 50), ('returner', '2024-02-09', -50), (NULL, '2024-02-01', 7);

SELECT journey_train('clv', '{"source": "public.paid", "until": "2024-12-31"}');
SELECT status, options ->> 'model' AS model, options ->> 'unit' AS unit, score > 0.5 AS ranks_well,
       (parameters ->> 'r')::float8 > 0 AND (parameters ->> 'alpha')::float8 > 0 AND (parameters ->> 'q')::float8 > 1 AS has_parameters,
       (SELECT array_agg(key ORDER BY key COLLATE "C") FROM jsonb_object_keys(parameters) key) AS names, snapshot - 'rows' AS snapshot
  FROM journey.model_versions WHERE model = 'clv';
-- Other units and amounts: the same model.
CREATE TABLE public.cents AS SELECT customer, time::timestamptz AS bought, amount * 100 AS cents FROM public.paid;
SELECT journey_train('clv', '{"source": "public.cents", "until": "2024-12-31", "unit": "day", "deploy": "never", "time_zone": "America/New_York",
                              "columns": {"time": "bought", "amount": "cents"}}');
SELECT bool_and(abs(one / other - 1) < 1e-4) AS same
  FROM (SELECT (a.parameters ->> name)::float8 * factor AS one, (b.parameters ->> name)::float8 AS other
          FROM journey.model_versions a, journey.model_versions b,
               (VALUES ('r', 1), ('alpha', 7), ('a', 1), ('b', 1), ('p', 1), ('q', 1), ('v', 100)) AS names (name, factor)
         WHERE a.model = 'clv' AND a.version = 1 AND b.model = 'clv' AND b.version = 2) compared;

-- Of a customer, and of all.
SELECT historic = (SELECT sum(amount) FROM public.paid WHERE customer = 'c2') AS historic, expected > 0 AS expected, total = historic + expected AS total,
       p_alive BETWEEN 0 AND 1 AS p_alive, low <= high AS in_order FROM journey_clv('c2', '90 days');
SELECT count(*) FROM journey_clv('returner', '90 days');
SELECT count(*), bool_and(v.expected = c.expected AND v.p_alive = c.p_alive AND v.high = c.high AND v.profile_id IS NULL) AS agree
  FROM journey_clv_values('90 days') v CROSS JOIN LATERAL journey_clv(v.customer, '90 days') c WHERE v.customer LIKE 'c1%';
SELECT bool_and(long.expected >= short.expected AND long.high >= short.high) AS more_with_time
  FROM journey_clv_values('30 days') short JOIN journey_clv_values('1 year') long USING (customer);
SELECT low <= expected_on AND expected_on <= high AND expected_on > '2024-12-31' AS is_due FROM journey_next_order('c2');
SELECT low > '2030-01-01' AS from_then_on FROM journey_next_order('c2', '2030-01-01');
-- Whoever has not bought for long is less likely to be there.
SELECT a.p_alive > b.p_alive AS fades FROM journey_clv('c7', '30 days', '2025-01-01') a, journey_clv('c7', '30 days', '2027-01-01') b;

-- Pareto/NBD says much the same.
SELECT journey_train('clv', '{"source": "public.paid", "until": "2024-12-31", "model": "pareto_nbd", "deploy": "always"}') AS version \gset
SELECT (SELECT array_agg(key ORDER BY key COLLATE "C") FROM jsonb_object_keys(parameters) key) AS names, status FROM journey.model_versions WHERE model = 'clv' AND version = :version;
SELECT expected > 0 AND p_alive BETWEEN 0 AND 1 AND low <= high AS ok FROM journey_clv('c2', '90 days');

-- What cannot be fitted is told.
SELECT journey_train('clv', '{"source": "SELECT * FROM public.paid WHERE customer < ''c11''"}');
SELECT journey_train('clv', '{"source": "SELECT DISTINCT ON (customer) * FROM public.paid"}');
SELECT journey_train('clv', '{"source": "SELECT customer, time, ''NaN''::float8 AS amount FROM public.paid"}');
SELECT journey_train('clv', '{"source": "SELECT customer, time, NULL AS amount FROM public.paid"}');
SELECT journey_train('clv', '{"source": "SELECT 1 AS customer; DROP TABLE public.paid"}');
SELECT journey_train('clv', '{"source": "public.missing"}');
SELECT journey_train('clv', '{"source": "public.paid", "unit": "fortnight"}');
SELECT journey_train('clv', '{"sauce": "public.paid"}');
SELECT journey_train('clv', '{"source": "public.paid", "until": "yesterday-ish"}');
SELECT journey_train('clw');
SELECT journey_clv('c2', '-1 day');
-- Everybody pays the same: the spread of values has no maximum.
SELECT journey_train('clv', '{"source": "SELECT customer, time, 10 AS amount FROM public.paid WHERE customer <> ''returner''", "deploy": "always"}') IS NOT NULL AS trained;
SELECT metrics -> 'boundary' AS boundary FROM journey.model_versions WHERE model = 'clv' AND status = 'deployed';
-- A query is not run with the rights of its readers.
SELECT journey_clv('c2', '90 days');
DELETE FROM journey.models WHERE name = 'clv';
SELECT journey_clv('c2', '90 days');
DROP TABLE public.paid, public.cents;
