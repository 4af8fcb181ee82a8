-- A campaign by its name, and whether it runs; $1, and $2 the time that counts as now, or null.
SELECT pg_catalog.to_jsonb(c) || pg_catalog.jsonb_build_object(
           'is_ahead', coalesce(c.starts_at > coalesce($2, pg_catalog.now()), false),
           'is_over', coalesce(c.ends_at <= coalesce($2, pg_catalog.now()), false))
  FROM journey.campaigns c
 WHERE c.campaign = $1
