-- Jobs: the texts of a campaign, written in the background.
CREATE SEQUENCE journey._job_numbers AS bigint;

CREATE TABLE journey._jobs (
    job text PRIMARY KEY DEFAULT 'texts-' || pg_catalog.nextval('journey._job_numbers'),
    owner text NOT NULL DEFAULT current_user,
    campaign text NOT NULL,
    kind text NOT NULL,
    segment text,
    seed bigint,
    options jsonb,
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    total bigint NOT NULL CHECK (total >= 0),
    done bigint NOT NULL DEFAULT 0 CHECK (done >= 0),
    failed bigint NOT NULL DEFAULT 0 CHECK (failed >= 0),
    slice integer NOT NULL DEFAULT 32 CHECK (slice > 0),
    worked interval NOT NULL DEFAULT '0',
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    due_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    error text,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz
);
COMMENT ON TABLE journey._jobs IS 'What journey_generate_batch has ordered, and how far it is; journey.jobs shows it';
COMMENT ON COLUMN journey._jobs.owner IS 'The role that ordered the texts: they are written with its rights';
COMMENT ON COLUMN journey._jobs.slice IS 'How many texts the next transaction writes';
COMMENT ON COLUMN journey._jobs.worked IS 'How long it has been worked on';
COMMENT ON COLUMN journey._jobs.failures IS 'How many slices failed one after the other';
COMMENT ON COLUMN journey._jobs.due_at IS 'When it is its turn: jobs take turns, and one that failed waits';

CREATE TABLE journey.batch_texts (
    profile_id bigint NOT NULL,
    job text NOT NULL REFERENCES journey._jobs ON DELETE CASCADE,
    customer text NOT NULL,
    status text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'ok', 'generic', 'template', 'error', 'review', 'refused')),
    generation_id uuid,
    error text,
    written_at timestamptz,
    PRIMARY KEY (profile_id, job)
);
CREATE INDEX batch_texts_open_idx ON journey.batch_texts (job, profile_id) WHERE status IN ('waiting', 'error');
COMMENT ON TABLE journey.batch_texts IS 'The customers of every job and what became of their texts, which are in journey.generations';
COMMENT ON COLUMN journey.batch_texts.customer IS 'As customers are named in calls';
COMMENT ON COLUMN journey.batch_texts.status IS 'waiting, or the status of the text when it was written, as in journey.generations';
COMMENT ON COLUMN journey.batch_texts.generation_id IS 'The text in journey.generations';

CREATE VIEW journey.jobs WITH (security_invoker = true) AS
SELECT j.job, j.campaign, j.kind, j.segment, j.owner, j.status, j.total, j.done, j.failed,
       pg_catalog.round(60 * r.a_second, 1) AS texts_per_minute,
       CASE WHEN j.status = 'running' AND r.a_second > 0
            THEN pg_catalog.now() + pg_catalog.make_interval(secs => ((j.total - j.done - j.failed) / r.a_second)::float8) END AS eta,
       j.error, j.created_at, j.started_at, j.finished_at
  FROM journey._jobs j
 CROSS JOIN LATERAL (SELECT (j.done + j.failed) / nullif(extract(epoch FROM j.worked), 0) AS a_second) r;
COMMENT ON VIEW journey.jobs IS 'Jobs and their progress';
COMMENT ON COLUMN journey.jobs.status IS 'queued; running; done: every text was tried; failed: error says why, journey_run() goes on with it; cancelled';
COMMENT ON COLUMN journey.jobs.done IS 'Texts written, those for review and refused ones included';
COMMENT ON COLUMN journey.jobs.failed IS 'Texts with an error, which journey.batch_texts tells';
COMMENT ON COLUMN journey.jobs.texts_per_minute IS 'While it is worked on';
COMMENT ON COLUMN journey.jobs.eta IS 'When it will be done at this rate, were it the only job';

GRANT SELECT ON journey._jobs, journey.batch_texts, journey.jobs TO journey_reader;
GRANT USAGE ON SEQUENCE journey._job_numbers TO journey_writer;
-- Never the owner: it is whoever orders, and jobs are seen and changed by those who have its rights.
GRANT INSERT (campaign, kind, segment, seed, options, total) ON journey._jobs TO journey_writer;
GRANT UPDATE (status, total, failures, due_at, error, failed, finished_at) ON journey._jobs TO journey_writer;
GRANT INSERT (profile_id, job, customer), UPDATE (status, error) ON journey.batch_texts TO journey_writer;
GRANT DELETE ON journey._jobs TO journey_admin;
ALTER TABLE journey._jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY owners ON journey._jobs
    USING (EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = owner AND pg_catalog.pg_has_role(r.oid, 'USAGE')));
CREATE POLICY administrators ON journey._jobs TO journey_admin USING (true);
ALTER TABLE journey.batch_texts ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_jobs ON journey.batch_texts USING (EXISTS (SELECT FROM journey._jobs j WHERE j.job = batch_texts.job));
