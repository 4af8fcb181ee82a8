-- Traits and segments that the shop defines, and who is in a segment. Before the profile, which shows a customer's segments.
CREATE TABLE journey.traits (
    name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    definition jsonb NOT NULL,
    value_type text NOT NULL CHECK (value_type IN ('number', 'any')),
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE journey.traits IS 'Computed traits, defined by journey_define_trait; journey_trait gives one customer''s, journey_trait_values all';
COMMENT ON COLUMN journey.traits.definition IS 'What is counted: kind, of, event, where, window …';
COMMENT ON COLUMN journey.traits.value_type IS 'number; or any: a value as it stands in events';
COMMENT ON COLUMN journey.traits.changed_at IS 'When it was defined last';

CREATE TABLE journey.segments (
    name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    rule jsonb NOT NULL,
    uses_traits text[] NOT NULL,
    uses_segments text[] NOT NULL,
    refresh_every interval NOT NULL DEFAULT '15 minutes' CHECK (refresh_every >= '1 second'),
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    tried_at timestamptz,
    refreshed_at timestamptz,
    took interval,
    size bigint CHECK (size >= 0),
    error text
);
COMMENT ON TABLE journey.segments IS 'Segments, defined by journey_define_segment, and their last refresh; journey.segment_members says who is in them';
COMMENT ON COLUMN journey.segments.rule IS 'Who is a member';
COMMENT ON COLUMN journey.segments.uses_traits IS 'Traits that the rule names';
COMMENT ON COLUMN journey.segments.uses_segments IS 'Segments that the rule names';
COMMENT ON COLUMN journey.segments.refresh_every IS 'How often the worker finds the members anew; journey_in_segment does not wait for it';
COMMENT ON COLUMN journey.segments.tried_at IS 'When it was tried last to find the members';
COMMENT ON COLUMN journey.segments.refreshed_at IS 'The time as of which the members are kept';
COMMENT ON COLUMN journey.segments.took IS 'How long the last try took; the worker gives segments half of its time at most';
COMMENT ON COLUMN journey.segments.size IS 'How many members there were at refreshed_at';
COMMENT ON COLUMN journey.segments.error IS 'Why the last try failed; the members then stay as they were';

CREATE TABLE journey.segment_history (
    profile_id bigint NOT NULL,
    segment text NOT NULL,
    entered_at timestamptz NOT NULL,
    left_at timestamptz CHECK (left_at >= entered_at),
    PRIMARY KEY (profile_id, segment, entered_at)
);
CREATE UNIQUE INDEX segment_history_current_idx ON journey.segment_history (segment, profile_id) WHERE left_at IS NULL;
COMMENT ON TABLE journey.segment_history IS 'Who entered and left which segment when, as seen by the refreshes; kept when a segment is redefined or dropped';
COMMENT ON COLUMN journey.segment_history.segment IS 'Its name in journey.segments, where it still exists';
COMMENT ON COLUMN journey.segment_history.entered_at IS 'Time of the refresh that found the customer in it';
COMMENT ON COLUMN journey.segment_history.left_at IS 'Time of the refresh that did not; NULL for members';

CREATE VIEW journey.segment_members WITH (security_invoker = true) AS
SELECT segment, profile_id, entered_at FROM journey.segment_history WHERE left_at IS NULL;
COMMENT ON VIEW journey.segment_members IS 'Who is in which segment, as of its last refresh';

GRANT SELECT ON journey.traits, journey.segments, journey.segment_history, journey.segment_members TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.traits, journey.segments TO journey_editor;
GRANT INSERT, UPDATE ON journey.segment_history TO journey_editor;
