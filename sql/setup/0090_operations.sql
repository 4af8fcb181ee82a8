-- Operations: what an administrator or a monitoring agent looks at.
CREATE TABLE journey._worker_failures (
    part text PRIMARY KEY,
    failures bigint NOT NULL DEFAULT 1 CHECK (failures > 0),
    sqlstate text NOT NULL,
    error text NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE journey._worker_failures IS 'What the database worker cannot do: the last error of each part, and how often it failed; a part that works again is taken out';

-- The extension's functions are looked up when they are called: a view that names one would keep DROP EXTENSION from
-- working, or be dropped by it.
CREATE FUNCTION journey._engine_status() RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    function regprocedure;
    status jsonb;
BEGIN
    SELECT p.oid INTO function
      FROM pg_catalog.pg_extension e
      JOIN pg_catalog.pg_proc p ON p.pronamespace = e.extnamespace AND p.proname = '_journey_engine_status'
     WHERE e.extname = 'pg_journey';
    IF FOUND THEN
        EXECUTE pg_catalog.format('SELECT %s', function) INTO status;
    END IF;
    RETURN status;
END
$$;
COMMENT ON FUNCTION journey._engine_status() IS 'The engine''s account of itself; null where the extension is not installed';

CREATE VIEW journey.stat_models AS
SELECT v.model,
       v.version,
       (SELECT pg_catalog.array_agg(r.role ORDER BY r.role) FROM journey.model_roles r WHERE r.model = v.model) AS roles,
       loaded.name IS NOT NULL AS is_loaded,
       loaded.bytes,
       loaded.load_ms,
       loaded.requests,
       loaded.tokens_in,
       loaded.tokens_out,
       loaded.tokens_shared
  FROM journey.model_versions v
  LEFT JOIN (SELECT l.*
               FROM (SELECT journey._engine_status() AS status) AS engine,
                    LATERAL pg_catalog.jsonb_to_recordset(engine.status -> 'models')
                         AS l (name text, bytes bigint, load_ms float8, requests bigint, tokens_in bigint,
                               tokens_out bigint, tokens_shared bigint)) AS loaded ON loaded.name = v.model
 WHERE v.status = 'deployed';
COMMENT ON VIEW journey.stat_models IS 'The deployed models, and what the engine did with those it has loaded since it started';
COMMENT ON COLUMN journey.stat_models.bytes IS 'Memory of the loaded model; null while it is not loaded';
COMMENT ON COLUMN journey.stat_models.tokens_shared IS 'Those of tokens_in that were taken from a prompt''s beginning computed before';

CREATE VIEW journey.stat_trainings AS
SELECT f.model, f.rows, f.features, f.rounds_done, f.rounds,
       pg_catalog.make_interval(secs => f.seconds) AS elapsed,
       CASE WHEN f.rounds_done > 0 THEN pg_catalog.make_interval(secs => f.seconds * (f.rounds - f.rounds_done) / f.rounds_done) END AS remaining
  FROM (SELECT journey._engine_status() AS status) AS engine,
       LATERAL pg_catalog.jsonb_to_recordset(engine.status -> 'fits') AS f (model text, rows bigint, features integer, rounds_done integer, rounds integer, seconds float8);
COMMENT ON VIEW journey.stat_trainings IS 'The trainings of journey_train() on rows that the engine is at, or that wait for their turn, in the order that they came';
COMMENT ON COLUMN journey.stat_trainings.rounds IS 'Trees of all folds and of the model of all rows, at most: a fold that gets no better is left early';
COMMENT ON COLUMN journey.stat_trainings.remaining IS 'At most, by the rounds done so far; NULL before the first';

CREATE VIEW journey.stat_workers AS
SELECT worker.pid,
       worker.backend_start AS started_at,
       worker.state,
       worker.state_change AS last_tick_at,
       failed.part AS failed_part,
       failed.failures,
       failed.sqlstate,
       failed.error,
       failed.failed_at
  FROM (SELECT) AS always
  LEFT JOIN (SELECT a.* FROM pg_catalog.pg_stat_activity a
              WHERE a.backend_type = 'pg_journey worker' AND a.datname = pg_catalog.current_database()) AS worker ON true
  LEFT JOIN journey._worker_failures AS failed ON true;
COMMENT ON VIEW journey.stat_workers IS 'The worker of this database (pid is null where none runs) and the parts of its work that fail, with the last error of each';

CREATE VIEW journey.stat_queue AS
SELECT (SELECT pg_catalog.count(*) FROM journey.inbox) AS inbox,
       (SELECT pg_catalog.min(received_at) FROM journey.inbox) AS oldest_received_at,
       (SELECT pg_catalog.count(*) FROM journey.dead_letters) AS dead_letters;
COMMENT ON VIEW journey.stat_queue IS 'How many messages wait in journey.inbox, since when, and how many were refused';

GRANT SELECT ON journey._worker_failures, journey.stat_models, journey.stat_trainings, journey.stat_workers, journey.stat_queue TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey._worker_failures TO journey_admin;
GRANT USAGE ON SCHEMA journey TO pg_monitor;
GRANT SELECT ON journey.stat_models, journey.stat_trainings, journey.stat_workers, journey.stat_queue TO pg_monitor;
