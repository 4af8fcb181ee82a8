-- What scoring by version $2 of model $1, or by its deployed one, needs.
SELECT pg_catalog.jsonb_build_object(
           'version', v.version,
           'features', v.features,
           -- A head of texts reads no features by name.
           'sha256', CASE WHEN m.task <> 'sentiment' THEN pg_catalog.encode(pg_catalog.sha256(v.artefact), 'hex') END,
           'output', COALESCE(v.manifest ->> 'output', 'score'),
           'class', v.manifest ->> 'class')
  FROM journey.model_versions v
  JOIN journey.models m ON m.name = v.model
 WHERE v.model = $1 AND CASE WHEN $2::integer IS NULL THEN v.status = 'deployed' ELSE v.version = $2 END
