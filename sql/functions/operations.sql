-- Operations: what the worker does, what it and the engine are doing, and who may call what.

CREATE FUNCTION _journey_part_failed(failed text, code text, reason text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO journey._worker_failures AS f (part, sqlstate, error)
    VALUES (failed, code, reason)
    ON CONFLICT (part) DO UPDATE
       SET failures = f.failures + 1, sqlstate = EXCLUDED.sqlstate, error = EXCLUDED.error, failed_at = EXCLUDED.failed_at;
END
$$;
COMMENT ON FUNCTION _journey_part_failed(text, text, text) IS 'Writes down what part of the worker failed and why, for journey.stat_workers';

CREATE FUNCTION _journey_tick() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    done bigint;
    code text;
    reason text;
BEGIN
    -- The months ahead, in a transaction of their own: a new partition keeps the default one locked until it commits.
    IF to_regclass(to_char(now() AT TIME ZONE 'UTC' + interval '3 months', '"journey.events_"YYYY_MM')) IS NULL
       AND journey._make_partitions(ARRAY(SELECT generate_series(now(), now() + interval '3 months', interval '1 month')::date)) > 0 THEN
        RETURN 1;
    END IF;
    -- One block a part: what fails is recorded and does not keep the other parts from their work. What journey.retention no
    -- longer keeps goes in a transaction of its own, too: it locks journey.events.
    BEGIN
        DELETE FROM journey._worker_failures WHERE part = 'retention';
        IF EXISTS (SELECT FROM journey.retention WHERE keep IS NOT NULL) AND journey._retire(now()) > 0 THEN
            RETURN 1;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed('retention', code, reason);
    END;
    -- A process of its own works on jobs: texts take long.
    BEGIN
        DELETE FROM journey._worker_failures WHERE part = 'jobs';
        IF EXISTS (SELECT FROM journey._jobs j WHERE j.status IN ('queued', 'running') AND j.due_at <= now()) THEN
            PERFORM @extschema@._journey_start_jobs();
        END IF;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed('jobs', code, reason);
    END;
    -- So does a segment: it may take long, and folding locks profiles.
    BEGIN
        DELETE FROM journey._worker_failures WHERE part = 'segments';
        IF @extschema@._journey_refresh_due_segment() THEN
            RETURN 1;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed('segments', code, reason);
    END;
    BEGIN
        DELETE FROM journey._worker_failures WHERE part = 'scores';
        -- Messages do not wait until all are scored.
        IF NOT EXISTS (SELECT FROM journey.inbox) AND @extschema@._journey_refresh_due_scores() THEN
            RETURN 1;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed('scores', code, reason);
    END;
    BEGIN
        DELETE FROM journey._worker_failures WHERE part = 'drift';
        IF NOT EXISTS (SELECT FROM journey.inbox) AND @extschema@._journey_record_due_drift() THEN
            RETURN 1;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed('drift', code, reason);
    END;
    BEGIN
        DELETE FROM journey._worker_failures WHERE part = 'phrases';
        PERFORM @extschema@._journey_learn_due();
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed('phrases', code, reason);
    END;
    BEGIN
        DELETE FROM journey._worker_failures WHERE part = 'copy' AND failed_at < now() - interval '1 minute';
        PERFORM @extschema@._journey_copy_due();
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed('copy', code, reason);
    END;
    BEGIN
        done := @extschema@.journey_drain(current_setting('pg_journey.worker_batch')::integer);
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, reason = MESSAGE_TEXT;
        PERFORM @extschema@._journey_part_failed('inbox', code, reason);
        RAISE WARNING 'the pg_journey worker could not empty journey.inbox: %', reason USING ERRCODE = code;
        RETURN -1;
    END;
    DELETE FROM journey._worker_failures WHERE part = 'inbox';
    -- Tables of the warehouse are read when messages do not queue.
    IF done < current_setting('pg_journey.worker_batch')::bigint THEN
        done := done + @extschema@._journey_sync_due();
    END IF;
    RETURN done;
END
$$;
COMMENT ON FUNCTION _journey_start_jobs() IS 'Starts the process that works on the jobs of this database, unless one runs';
COMMENT ON FUNCTION _journey_tick() IS 'One turn of the database worker: how much was done; 0: there is nothing to do; -1: a part failed, see journey.stat_workers';

CREATE FUNCTION journey_status() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    status jsonb := jsonb_build_object(
        'version', (SELECT extversion FROM pg_extension WHERE extname = 'pg_journey'),
        'is_set_up', to_regclass('journey._setup_steps') IS NOT NULL,
        'engine', @extschema@._journey_engine_status());
BEGIN
    IF to_regclass('journey.stat_workers') IS NULL THEN
        RETURN status || jsonb_build_object('hint', 'Run journey_setup() to create the schema journey.');
    END IF;
    RETURN status || jsonb_build_object(
        'models', (SELECT jsonb_agg(to_jsonb(m)) FROM journey.stat_models m),
        'queue', (SELECT jsonb_agg(to_jsonb(q)) FROM journey.stat_queue q),
        'workers', (SELECT jsonb_agg(to_jsonb(w)) FROM journey.stat_workers w));
END
$$;
COMMENT ON FUNCTION journey_status() IS 'What runs and how it is doing: engine, models, queue, worker';
COMMENT ON FUNCTION _journey_engine_status() IS 'The engine''s own account, or why it does not run';
COMMENT ON FUNCTION journey_setup() IS 'Creates the schema journey or brings it to the version of the library; returns how many steps it ran';

-- Private functions, and those of administrators, are nobody's until journey_setup() grants them to the roles it creates.
DO $$
DECLARE
    private regprocedure;
BEGIN
    FOR private IN
        SELECT p.oid::regprocedure
          FROM pg_catalog.pg_proc p
         WHERE p.pronamespace = '@extschema@'::regnamespace
           AND (p.proname LIKE '\_journey\_%' OR p.proname IN ('journey_import_model', 'journey_inspect_model', 'journey_train', 'journey_refresh_scores', 'journey_deploy', 'journey_rollback', 'journey_grant_model', 'journey_revoke_model'))
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', private);
    END LOOP;
END
$$;
