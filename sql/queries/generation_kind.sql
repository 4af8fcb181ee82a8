-- A kind as core reads it, with its newest approved prompt; $1 the kind.
SELECT pg_catalog.jsonb_build_object(
           'model', k.model,
           'own_examples', k.own_examples,
           'kind', pg_catalog.to_jsonb(k),
           'prompt', (SELECT pg_catalog.to_jsonb(p) FROM journey.prompts p
                       WHERE p.kind = coalesce(k.prompt, k.kind) AND p.status = 'approved' ORDER BY p.version DESC LIMIT 1))
  FROM journey.kinds k
 WHERE k.kind = $1
