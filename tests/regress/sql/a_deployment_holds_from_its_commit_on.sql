-- Versions of a model: which is used, by which rule, and the way back. A deployment that is rolled back never was.
\set SHOW_CONTEXT never
CREATE ROLE regress_admin; CREATE ROLE regress_reader;
GRANT journey_admin TO regress_admin; GRANT journey_reader TO regress_reader;
CREATE TABLE public.paid AS
SELECT 'c' || c AS customer, date '2024-01-01' + c % 60 + (n * gap)::integer AS time, 20 + 10 * (c % 7) + 5 * ((c * 31 + n * 17) % 5) AS amount
  FROM generate_series(1, 400) c
 CROSS JOIN LATERAL (SELECT 5 + 400 * power((c * 7 % 400 + 1) / 400.0, 3) AS gap, (ln(1 - (c * 13 % 101 + 0.5) / 101) / ln(1 - 0.6 * power((c * 29 % 97 + 0.5) / 97, 2)))::integer AS purchases) made
 CROSS JOIN generate_series(0, made.purchases) n
 WHERE date '2024-01-01' + c % 60 + (n * gap)::integer <= '2024-12-31';
-- Reading is done with the caller's rights, training takes journey_admin.
SET ROLE regress_reader;
SELECT journey_train('clv', '{"source": "public.paid"}');
SELECT journey_deploy('clv', 1);
SET ROLE regress_admin;
SELECT journey_train('clv', '{"source": "public.paid"}');
RESET ROLE;
GRANT SELECT ON public.paid TO regress_admin;
ALTER TABLE public.paid ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON public.paid TO regress_admin USING (customer NOT LIKE '%7');
SET ROLE regress_admin;
SELECT journey_train('clv', '{"source": "public.paid"}');
SELECT snapshot ->> 'customers' AS customers, created_by FROM journey.model_versions WHERE model = 'clv';
SET ROLE regress_reader;
SELECT journey_clv('c1');
RESET ROLE;

SELECT journey_train('clv', '{"source": "public.paid", "deploy": "never"}') AS version, journey_train('clv', '{"source": "public.paid", "deploy": "never"}') AS next;
UPDATE journey.model_versions SET score = CASE version WHEN 1 THEN 0.6 WHEN 2 THEN 0.8 ELSE 0.7 END WHERE model = 'clv';
PREPARE used AS SELECT version FROM journey.model_versions WHERE model = 'clv' AND status = 'deployed';
EXECUTE used;
SELECT journey_deploy('clv', 'best_score');
EXECUTE used;
SELECT journey_deploy('clv', 'most_recent');
SELECT journey_deploy('clv', 3);
EXECUTE used;
BEGIN;
SELECT journey_deploy('clv', 1);
EXECUTE used;
ROLLBACK;
EXECUTE used;
SELECT journey_rollback('clv');
SELECT journey_deploy('clv', 'rollback');
SELECT journey_rollback('clv');
SELECT version, previous, strategy FROM journey.deployments WHERE model = 'clv' ORDER BY deployment_id;
-- A version with a worse score is kept, and not used.
UPDATE journey.model_versions SET score = 2 WHERE model = 'clv' AND status = 'deployed';
SELECT journey_train('clv', '{"source": "public.paid"}') AS version;
EXECUTE used;
SELECT journey_deploy('clv', 9);
SELECT journey_deploy('clv', 'newest');
SELECT journey_deploy('unknown', 1);
SELECT journey_deploy(NULL, 'most_recent');
DELETE FROM journey.models WHERE name = 'clv';
DROP TABLE public.paid;
DROP ROLE regress_admin, regress_reader;
