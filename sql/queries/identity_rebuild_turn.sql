-- Links run from the weaker kind to the stronger one, by the priorities of now.
WITH turned AS (
    DELETE FROM journey._links l
     USING journey.identifiers i, journey.identity_rules ri, journey.identifiers t, journey.identity_rules rt
     WHERE i.profile_id = l.profile_id AND ri.kind = i.kind
       AND t.profile_id = l.target_id AND rt.kind = t.kind
       AND ri.priority < rt.priority
    RETURNING l.*
)
INSERT INTO journey._links AS k (profile_id, target_id, since, event_id, merge_id, undone_at, undone_by)
SELECT t.target_id, t.profile_id, t.since, t.event_id, t.merge_id, t.undone_at, t.undone_by FROM turned t
ON CONFLICT (profile_id, target_id) DO UPDATE SET since = EXCLUDED.since, event_id = EXCLUDED.event_id
 WHERE (EXCLUDED.since, EXCLUDED.event_id) < (k.since, k.event_id)
