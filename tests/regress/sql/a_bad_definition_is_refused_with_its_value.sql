\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
SELECT journey_define_trait('t', '{"kind": "cuont"}');
\set VERBOSITY default
SELECT journey_define_trait('Big Spenders', '{"kind": "count"}');
SELECT journey_define_trait(NULL, '{"kind": "count"}');
SELECT journey_define_trait('t', NULL);
SELECT journey_define_trait('t', '{"kind": "count", "windwo": "30 days"}');
SELECT journey_define_trait('t', '{"kind": "count", "window": "30 dyas"}');
SELECT journey_define_trait('t', '{"kind": "count", "window": "30 days", "time_zone": "Europe/Berln"}');
SELECT journey_define_trait('t', '{"kind": "sum", "of": "total"}');
SELECT journey_define_trait('t', '{"kind": "count", "where": {"channel": {"like": "w%"}}}');
SELECT journey_define_segment('s', '{"did": "Order Completed", "windows": "30 days"}');
SELECT journey_define_segment('s', '{"trait": "nothing", ">": 1}');
SELECT journey_define_segment('s', '{"profile": "orders", ">": "many"}');
SELECT journey_define_segment('s', '{"profile": "last_seen", ">": "2025-01-01"}');
SELECT journey_define_segment('s', '{"segment": "s"}');
SELECT journey_define_segment('s', '{"funnel": ["One"]}');
SELECT journey_define_segment('s', NULL);
SELECT journey_preview_segment('{"or": []}');
SELECT count(*) FROM journey.traits;
SELECT count(*) FROM journey.segments;
-- What is meant to break out of a query is only a value.
SELECT journey_define_trait('hostile', '{"kind": "count", "event": "x''; DROP TABLE journey.events; --", "where": {"properties.a\"]) --": {"contains": "''"}}}');
SELECT count(*) FROM journey_trait_values('hostile') WHERE value <> '0';
SELECT journey_drop_trait('hostile');
