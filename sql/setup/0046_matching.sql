-- Matching: pairs of customers who may be one person, for a reviewer to decide.
CREATE TABLE journey.match_candidates (
    profile_id bigint NOT NULL,
    other_id bigint NOT NULL,
    candidate_id uuid NOT NULL,
    probability float8 NOT NULL CHECK (probability BETWEEN 0 AND 1),
    weight float8 NOT NULL,
    reasons jsonb NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'accepted', 'rejected')),
    found_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    reviewer text,
    decided_at timestamptz,
    merge_id uuid,
    PRIMARY KEY (profile_id, other_id),
    CHECK (profile_id < other_id),
    CHECK ((status = 'open') = (decided_at IS NULL))
);
CREATE INDEX match_candidates_id_idx ON journey.match_candidates (candidate_id);
CREATE INDEX match_candidates_open_idx ON journey.match_candidates (probability DESC) WHERE status = 'open';
COMMENT ON TABLE journey.match_candidates IS 'Pairs of customers who may be one person; found by journey_match(), decided by journey_match_decide()';
COMMENT ON COLUMN journey.match_candidates.profile_id IS 'The one customer, as journey_resolve() returned it then';
COMMENT ON COLUMN journey.match_candidates.other_id IS 'The other one';
COMMENT ON COLUMN journey.match_candidates.candidate_id IS 'A hash of both, for journey_match_decide()';
COMMENT ON COLUMN journey.match_candidates.probability IS 'That both are one person, by what is known of them';
COMMENT ON COLUMN journey.match_candidates.weight IS 'The sum of the reasons'' weights: by how many doublings they raise the odds of any two customers';
COMMENT ON COLUMN journey.match_candidates.reasons IS 'How each attribute agrees and what that weighs: log2 of how much likelier it is for one person than for two';
COMMENT ON COLUMN journey.match_candidates.status IS 'open; accepted: merged; rejected: not offered again';
COMMENT ON COLUMN journey.match_candidates.reviewer IS 'Who decided';
COMMENT ON COLUMN journey.match_candidates.merge_id IS 'The merge that was made, for journey_unmerge()';

GRANT SELECT ON journey.match_candidates TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.match_candidates TO journey_editor;
