-- The models that score rows of features.
SELECT pg_catalog.string_agg(v.model, ', ' ORDER BY v.model)
  FROM journey.model_versions v
  JOIN journey.models m ON m.name = v.model AND m.task <> 'sentiment'
 WHERE v.status = 'deployed' AND v.artefact IS NOT NULL
