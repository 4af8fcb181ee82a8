SELECT pg_catalog.string_agg(kind, ', ' ORDER BY kind) FROM journey.kinds WHERE NOT is_part
