-- Identity: who sent an event. Every identifier is an atom; a person is an atom and those that lead to it.
CREATE TABLE journey.identity_rules (
    kind text PRIMARY KEY CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    priority integer NOT NULL UNIQUE,
    max_values integer CHECK (max_values > 0),
    is_unique boolean NOT NULL DEFAULT false,
    blocked text[] NOT NULL DEFAULT '{}',
    blocked_patterns text[] NOT NULL DEFAULT '{}' CHECK ((E'\x01' ~ ANY (blocked_patterns)) IS NOT NULL),
    normalizer text NOT NULL DEFAULT 'trim' CHECK (normalizer IN ('trim', 'lower', 'email', 'phone')),
    country_code text CHECK (country_code ~ '^[1-9][0-9]{0,2}$')
);
COMMENT ON TABLE journey.identity_rules IS 'Which kinds of identifiers count, how they are normalized and which values name nobody';
COMMENT ON COLUMN journey.identity_rules.kind IS 'The name before the colon in kind:value, of the trait, and of the type in externalIds';
COMMENT ON COLUMN journey.identity_rules.priority IS 'An event belongs to its identifier with the smallest priority';
COMMENT ON COLUMN journey.identity_rules.max_values IS 'How many values of this kind one person may hold: the earliest stay; NULL: any number';
COMMENT ON COLUMN journey.identity_rules.is_unique IS 'Whether two values of this kind always mean two persons, unless journey_merge forces them together';
COMMENT ON COLUMN journey.identity_rules.blocked IS 'Values, in lower case, that name nobody';
COMMENT ON COLUMN journey.identity_rules.blocked_patterns IS 'Regular expressions of values, in lower case, that name nobody; without back-references and look-around';
COMMENT ON COLUMN journey.identity_rules.normalizer IS 'trim: white space removed at both ends; lower: and in lower case; email: and of the form a@b.c; phone: + and digits';
COMMENT ON COLUMN journey.identity_rules.country_code IS 'For the normalizer phone: the code of numbers written without one, such as 49; without it such numbers name nobody';

INSERT INTO journey.identity_rules (kind, priority, is_unique, blocked, blocked_patterns, normalizer)
SELECT kind, priority, is_unique,
       ARRAY['-1', 'null', 'nil', 'none', 'undefined', 'unknown', 'nan', 'n/a', 'na', 'anonymous', 'anon', 'guest',
             'true', 'false', 'test', '[object object]', 'user_id', 'userid', 'anonymous_id', 'anonymousid']
       || blocked, '{^[0-]*0[0-]*$}'::text[] || patterns, normalizer
  FROM (VALUES ('user_id', 1, true, '{}'::text[], '{}'::text[], 'trim'),
               ('email', 2, false, ARRAY['test@test.com', 'test@example.com', 'null@null.com', 'email@example.com', 'user@example.com'],
                ARRAY['^(no-?reply|do-?not-?reply|mailer-daemon|postmaster|null|none|undefined|test)@'], 'email'),
               ('phone', 3, false, ARRAY['+1234567890', '+12345678910'],
                ARRAY['^\+[0-9]{0,3}(0{6,}|1{6,}|2{6,}|3{6,}|4{6,}|5{6,}|6{6,}|7{6,}|8{6,}|9{6,})$'], 'phone'),
               ('anonymous_id', 100, false, '{}', '{}', 'trim'))
       AS shipped (kind, priority, is_unique, blocked, patterns, normalizer);

CREATE TABLE journey.identifiers (
    profile_id bigint PRIMARY KEY CHECK (profile_id > 0),
    kind text NOT NULL,
    value text NOT NULL CHECK (value <> '')
);
CREATE INDEX identifiers_user_id_idx ON journey.identifiers (value) WHERE kind = 'user_id';
COMMENT ON TABLE journey.identifiers IS 'Every identifier ever seen, one row each, never changed';
COMMENT ON COLUMN journey.identifiers.profile_id IS 'A hash of kind and value, equal in every database';
COMMENT ON COLUMN journey.identifiers.kind IS 'user_id, email, phone, anonymous_id: see journey.identity_rules';
COMMENT ON COLUMN journey.identifiers.value IS 'The normalized value';

CREATE TABLE journey._links (
    profile_id bigint NOT NULL,
    target_id bigint NOT NULL CHECK (target_id <> profile_id),
    since timestamptz NOT NULL,
    event_id uuid NOT NULL,
    is_best boolean NOT NULL DEFAULT false,
    merge_id uuid NOT NULL,
    undone_at timestamptz,
    undone_by text,
    PRIMARY KEY (profile_id, target_id)
);
CREATE INDEX _links_target_idx ON journey._links (target_id) WHERE is_best;
CREATE INDEX _links_merge_idx ON journey._links (merge_id);
COMMENT ON TABLE journey._links IS 'Which identifiers events show together: the weaker one leads to the event''s strongest';
COMMENT ON COLUMN journey._links.since IS 'Time of the earliest event that shows both';
COMMENT ON COLUMN journey._links.event_id IS 'That event';
COMMENT ON COLUMN journey._links.is_best IS 'Whether it is the one that counts: to the strongest kind, then the earliest';
COMMENT ON COLUMN journey._links.merge_id IS 'For journey_unmerge(): a hash of both identifiers';

CREATE TABLE journey._merges (
    profile_id bigint NOT NULL,
    merge_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    into_profile_id bigint NOT NULL CHECK (into_profile_id <> profile_id),
    kind text NOT NULL CHECK (kind IN ('merge', 'link')),
    evidence jsonb,
    reason text,
    merged_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    merged_by text NOT NULL DEFAULT CURRENT_USER,
    undone_at timestamptz,
    undone_by text,
    PRIMARY KEY (profile_id, merge_id)
);
CREATE INDEX _merges_into_idx ON journey._merges (into_profile_id);
CREATE INDEX _merges_merge_idx ON journey._merges (merge_id);
COMMENT ON TABLE journey._merges IS 'What somebody said of identifiers: by journey_merge, which may exceed limits, or by journey_link, which may not';

CREATE TABLE journey._members (
    profile_id bigint PRIMARY KEY,
    person_id bigint NOT NULL CHECK (person_id <> profile_id),
    since timestamptz NOT NULL
);
CREATE INDEX _members_person_idx ON journey._members (person_id);
COMMENT ON TABLE journey._members IS 'Whose person an identifier belongs to, as links, merges and rules say; one without a row is its own person';
COMMENT ON COLUMN journey._members.person_id IS 'The profile_id that stands for the whole person';
COMMENT ON COLUMN journey._members.since IS 'Time of the latest of the links and merges that lead there';

CREATE VIEW journey.merges WITH (security_invoker = true) AS
SELECT m.merge_id, m.profile_id, m.into_profile_id, m.kind, m.evidence, m.reason, m.merged_at, m.merged_by,
       m.undone_at, m.undone_by
  FROM journey._merges m
UNION ALL
SELECT l.merge_id, l.profile_id, l.target_id, 'event', pg_catalog.jsonb_build_object('event_id', l.event_id, 'counts', l.is_best),
       NULL, l.since, NULL, l.undone_at, l.undone_by
  FROM journey._links l;
COMMENT ON VIEW journey.merges IS 'The log of what brings identifiers together, nothing of it ever destroyed; journey_unmerge(merge_id) takes one back';
COMMENT ON COLUMN journey.merges.profile_id IS 'The identifier that joins';
COMMENT ON COLUMN journey.merges.into_profile_id IS 'The identifier whose person it joins';
COMMENT ON COLUMN journey.merges.kind IS 'event: an event shows both; link: by journey_link; merge: by journey_merge';
COMMENT ON COLUMN journey.merges.evidence IS 'The event, and whether its link counts: an identifier follows one link only; for others the arguments of the call';
COMMENT ON COLUMN journey.merges.merged_at IS 'Of an event its own time, else the time of the call';

CREATE FUNCTION journey._related(ids bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found bigint[] := ids;
    next bigint[] := ids;
BEGIN
    WHILE cardinality(next) > 0 LOOP
        next := ARRAY(
            (SELECT l.target_id FROM journey._links l WHERE l.profile_id = ANY (next) AND l.is_best
             UNION SELECT l.profile_id FROM journey._links l WHERE l.target_id = ANY (next) AND l.is_best
             UNION SELECT m.into_profile_id FROM journey._merges m WHERE m.profile_id = ANY (next) AND m.undone_at IS NULL
             UNION SELECT m.profile_id FROM journey._merges m WHERE m.into_profile_id = ANY (next) AND m.undone_at IS NULL)
            EXCEPT SELECT unnest(found));
        found := found || next;
    END LOOP;
    RETURN ARRAY(SELECT DISTINCT id FROM unnest(found) id);
END
$$;
COMMENT ON FUNCTION journey._related(bigint[]) IS 'All identifiers that links which count, and merges, connect with these';

-- Whoever changes what brings identifiers together holds the identifiers it may move, in the order of profile_id, and looks
-- again once it has them: what others have connected meanwhile belongs to it too. Then it lets go and begins anew, for
-- locks taken out of order could close a circle. An identifier that nothing leads to and whose kind has no limit, the usual
-- one that is new, moves nobody but itself, and needs only itself and what it leads to.
-- Runs as its owner, for a row lock takes the right to update, which writers do not have.
CREATE FUNCTION journey._lock_related(changed bigint[], targets bigint[], limited text[]) RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    touched constant bigint[] := ARRAY(SELECT unnest(changed) UNION SELECT unnest(targets));
    moving bigint[];
    related bigint[];
    now_related bigint[];
BEGIN
    LOOP
        moving := journey._moving(changed, targets, limited);
        related := journey._related(moving);
        BEGIN
            PERFORM FROM journey.identifiers i WHERE i.profile_id = ANY (touched || related) ORDER BY i.profile_id FOR NO KEY UPDATE;
            moving := journey._moving(changed, targets, limited);
            now_related := journey._related(moving);
            IF NOT EXISTS (SELECT unnest(now_related) EXCEPT (SELECT unnest(touched) UNION SELECT unnest(related))) THEN
                RETURN now_related;
            END IF;
            RAISE EXCEPTION USING ERRCODE = 'JRNY1', MESSAGE = 'the persons have grown meanwhile';
        EXCEPTION WHEN SQLSTATE 'JRNY1' THEN
            NULL; -- the locks are gone
        END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION journey._lock_related(bigint[], bigint[], text[]) IS 'Locks the identifiers that these changes may move, until the end of the transaction; returns those to be looked at as a whole';

CREATE FUNCTION journey._moving(changed bigint[], targets bigint[], limited text[]) RETURNS bigint[]
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(DISTINCT id), '{}')
      FROM unnest(changed, targets) AS c (profile_id, target_id)
     CROSS JOIN LATERAL (VALUES (c.profile_id), (c.target_id)) AS both_ends (id)
     WHERE limited IS NULL
        OR c.profile_id IN (SELECT unnest(targets))
        OR (SELECT i.kind = ANY (limited) FROM journey.identifiers i WHERE i.profile_id = c.profile_id)
        OR EXISTS (SELECT FROM journey._links l WHERE l.target_id = c.profile_id AND l.is_best)
        OR EXISTS (SELECT FROM journey._merges m WHERE m.profile_id = c.profile_id AND m.undone_at IS NULL)
        OR EXISTS (SELECT FROM journey._merges m WHERE m.into_profile_id = c.profile_id AND m.undone_at IS NULL)
$$;
COMMENT ON FUNCTION journey._moving(bigint[], bigint[], text[]) IS 'Both ends of the changes that may move others along; all of them where limited is null';

REVOKE EXECUTE ON FUNCTION journey._lock_related(bigint[], bigint[], text[]), journey._related(bigint[]),
                           journey._moving(bigint[], bigint[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journey._lock_related(bigint[], bigint[], text[]), journey._related(bigint[]) TO journey_writer;

GRANT SELECT ON journey.identity_rules, journey.identifiers, journey._links, journey._merges, journey._members, journey.merges
   TO journey_reader;
GRANT INSERT ON journey.identifiers, journey._links TO journey_writer;
GRANT UPDATE (since, event_id, is_best) ON journey._links TO journey_writer;
GRANT INSERT, UPDATE, DELETE ON journey._members TO journey_writer;
GRANT INSERT, UPDATE (undone_at, undone_by) ON journey._merges TO journey_editor;
GRANT UPDATE (undone_at, undone_by) ON journey._links TO journey_editor;
GRANT UPDATE, DELETE ON journey._links, journey._merges TO journey_admin;
GRANT INSERT, UPDATE, DELETE ON journey.identity_rules TO journey_admin;
