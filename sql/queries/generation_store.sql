-- Keeps texts with their evidence; $1 an array of objects that have the names of the columns as keys.
INSERT INTO journey.generations (profile_id, generation_id, kind, product_id, campaign, variant, seed, status, text, content, verdict,
       theme, draft, prompt, prompt_version, facts, model, model_version, weights, candidates, violations, guardrails, confidence, tokens_in,
       tokens_out, ms, error)
SELECT r.profile_id, r.generation_id, r.kind, r.product_id, r.campaign, r.variant, r.seed, r.status, r.text, r.content, r.verdict,
       r.theme, r.draft, r.prompt, r.prompt_version, r.facts, r.model, r.model_version, r.weights, r.candidates, r.violations, r.guardrails, r.confidence,
       r.tokens_in, r.tokens_out, r.ms, r.error
  FROM pg_catalog.jsonb_populate_recordset(NULL::journey.generations, $1) r
