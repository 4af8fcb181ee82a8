-- What scoring by the deployed version of model $1 needs.
SELECT pg_catalog.jsonb_build_object(
           'version', v.version,
           'features', v.features,
           'sha256', pg_catalog.encode(pg_catalog.sha256(v.artefact), 'hex'),
           'output', COALESCE(v.manifest ->> 'output', 'score'),
           'class', v.manifest ->> 'class')
  FROM journey.model_versions v
 WHERE v.model = $1 AND v.status = 'deployed'
