\set SHOW_CONTEXT never
SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, category, price, currency) VALUES ('reviewed', 'Walnut Bread', 'Bread', 3.20, 'USD');
INSERT INTO journey.kinds (kind, description, max_chars, max_sentences, full_sentences, max_tokens, templates)
VALUES ('answer', 'An answer with one draft', 60, 2, true, 40, '[{"slot": 1, "needs": ["product"], "text": "Take a look at {{ product }}."}]');
INSERT INTO journey.prompts (kind, version, status, system, instruction) VALUES ('answer', 1, 'approved', 'You write for a shop.', 'Write.');
INSERT INTO journey.guardrail_policies (policy, review_kinds, approvals, claim_for) VALUES ('careful', '{answer}', 1, '1 hour'), ('four_eyes', '{answer}', 2, '1 hour');
CREATE FUNCTION pg_temp.ask(policy text) RETURNS TABLE (generation_id uuid, text text, status text, verdict text)
    LANGUAGE sql AS $$ SELECT c.generation_id, c.text, c.status, c.verdict FROM journey_compose('nobody', 'answer', 'reviewed', seed => 1,
                              options => jsonb_build_object('tier', 'template', 'policy', policy)) c $$;
-- A sensitive kind waits for a person, and nobody but editors reads it.
SELECT generation_id, text IS NULL AS nothing, status FROM pg_temp.ask('careful') \gset first_
SELECT :'first_nothing' AS nothing, :'first_status' AS status;
SET ROLE journey_writer;
SELECT text, status FROM journey.generations WHERE generation_id = :'first_generation_id';
SELECT text FROM journey.review_queue;
SELECT text FROM journey.labels;
SELECT kind, reason, waiting, claimed, oldest >= '0' AS has_age FROM journey.review_load;
RESET ROLE;
SET ROLE journey_editor;
-- Claimed by one, it is nobody else's.
SELECT id, text, reason FROM journey_review_claim('rita') \gset
SELECT :'text' AS text, :'reason' AS reason;
SELECT count(*) FROM journey_review_claim('sam', 10);
SELECT kind, waiting, claimed FROM journey.review_load;
\set VERBOSITY sqlstate
SELECT journey_review_decide(:'id', 'approve', reviewer => 'sam');
\set VERBOSITY default
SELECT journey_review_decide(:'id', 'approve', reviewer => 'rita');
SELECT text, status, verdict FROM journey.generations WHERE generation_id = :'first_generation_id';
\set VERBOSITY sqlstate
SELECT journey_review_decide(:'id', 'approve');
\set VERBOSITY default
-- An edit is checked like any text.
SELECT status FROM pg_temp.ask('careful');
SELECT id, generation_id FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'edit', 'Walnut Bread for $1.');
SELECT journey_review_decide(:'id', 'edit', 'Walnut Bread is cl1nically pr0ven.');
SELECT journey_review_decide(:'id', 'edit', 'How about our Walnut Bread, the long one, for $3.20, as often as you want it?');
SELECT journey_review_decide(:'id', 'edit', 'Walnut Bread from our bakery, for $3.20.', 'sounds better');
SELECT text, status FROM journey.generations WHERE generation_id = :'generation_id';
-- Rejected it is never served.
SELECT status FROM pg_temp.ask('careful');
SELECT id, generation_id FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'reject', reason => 'dull');
SELECT text, status, error FROM journey.generations WHERE generation_id = :'generation_id';
-- Four eyes: one approval is none, and the second is another person's; who edits approves the new text.
SELECT status FROM pg_temp.ask('four_eyes');
SELECT id, generation_id FROM journey_review_claim('rita') \gset
\set VERBOSITY sqlstate
SELECT journey_review_decide(:'id', 'approve');
\set VERBOSITY default
SELECT journey_review_decide(:'id', 'approve', reviewer => 'rita');
SELECT text, status FROM journey.generations WHERE generation_id = :'generation_id';
SELECT count(*) FROM journey_review_claim(' Rita');
SELECT id AS same FROM journey_review_claim('sam') \gset
SELECT journey_review_decide(:'id', 'edit', 'Have a look at Walnut Bread.', reviewer => 'sam');
SELECT id AS same FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'approve', reviewer => 'rita');
SELECT text, status FROM journey.generations WHERE generation_id = :'generation_id';
-- Passed on, it comes first, and to somebody else.
SELECT status FROM pg_temp.ask('careful');
SELECT status FROM pg_temp.ask('careful');
SELECT id FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'escalate', reason => 'ask the lawyers');
SELECT id = :'id' AS same FROM journey_review_claim('rita', 5);
SELECT id = :'id' AS same, level FROM journey_review_claim('lou', 5);
-- A claim ends; then it is anybody's again, and the one before has nothing to decide.
UPDATE journey.review_queue SET claimed_until = now() - interval '1 second' WHERE review_id = :'id';
\set VERBOSITY sqlstate
SELECT journey_review_decide(:'id', 'approve');
\set VERBOSITY default
SELECT id = :'id' AS same FROM journey_review_claim('sam', 5);
-- A guardrail that was approved meanwhile holds for what is approved now.
BEGIN;
INSERT INTO journey.guardrails (guardrail, status, type, definition) VALUES ('no_bread', 'approved', 'banned_terms', '{"terms": ["bread"]}');
SELECT journey_review_decide(:'id', 'approve');
ROLLBACK;
SELECT journey_review_decide(:'id', 'approve');
RESET ROLE;
-- A guardrail may ask for a person, and so may a low confidence.
UPDATE journey.guardrail_policies SET min_confidence = 1 WHERE policy = 'default';
SELECT status FROM journey_compose('nobody', 'answer', 'reviewed', seed => 1, options => '{"tier": "template"}');
SELECT status IN ('review', 'generic') AS sound, (status = 'review') = (confidence < 1 AND verdict IS NULL) AS by_confidence
  FROM journey_compose('nobody', 'subject', 'reviewed', seed => 3, options => '{"candidates": 8, "temperature": 1.5}');
UPDATE journey.guardrail_policies SET min_confidence = NULL WHERE policy = 'default';
DELETE FROM journey.review_queue WHERE state = 'open';
INSERT INTO journey.guardrails (guardrail, status, type, definition, on_fail) VALUES ('ask_first', 'approved', 'banned_terms', '{"terms": ["walnut"]}', 'review');
SELECT text, status FROM journey_compose('nobody', 'answer', 'reviewed', seed => 1, options => '{"tier": "template"}');
SELECT reason, violations FROM journey_review_claim('una', 1);
DELETE FROM journey.guardrails WHERE guardrail = 'ask_first';
-- A rule that cannot be asked lets nothing pass, whatever it says of failures.
INSERT INTO journey.guardrails (guardrail, status, type, severity, on_fail, definition)
VALUES ('broken', 'approved', 'classifier', 'warning', 'review', '{"model": "nope", "like": ["a"], "threshold": 0.5}');
SELECT text, status FROM journey_compose('nobody', 'answer', 'reviewed', seed => 1, options => '{"tier": "template"}');
DELETE FROM journey.guardrails WHERE guardrail = 'broken';
-- The prompt of a text that waits for a person is for editors.
SET ROLE journey_reader;
SELECT journey_prompt('nobody', 'answer', 'reviewed', options => '{"policy": "careful"}');
RESET ROLE;
-- A long text of signs takes no time, and one that no kind allows is refused.
SELECT count(*) FILTER (WHERE NOT passed) > 0 AS judged FROM journey_check(repeat('!', 40000), 'answer');
SELECT journey_check(repeat('!', 40001), 'answer');
-- Nonsense is refused.
SELECT journey_review_claim('');
SELECT journey_review_claim('rita', 0);
SELECT journey_review_decide('00000000-0000-0000-0000-000000000000', 'approve');
SELECT journey_review_decide(:'id', 'maybe');
SELECT journey_review_decide(:'id', 'edit');
-- An appeal withdraws a served text until a person has decided; a refused one can be mended, and not let through as it is.
RESET ROLE;
INSERT INTO journey.guardrails (guardrail, type, definition, on_fail) VALUES ('no_walnut', 'banned_terms', '{"terms": ["walnut"], "skip_names": false}', 'refuse');
INSERT INTO journey.guardrail_policies (policy, guardrails) VALUES ('open', '{links}'), ('strict', '{no_walnut}');
SELECT journey_approve_guardrail('no_walnut');
SELECT generation_id FROM pg_temp.ask('open') \gset served_
SELECT generation_id, status FROM pg_temp.ask('strict') \gset refused_
SET ROLE journey_writer;
\set VERBOSITY sqlstate
SELECT journey_appeal(:'served_generation_id', 'wrong product') IS NOT NULL AS queued;
\set VERBOSITY default
SET ROLE journey_editor;
SELECT journey_appeal(:'served_generation_id', 'wrong product') IS NOT NULL AS queued;
SELECT status, text FROM journey.generations WHERE generation_id = :'served_generation_id';
SELECT id, text, reason, violations -> -1 ->> 'detail' AS why FROM journey_review_claim('rita') \gset
SELECT :'text' AS text, :'reason' AS reason, :'why' AS why;
SELECT journey_review_decide(:'id', 'approve');
SELECT status, text FROM journey.generations WHERE generation_id = :'served_generation_id';
SELECT journey_appeal(:'refused_generation_id', 'the name is harmless') IS NOT NULL AS queued;
SELECT id FROM journey_review_claim('rita') \gset
SELECT journey_review_decide(:'id', 'approve');
SELECT journey_review_decide(:'id', 'edit', 'Take a look at our bread.');
SELECT status, text FROM journey.generations WHERE generation_id = :'refused_generation_id';
\set VERBOSITY terse
SELECT journey_appeal(:'refused_generation_id', ' ');
SELECT journey_appeal('00000000-0000-0000-0000-000000000000', 'why');
\set VERBOSITY default
RESET ROLE;
-- Each decision is a label.
SELECT decision, text, edited, reason, reviewer FROM journey.labels WHERE kind = 'answer' ORDER BY decided_at;
DELETE FROM journey.guardrails WHERE guardrail = 'no_walnut';
DELETE FROM journey.guardrail_policies WHERE policy IN ('open', 'strict');
DELETE FROM journey.labels;
DELETE FROM journey.review_queue;
DELETE FROM journey.kinds WHERE kind = 'answer';
DELETE FROM journey.prompts WHERE kind = 'answer';