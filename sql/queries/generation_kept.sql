-- What an edit of a text is judged by; $1 the profile, $2 the generation.
SELECT pg_catalog.jsonb_build_object('kind', g.kind, 'facts', g.facts, 'policy', g.guardrails -> 'policy', 'subject', g.guardrails -> 'subject')
  FROM journey.generations g
 WHERE g.profile_id = $1 AND g.generation_id = $2
