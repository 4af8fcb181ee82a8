-- Capture: the ways in. The work is done by _journey_store, _journey_store_batch and _journey_drain.
CREATE FUNCTION journey_track(event jsonb) RETURNS uuid
    LANGUAGE plpgsql
AS $$
BEGIN
    IF event IS NULL THEN
        RAISE EXCEPTION 'event is null' USING ERRCODE = '22023', HINT = 'Send one Segment message as a JSON object.';
    END IF;
    RETURN @extschema@._journey_store(event, NULL, NULL, pg_catalog.clock_timestamp());
END
$$;
COMMENT ON FUNCTION journey_track(jsonb) IS 'Stores one Segment message and folds it into its profile, in this transaction; the same messageId again changes nothing';

CREATE FUNCTION journey_track_batch(events jsonb)
    RETURNS TABLE (message_id text, event_id uuid, status text, error text)
    LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY SELECT s.message_id, s.event_id, s.status, s.error
      FROM @extschema@._journey_store_batch(coalesce(events, 'null'), pg_catalog.clock_timestamp()) s;
END
$$;
COMMENT ON FUNCTION journey_track_batch(jsonb) IS 'Stores many Segment messages, one row each: accepted, duplicate, or rejected with the error; one bad message does not touch the others';

CREATE FUNCTION journey_drain(max integer DEFAULT 10000) RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    message record;
    code text;
    reason text;
    advice text;
    done bigint := 0;
BEGIN
    IF max IS NULL OR max NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION 'max is %', coalesce(max::text, 'null') USING ERRCODE = '22023', HINT = 'Drain 1 to 100000 messages at a time.';
    END IF;
    BEGIN
        RETURN @extschema@._journey_drain(max);
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded OR data_corrupted THEN
        RAISE LOG 'pg_journey drains one by one, because of: %', SQLERRM;
    END;
    -- The tables themselves refused a message, by a constraint or trigger of their own. Which one is found by trying each.
    FOR message IN
        DELETE FROM journey.inbox
         WHERE ctid = ANY (ARRAY(SELECT i.ctid FROM journey.inbox i LIMIT max FOR UPDATE SKIP LOCKED))
        RETURNING payload, raw, source, received_at
    LOOP
        BEGIN
            PERFORM @extschema@._journey_store(message.payload, message.raw, message.source, message.received_at);
        EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded OR data_corrupted THEN
            GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT, advice = PG_EXCEPTION_HINT;
            INSERT INTO journey.dead_letters (payload, source, received_at, sqlstate, reason, hint)
            VALUES (coalesce(message.raw, message.payload::text), message.source, message.received_at, code, reason, nullif(advice, ''));
        END;
        done := done + 1;
    END LOOP;
    RETURN done;
END
$$;
COMMENT ON FUNCTION journey_drain(integer) IS 'Moves up to max messages from journey.inbox to journey.events and folds them, in one transaction; returns how many it took, 0 when the inbox is empty';

CREATE FUNCTION journey_replay_dead_letters(max integer DEFAULT 10000) RETURNS bigint
    LANGUAGE sql
AS $$
    WITH taken AS (
        DELETE FROM journey.dead_letters
         WHERE dead_letter_id = ANY (ARRAY(SELECT d.dead_letter_id FROM journey.dead_letters d
                                            ORDER BY d.failed_at LIMIT max FOR UPDATE SKIP LOCKED))
        RETURNING payload, source, received_at
    ), put_back AS (
        INSERT INTO journey.inbox (raw, source, received_at) SELECT payload, source, received_at FROM taken RETURNING 1
    )
    SELECT pg_catalog.count(*) FROM put_back
$$;
COMMENT ON FUNCTION journey_replay_dead_letters(integer) IS 'Puts dead letters back into journey.inbox, the oldest first, to be tried again; returns how many';

CREATE FUNCTION journey_retire(at timestamptz DEFAULT pg_catalog.now()) RETURNS bigint
    LANGUAGE plpgsql
AS $$
BEGIN
    IF at IS NULL OR at > pg_catalog.now() THEN
        RAISE EXCEPTION 'at is %', coalesce(at::text, 'null') USING ERRCODE = '22023', HINT = 'Events are retired as of now or of a time before.';
    END IF;
    RETURN journey._retire(at);
END
$$;
COMMENT ON FUNCTION journey_retire(timestamptz) IS 'Removes the events and dead letters that journey.retention no longer keeps: whole months of events, without touching any profile; returns how many partitions and rows. For journey_admin';

COMMENT ON FUNCTION _journey_store(jsonb, text, text, timestamptz) IS 'Stores one message, as jsonb or else as text';
COMMENT ON FUNCTION _journey_store_batch(jsonb, timestamptz) IS 'Stores the messages of a batch';
COMMENT ON FUNCTION _journey_drain(bigint) IS 'journey_drain without the way out for messages that the tables refuse';
