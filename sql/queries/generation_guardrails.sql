-- A policy, and the guardrails and the voice that hold by it, the newest approved version of each, as text; $1 the policy,
-- $2 the key that the caller knows the rows by, which need not be read again: it changes with each version of a row.
SELECT pg_catalog.to_jsonb(p) || pg_catalog.jsonb_build_object('key', k.key, 'missing', (
           SELECT pg_catalog.string_agg(m.name, ', ' ORDER BY m.name)
             FROM (SELECT n.name FROM pg_catalog.unnest(p.guardrails) n (name)
                    WHERE NOT EXISTS (SELECT FROM journey.guardrails g WHERE g.guardrail = n.name AND g.status = 'approved')
                   UNION ALL
                   SELECT 'voice ' || p.voice
                    WHERE NOT EXISTS (SELECT FROM journey.brand_voices v WHERE v.voice = p.voice AND v.status = 'approved')) m)),
       CASE WHEN k.key IS DISTINCT FROM $2 THEN pg_catalog.jsonb_build_object(
           'guardrails', coalesce((
               SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(g) - 'created_at' ORDER BY g.guardrail COLLATE "C")
                 FROM journey.guardrails g
                WHERE g.status = 'approved' AND (p.guardrails IS NULL OR g.guardrail = ANY (p.guardrails))
                  AND NOT EXISTS (SELECT FROM journey.guardrails n
                                   WHERE n.guardrail = g.guardrail AND n.status = 'approved' AND n.version > g.version)), '[]'),
           'voice', (SELECT pg_catalog.to_jsonb(v) - 'created_at' FROM journey.brand_voices v
                      WHERE v.voice = p.voice AND v.status = 'approved' ORDER BY v.version DESC LIMIT 1))::text END
  FROM journey.guardrail_policies p
 CROSS JOIN LATERAL (
       SELECT pg_catalog.concat_ws(' ', p.policy, p.xmin, p.ctid,
                  (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', g.guardrail, g.xmin, g.ctid), ',' ORDER BY g.guardrail COLLATE "C", g.version)
                     FROM journey.guardrails g WHERE g.status = 'approved'),
                  (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', v.xmin, v.ctid), ',' ORDER BY v.version)
                     FROM journey.brand_voices v WHERE v.voice = p.voice AND v.status = 'approved')) AS key) k
 WHERE p.policy = $1
