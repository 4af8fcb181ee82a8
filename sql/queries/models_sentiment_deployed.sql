-- The deployed head of texts: its version, the digest of its graph and the embedding that it reads.
SELECT pg_catalog.jsonb_build_object(
           'version', v.version,
           'sha256', pg_catalog.encode(pg_catalog.sha256(v.artefact), 'hex'),
           'embedding', v.parameters -> 'embedding',
           'dimensions', v.parameters -> 'dimensions')
  FROM journey.model_versions v
  JOIN journey.models m ON m.name = v.model
 WHERE v.model = 'sentiment' AND v.status = 'deployed' AND m.task = 'sentiment'
