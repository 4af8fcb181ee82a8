-- A subject line and a message to one household; journey.generations keeps them with their facts.
SELECT pg_catalog.count(*) FROM journey_generate(:'customer', 'subject', seed => 1)
UNION ALL
SELECT pg_catalog.count(*) FROM journey_generate(:'customer', 'message', seed => 1)
\g /dev/null
