-- Models: what customers have said of the shop, in stars, in points and in words.
CREATE VIEW journey.opinions WITH (security_invoker = true) AS
SELECT o.person_id AS profile_id, o.event_id, o."timestamp" AS given_at, o.kind, o.stars, o.nps, o.text,
       coalesce((o.nps - 5) / 5, (o.stars - 3) / 2) AS answer,
       CASE WHEN o.nps >= 9 OR o.nps IS NULL AND o.stars >= 4.5 THEN 100
            WHEN o.nps >= 7 OR o.nps IS NULL AND o.stars >= 3.5 THEN 0
            WHEN o.nps IS NOT NULL OR o.stars IS NOT NULL THEN -100 END::float8 AS points
  FROM (SELECT a.person_id, e.event_id, e."timestamp", k.kind,
               CASE WHEN k.kind = 'review' AND e.properties ->> 'rating' ~ '^([1-4](\.[0-9]+)?|5(\.0+)?)$' THEN (e.properties ->> 'rating')::float8 END AS stars,
               CASE WHEN k.kind = 'nps' AND n.score ~ '^([0-9]|10)(\.0+)?$' THEN n.score::float8 END AS nps,
               nullif(pg_catalog.btrim(pg_catalog.concat_ws(E'\n', coalesce(e.properties ->> 'title', e.properties ->> 'subject'),
                   coalesce(e.properties ->> 'review_body', e.properties ->> 'reviewBody', e.properties ->> 'body', e.properties ->> 'description',
                            e.properties ->> 'message', e.properties ->> 'comment', e.properties ->> 'feedback', e.properties ->> 'text')), E' \t\r\n'), '') AS text
          FROM journey._atoms a
          JOIN journey.events e ON e.profile_id = a.profile_id
         CROSS JOIN LATERAL (SELECT CASE WHEN e.event = 'Product Reviewed' THEN 'review'
                                         WHEN e.event IN ('Support Ticket Opened', 'Ticket Opened', 'Ticket Created') THEN 'ticket'
                                         WHEN e.event ~* '\m(nps|net promoter)\M' OR e.properties ? 'nps_score' THEN 'nps' END AS kind) k
         CROSS JOIN LATERAL (SELECT coalesce(e.properties ->> 'nps_score', e.properties ->> 'score', e.properties ->> 'rating') AS score) n
         WHERE e.type = 'track' AND NOT e.is_bot AND k.kind IS NOT NULL) o
 WHERE o.text IS NOT NULL OR o.stars IS NOT NULL OR o.nps IS NOT NULL;
COMMENT ON VIEW journey.opinions IS 'What customers have said: reviews, tickets they opened, and answers to whether they would recommend the shop';
COMMENT ON COLUMN journey.opinions.profile_id IS 'The person, as in journey.profiles';
COMMENT ON COLUMN journey.opinions.kind IS 'review: Product Reviewed; ticket: Support Ticket Opened; nps: an event whose name has the word NPS, or with the property nps_score';
COMMENT ON COLUMN journey.opinions.stars IS 'The rating of a review, 1 to 5; NULL where there is none or it is of another scale';
COMMENT ON COLUMN journey.opinions.nps IS 'How likely the customer is to recommend the shop, 0 to 10';
COMMENT ON COLUMN journey.opinions.text IS 'Title or subject, and what was written; NULL where nothing was';
COMMENT ON COLUMN journey.opinions.answer IS 'stars or nps from -1 to 1: what journey_train(''sentiment'') learns from; NULL where there is the text alone';
COMMENT ON COLUMN journey.opinions.points IS 'The same as it counts in a net promoter score: 100 of 9, 10 and five stars; 0 of 7, 8 and four; -100 of less';

GRANT SELECT ON journey.opinions TO journey_reader;
