-- A graph is imported and scores rows of features and tables; what does not fit it is named.
\set SHOW_CONTEXT never
-- score = 1 / (1 + exp(1 - a / 2 - b)) of features [N, 2]
\set graph '\\x08083a9d010a180a0866656174757265730a017712016d22064d61744d756c0a0e0a016d0a016212016122034164640a130a0161120573636f726522075369676d6f69641201672a130802080110014201774a080000003f0000803f2a0d080110014201624a04000080bf5a1b0a086665617475726573120f0a0d080112090a0312014e0a02080262180a0573636f7265120f0a0d080112090a0312014e0a02080142040a00100d'
SELECT journey_import_model('tiny', :'graph'::bytea, '{"features": ["a", {"name": "b", "type": "category", "values": ["low", "high"]}], "task": "classification"}') AS version;
SELECT journey_import_model('tiny', :'graph'::bytea, '{"features": ["a", {"name": "b", "type": "category", "values": ["low", "high"]}], "task": "classification"}') AS same;
SELECT task, features, manifest FROM journey.models m JOIN journey.model_versions v ON v.model = m.name WHERE m.name = 'tiny';
SELECT journey_inspect_model(:'graph'::bytea) -> 'inputs' AS inputs, journey_inspect_model(:'graph'::bytea) -> 'operators' AS operators;

SELECT round(journey_predict('tiny', '{"a": 2, "b": "high"}')::numeric, 5) AS score, round((1 / (1 + exp(-1)))::numeric, 5) AS expected;
SELECT journey_predict('tiny', '{"b": "low", "a": null}') AS not_known, journey_predict('tiny', '{"a": 1, "b": "unseen"}') AS unseen, journey_predict('tiny', NULL) AS none;
SELECT journey_predict('tiny', '{"a": "2", "c": true}');
SELECT journey_predict('tiny', '[1, 2]');
SELECT journey_predict('huge', '{}');
SELECT journey_predict('all-minilm-l6-v2', '{"a": 1, "b": "low"}');

-- A table: by its key, by its first column, by a named one; a column of another type or name is named.
CREATE TABLE public.visits (b text, n integer PRIMARY KEY, a numeric);
INSERT INTO public.visits VALUES ('low', 1, 4), ('high', 2, -1), (NULL, 3, 0), ('high', 4, NULL);
SELECT id, round(score::numeric, 5) AS score FROM journey_predict('tiny', 'public.visits'::regclass);
SELECT id FROM journey_predict('tiny', 'public.visits'::regclass, id => 'b') LIMIT 2;
CREATE VIEW public.seen AS SELECT b, a, n FROM public.visits WHERE n < 3;
SELECT id, round(score::numeric, 5) AS score FROM journey_predict('tiny', 'public.seen'::regclass);
SELECT * FROM journey_predict('tiny', 'public.visits'::regclass, id => 'c');
CREATE VIEW public.wrong AS SELECT n, a::text AS a FROM public.visits;
SELECT * FROM journey_predict('tiny', 'public.wrong'::regclass);
INSERT INTO public.visits VALUES ('low', 5, 1e300);
SELECT * FROM journey_predict('tiny', 'public.visits'::regclass);
DELETE FROM public.visits WHERE n = 5;

-- Planning asks no engine: these features would be refused.
EXPLAIN (COSTS OFF) SELECT n FROM public.visits WHERE n < journey_predict('tiny', '{"wrong": 1}');
SELECT proname, provolatile, proleakproof, procost >= 100000 AS is_dear FROM pg_proc WHERE proname = 'journey_predict' ORDER BY pronargs;

-- A prepared statement uses what is deployed when it is executed.
PREPARE ask AS SELECT round(journey_predict('tiny', '{"a": 2, "b": "high"}')::numeric, 5) AS score;
EXECUTE ask;
SELECT journey_import_model('tiny', :'graph'::bytea, '{"features": ["a", {"name": "b", "type": "category", "values": ["high", "low"]}], "task": "classification"}');
EXECUTE ask;
BEGIN;
SELECT journey_rollback('tiny');
EXECUTE ask;
ROLLBACK;
EXECUTE ask;

-- Signatures that do not fit.
SELECT journey_import_model('other', :'graph'::bytea, '{"features": ["a"]}');
SELECT journey_import_model('other', :'graph'::bytea, '{"features": ["a", "a"]}');
SELECT journey_import_model('other', :'graph'::bytea, '{"output": "loss"}');
SELECT journey_import_model('other', :'graph'::bytea, '{"outputs": "loss"}');
SELECT journey_import_model('clv!', :'graph'::bytea);
SELECT journey_import_model('smollm2-135m-instruct', :'graph'::bytea);
SELECT journey_import_model('other', '../secret.onnx');
SELECT journey_import_model('other', 'nowhere/model.onnx');

-- Reading is done with the caller's rights, importing takes journey_admin.
CREATE ROLE regress_reader; GRANT journey_reader TO regress_reader;
CREATE ROLE regress_nobody;
SET ROLE regress_reader;
SELECT round(journey_predict('tiny', '{"a": 2, "b": "high"}')::numeric, 5) AS score;
SELECT * FROM journey_predict('tiny', 'public.visits'::regclass);
SELECT journey_import_model('other', :'graph'::bytea);
SET ROLE regress_nobody;
SELECT journey_predict('tiny', '{"a": 2, "b": "high"}');
RESET ROLE;
DROP OWNED BY regress_reader; DROP ROLE regress_reader; DROP ROLE regress_nobody;
DELETE FROM journey.models WHERE name = 'tiny';
DROP VIEW public.seen, public.wrong;
DROP TABLE public.visits;
