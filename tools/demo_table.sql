-- The newest subject line and message of each chosen household, with the facts that they use.
\pset border 2
\pset linestyle unicode
\pset format wrapped
\pset columns 180
\pset footer off
WITH newest AS (
    SELECT DISTINCT ON (c.place, g.kind) c.place, g.kind, g.text, g.status, g.facts, g.ms
      FROM demo.customers c JOIN journey.generations g ON g.profile_id = journey_resolve(c.customer)
     WHERE g.kind IN ('subject', 'message')
     ORDER BY c.place, g.kind, g.created_at DESC
)
SELECT c.customer || ': ' || c.portrait || ', ' || c.why AS customer,
       (SELECT string_agg(DISTINCT f ->> 'fact' || ' ' || (f ->> 'value'), E'\n')
          FROM jsonb_array_elements(message.facts) AS f
         WHERE strpos(lower(message.text || subject.text), lower(f ->> 'value')) > 0) AS "facts used",
       subject.text AS subject,
       message.text AS message,
       round(subject.ms + message.ms) AS ms
  FROM demo.customers c
  JOIN newest subject ON subject.place = c.place AND subject.kind = 'subject'
  JOIN newest message ON message.place = c.place AND message.kind = 'message'
 ORDER BY c.place;
