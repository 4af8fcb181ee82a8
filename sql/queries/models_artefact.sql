-- The graph of version $2 of model $1.
SELECT v.artefact FROM journey.model_versions v WHERE v.model = $1 AND v.version = $2
