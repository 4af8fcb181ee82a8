\set SHOW_CONTEXT never
SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, category, price, currency) VALUES ('parts-glass', 'Willow Wine Glass', 'Glassware', 12, 'USD'), ('parts-wine', 'Hill Red', 'Wine', 9, 'USD');
-- A disclosure is added once, to the last part of prose, and content is the text that was judged.
INSERT INTO journey.guardrails (guardrail, status, type, on_fail, definition, categories)
VALUES ('parts_notice', 'approved', 'disclosure', 'fix', '{"text": "Please drink responsibly."}', '{Wine}');
SELECT text LIKE E'%\n%\n%Please drink responsibly.' AS whole, content ->> 'body' LIKE '%Please drink responsibly.' AS body,
       content ->> 'subject' LIKE '%drink%' AS subject, text = concat_ws(E'\n', content ->> 'subject', content ->> 'preview', content ->> 'body') AS same
  FROM journey_compose('nobody', 'email', 'parts-wine', seed => 1, options => '{"tier": "template"}');
SELECT content FROM journey_compose('nobody', 'banner', 'parts-wine', seed => 1, options => '{"tier": "template"}');
-- It is due where wine is only the alternative, too.
SELECT text FROM journey_compose('nobody', 'low_stock', 'parts-glass', seed => 1, options => '{"tier": "template", "facts": {"stock": 2, "alternative": "parts-wine"}}');
DELETE FROM journey.guardrails WHERE guardrail = 'parts_notice';
-- Prices, percentages and stock that the caller gives are known to the guardrails.
SELECT count(*) FILTER (WHERE status = 'generic') AS served, count(*) FROM generate_series(1, 12) AS s,
       journey_compose('nobody', 'email', 'parts-glass', seed => s, options => '{"tier": "template", "facts": {"offer": {"percent": 15}, "stock": 2}}');
-- What a guardrail forbids in one part stops all of it, in text and in content, and names no forbidden word.
INSERT INTO journey.guardrails (guardrail, status, type, definition) VALUES ('parts_words', 'approved', 'banned_terms', '{"terms": ["glass"]}');
SELECT text, content, status, error FROM journey_compose('nobody', 'email', 'parts-glass', seed => 1, options => '{"tier": "template"}');
SELECT text, content, status FROM journey.generations WHERE product_id = 'parts-glass' AND kind = 'email' AND status = 'refused';
UPDATE journey.guardrails SET on_fail = 'review' WHERE guardrail = 'parts_words';
SELECT text, content, status FROM journey_compose('nobody', 'banner', 'parts-glass', seed => 1, options => '{"tier": "template"}');
SELECT reason, text FROM journey.review_queue WHERE kind = 'banner';
DELETE FROM journey.guardrails WHERE guardrail = 'parts_words';
-- A term that two parts make together is found in the whole.
INSERT INTO journey.guardrails (guardrail, status, type, definition) VALUES ('parts_words', 'approved', 'pattern', '{"patterns": ["glass\\s+have a look"]}');
SELECT count(*) FILTER (WHERE text ~* 'glass\s+have a look') AS served, count(*) FILTER (WHERE status = 'refused') > 0 AS refused
  FROM generate_series(1, 30) AS s, journey_compose('nobody', 'banner', 'parts-glass', seed => s, options => '{"tier": "template"}');
DELETE FROM journey.guardrails WHERE guardrail = 'parts_words';
DELETE FROM journey.review_queue;
-- Answers to customers wait for a person; nothing of them is read before.
SELECT generation_id, status FROM journey_compose('nobody', 'support_reply', seed => 1, options => '{"tier": "template", "facts": {
    "ticket": {"text": "My parcel is late", "resolution": "refund", "amount": 12.5, "currency": "USD"}}}') \gset
SELECT text, content, status FROM journey.generations WHERE generation_id = :'generation_id';
SELECT id FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'edit', 'Thank you for telling us. We have refunded $125 to you.');
SELECT journey_review_decide(:'id', 'edit', 'Thank you for telling us, Ada. We have refunded $12.50 to you.');
SELECT text, content, status FROM journey.generations WHERE generation_id = :'generation_id';
-- Content follows a reviewer's edit, which has the lines of the text.
INSERT INTO journey.guardrail_policies (policy, review_kinds) VALUES ('parts', '{banner}');
SELECT generation_id FROM journey_compose('nobody', 'banner', 'parts-glass', seed => 1, options => '{"tier": "template", "policy": "parts"}') \gset
SELECT id, text FROM journey_review_claim('rita') \gset
SELECT :'text' AS text;
SELECT journey_review_decide(:'id', 'edit', E'Willow Wine Glass\nHave a look.');
SELECT journey_review_decide(:'id', 'edit', E'Willow Wine Glass\nTwo would look good.\nSee both');
SELECT text, content, status FROM journey.generations WHERE generation_id = :'generation_id';
SELECT generation_id FROM journey_compose('nobody', 'banner', 'parts-glass', seed => 1, options => '{"tier": "template", "policy": "parts"}') \gset
SELECT id FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'reject');
SELECT text, content, status FROM journey.generations WHERE generation_id = :'generation_id';
-- A locale chooses guardrails for any text; texts are written in English.
INSERT INTO journey.guardrails (guardrail, status, type, definition, locales) VALUES ('parts_words', 'approved', 'banned_terms', '{"terms": ["billig"]}', '{de}');
SELECT v.rule, v.passed FROM journey_check('Ein billig Glas', 'banner', '{"product": "parts-glass", "locale": "de-AT"}') v WHERE v.rule LIKE '%parts_words';
SELECT v.rule, v.passed FROM journey_check('Ein billig Glas', 'banner', '{"product": "parts-glass", "locale": "en-AU"}') v WHERE v.rule LIKE '%parts_words';
SELECT journey_compose('nobody', 'banner', 'parts-glass', options => '{"tier": "template", "locale": "de-AT"}');
SELECT journey_prompt('nobody', 'banner', 'parts-glass', options => '{"locale": "de-AT"}');
\set VERBOSITY default
SELECT content ->> 'push' AS push FROM journey_compose('nobody', 'push', seed => 1, options => '{"tier": "template", "locale": "en-AU", "facts": {"event": {"name": "Repair Day", "date": "2026-05-03"}}}');
DELETE FROM journey.guardrails WHERE guardrail = 'parts_words';
-- The prompt of a text is those of its parts; one that waits for a person is for editors.
SELECT journey_prompt('nobody', 'support_reply', seed => 1, options => '{"facts": {"ticket": {"text": "Late", "resolution": "refund"}}}') LIKE '%Draft: %Draft: %' AS of_all_parts;
SET ROLE journey_writer;
SELECT journey_prompt('nobody', 'support_reply', options => '{"facts": {"ticket": {"text": "Late", "resolution": "refund"}}}');
RESET ROLE;
DELETE FROM journey.review_queue;
DELETE FROM journey.guardrail_policies WHERE policy = 'parts';
DELETE FROM journey.products WHERE product_id IN ('parts-glass', 'parts-wine');
