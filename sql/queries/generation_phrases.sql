-- What reviewers do to phrases of texts of kind $1; null where nothing is known.
SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(p) ORDER BY p.phrase) FROM journey.phrases p WHERE p.kind = $1
