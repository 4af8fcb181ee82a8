-- Queues texts for review; $1 an array of objects that have the names of the columns as keys.
INSERT INTO journey.review_queue (profile_id, generation_id, kind, policy, reason, text, violations, approvals_needed)
SELECT r.profile_id, r.generation_id, r.kind, r.policy, r.reason, r.text, r.violations, p.approvals
  FROM pg_catalog.jsonb_populate_recordset(NULL::journey.review_queue, $1) r
  JOIN journey.guardrail_policies p USING (policy)
