SELECT message_id, event_id IS NOT NULL AS stored, status, error FROM journey_track_batch('[
  {"type": "page", "userId": "batch", "messageId": "b1"},
  {"type": "page", "userId": "batch", "messageId": "b1"},
  {"type": "page", "messageId": "b2"},
  {"type": "track", "userId": "batch", "messageId": "b3", "event": "Order Completed", "properties": {"total": "NaN"}},
  "nonsense",
  {"type": "page", "userId": "batch", "messageId": "b4"}
]');
-- Segment's libraries send an object with the batch in it; its sentAt is each message's.
SELECT message_id, status FROM journey_track_batch('{"sentAt": "2020-01-01T00:01:00Z", "batch": [
  {"type": "page", "userId": "batch", "messageId": "b5", "receivedAt": "2024-01-01T00:01:00Z", "timestamp": "2020-01-01T00:00:00Z"}]}');
SELECT "timestamp" AT TIME ZONE 'UTC' AS "timestamp" FROM journey.events WHERE profile_id = journey_resolve('batch') AND message_id = 'b5';
SELECT events FROM journey.profiles WHERE profile_id = journey_resolve('batch');
\set SHOW_CONTEXT never
SELECT * FROM journey_track_batch('{"type": "page"}');
SELECT * FROM journey_track_batch(NULL);
SELECT * FROM journey_track_batch('[]');
