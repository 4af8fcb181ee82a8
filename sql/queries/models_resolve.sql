-- The deployed version behind a role or a model's own name; $1 the name, $2 the task it must be made for.
SELECT pg_catalog.jsonb_build_object(
           'version', v.version,
           'prompt_format', v.manifest ->> 'prompt_format',
           'context_length', v.manifest -> 'context_length',
           'files', pg_catalog.jsonb_build_object(
               'name', v.model,
               'directory', v.directory,
               'files', v.files,
               'manifest', v.manifest::text))
  FROM journey.models m
  JOIN journey.model_versions v ON v.model = m.name AND v.status = 'deployed'
 WHERE m.name = COALESCE((SELECT r.model FROM journey.model_roles r WHERE r.role = $1), $1)
   AND m.task = $2
UNION ALL
-- A row also where nothing matches, so that the caller can say what there is.
SELECT NULL::jsonb
LIMIT 1
