\set SHOW_CONTEXT never
SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, category, price, currency) VALUES ('guarded', 'Walnut Bread', 'Bread', 3.20, 'USD'), ('wine', 'Red Hill', 'Wine', 9, 'USD');
INSERT INTO journey.kinds (kind, description, max_chars, max_sentences, full_sentences, max_tokens, templates)
VALUES ('note', 'A note with one draft', 60, 1, true, 40, '[{"slot": 1, "needs": ["product"], "text": "Take a look at {{ product }}."}]');
INSERT INTO journey.prompts (kind, version, status, system, instruction) VALUES ('note', 1, 'approved', 'You write for a shop.', 'Write a note.');
CREATE FUNCTION pg_temp.note(product text, more jsonb DEFAULT '{}') RETURNS TABLE (text text, status text, error text, violations jsonb)
    LANGUAGE sql AS $$ SELECT c.text, c.status, c.error, c.violations FROM journey_compose('nobody', 'note', product, seed => 1, options => '{"tier": "template"}' || more) c $$;
SELECT * FROM pg_temp.note('guarded');
-- A draft version changes nothing; from its approval on no path serves what it forbids, and nothing repeats the word.
INSERT INTO journey.guardrails (guardrail, type, definition, on_fail) VALUES ('no_nuts', 'banned_terms', '{"terms": ["walnut"]}', 'reask');
SELECT text FROM pg_temp.note('guarded');
SELECT journey_approve_guardrail('no_nuts');
SELECT * FROM pg_temp.note('guarded');
SELECT journey_generate('nobody', 'note', 'guarded', seed => 1) IS NULL AS nothing;
SELECT status, text, error FROM journey_compose_many(ARRAY['nobody', 'noone'], 'note', 'guarded', seed => 1, options => '{"tier": "template"}');
SELECT status, text FROM pg_temp.note('wine');
-- With a model, too.
SELECT status, text IS NULL AS nothing, violations::text ILIKE '%walnut%' OR error ILIKE '%walnut%' AS repeated
  FROM journey_compose('nobody', 'note', 'guarded', seed => 1, options => '{"candidates": 2}');
-- Disguises are seen through; an editor is told what was found, a reader is not.
SELECT rule, detail FROM journey_check('Take a look at W4lnut Bread.', 'note', '{"product": "guarded"}') WHERE rule LIKE 'guardrail:no%' AND NOT passed;
SET ROLE journey_reader;
SELECT rule, detail FROM journey_check('Take a look at W4lnut Bread.', 'note', '{"product": "guarded"}') WHERE NOT passed;
-- What was not approved is not for readers and writers.
SELECT status, text FROM journey.generations WHERE kind = 'note' ORDER BY created_at LIMIT 2;
SELECT draft FROM journey.generations;
SELECT candidates FROM journey.generations;
RESET ROLE;
SET ROLE journey_writer;
SELECT prompt FROM journey.generations;
SELECT journey_prompt('nobody', 'note', 'guarded');
SELECT journey_prompt('nobody', 'note', 'wine') LIKE '%Red Hill%' AS readable;
SELECT text FROM pg_temp.note('wine');
RESET ROLE;
-- A further version holds once it is approved, and the one before no more.
INSERT INTO journey.guardrails (guardrail, version, type, definition, on_fail)
VALUES ('no_nuts', 2, 'banned_terms', '{"terms": ["walnut bread"], "replace": {"walnut bread": "our bread"}}', 'fix');
SELECT status FROM pg_temp.note('guarded');
SELECT journey_approve_guardrail('no_nuts');
SELECT version, status FROM journey.guardrails WHERE guardrail = 'no_nuts' ORDER BY version;
SELECT text, status FROM pg_temp.note('guarded');
UPDATE journey.guardrails SET status = 'retired' WHERE guardrail = 'no_nuts';
SELECT text, status FROM pg_temp.note('guarded');
-- Disclosures are in every text they are meant for, or there is none.
SELECT journey_approve_guardrail('alcohol_notice');
SELECT text, status FROM pg_temp.note('wine');
SELECT text, status FROM pg_temp.note('guarded');
SELECT count(*), bool_and(text LIKE '%Please drink responsibly.') AS disclosed, max(char_length(text)) <= 60 AS short
  FROM journey_compose('nobody', 'subject', 'wine', variants => 32, seed => 1, options => '{"tier": "template"}');
UPDATE journey.kinds SET max_chars = 40 WHERE kind = 'note';
SELECT text, status, error FROM pg_temp.note('wine');
UPDATE journey.kinds SET max_chars = 10 WHERE kind = 'note';
SELECT text, status, error FROM pg_temp.note('wine');
UPDATE journey.kinds SET max_chars = 60 WHERE kind = 'note';
-- A policy names the guardrails that hold.
INSERT INTO journey.guardrail_policies (policy, guardrails, voice) VALUES ('short', '{links}', NULL), ('typo', '{lnks}', 'plain'), ('voiced', '{links}', 'plain');
SELECT text FROM pg_temp.note('wine', '{"policy": "short"}');
SELECT guardrails - 'subject' AS guardrails FROM journey.generations WHERE kind = 'note' ORDER BY created_at DESC LIMIT 1;
SELECT text FROM pg_temp.note('wine', '{"policy": "typo"}');
SELECT text FROM pg_temp.note('wine', '{"policy": "unknown"}');
SELECT rule, passed FROM journey_check('An amazing loaf, see evil.example!', 'voiced', '{"kind": "note"}') WHERE rule LIKE 'guardrail:%';
-- A classifier whose model is missing lets nothing pass; one that is there decides.
INSERT INTO journey.guardrails (guardrail, type, definition, on_fail)
VALUES ('tone', 'classifier', '{"model": "no-such-model", "like": ["You are stupid if you do not buy this."], "unlike": ["Take a look at this product."], "threshold": 0}', 'reask');
SELECT journey_approve_guardrail('tone');
SELECT text, status, error FROM pg_temp.note('guarded');
UPDATE journey.guardrails SET definition = jsonb_set(definition, '{model}', '"embedding"') WHERE guardrail = 'tone';
SELECT text, status FROM pg_temp.note('guarded');
SELECT passed FROM journey_check('Only a stupid person does not buy Walnut Bread.', 'note', '{"product": "guarded"}') WHERE rule = 'guardrail:tone';
DELETE FROM journey.guardrails WHERE guardrail = 'tone';
-- What is not understood is refused, and lets nothing pass where it came in by another way.
INSERT INTO journey.guardrails (guardrail, type, definition) VALUES ('broken', 'pattern', '{"patterns": ["("]}');
SELECT journey_approve_guardrail('broken');
SELECT journey_approve_guardrail('unknown');
UPDATE journey.guardrails SET status = 'approved' WHERE guardrail = 'broken';
SELECT text, status, error FROM pg_temp.note('guarded');
DELETE FROM journey.guardrails WHERE guardrail = 'broken';
-- Without a policy nothing is written.
BEGIN;
DELETE FROM journey.guardrail_policies WHERE policy = 'default';
SELECT text FROM pg_temp.note('guarded');
ROLLBACK;
UPDATE journey.guardrails SET status = 'draft' WHERE guardrail = 'alcohol_notice';
DELETE FROM journey.kinds WHERE kind = 'note';
DELETE FROM journey.prompts WHERE kind = 'note';
