-- Segments: one query finds their members, live for one customer and in one pass for all.

CREATE FUNCTION _journey_rule_names(segment text) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object(
           'name', segment,
           'traits', (SELECT coalesce(jsonb_object_agg(t.name, t.definition), '{}') FROM journey.traits t),
           'segments', (SELECT coalesce(jsonb_object_agg(s.name, s.rule), '{}') FROM journey.segments s),
           -- A profile's segments are asked for by {"segment": …}, which does not wait for a refresh.
           'columns', (SELECT jsonb_object_agg(a.attname, format_type(a.atttypid, NULL)) FROM pg_attribute a
                        WHERE a.attrelid = 'journey.profiles'::regclass AND a.attnum > 0 AND NOT a.attisdropped
                          AND a.attname <> 'segments'))
$$;
COMMENT ON FUNCTION _journey_rule_names(text) IS 'What names in the rule of a segment mean: traits, segments, columns of journey.profiles';

CREATE FUNCTION _journey_segment_rule(name text) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_rule jsonb := (SELECT s.rule FROM journey.segments s WHERE s.name = _journey_segment_rule.name);
BEGIN
    IF found_rule IS NULL THEN
        RAISE EXCEPTION 'segment "%" is unknown', name USING ERRCODE = '42704',
              HINT = coalesce('Known: ' || (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM journey.segments s) || '.',
                              'Define it with journey_define_segment().');
    END IF;
    RETURN found_rule;
END
$$;
COMMENT ON FUNCTION _journey_segment_rule(text) IS 'The rule of a segment, or an error that names those there are';

CREATE FUNCTION _journey_check_segments(trait text, segment text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    other record;
    reason text;
    advice text;
BEGIN
    FOR other IN SELECT s.name, s.rule FROM journey.segments s
                  WHERE trait = ANY (s.uses_traits) OR segment = ANY (s.uses_segments) ORDER BY s.name LOOP
        BEGIN
            PERFORM @extschema@._journey_compile_segment(other.rule, @extschema@._journey_rule_names(other.name), true);
        EXCEPTION WHEN invalid_parameter_value OR program_limit_exceeded THEN
            GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT, advice = PG_EXCEPTION_HINT;
            RAISE EXCEPTION 'segment "%" uses it and would fail: %', other.name, reason USING ERRCODE = '22023', HINT = advice;
        END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION _journey_check_segments(text, text) IS 'Refuses a new meaning of a trait or segment that those who use it cannot live with';

CREATE FUNCTION journey_define_segment(name text, rule jsonb) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    defined constant text := name;
    plan jsonb;
BEGIN
    PERFORM @extschema@._journey_check_name('segment', defined);
    plan := @extschema@._journey_compile_segment(coalesce(rule, 'null'), @extschema@._journey_rule_names(defined), true);
    PERFORM @extschema@._journey_try(plan);
    INSERT INTO journey.segments AS s (name, rule, uses_traits, uses_segments)
    VALUES (defined, rule, ARRAY(SELECT jsonb_array_elements_text(plan -> 'uses_traits')),
            ARRAY(SELECT jsonb_array_elements_text(plan -> 'uses_segments')))
    ON CONFLICT ON CONSTRAINT segments_pkey DO UPDATE
       SET rule = EXCLUDED.rule, uses_traits = EXCLUDED.uses_traits, uses_segments = EXCLUDED.uses_segments,
           changed_at = EXCLUDED.changed_at, tried_at = NULL, error = NULL;
    PERFORM @extschema@._journey_check_segments(NULL, defined);
    RETURN defined;
END
$$;
COMMENT ON FUNCTION journey_define_segment(text, jsonb) IS 'Defines a segment, or defines it anew: {"did": "Order Completed", "window": "30 days", "at_least": 2}; the worker finds its members';

CREATE FUNCTION journey_drop_segment(name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    dropped constant text := name;
    now_at constant timestamptz := clock_timestamp();
    users text := (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM journey.segments s WHERE dropped = ANY (s.uses_segments));
BEGIN
    PERFORM @extschema@._journey_segment_rule(dropped);
    IF users IS NOT NULL THEN
        RAISE EXCEPTION 'segment "%" is used by segment %', dropped, users USING ERRCODE = '2BP01', HINT = 'Drop or redefine these segments first.';
    END IF;
    DELETE FROM journey.segments s WHERE s.name = dropped;
    UPDATE journey.segment_history h SET left_at = greatest(h.entered_at, now_at) WHERE h.segment = dropped AND h.left_at IS NULL;
END
$$;
COMMENT ON FUNCTION journey_drop_segment(text) IS 'Removes a segment that no other uses; its history stays, its members leave';

CREATE FUNCTION journey_in_segment(customer text, name text, at timestamptz DEFAULT NULL) RETURNS boolean
    LANGUAGE plpgsql STABLE COST 10000
    SET jit = off
AS $$
DECLARE
    plan jsonb := @extschema@._journey_compile_segment(@extschema@._journey_segment_rule(name), @extschema@._journey_rule_names(name), true);
    person bigint := @extschema@.journey_resolve(customer);
    profile jsonb;
BEGIN
    IF person IS NULL THEN
        RETURN NULL;
    END IF;
    -- Of whoever the customer belonged to then; events are those of the person of now.
    IF (plan -> 'uses_profile')::boolean THEN
        profile := CASE WHEN at IS NULL THEN @extschema@.journey_profile(customer) ELSE @extschema@.journey_profile_at(customer, at) END
                   || pg_catalog.jsonb_build_object('profile_id', person);
    END IF;
    RETURN EXISTS (SELECT FROM @extschema@._journey_run(plan, person, coalesce(at, pg_catalog.statement_timestamp()), profile));
END
$$;
COMMENT ON FUNCTION journey_in_segment(text, text, timestamptz) IS 'Whether a customer is in a segment, right when read: nothing waits for the worker; NULL for an unknown customer';

CREATE FUNCTION journey_in_segment(customer bigint, name text, at timestamptz DEFAULT NULL) RETURNS boolean
    LANGUAGE sql STABLE COST 10000
AS 'SELECT @extschema@.journey_in_segment(customer::text, name, at)';
COMMENT ON FUNCTION journey_in_segment(bigint, text, timestamptz) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_in_segment(customer uuid, name text, at timestamptz DEFAULT NULL) RETURNS boolean
    LANGUAGE sql STABLE COST 10000
AS 'SELECT @extschema@.journey_in_segment(customer::text, name, at)';
COMMENT ON FUNCTION journey_in_segment(uuid, text, timestamptz) IS 'The same for a customer whose user_id is a uuid';

CREATE FUNCTION journey_preview_segment(rule jsonb, max integer DEFAULT 10)
    RETURNS TABLE (size bigint, share numeric, sample bigint[])
    LANGUAGE plpgsql STABLE COST 100000 ROWS 1
AS $$
DECLARE
    plan jsonb := @extschema@._journey_compile_segment(coalesce(rule, 'null'), @extschema@._journey_rule_names(NULL), false);
BEGIN
    RETURN QUERY
    SELECT m.size, pg_catalog.round(m.size / nullif((SELECT pg_catalog.count(*) FROM journey._persons_known), 0)::numeric, 4), m.members[1:max]
      FROM (SELECT pg_catalog.count(*) AS size, pg_catalog.array_agg(r.profile_id ORDER BY r.profile_id) AS members
              FROM @extschema@._journey_run(plan, NULL, pg_catalog.statement_timestamp()) r) m;
END
$$;
COMMENT ON FUNCTION journey_preview_segment(jsonb, integer) IS 'How many customers a rule finds, which share of all that is, and the profile_id of some; stores nothing';

CREATE FUNCTION _journey_refresh_segment(segment_name text, at timestamptz) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plan jsonb := @extschema@._journey_compile_segment(@extschema@._journey_segment_rule(segment_name), @extschema@._journey_rule_names(segment_name), false);
    found_size bigint;
BEGIN
    WITH members AS MATERIALIZED (
        SELECT r.profile_id FROM @extschema@._journey_run(plan, NULL, at) r
    ), gone AS (
        UPDATE journey.segment_history h SET left_at = greatest(h.entered_at, at)
         WHERE h.segment = segment_name AND h.left_at IS NULL
           AND NOT EXISTS (SELECT FROM members m WHERE m.profile_id = h.profile_id)
    ), entered AS (
        INSERT INTO journey.segment_history (profile_id, segment, entered_at)
        SELECT m.profile_id, segment_name, at FROM members m
         WHERE NOT EXISTS (SELECT FROM journey.segment_history h
                            WHERE h.segment = segment_name AND h.profile_id = m.profile_id AND h.left_at IS NULL)
    )
    SELECT count(*) INTO found_size FROM members;
    RETURN found_size;
END
$$;
COMMENT ON FUNCTION _journey_refresh_segment(text, timestamptz) IS 'Finds the members of a segment as of a time, and writes down who entered and who left';

CREATE FUNCTION journey_refresh_segments(name text DEFAULT NULL)
    RETURNS TABLE (segment text, size bigint, error text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    began timestamptz;
BEGIN
    IF name IS NOT NULL THEN
        PERFORM @extschema@._journey_segment_rule(name);
    END IF;
    -- Locked one after the other in the order of their names: two sessions take turns.
    FOR segment IN SELECT s.name FROM journey.segments s
                    WHERE journey_refresh_segments.name IS NULL OR s.name = journey_refresh_segments.name ORDER BY s.name LOOP
        PERFORM FROM journey.segments s WHERE s.name = segment FOR NO KEY UPDATE;
        CONTINUE WHEN NOT FOUND;
        began := clock_timestamp();
        size := NULL;
        error := NULL;
        BEGIN
            size := @extschema@._journey_refresh_segment(segment, began);
        EXCEPTION WHEN OTHERS THEN
            error := SQLERRM;
        END;
        UPDATE journey.segments s
           SET tried_at = began, took = clock_timestamp() - began, error = journey_refresh_segments.error,
               size = coalesce(journey_refresh_segments.size, s.size),
               refreshed_at = CASE WHEN journey_refresh_segments.error IS NULL THEN began ELSE s.refreshed_at END
         WHERE s.name = segment;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION journey_refresh_segments(text) IS 'Finds the members of one or all segments now, one row each; one that fails keeps its members and shows its error';

CREATE FUNCTION _journey_refresh_due_segment() RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due text;
BEGIN
    -- Segments get half of the worker's time at most: after one it waits as long as that took.
    IF EXISTS (SELECT FROM journey.segments s WHERE s.tried_at + s.took * 2 > now()) THEN
        RETURN false;
    END IF;
    SELECT s.name INTO due
      FROM journey.segments s
     WHERE s.tried_at IS NULL OR s.tried_at + s.refresh_every <= now()
     ORDER BY s.tried_at + s.refresh_every NULLS FIRST, s.name
     LIMIT 1;
    IF FOUND THEN
        PERFORM @extschema@.journey_refresh_segments(due);
    END IF;
    RETURN due IS NOT NULL;
END
$$;
COMMENT ON FUNCTION _journey_refresh_due_segment() IS 'What the worker does for segments in one turn: refreshes the one that waits longest; false where none is due';

COMMENT ON FUNCTION _journey_compile_segment(jsonb, jsonb, boolean) IS 'A segment''s rule as a query with parameters, for one customer or for all';
