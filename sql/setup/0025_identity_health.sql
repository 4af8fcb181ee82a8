-- Identity: what is worth a look before somebody stumbles over it.
CREATE VIEW journey._holdings WITH (security_invoker = true) AS
SELECT h.person_id, i.kind, pg_catalog.count(*) AS held
  FROM (SELECT m.profile_id, m.person_id FROM journey._members m
        UNION SELECT m.person_id, m.person_id FROM journey._members m) h
  JOIN journey.identifiers i ON i.profile_id = h.profile_id
 GROUP BY h.person_id, i.kind;
COMMENT ON VIEW journey._holdings IS 'How many identifiers of each kind persons with several identifiers hold';

CREATE VIEW journey.identity_health WITH (security_invoker = true) AS
SELECT found.finding, found.amount, found.detail, found.person_id, found.profile_id, i.kind, i.value
  FROM (
    -- Persons by size: a class that is new, or one that grows, tells of a value that should be blocked.
    SELECT 'size' AS finding, pg_catalog.count(*) AS amount,
           CASE WHEN s.low = s.high THEN s.low || ' identifiers'
                ELSE pg_catalog.concat_ws(' to ', s.low, s.high) || CASE WHEN s.high IS NULL THEN ' and more' ELSE '' END || ' identifiers'
           END AS detail,
           NULL::bigint AS person_id, NULL::bigint AS profile_id
      FROM (SELECT pg_catalog.count(*) + 1 AS identifiers FROM journey._members GROUP BY person_id) p
      JOIN (VALUES (2, 2), (3, 5), (6, 10), (11, 20), (21, 50), (51, 100), (101, NULL)) AS s (low, high)
        ON p.identifiers >= s.low AND (p.identifiers <= s.high OR s.high IS NULL)
     GROUP BY s.low, s.high
    UNION ALL
    SELECT 'size', (SELECT pg_catalog.count(*) FROM journey.identifiers) - (SELECT pg_catalog.count(*) FROM journey._members)
                 - (SELECT pg_catalog.count(DISTINCT m.person_id) FROM journey._members m), '1 identifier', NULL, NULL
    UNION ALL
    -- What hangs on one identifier: without it the person would be several.
    SELECT 'bridge', pg_catalog.count(*), 'holds so many others together', e.person_id, e.bridge
      FROM (SELECT coalesce(f.person_id, l.profile_id) AS person_id, ends.bridge
              FROM journey._links l
              LEFT JOIN journey._members f ON f.profile_id = l.profile_id
              LEFT JOIN journey._members t ON t.profile_id = l.target_id
             CROSS JOIN LATERAL (VALUES (l.profile_id), (l.target_id)) AS ends (bridge)
             WHERE l.is_best AND coalesce(f.person_id, l.profile_id) = coalesce(t.person_id, l.target_id)) e
      JOIN journey.identifiers b ON b.profile_id = e.bridge
     WHERE b.kind <> (SELECT r.kind FROM journey.identity_rules r ORDER BY r.priority LIMIT 1)
     GROUP BY e.person_id, e.bridge
    HAVING pg_catalog.count(*) > 1
    UNION ALL
    SELECT CASE WHEN h.held > r.most THEN 'forced' ELSE 'limit' END, h.held, h.kind || ': ' || r.most || ' allowed', h.person_id, NULL
      FROM journey._holdings h
      JOIN (SELECT kind, CASE WHEN is_unique THEN 1 ELSE max_values END AS most, is_unique FROM journey.identity_rules) r ON r.kind = h.kind
     WHERE h.held > r.most OR (h.held = r.most AND NOT r.is_unique)
    UNION ALL
    SELECT 'refused', 1, 'an event shows it with this person, who may hold no more of a kind', coalesce(t.person_id, l.target_id), l.profile_id
      FROM journey._links l
      LEFT JOIN journey._members f ON f.profile_id = l.profile_id
      LEFT JOIN journey._members t ON t.profile_id = l.target_id
     WHERE l.is_best AND coalesce(f.person_id, l.profile_id) <> coalesce(t.person_id, l.target_id)
  ) found
  LEFT JOIN journey.identifiers i ON i.profile_id = coalesce(found.profile_id, found.person_id);
COMMENT ON VIEW journey.identity_health IS 'Sizes of persons, identifiers that hold a person together, persons at a limit or forced beyond it, identifiers that a limit keeps out; reads all links';
COMMENT ON COLUMN journey.identity_health.finding IS 'size, bridge, limit, forced or refused';
COMMENT ON COLUMN journey.identity_health.amount IS 'size: how many persons; bridge: how many identifiers hang on it; limit and forced: how many the person holds';
COMMENT ON COLUMN journey.identity_health.person_id IS 'The person, as journey_resolve() returns it';
COMMENT ON COLUMN journey.identity_health.profile_id IS 'The identifier, where one is meant';
COMMENT ON COLUMN journey.identity_health.kind IS 'Of the identifier, else of the one that stands for the person';

GRANT SELECT ON journey._holdings, journey.identity_health TO journey_reader;
