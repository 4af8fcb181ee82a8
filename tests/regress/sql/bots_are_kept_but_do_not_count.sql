-- What a rule of journey.bot_rules fits is stored and flagged; it counts in no profile and joins no identifiers.
SELECT status FROM journey_track_batch('{"sentAt": "2024-05-01T10:00:00Z", "context": {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, "batch": [
  {"type": "track", "event": "Product Viewed", "anonymousId": "crawler", "messageId": "bot-1", "properties": {"category": "Tea"}},
  {"type": "identify", "userId": "crawled", "anonymousId": "crawler", "messageId": "bot-2", "traits": {"first_name": "Robot"}}]}');
SELECT user_id, anonymous_id, event, is_bot FROM journey.events WHERE message_id IN ('bot-1', 'bot-2') ORDER BY message_id;
SELECT count(*) FROM journey.profiles WHERE profile_id IN (journey_resolve('crawled'), journey_resolve('anonymous_id:crawler'));
SELECT journey_resolve('crawled') = journey_resolve('anonymous_id:crawler') AS joined;
SELECT count(*) FROM journey_timeline('crawled');
-- A person with the same device counts.
SELECT journey_track('{"type": "track", "event": "Product Viewed", "anonymousId": "crawler", "messageId": "bot-3", "properties": {"category": "Cups"},
                       "context": {"userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "ip": "198.51.100.7"}}') IS NOT NULL AS stored;
SELECT events, favourite_category FROM journey.profiles WHERE profile_id = journey_resolve('anonymous_id:crawler');
-- The rules are the shop's: a network of its own monitors, from the next message on, through the inbox too.
INSERT INTO journey.bot_rules (name, network) VALUES ('regress monitors', '203.0.113.0/24');
BEGIN;
INSERT INTO journey.inbox (payload) VALUES
  ('{"type": "page", "anonymousId": "crawler", "messageId": "bot-4", "context": {"ip": "203.0.113.77"}}'),
  ('{"type": "page", "anonymousId": "crawler", "messageId": "bot-5", "context": {"ip": "203.0.114.77"}}');
SELECT journey_drain();
COMMIT;
SELECT message_id, is_bot FROM journey.events WHERE message_id IN ('bot-4', 'bot-5') ORDER BY message_id;
UPDATE journey.bot_rules SET is_enabled = false WHERE name = 'regress monitors';
SELECT journey_track('{"type": "page", "anonymousId": "crawler", "messageId": "bot-6", "context": {"ip": "203.0.113.77"}}') IS NOT NULL AS stored;
SELECT events FROM journey.profiles WHERE profile_id = journey_resolve('anonymous_id:crawler');
DELETE FROM journey.bot_rules WHERE name = 'regress monitors';
INSERT INTO journey.bot_rules (name) VALUES ('neither');
