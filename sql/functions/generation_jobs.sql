-- Generation: the texts of a whole campaign as a job of the background, and a text piece by piece.
CREATE FUNCTION journey_generate_batch(campaign text, max bigint DEFAULT NULL, kind text DEFAULT 'message', segment text DEFAULT NULL,
                                       seed bigint DEFAULT NULL, options jsonb DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql VOLATILE COST 10000
AS $$
DECLARE
    ordered text;
    audience bigint;
BEGIN
    IF max < 1 THEN
        RAISE EXCEPTION 'max is %', max USING ERRCODE = 'invalid_parameter_value', HINT = 'Order at least one text.';
    ELSIF campaign IS NULL THEN
        RAISE EXCEPTION 'campaign is null' USING ERRCODE = 'invalid_parameter_value', HINT = 'Name one of journey.campaigns.';
    ELSIF segment IS NOT NULL AND NOT EXISTS (SELECT FROM journey.segments s WHERE s.name = segment) THEN
        RAISE EXCEPTION 'there is no segment "%"', segment
            USING ERRCODE = 'undefined_object', HINT = 'Define it with journey_define_segment().';
    END IF;
    -- What no text could be written for is refused at once.
    PERFORM @extschema@._journey_check_order(kind, campaign, seed, options);
    INSERT INTO journey._jobs (campaign, kind, segment, seed, options, total)
    VALUES (journey_generate_batch.campaign, journey_generate_batch.kind, journey_generate_batch.segment, journey_generate_batch.seed,
            journey_generate_batch.options, 0)
    RETURNING job INTO ordered;
    INSERT INTO journey.batch_texts (profile_id, job, customer)
        SELECT p.person_id, ordered, CASE WHEN i.kind = 'user_id' AND i.value !~ ':' THEN i.value ELSE i.kind || ':' || i.value END
          FROM journey._person_atoms p
          JOIN journey.identifiers i ON i.profile_id = p.person_id
         WHERE (journey_generate_batch.segment IS NULL
                OR EXISTS (SELECT FROM journey.segment_members m
                            WHERE m.segment = journey_generate_batch.segment AND m.profile_id = p.person_id))
           AND EXISTS (SELECT FROM journey._parts a WHERE a.profile_id = ANY (p.atoms) AND a.events > 0)
           AND p.person_id NOT IN (SELECT @extschema@._journey_unwilling(options ->> 'channel'))
         ORDER BY p.person_id
         LIMIT max;
    GET DIAGNOSTICS audience = ROW_COUNT;
    UPDATE journey._jobs j SET total = audience WHERE j.job = ordered;
    RETURN ordered;
END
$$;
COMMENT ON FUNCTION journey_generate_batch(text, bigint, text, text, bigint, jsonb) IS
    'Orders the texts of a campaign for the customers of a segment, or all, at most max; returns the job, which the background writes with the caller''s rights: see journey.jobs and journey.batch_texts';

-- Nobody is unwilling where the channel is none, or one that needs no consent.
CREATE FUNCTION _journey_unwilling(channel text) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF channel IN ('email', 'sms', 'push') THEN
        RETURN QUERY SELECT p.profile_id FROM journey.profiles p
                      WHERE NOT CASE channel WHEN 'email' THEN p.consent_email WHEN 'sms' THEN p.consent_sms ELSE p.consent_push END;
    END IF;
END
$$;
COMMENT ON FUNCTION _journey_unwilling(text) IS 'Customers who said no to messages by a channel';

CREATE FUNCTION journey_run(job text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    chosen journey._jobs;
    again bigint;
BEGIN
    SELECT j.* INTO chosen FROM journey._jobs j WHERE j.job = journey_run.job FOR UPDATE;
    IF chosen.job IS NULL THEN
        RAISE EXCEPTION 'there is no job "%"', job USING ERRCODE = 'undefined_object', HINT = 'journey.jobs lists them.';
    ELSIF chosen.status IN ('queued', 'running') THEN
        RAISE EXCEPTION 'job "%" is %', job, chosen.status
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'It goes on by itself; journey_cancel() stops it.';
    END IF;
    UPDATE journey.batch_texts t SET status = 'waiting', error = NULL WHERE t.job = chosen.job AND t.status = 'error';
    GET DIAGNOSTICS again = ROW_COUNT;
    UPDATE journey._jobs j
       SET status = 'queued', failures = 0, error = NULL, failed = j.failed - again, due_at = chosen.created_at, finished_at = NULL
     WHERE j.job = chosen.job;
    RETURN chosen.total - chosen.done - chosen.failed + again;
END
$$;
COMMENT ON FUNCTION journey_run(text) IS 'Goes on with a job that failed, was cancelled, or left texts with errors; returns how many texts are to be written';

CREATE FUNCTION journey_cancel(job text) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    chosen journey._jobs;
BEGIN
    SELECT j.* INTO chosen FROM journey._jobs j WHERE j.job = journey_cancel.job FOR UPDATE;
    IF chosen.job IS NULL THEN
        RAISE EXCEPTION 'there is no job "%"', job USING ERRCODE = 'undefined_object', HINT = 'journey.jobs lists them.';
    ELSIF chosen.status NOT IN ('queued', 'running') THEN
        RAISE EXCEPTION 'job "%" is %', job, chosen.status USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'There is nothing to cancel.';
    END IF;
    UPDATE journey._jobs j SET status = 'cancelled', finished_at = pg_catalog.now() WHERE j.job = chosen.job;
    RETURN chosen.total - chosen.done - chosen.failed;
END
$$;
COMMENT ON FUNCTION journey_cancel(text) IS 'Stops a job after the texts that are being written; returns how many it had left';

CREATE FUNCTION _journey_work() RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    began constant timestamptz := clock_timestamp();
    next journey._jobs;
    profiles bigint[];
    customers text[];
    written bigint;
    wrong bigint;
    reason text;
BEGIN
    -- Not locked: whoever cancels the job meanwhile need not wait.
    SELECT j.* INTO next FROM journey._jobs j
     WHERE j.status IN ('queued', 'running') AND j.due_at <= began
     ORDER BY j.due_at, j.job LIMIT 1;
    IF next.job IS NULL THEN
        RETURN 0;
    END IF;
    SELECT array_agg(t.profile_id), array_agg(t.customer) INTO profiles, customers
      FROM (SELECT t.profile_id, t.customer FROM journey.batch_texts t
             WHERE t.job = next.job AND t.status = 'waiting' ORDER BY t.profile_id LIMIT next.slice) t;
    IF profiles IS NULL THEN
        UPDATE journey._jobs j SET status = 'done', started_at = coalesce(j.started_at, began), finished_at = began
         WHERE j.job = next.job AND j.status IN ('queued', 'running');
        RETURN 1;
    END IF;
    BEGIN
        WITH text AS MATERIALIZED (
            SELECT p.profile_id, c.generation_id, c.status, c.error
              FROM @extschema@._journey_compose_for(next.owner, customers, next.kind, next.campaign, next.seed, next.options)
                       WITH ORDINALITY AS c (generation_id, status, error, n)
              JOIN unnest(profiles) WITH ORDINALITY AS p (profile_id, n) USING (n)
        ), kept AS (
            UPDATE journey.batch_texts t SET status = c.status, generation_id = c.generation_id, error = c.error, written_at = began
              FROM text c
             WHERE t.profile_id = c.profile_id AND t.job = next.job
            RETURNING t.status, t.error
        )
        SELECT count(*), count(*) FILTER (WHERE k.status = 'error'), min(k.error) INTO written, wrong, reason FROM kept k;
        -- Where no text at all can be written, the reason is hardly in the customers: the job waits and tries again. At the fifth
        -- time it may be in them: their errors are written down, and only another slice like that fails the job.
        IF wrong = written AND wrong >= 8 AND next.failures <> 4 THEN
            RAISE EXCEPTION '%', reason;
        END IF;
        -- A slice is to take some twenty seconds: long enough to keep the engine busy, short enough to lose.
        UPDATE journey._jobs j
           SET status = CASE j.status WHEN 'queued' THEN 'running' ELSE j.status END, started_at = coalesce(j.started_at, began),
               done = j.done + written - wrong, failed = j.failed + wrong, worked = j.worked + (clock_timestamp() - began),
               slice = least(1024, 2 * j.slice,
                             greatest(32, j.slice * 20 / greatest(extract(epoch FROM clock_timestamp() - began), 0.01)::float8))::integer,
               failures = CASE WHEN wrong = written AND next.failures = 4 THEN 5 ELSE 0 END, error = NULL, due_at = clock_timestamp()
         WHERE j.job = next.job;
        RETURN written;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
    END;
    UPDATE journey._jobs j
       SET status = CASE WHEN j.failures >= 4 AND j.status <> 'cancelled' THEN 'failed' ELSE j.status END,
           finished_at = CASE WHEN j.failures >= 4 THEN began ELSE j.finished_at END,
           failures = j.failures + 1, error = reason, due_at = began + make_interval(secs => 2 ^ least(j.failures, 4))
     WHERE j.job = next.job;
    RETURN 1;
END
$$;
COMMENT ON FUNCTION _journey_work() IS 'One slice of the job whose turn it is: how many texts it tried; 0: no job is due';
COMMENT ON FUNCTION _journey_check_order(text, text, bigint, jsonb) IS 'Raises what journey_compose would for a customer nobody knows, before a model is asked';
COMMENT ON FUNCTION _journey_compose_for(text, text[], text, text, bigint, jsonb) IS
    'Texts for customers, a row each in their order, with the rights of a role that the current one has';

CREATE FUNCTION journey_generate_stream(customer text, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                                        seed bigint DEFAULT NULL) RETURNS SETOF text
    LANGUAGE sql VOLATILE COST 1000000 ROWS 20
AS $$
    SELECT piece[1]
      FROM pg_catalog.regexp_matches(@extschema@.journey_generate(customer, kind, product, campaign, seed), '\s*\S+', 'g') AS piece
$$;
COMMENT ON FUNCTION journey_generate_stream(text, text, text, text, bigint) IS
    'The text of journey_generate word by word, once it has passed every rule: a text can only be judged when it is whole';
