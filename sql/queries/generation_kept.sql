-- What an edit of a text is judged by; $1 the profile, $2 the generation.
SELECT pg_catalog.jsonb_build_object('kind', g.kind, 'facts', g.facts, 'policy', g.guardrails -> 'policy', 'subject', g.guardrails -> 'subject',
       'outline', g.guardrails -> 'outline',
       'doubted', ARRAY(SELECT v ->> 'rule' FROM journey.review_queue q, pg_catalog.jsonb_array_elements(q.violations) v
                         WHERE q.profile_id = g.profile_id AND q.generation_id = g.generation_id))
  FROM journey.generations g
 WHERE g.profile_id = $1 AND g.generation_id = $2
