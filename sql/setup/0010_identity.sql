-- Identity: who sent an event. Every identifier is an atom; a person is one atom and the atoms linked to it.
CREATE TABLE journey.identity_rules (
    kind text PRIMARY KEY CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    priority integer NOT NULL UNIQUE,
    max_values integer CHECK (max_values > 0),
    is_unique boolean NOT NULL DEFAULT false,
    blocked text[] NOT NULL DEFAULT '{}',
    normalizer text NOT NULL DEFAULT 'trim' CHECK (normalizer IN ('trim', 'lower', 'email'))
);
COMMENT ON TABLE journey.identity_rules IS 'Which kinds of identifiers count, how they are normalized and which values name nobody';
COMMENT ON COLUMN journey.identity_rules.kind IS 'The name before the colon in kind:value';
COMMENT ON COLUMN journey.identity_rules.priority IS 'An event belongs to its identifier with the smallest priority';
COMMENT ON COLUMN journey.identity_rules.max_values IS 'How many values of this kind one person may hold; NULL: any number';
COMMENT ON COLUMN journey.identity_rules.is_unique IS 'Whether two values of this kind always mean two persons';
COMMENT ON COLUMN journey.identity_rules.blocked IS 'Values, in lower case, that name nobody; 0 also blocks values made of zeros and dashes';
COMMENT ON COLUMN journey.identity_rules.normalizer IS 'trim: white space removed at both ends; lower: and in lower case; email: and of the form a@b';

INSERT INTO journey.identity_rules (kind, priority, max_values, is_unique, blocked, normalizer)
SELECT kind, priority, max_values, is_unique,
       ARRAY['', '0', '-1', 'null', 'nil', 'none', 'undefined', 'unknown', 'nan', 'n/a', 'na', 'anonymous', 'anon', 'guest',
             'true', 'false', 'test', '[object object]', 'user_id', 'userid', 'anonymous_id', 'anonymousid']
       || extra, normalizer
  FROM (VALUES ('user_id', 1, NULL::integer, true, '{}'::text[], 'trim'),
               ('anonymous_id', 2, NULL, false, '{}', 'trim'),
               ('email', 3, NULL, false, ARRAY['test@test.com', 'test@example.com', 'noreply@example.com', 'null@null.com'], 'email'))
       AS shipped (kind, priority, max_values, is_unique, extra, normalizer);

CREATE TABLE journey.identifiers (
    profile_id bigint PRIMARY KEY CHECK (profile_id > 0),
    kind text NOT NULL,
    value text NOT NULL CHECK (value <> '')
);
COMMENT ON TABLE journey.identifiers IS 'Every identifier ever seen, one row each, never changed';
COMMENT ON COLUMN journey.identifiers.profile_id IS 'A hash of kind and value, equal in every database';
COMMENT ON COLUMN journey.identifiers.kind IS 'user_id, anonymous_id, email: see journey.identity_rules';
COMMENT ON COLUMN journey.identifiers.value IS 'The normalized value';

CREATE TABLE journey._members (
    profile_id bigint PRIMARY KEY,
    person_id bigint NOT NULL CHECK (person_id <> profile_id),
    since timestamptz NOT NULL
);
CREATE INDEX _members_person_idx ON journey._members (person_id);
COMMENT ON TABLE journey._members IS 'Which identifier belongs to whose person; an identifier without a row is its own person';
COMMENT ON COLUMN journey._members.person_id IS 'The profile_id that stands for the whole person';
COMMENT ON COLUMN journey._members.since IS 'Time of the earliest event that shows both; the earliest link wins';

GRANT SELECT ON journey.identity_rules, journey.identifiers, journey._members TO journey_reader;
GRANT INSERT ON journey.identifiers, journey._members TO journey_writer;
GRANT UPDATE ON journey._members TO journey_writer;
GRANT INSERT, UPDATE, DELETE ON journey.identity_rules TO journey_admin;
