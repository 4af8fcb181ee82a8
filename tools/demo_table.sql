-- What was written to each chosen household, with the facts of its profile and of the product that the text names.
\pset border 2
\pset linestyle unicode
\pset format wrapped
\pset columns 180
\pset footer off
SELECT c.customer || ': ' || c.portrait || ', ' || c.why AS customer,
       (SELECT string_agg(DISTINCT f ->> 'fact' || ' ' || (f ->> 'value'), E'\n')
          FROM journey.generations g, jsonb_array_elements(g.facts) AS f
         WHERE g.generation_id IN (subject.generation_id, message.generation_id)
           AND strpos(lower(message.text || ' ' || subject.text), lower(f ->> 'value')) > 0) AS "facts used",
       subject.text AS subject,
       message.text AS message,
       round(subject.ms + message.ms) AS ms
  FROM demo.customers c
  JOIN demo.texts subject ON subject.customer = c.customer AND subject.kind = 'subject'
  JOIN demo.texts message ON message.customer = c.customer AND message.kind = 'message'
 ORDER BY c.place;
