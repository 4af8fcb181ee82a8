CREATE FUNCTION pg_temp.refusal(event jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    PERFORM journey_track(event);
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' | ', SQLSTATE, left(SQLERRM, 100), CASE WHEN hint = '' THEN 'NO HINT' END);
END
$$;
SELECT pg_temp.refusal(e::jsonb) FROM (VALUES
  (NULL), ('7'), ('[]'), ('{}'), ('{"type": "track", "userId": "h"}'), ('{"type": "purchase", "userId": "h"}'),
  ('{"type": "page"}'), ('{"type": "page", "userId": null}'), ('{"type": "page", "userId": "undefined"}'),
  ('{"type": "page", "userId": "00000000-0000-0000-0000-000000000000"}'), ('{"type": "page", "userId": {"id": 1}}'),
  ('{"type": "page", "userId": "h", "timestamp": "294276-12-31T00:00:00Z"}'), ('{"type": "page", "userId": "h", "timestamp": "infinity"}'),
  ('{"type": "page", "userId": "h", "timestamp": "2999-01-01T00:00:00Z"}'), ('{"type": "page", "userId": "h", "timestamp": 1700000000}'),
  ('{"type": "page", "userId": "h", "properties": [1, 2]}')) AS messages (e);
SELECT pg_temp.refusal(jsonb_build_object('type', 'track', 'event', 'Order Completed', 'userId', 'h', 'properties', p::jsonb)) FROM (VALUES
  ('{"total": "NaN"}'), ('{"total": "Infinity"}'), ('{"total": "-inf"}'), ('{"total": 1e300}'), ('{"total": -5}'), ('{"total": {}}'),
  ('{"currency": "DOGE"}'), ('{"currency": 5}'), ('{"products": "none"}'), ('{"products": [{"quantity": -1}]}'),
  ('{"products": [{"price": "12,50"}]}'), ('{"products": [{"category": "a\nb"}]}'), ('{"order_id": []}')) AS properties (p);
-- Ten megabytes, and a thousand levels
SELECT pg_temp.refusal(jsonb_build_object('type', 'page', 'userId', 'h', 'properties', jsonb_build_object('a', repeat('x', 10 * 1024 * 1024))));
SELECT pg_temp.refusal(jsonb_build_object('type', 'page', 'userId', 'h', 'properties', jsonb_build_object('a', (repeat('[', 1000) || repeat(']', 1000))::jsonb)));
-- Nothing of all that left a trace.
SELECT journey_resolve('h');
