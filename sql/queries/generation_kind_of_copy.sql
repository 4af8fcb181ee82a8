-- A kind as core reads it and the answers of its prompt's examples; $1 the kind.
SELECT pg_catalog.jsonb_build_object(
           'kind', pg_catalog.to_jsonb(k),
           'known', (SELECT coalesce(pg_catalog.jsonb_agg(e ->> 'answer'), '[]')
                       FROM (SELECT p.examples FROM journey.prompts p
                              WHERE p.kind = coalesce(k.prompt, k.kind) AND p.status = 'approved' ORDER BY p.version DESC LIMIT 1) p,
                            pg_catalog.jsonb_array_elements(p.examples) e))
  FROM journey.kinds k
 WHERE k.kind = $1
