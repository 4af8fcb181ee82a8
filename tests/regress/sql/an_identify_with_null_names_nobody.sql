\set SHOW_CONTEXT never
-- A sign-in form that sends null, 'undefined' or zeros brings no two visitors together.
SELECT status, error FROM journey_track_batch('[
  {"type": "identify", "userId": null, "anonymousId": "null-1", "messageId": "1", "traits": {"email": null}},
  {"type": "identify", "userId": "null", "anonymousId": "null-2", "messageId": "2", "traits": {"email": "undefined"}},
  {"type": "identify", "userId": "undefined", "anonymousId": "null-3", "messageId": "3", "traits": {"email": "null@null.com"}},
  {"type": "identify", "userId": 0, "anonymousId": "null-4", "messageId": "4", "traits": {"email": "no-reply@shop.example", "phone": "0000000000"}},
  {"type": "identify", "userId": "00000000-0000-0000-0000-000000000000", "anonymousId": "null-5", "messageId": "5", "traits": {"phone": "+490000000000"}},
  {"type": "identify", "userId": "", "anonymousId": " ", "messageId": "6"},
  {"type": "identify", "userId": "null", "anonymousId": "[object Object]", "messageId": "7", "traits": {"email": {"a": 1}}}]');
SELECT i.value, count(m) AS members FROM journey.identifiers i LEFT JOIN journey._members m ON m.profile_id = i.profile_id OR m.person_id = i.profile_id
 WHERE i.value LIKE 'null-_' GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM journey.identifiers WHERE value IN ('null', 'undefined', '0', '') OR value LIKE '%000000%' OR value LIKE 'no-reply%';
-- A pattern of one's own, and one that cannot be meant
UPDATE journey.identity_rules SET blocked_patterns = blocked_patterns || '{@staff\.example$}' WHERE kind = 'email';
SELECT journey_track('{"type": "identify", "anonymousId": "null-6", "messageId": "8", "traits": {"email": "Ann@Staff.example"}}') IS NOT NULL AS stored;
SELECT journey_resolve('email:ann@staff.example');
\set VERBOSITY terse
UPDATE journey.identity_rules SET blocked_patterns = '{(}' WHERE kind = 'email';
UPDATE journey.identity_rules SET blocked_patterns = blocked_patterns || '{(?=a)}' WHERE kind = 'email';
\set VERBOSITY default
SELECT journey_track('{"type": "page", "anonymousId": "null-7", "messageId": "9"}');
UPDATE journey.identity_rules SET blocked_patterns = array_remove(array_remove(blocked_patterns, '(?=a)'), '@staff\.example$') WHERE kind = 'email';
