-- Sentiment: what texts feel like, the training of it, and how likely each customer is to recommend the shop.
COMMENT ON FUNCTION journey_sentiment(text) IS 'What a text feels like, from -1 to 1, by the deployed version of the model sentiment or, without one, by a formula; 0 of a text that says nothing';
COMMENT ON FUNCTION journey_sentiment(text[]) IS 'The same of many texts, in order; faster than one by one';
COMMENT ON FUNCTION _journey_sentiment_options(jsonb) IS 'The options of a training of the model sentiment with their defaults';
COMMENT ON FUNCTION _journey_sentiment_fit(text, jsonb) IS 'Fits the model sentiment to targets and texts of a statement: parameters, metrics, score, snapshot and the artefact in hexadecimal';

-- Target and text of each row of a source, or of what customers have rated and written.
CREATE FUNCTION _journey_sentiment_statement(options jsonb) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    source text;
    columns jsonb;
    kind text;
BEGIN
    IF options ->> 'source' IS NULL THEN
        RETURN 'SELECT o.answer, o.text FROM journey.opinions o WHERE o.answer IS NOT NULL AND o.text IS NOT NULL ORDER BY o.given_at, o.event_id';
    END IF;
    source := @extschema@._journey_value_from(options ->> 'source');
    columns := (SELECT jsonb_agg(jsonb_build_object('name', c.name, 'kind', c.kind))
                  FROM @extschema@._journey_columns(format('SELECT * FROM %s AS s LIMIT 0', source)) c);
    kind := @extschema@._journey_column_kind(columns, 'target', options ->> 'target', '{boolean,number}');
    PERFORM @extschema@._journey_column_kind(columns, 'text', options ->> 'text', '{category}');
    RETURN format('SELECT %s, (s.%I)::text FROM %s AS s',
           format(CASE kind WHEN 'boolean' THEN '(s.%I)::integer::float8' ELSE '(s.%I)::float8' END, options ->> 'target'), options ->> 'text', source);
END
$$;
COMMENT ON FUNCTION _journey_sentiment_statement(jsonb) IS 'The statement that reads the rows of a training of the model sentiment';

CREATE FUNCTION _journey_train_sentiment(options jsonb) RETURNS integer
    LANGUAGE plpgsql
AS $$
DECLARE
    lock_key constant integer := hashtext('pg_journey.train.sentiment');
    trained jsonb;
BEGIN
    options := @extschema@._journey_sentiment_options(options);
    IF (options ->> 'wait')::boolean THEN
        PERFORM pg_advisory_xact_lock(lock_key);
    ELSIF NOT pg_try_advisory_xact_lock(lock_key) THEN
        RAISE EXCEPTION 'model sentiment is being trained by another session'
              USING ERRCODE = '55P03', HINT = 'Try again later, or wait for it with {"wait": true}.';
    END IF;
    IF options ->> 'source' IS NULL THEN
        options := options || '{"low": -1, "high": 1, "text": "text", "target": "answer"}';
    END IF;
    trained := @extschema@._journey_sentiment_fit(@extschema@._journey_sentiment_statement(options), options);
    trained := jsonb_set(trained, '{snapshot,source}', coalesce(options -> 'source', 'null'));
    RETURN @extschema@._journey_add_version('sentiment', 'sentiment', 'What a text feels like, from -1 to 1', options,
           trained - 'artefact', decode(trained ->> 'artefact', 'hex'));
END
$$;
COMMENT ON FUNCTION _journey_train_sentiment(jsonb) IS 'journey_train() of the model sentiment';

-- Of the opinions of a year, at most the newest fifty of each customer. An answer or a rating counts three times as much as a text of
-- which the sentiment must do; where all together count less than one answer, they are shrunk towards 0. Two texts are the least.
CREATE FUNCTION _journey_nps_of(persons bigint[], at timestamptz)
    RETURNS TABLE (profile_id bigint, indicator float8, opinions bigint, answers bigint, status text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT o.profile_id, o.points, o.text, row_number() OVER () AS place
          FROM (SELECT o.*, row_number() OVER (PARTITION BY o.profile_id ORDER BY o.given_at DESC, o.event_id) AS age
                  FROM journey.opinions o
                 WHERE o.profile_id = ANY (persons) AND o.given_at > at - interval '365 days' AND o.given_at <= at) o
         WHERE o.age <= 50),
    declined AS MATERIALIZED (
        SELECT p.profile_id FROM journey.profiles p
         WHERE p.profile_id IN (SELECT s.profile_id FROM said s) AND journey._has_declined(p.traits)),
    texts AS MATERIALIZED (
        SELECT array_agg(s.place ORDER BY s.place) AS places, array_agg(s.text ORDER BY s.place) AS texts
          FROM said s WHERE s.points IS NULL AND s.profile_id NOT IN (SELECT d.profile_id FROM declined d)),
    judged AS MATERIALIZED (
        SELECT j.place, j.sentiment
          FROM texts t CROSS JOIN LATERAL unnest(t.places, @extschema@.journey_sentiment(t.texts)) AS j (place, sentiment)
         WHERE t.texts IS NOT NULL),
    summed AS (
        SELECT s.profile_id, count(*) AS opinions, count(s.points) AS answers,
               sum(CASE WHEN s.points IS NULL THEN 1 ELSE 3 END) AS weight, sum(coalesce(3 * s.points, 100 * j.sentiment)) AS points
          FROM said s LEFT JOIN judged j ON j.place = s.place
         GROUP BY s.profile_id)
    SELECT s.profile_id, CASE WHEN s.weight >= 2 AND d.profile_id IS NULL THEN s.points / greatest(s.weight, 3) END, s.opinions, s.answers,
           CASE WHEN d.profile_id IS NOT NULL THEN 'declined' WHEN s.weight < 2 THEN 'too_little' ELSE 'known' END
      FROM summed s LEFT JOIN declined d ON d.profile_id = s.profile_id;
END
$$;
COMMENT ON FUNCTION _journey_nps_of(bigint[], timestamptz) IS 'The NPS indicator of persons who have said something within the year before a time: -100 to 100, from how many opinions, and how many of these are answers or ratings';
