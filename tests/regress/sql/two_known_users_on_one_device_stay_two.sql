\set SHOW_CONTEXT never
-- A couple shares a laptop and, later, an address: two user_ids are two persons, whatever they share.
SELECT status FROM journey_track_batch('[
  {"type": "identify", "userId": "rita", "anonymousId": "laptop", "messageId": "1", "timestamp": "2024-01-01T10:00:00Z"},
  {"type": "identify", "userId": "sam", "anonymousId": "laptop", "messageId": "2", "timestamp": "2024-01-01T09:00:00Z"},
  {"type": "page", "anonymousId": "laptop", "messageId": "3", "timestamp": "2024-01-01T08:00:00Z"},
  {"type": "identify", "userId": "rita", "messageId": "4", "timestamp": "2024-01-02T10:00:00Z", "traits": {"email": "both@example.org"}},
  {"type": "identify", "userId": "sam", "messageId": "5", "timestamp": "2024-01-03T10:00:00Z", "traits": {"email": "both@example.org"}}]');
SELECT journey_resolve('rita') <> journey_resolve('sam') AS two, journey_resolve('anonymous_id:laptop') = journey_resolve('sam') AS device_of_sam,
       journey_resolve('email:both@example.org') = journey_resolve('rita') AS address_of_rita;
SELECT user_id, events FROM journey.profiles WHERE user_id IN ('rita', 'sam') ORDER BY 1;
-- A link that would bring them together is refused; an editor's merge is not.
\set VERBOSITY default
SELECT journey_link('sam', 'email', 'both@example.org');
SELECT journey_link('sam', 'user_id', 'rita');
SELECT journey_merge('rita', 'sam', 'same person, she says') IS NOT NULL AS merged;
SELECT user_id, events FROM journey.profiles WHERE user_id IN ('rita', 'sam') ORDER BY 1;
SELECT kind, reason, evidence, undone_at IS NULL AS holds FROM journey.merges WHERE reason LIKE 'same person, she%';
-- Another kind that is unique, one with a limit: the earliest stay, in any order.
INSERT INTO journey.identity_rules (kind, priority, max_values, is_unique) VALUES ('loyalty_card', 10, NULL, true), ('household', 11, 2, false);
SELECT status FROM journey_track_batch('[
  {"type": "identify", "userId": "tess", "messageId": "6", "timestamp": "2024-01-03T10:00:00Z", "traits": {"loyaltyCard": "L-3", "household": 3}},
  {"type": "identify", "anonymousId": "tess-tv", "messageId": "7", "timestamp": "2024-01-03T10:00:00Z", "traits": {"loyalty_card": "L-3"}},
  {"type": "identify", "userId": "tess", "messageId": "8", "timestamp": "2024-01-01T10:00:00Z", "traits": {"loyaltyCard": "L-1", "household": "1"}},
  {"type": "page", "userId": "tess", "messageId": "9", "timestamp": "2024-01-02T10:00:00Z", "context": {"externalIds": [
     {"id": "L-2", "type": "loyalty_card", "collection": "users", "encoding": "none"}, {"id": 2, "type": "household", "collection": "users"}]}}]');
SELECT i.kind, i.value, coalesce(m.person_id, i.profile_id) = journey_resolve('tess') AS is_tess
  FROM journey.identifiers i LEFT JOIN journey._members m USING (profile_id)
 WHERE i.kind IN ('loyalty_card', 'household') OR i.value = 'tess-tv' ORDER BY 1, 2;
SELECT journey_resolve('anonymous_id:tess-tv') = journey_resolve('loyalty_card:L-3') AS with_its_card;
SELECT journey_link('tess', 'loyalty_card', 'L-4');
SELECT journey_rebuild_identities();
SELECT finding, amount, detail, kind, value FROM journey.identity_health
 WHERE finding <> 'size' AND value IN ('tess', 'sam', 'L-2', 'L-3', '3') ORDER BY 1, 5;
-- Three households from now on
UPDATE journey.identity_rules SET max_values = 3 WHERE kind = 'household';
SELECT journey_rebuild_identities();
DELETE FROM journey.identity_rules WHERE kind IN ('loyalty_card', 'household');
SELECT journey_rebuild_identities();
