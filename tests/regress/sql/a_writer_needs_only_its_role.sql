-- journey_writer captures and mends; journey_reader reads; others do neither. Setting up takes the schema's owner.
CREATE ROLE regress_writer; CREATE ROLE regress_reader; CREATE ROLE regress_nobody; CREATE ROLE regress_admin;
GRANT journey_writer TO regress_writer; GRANT journey_reader TO regress_reader; GRANT journey_admin TO regress_admin;
\set SHOW_CONTEXT never
SET ROLE regress_writer;
SELECT journey_track('{"type": "identify", "userId": "role", "anonymousId": "role-device", "traits": {"first_name": "Rosa"}}') IS NOT NULL AS tracked;
SELECT status FROM journey_track_batch('[{"type": "track", "userId": "role", "event": "Order Completed", "properties": {"order_id": "r", "total": 3, "currency": "USD"}},
                                         {"type": "track", "userId": "role", "event": "Order Cancelled", "properties": {"order_id": "r"}}]');
BEGIN;
INSERT INTO journey.inbox (payload) VALUES ('{"type": "page", "userId": "role", "timestamp": "2021-07-01T00:00:00Z"}'), ('{"type": "page"}');
SELECT journey_drain();
COMMIT;
UPDATE journey.dead_letters SET payload = '{"type": "page", "userId": "role"}' WHERE payload = '{"type": "page"}';
BEGIN;
SELECT journey_replay_dead_letters(), journey_drain();
COMMIT;
SELECT journey_drain();
-- A month that had no partition has one now, though the writer owns no table.
SELECT tableoid::regclass FROM journey.events WHERE profile_id = journey_resolve('role') AND "timestamp" < '2022-01-01';
INSERT INTO journey._parts (profile_id) VALUES (1);
DELETE FROM journey._parts WHERE profile_id = 1;
RESET ROLE;
DELETE FROM journey._parts WHERE profile_id = 1;
SET ROLE regress_reader;
SELECT first_name, orders, events FROM journey.profiles WHERE profile_id = journey_resolve('role');
SELECT journey_track('{"type": "page", "userId": "role"}');
-- What cannot be kept is not written: the model is not asked first.
SELECT journey_generate('role', 'subject');
SET ROLE regress_nobody;
SELECT journey_track('{"type": "page", "userId": "role"}');
SET ROLE regress_admin;
SELECT journey_setup();
RESET ROLE;
DROP ROLE regress_writer, regress_reader, regress_nobody, regress_admin;
