-- The models that score rows of features.
SELECT pg_catalog.string_agg(v.model, ', ' ORDER BY v.model)
  FROM journey.model_versions v
 WHERE v.status = 'deployed' AND v.artefact IS NOT NULL
