-- What was written to each chosen household, with the facts it rests on: what the texts name, and how the customer and
-- the product are related.
\pset border 2
\pset linestyle unicode
\pset footer off
-- Breaks a text between words into lines of at most so many characters.
CREATE FUNCTION pg_temp.lines(said text, width integer) RETURNS text IMMUTABLE LANGUAGE sql
RETURN rtrim(regexp_replace(said, format('(.{1,%s})(\s+|$)', width), E'\\1\n', 'g'), E'\n');

WITH used AS (
    SELECT t.customer, string_agg(DISTINCT CASE f ->> 'type' WHEN 'relation' THEN f ->> 'value'
                                                             ELSE (f ->> 'fact') || ' ' || said END, E'\n') AS facts
      FROM demo.texts t
      JOIN journey.generations g USING (generation_id)
     CROSS JOIN jsonb_array_elements(g.facts) AS f
     CROSS JOIN LATERAL (SELECT coalesce(f -> 'value' ->> 'amount', f ->> 'value') AS said) AS spelt
     WHERE f ->> 'type' = 'relation' OR strpos(lower(t.text), lower(said)) > 0
     GROUP BY t.customer
)
SELECT pg_temp.lines(c.customer || ': ' || c.portrait || ', ' || c.why, 24) AS customer,
       used.facts AS "facts used",
       pg_temp.lines(subject.text, 28) AS subject,
       pg_temp.lines(message.text, 50) AS message,
       round(subject.ms + message.ms) AS ms
  FROM demo.customers c
  LEFT JOIN used USING (customer)
  JOIN demo.texts subject ON subject.customer = c.customer AND subject.kind = 'subject'
  JOIN demo.texts message ON message.customer = c.customer AND message.kind = 'message'
 ORDER BY c.place;
\echo 'ms: from the question to the answer of both texts, for all ten households at once'
