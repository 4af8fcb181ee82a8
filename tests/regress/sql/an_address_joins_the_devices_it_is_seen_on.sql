-- A visitor who gives an address is one person with it, before any account; the account gathers both, in any order.
CREATE TEMP TABLE sent (n integer, message jsonb);
INSERT INTO sent VALUES
  (1, '{"type": "page", "anonymousId": "phone-1", "messageId": "1", "timestamp": "2024-03-01T10:00:00Z"}'),
  (2, '{"type": "identify", "anonymousId": "phone-1", "messageId": "2", "timestamp": "2024-03-01T11:00:00Z", "traits": {"email": "Ann@Example.org"}}'),
  (3, '{"type": "identify", "anonymousId": "laptop-1", "messageId": "3", "timestamp": "2024-03-02T10:00:00Z", "traits": {"email": "ann@example.org", "phone": "+49 171 1234567"}}'),
  (4, '{"type": "page", "anonymousId": "tv-1", "messageId": "4", "timestamp": "2024-03-02T12:00:00Z", "context": {"traits": {"phone": "0049 171 1234567"}}}'),
  (5, '{"type": "identify", "userId": "ann", "messageId": "5", "timestamp": "2024-03-03T10:00:00Z", "traits": {"email": "ann@example.org"}}'),
  (6, '{"type": "page", "anonymousId": "tv-1", "messageId": "6", "timestamp": "2024-03-04T10:00:00Z"}');
SELECT count(journey_track(message)) FROM (SELECT message FROM sent WHERE n < 5 ORDER BY n) s;
SELECT kind, value, coalesce(m.person_id, i.profile_id) = journey_resolve('email:ann@example.org') AS is_ann
  FROM journey.identifiers i LEFT JOIN journey._members m USING (profile_id) WHERE value ~ '^ann@|^(phone|laptop|tv)-1$|491711234567' ORDER BY 1, 2;
SELECT email, events FROM journey.profiles WHERE profile_id = journey_resolve('anonymous_id:tv-1');
SELECT count(journey_track(message)) FROM (SELECT message FROM sent WHERE n > 4 ORDER BY n) s;
SELECT user_id, email, events FROM journey.profiles WHERE profile_id = journey_resolve('anonymous_id:tv-1');
SELECT journey_rebuild_identities();
-- Each link with its evidence: the event that shows both, and whether the link counts.
SELECT i.kind, i.value, t.kind AS into_kind, m.kind AS by, e.message_id, m.evidence -> 'counts' AS counts
  FROM journey.merges m
  JOIN journey.identifiers i USING (profile_id)
  JOIN journey.identifiers t ON t.profile_id = m.into_profile_id
  JOIN journey.events e ON e.event_id = (m.evidence ->> 'event_id')::uuid
 WHERE i.value ~ '^ann@|^(phone|laptop|tv)-1$|491711234567' ORDER BY e.message_id, 1, 2;
-- The same messages in another order, of somebody else
BEGIN;
INSERT INTO journey.inbox (payload)
SELECT replace(replace(replace(message::text, '-1"', '-2"'), 'nn', 'nne'), '1234567', '7654321')::jsonb FROM sent ORDER BY n DESC;
SELECT journey_drain(2), journey_drain(2), journey_drain(2);
COMMIT;
SELECT user_id, email, events FROM journey.profiles WHERE profile_id = journey_resolve('anonymous_id:tv-2');
SELECT count(*), count(DISTINCT person_id) FROM journey._members m JOIN journey.identifiers i USING (profile_id) WHERE value ~ '^anne@|^(phone|laptop|tv)-2$|491717654321';
SELECT journey_rebuild_identities();
