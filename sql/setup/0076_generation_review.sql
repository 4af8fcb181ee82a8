-- Review: texts that a person sees before they are served, and what was decided.
CREATE TABLE journey.review_queue (
    profile_id bigint NOT NULL,
    review_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    generation_id uuid NOT NULL,
    kind text NOT NULL,
    policy text NOT NULL,
    reason text NOT NULL CHECK (reason IN ('guardrail', 'confidence', 'kind', 'appeal')),
    text text NOT NULL,
    violations jsonb NOT NULL DEFAULT '[]',
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
    level integer NOT NULL DEFAULT 0 CHECK (level >= 0),
    approvals_needed integer NOT NULL DEFAULT 1 CHECK (approvals_needed > 0),
    approvals text[] NOT NULL DEFAULT '{}',
    passed_on text[] NOT NULL DEFAULT '{}',
    reviewer text CHECK (reviewer <> ''),
    claimed_by name,
    claimed_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    decided_at timestamptz,
    PRIMARY KEY (profile_id, review_id),
    FOREIGN KEY (profile_id, generation_id) REFERENCES journey.generations (profile_id, generation_id) ON DELETE CASCADE,
    CHECK ((reviewer IS NULL) = (claimed_until IS NULL)),
    CHECK ((decided_at IS NULL) = (state = 'open'))
);
CREATE INDEX review_queue_id_idx ON journey.review_queue (review_id);
CREATE INDEX review_queue_open_idx ON journey.review_queue (level DESC, created_at, review_id) WHERE state = 'open';
CREATE UNIQUE INDEX review_queue_generation_idx ON journey.review_queue (profile_id, generation_id);
COMMENT ON TABLE journey.review_queue IS 'Texts that wait for a person; nobody but editors reads them, and journey.generations has none until one is approved';
COMMENT ON COLUMN journey.review_queue.reason IS 'guardrail: one asks for a review; confidence: fewer candidates passed than the policy wants; kind: texts of this kind are always reviewed; appeal: somebody asked by journey_appeal()';
COMMENT ON COLUMN journey.review_queue.text IS 'The text, as it was last edited';
COMMENT ON COLUMN journey.review_queue.level IS 'How often it was escalated; higher ones are claimed first';
COMMENT ON COLUMN journey.review_queue.approvals_needed IS 'As the policy had it when the text was written';
COMMENT ON COLUMN journey.review_queue.approvals IS 'Who approved it as it is now';
COMMENT ON COLUMN journey.review_queue.passed_on IS 'Who escalated it: somebody else decides';
COMMENT ON COLUMN journey.review_queue.reviewer IS 'Who has claimed it';
COMMENT ON COLUMN journey.review_queue.claimed_by IS 'The role of the server that has claimed it, and alone may decide';
COMMENT ON COLUMN journey.review_queue.claimed_until IS 'Until when nobody else can claim it';

CREATE TABLE journey.labels (
    profile_id bigint NOT NULL,
    label_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    generation_id uuid NOT NULL,
    review_id uuid NOT NULL,
    kind text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('approve', 'edit', 'reject', 'escalate')),
    text text NOT NULL,
    edited text,
    reason text,
    reviewer text NOT NULL,
    decided_by text NOT NULL DEFAULT current_user,
    decided_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (profile_id, label_id),
    CHECK ((edited IS NOT NULL) = (decision = 'edit'))
);
CREATE INDEX labels_generation_idx ON journey.labels (profile_id, generation_id);
COMMENT ON TABLE journey.labels IS 'What reviewers decided of which text: examples of good and bad ones';
COMMENT ON COLUMN journey.labels.text IS 'The text that was decided on';
COMMENT ON COLUMN journey.labels.edited IS 'What the reviewer made of it';
COMMENT ON COLUMN journey.labels.reviewer IS 'The name it was claimed by';
COMMENT ON COLUMN journey.labels.decided_by IS 'The role of the server that decided';

-- Made with the owner's rights: numbers, and no texts.
CREATE VIEW journey.review_load AS
SELECT q.kind, q.reason,
       pg_catalog.count(*) FILTER (WHERE q.claimed_until IS NULL OR q.claimed_until <= pg_catalog.now()) AS waiting,
       pg_catalog.count(*) FILTER (WHERE q.claimed_until > pg_catalog.now()) AS claimed,
       pg_catalog.count(*) FILTER (WHERE q.level > 0) AS escalated,
       pg_catalog.now() - pg_catalog.min(q.created_at) AS oldest,
       pg_catalog.now() - pg_catalog.percentile_disc(0.5) WITHIN GROUP (ORDER BY q.created_at) AS median_age
  FROM journey.review_queue q
 WHERE q.state = 'open'
 GROUP BY q.kind, q.reason;
COMMENT ON VIEW journey.review_load IS 'How many texts wait for a person, and for how long';

GRANT SELECT ON journey.review_load TO journey_reader;
GRANT INSERT (profile_id, generation_id, kind, policy, reason, text, violations, approvals_needed) ON journey.review_queue TO journey_writer;
GRANT SELECT, UPDATE, DELETE ON journey.review_queue TO journey_editor;
GRANT SELECT, INSERT, DELETE ON journey.labels TO journey_editor;
GRANT UPDATE (text, content, status, verdict, error) ON journey.generations TO journey_editor;
