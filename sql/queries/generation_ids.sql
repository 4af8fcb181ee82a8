SELECT pg_catalog.array_agg(pg_catalog.gen_random_uuid()) FROM pg_catalog.generate_series(1, $1)
