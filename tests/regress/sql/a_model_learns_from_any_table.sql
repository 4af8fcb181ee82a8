-- journey_train() on a table or a query: what it learns is measured, kept as ONNX, and gives its reasons.
\set SHOW_CONTEXT never
CREATE TABLE visits AS
SELECT n AS id, (n * 37 % 100)::integer AS pages, CASE WHEN n % 11 <> 0 THEN (n * 53 % 97) / 10.0 END AS minutes,
       (ARRAY['web', 'shop', 'app'])[1 + n % 3] AS channel, n % 5 = 0 AS is_member, timestamp '2026-01-01' + n * interval '1 hour' AS at,
       (n * 37 % 100) + (n % 3) * 20 + n * 7919 % 50 > 95 AS bought, 3 * (n * 37 % 100) + n * 7919 % 50 AS spent
  FROM generate_series(1, 600) n;

SELECT journey_train('visit_buys', '{"source": "visits", "target": "bought", "features": ["pages", "minutes", "channel", "is_member"], "rounds": 60}');
SELECT m.task, v.status, v.score > 0.9 AS is_good, v.score = (v.metrics ->> 'auc')::float8 AS is_auc, jsonb_array_length(v.metrics -> 'folds') AS folds,
       v.metrics ->> 'rows' AS measured, v.metrics #>> '{calibration,method}' AS calibration, v.features, v.snapshot
  FROM journey.models m JOIN journey.model_versions v ON v.model = m.name WHERE m.name = 'visit_buys';
SELECT array_agg(key ORDER BY key COLLATE "C") FROM journey.model_versions, jsonb_object_keys(metrics -> 'folds' -> 0) key WHERE model = 'visit_buys';

-- A query, a number as target, times, and a weighted straight line.
SELECT journey_train('visit_spends', '{"source": "SELECT pages, channel, spent, at, 1 + id % 2 AS weight FROM visits;", "target": "spent", "time": "at", "weights": "weight", "algorithm": "linear", "folds": 3}');
SELECT m.task, v.score > 0.9 AS is_good, v.score = (v.metrics ->> 'r2')::float8 AS is_r2, v.metrics ->> 'rows' AS measured, v.options ->> 'task' AS task
  FROM journey.models m JOIN journey.model_versions v ON v.model = m.name WHERE m.name = 'visit_spends';

-- The file begins with its version of ONNX, and holds what made it.
SELECT substr(journey_export_model('visit_buys'), 1, 2) = '\x0808' AS is_onnx, position('pg_journey'::bytea IN journey_export_model('visit_buys', 1)) > 0 AS is_ours;

-- Reasons sum to the score; what is not known is null.
SELECT feature, value, contribution > 0 AS raises FROM journey_explain_row('visit_buys', '{"pages": 95, "minutes": null, "channel": "app", "is_member": false}', 2);
SELECT abs(few.score - whole.score) < 1e-9 AS is_same, whole.score BETWEEN 0.9 AND 1 AS is_likely
  FROM (SELECT sum(contribution) AS score FROM journey_explain_row('visit_buys', '{"pages": 95, "minutes": null, "channel": "app", "is_member": false}', 1)) few,
       (SELECT sum(contribution) AS score FROM journey_explain_row('visit_buys', '{"pages": 95, "minutes": null, "channel": "app", "is_member": false}')) whole;
SELECT * FROM journey_explain_row('visit_buys', '{"pages": "many", "channel": "app", "member": true}');
SELECT * FROM journey_explain_row('visit_buys', '{}', 0);

-- What cannot be learned from says so, with what there is and what is needed.
SELECT journey_train('visit_buys', '{"source": "visits", "target": "bought", "fold": 3}');
SELECT journey_train('visit_buys', '{"source": "visits"}');
SELECT journey_train('visit_buys', '{"source": "no_such_table", "target": "bought"}');
SELECT journey_train('visit_buys', '{"source": "visits", "target": "buys"}');
SELECT journey_train('visit_buys', '{"source": "visits", "target": "channel"}');
SELECT journey_train('visit_buys', '{"source": "visits", "target": "bought", "features": ["pages", "at"]}');
SELECT journey_train('visit_buys', '{"source": "visits", "target": "bought", "features": ["pages", "bought"]}');
SELECT journey_train('visit_buys', '{"source": "SELECT bought FROM visits", "target": "bought"}');
SELECT journey_train('visit_buys', '{"source": "SELECT * FROM visits LIMIT 20", "target": "bought"}');
SELECT journey_train('visit_buys', '{"source": "SELECT pages, id > 595 AS bought FROM visits", "target": "bought"}');
SELECT journey_train('visit_buys', '{"source": "SELECT pages, 7 AS spent FROM visits", "target": "spent"}');
SELECT journey_train('visit_buys', '{"source": "visits", "target": "spent", "task": "classification"}');
SELECT journey_train('visit_buys', '{"source": "SELECT bought, ''Infinity''::float8 AS pages FROM visits", "target": "bought"}');
SELECT journey_train('visit_buys', '{"source": "SELECT *, -1 AS weight FROM visits", "target": "bought", "weights": "weight"}');
SELECT journey_train('visit_buys', '{"source": "visits", "target": "spent"}');
SELECT journey_train('Visit buys', '{"source": "visits", "target": "bought"}');
SELECT journey_export_model('visit_buys', 9);
SELECT journey_export_model('all-minilm-l6-v2');
SELECT count(*) AS versions FROM journey.model_versions WHERE model = 'visit_buys';

-- A worse version waits to be asked for.
SELECT journey_train('visit_buys', '{"source": "visits", "target": "bought", "features": ["is_member"], "rounds": 5}');
SELECT version, status FROM journey.model_versions WHERE model = 'visit_buys' ORDER BY version;

-- What was trained scores rows like any other model.
SELECT journey_predict('visit_buys', '{"pages": 95, "minutes": null, "channel": "app", "is_member": false}') BETWEEN 0.9 AND 1 AS is_likely,
       abs(journey_predict('visit_buys', '{"pages": 95, "minutes": null, "channel": "app", "is_member": false}')
           - (SELECT sum(contribution) FROM journey_explain_row('visit_buys', '{"pages": 95, "minutes": null, "channel": "app", "is_member": false}'))) < 1e-6 AS is_explained;
DELETE FROM journey.models WHERE name IN ('visit_buys', 'visit_spends');
DROP TABLE visits;
