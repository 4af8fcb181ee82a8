SELECT pg_catalog.to_jsonb(c) FROM journey.campaigns c WHERE c.campaign = $1
