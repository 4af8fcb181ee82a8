-- One customer of journey.profiles is found by index, by the shop's own id as by what journey_resolve() returns. Persons of
-- one identifier and of several are looked up apart, so the index serves twice.
SELECT count(journey_track('{"type": "track", "event": "Product Viewed"}'::jsonb || ids.ids)) AS stored
  FROM (VALUES ('{"messageId": "named-1", "userId": "named-1"}'::jsonb), ('{"messageId": "named-2", "userId": "named-2", "anonymousId": "named-device"}'),
               ('{"messageId": "named-3", "anonymousId": "named-device"}')) AS ids (ids);
SELECT user_id, events FROM journey.profiles WHERE user_id = 'named-1';
SELECT user_id, events FROM journey.profiles WHERE user_id = 'named-2';
SELECT user_id, events FROM journey.profiles WHERE user_id IN ('named-1', 'named-2', 'named-3') ORDER BY 1;
SELECT user_id, events FROM journey.profiles WHERE profile_id = journey_resolve('anonymous_id:named-device');
CREATE FUNCTION pg_temp.scans(query text) RETURNS TABLE (scan text) LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        RETURN QUERY SELECT (regexp_match(line, 'Seq Scan on \w+|identifiers_user_id_idx'))[1];
    END LOOP;
END
$$;
-- Among many customers, half of whom have a device.
BEGIN;
INSERT INTO journey.identifiers SELECT n, CASE WHEN n % 3 = 0 THEN 'anonymous_id' ELSE 'user_id' END, 'crowd-' || n FROM generate_series(1, 15000) n;
INSERT INTO journey._parts (profile_id, events) SELECT n, 1 FROM generate_series(1, 15000) n;
INSERT INTO journey._members SELECT n, n - 1, now() FROM generate_series(1, 15000) n WHERE n % 3 = 0;
INSERT INTO journey._orders (profile_id, order_key, is_completed, refunds, is_returned)
SELECT n, gen_random_uuid(), true, 0, false FROM generate_series(1, 15000) n;
ANALYZE journey.identifiers, journey._parts, journey._members, journey._orders;
SELECT scan, count(*) FROM pg_temp.scans($$SELECT orders, revenue FROM journey.profiles WHERE user_id = 'named-1'$$)
 WHERE scan ~ 'identifiers|_parts|_members|_orders' GROUP BY scan;
SELECT scan FROM pg_temp.scans($$SELECT * FROM journey.profiles WHERE profile_id = journey_resolve('email:named@example.org')$$)
 WHERE scan ~ 'identifiers|_parts|_members|_orders';
ROLLBACK;
