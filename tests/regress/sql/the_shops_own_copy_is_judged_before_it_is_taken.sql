\set SHOW_CONTEXT never
SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, category, price, currency) VALUES ('own-1', 'Oak Bench', 'Benches', 90, 'USD'), ('own-2', 'Clay Pot', 'Pots', 12, 'USD');
CREATE TABLE public.best_copy (headline text, item text, lang text, ctr text, views int);
INSERT INTO public.best_copy VALUES
    ('Say hello to Oak Bench', 'own-1', 'en', '0.04', 900), ('Say hello to Clay Pot', 'own-2', 'en', '0.02', 900), ('Say hello to Pine Shelf for $30', 'Pine Shelf', NULL, 'many', NULL),
    ('say  hello to OAK bench', 'own-1', 'en', '0.04', 900), ('Oak Bench, cl1nically pr0ven', 'own-1', 'en', '0.9', 5), ('Say hello to Rye Loaf, 20% off', 'Rye Loaf', 'en', NULL, NULL),
    ('Say hello to Brass Hook. Write to me@shop.example', 'Brass Hook', 'en', NULL, NULL), ('', 'own-1', 'en', NULL, NULL), ('Hello', 'own-1', 'x y', NULL, NULL);
CREATE FUNCTION pg_temp.take() RETURNS TABLE (place bigint, kind text, status text, error text) LANGUAGE sql AS $$
    SELECT * FROM journey_import_copy('public.best_copy', '{"columns": {"text": "headline", "product": "item", "locale": "lang", "result": "ctr", "impressions": "views", "kind": {"const": "subject"}}}') $$;
-- What is forbidden is not taken, and the reason does not repeat it; a text counts once, however it is written.
SELECT * FROM pg_temp.take();
SELECT place, status FROM pg_temp.take() WHERE status IN ('taken', 'known');
SELECT text, product, category, locale, result, impressions, weight, pattern FROM journey.copy_examples WHERE source = 'import' ORDER BY text COLLATE "C";
-- From a query, and from a table by its oid; a kind there is not, and one that is made of others.
SELECT status, error FROM journey_import_copy($$SELECT * FROM (VALUES ('Have you met Oak Bench?', 'subject'), ('Oak Bench', 'nothing'), ('Oak Bench', 'email')) v (text, kind)$$);
SELECT status, count(*) FROM journey_import_copy('public.best_copy'::regclass, '{"columns": {"text": "headline", "kind": {"const": "subject"}}}') GROUP BY 1 ORDER BY 1;
-- Bad input, with its value.
SELECT * FROM journey_import_copy('no_such_table');
SELECT * FROM journey_import_copy('public.best_copy');
SELECT * FROM journey_import_copy('public.best_copy', '{"columns": {"text": "body", "kind": {"const": "subject"}}}');
SELECT * FROM journey_import_copy('public.best_copy', '{"columns": {"colour": "item"}}');
SELECT * FROM journey_import_copy('public.best_copy', '{"table": 1}');
SELECT * FROM journey_import_copy('public.best_copy', '{"columns": {"text": "headline", "kind": {"const": "subject"}}, "policy": "none"}');
-- Editors import; readers see what an example may show, and neither texts nor how they did.
SET ROLE journey_writer;
SELECT * FROM journey_import_copy('SELECT ''Hello you'' AS text, ''subject'' AS kind');
RESET ROLE;
SET ROLE journey_reader;
SELECT count(pattern) > 0 AS readable FROM journey.copy_examples;
SELECT text FROM journey.copy_examples;
SELECT result FROM journey.copy_examples;
RESET ROLE;
-- What reviewers approve becomes an example, without the customer's name; an edit that breaks a rule never does.
INSERT INTO journey.guardrail_policies (policy, review_kinds) VALUES ('own_style', '{subject}');
SELECT status FROM journey_compose('nobody', 'subject', 'own-1', seed => 1, options => '{"tier": "template", "policy": "own_style"}');
SELECT id FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'edit', 'Say hello to Oak Bench, dear friend');
-- The worker may have been there first.
SELECT _journey_copy_of_labels() IS NOT NULL AS learned;
SELECT _journey_copy_of_labels();
SELECT text, product, source, policy FROM journey.copy_examples WHERE policy = 'own_style';
INSERT INTO journey.guardrails (guardrail, type, definition, on_fail) VALUES ('no_friends', 'banned_terms', '{"terms": ["dear friend"]}', 'reask');
SELECT journey_approve_guardrail('no_friends');
DELETE FROM journey.copy_examples WHERE source = 'review';
DELETE FROM journey._lessons WHERE lesson = 'copy';
SELECT _journey_copy_of_labels() IS NOT NULL AS learned;
SELECT count(*) FROM journey.copy_examples WHERE policy = 'own_style';
DELETE FROM journey.guardrails WHERE guardrail = 'no_friends';
DELETE FROM journey.guardrail_policies WHERE policy = 'own_style';
DELETE FROM journey._lessons WHERE lesson = 'copy';
DELETE FROM journey.labels;
DELETE FROM journey.review_queue;
DELETE FROM journey.copy_examples;
DELETE FROM journey.phrases WHERE source = 'copy';
DELETE FROM journey.products WHERE product_id LIKE 'own-%';
DROP TABLE public.best_copy;
