-- Traits: defined once, computed from the events when they are read.

-- Runs a query that the crate compiled, with the caller's rights. Its text holds none of the user's: that is in its
-- parameters. Intervals and times mean the same for every caller: in UTC.
CREATE FUNCTION _journey_run(plan jsonb, person bigint, at timestamptz, profile jsonb DEFAULT NULL) RETURNS TABLE (profile_id bigint, value jsonb)
    LANGUAGE plpgsql STABLE COST 1000
    SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
BEGIN
    RETURN QUERY EXECUTE plan ->> 'sql' USING plan -> 'parameters', person, at, profile;
END
$$;
COMMENT ON FUNCTION _journey_run(jsonb, bigint, timestamptz, jsonb) IS 'Rows (profile_id, value) of a compiled trait or segment, for one person and its profile or, where they are null, for all';

-- Time zones are known to the server alone, and it names a wrong one when the query runs.
CREATE FUNCTION _journey_try(plan jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@._journey_run(plan, 0, now());
EXCEPTION WHEN invalid_parameter_value THEN
    RAISE EXCEPTION '%', SQLERRM USING ERRCODE = '22023', HINT = 'Use a name from pg_timezone_names, such as Europe/Berlin.';
END
$$;
COMMENT ON FUNCTION _journey_try(jsonb) IS 'Runs a compiled trait or segment for nobody, to refuse what only the server knows to be wrong';

CREATE FUNCTION _journey_trait_definition(name text) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_definition jsonb := (SELECT t.definition FROM journey.traits t WHERE t.name = _journey_trait_definition.name);
BEGIN
    IF found_definition IS NULL THEN
        RAISE EXCEPTION 'trait "%" is unknown', name USING ERRCODE = '42704',
              HINT = coalesce('Known: ' || (SELECT string_agg(t.name, ', ' ORDER BY t.name) FROM journey.traits t) || '.',
                              'Define it with journey_define_trait().');
    END IF;
    RETURN found_definition;
END
$$;
COMMENT ON FUNCTION _journey_trait_definition(text) IS 'The definition of a trait, or an error that names those there are';

CREATE FUNCTION _journey_check_name(what text, name text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF name IS NULL OR name !~ '^[a-z][a-z0-9_]{0,62}$' THEN
        RAISE EXCEPTION '% name "%" is no name', what, left(coalesce(name, 'null'), 80) USING ERRCODE = '22023',
              HINT = 'Use up to 63 lower-case letters, digits and underscores, a letter first.';
    END IF;
END
$$;
COMMENT ON FUNCTION _journey_check_name(text, text) IS 'Refuses what may not be the name of a trait or segment';

CREATE FUNCTION journey_define_trait(name text, definition jsonb) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    trait constant text := name;
    plan jsonb;
BEGIN
    PERFORM @extschema@._journey_check_name('trait', trait);
    plan := @extschema@._journey_compile_trait(coalesce(definition, 'null'), true);
    PERFORM @extschema@._journey_try(plan);
    INSERT INTO journey.traits AS t (name, definition, value_type)
    VALUES (trait, definition, plan ->> 'type')
    ON CONFLICT ON CONSTRAINT traits_pkey DO UPDATE
       SET definition = EXCLUDED.definition, value_type = EXCLUDED.value_type, changed_at = EXCLUDED.changed_at;
    PERFORM @extschema@._journey_check_segments(trait, NULL);
    RETURN trait;
END
$$;
COMMENT ON FUNCTION journey_define_trait(text, jsonb) IS 'Defines a trait, or defines it anew: {"kind": "sum", "of": "properties.total", "event": "Order Completed", "window": "30 days"}';

CREATE FUNCTION journey_drop_trait(name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    trait constant text := name;
    users text := (SELECT string_agg(s.name, ', ' ORDER BY s.name) FROM journey.segments s WHERE trait = ANY (s.uses_traits));
BEGIN
    PERFORM @extschema@._journey_trait_definition(trait);
    IF users IS NOT NULL THEN
        RAISE EXCEPTION 'trait "%" is used by segment %', trait, users USING ERRCODE = '2BP01', HINT = 'Drop or redefine these segments first.';
    END IF;
    DELETE FROM journey.traits t WHERE t.name = trait;
END
$$;
COMMENT ON FUNCTION journey_drop_trait(text) IS 'Removes a trait that no segment uses';

CREATE FUNCTION journey_trait(customer text, name text, at timestamptz DEFAULT pg_catalog.statement_timestamp()) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT COST 10000
    SET jit = off
AS $$
DECLARE
    plan jsonb := @extschema@._journey_compile_trait(@extschema@._journey_trait_definition(name), true);
    person bigint := @extschema@.journey_resolve(customer);
BEGIN
    IF person IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT r.value FROM @extschema@._journey_run(plan, person, at) r);
END
$$;
COMMENT ON FUNCTION journey_trait(text, text, timestamptz) IS 'A customer''s value of a trait, computed from all events up to a time; NULL where there is none';

CREATE FUNCTION journey_trait(customer bigint, name text, at timestamptz DEFAULT pg_catalog.statement_timestamp()) RETURNS jsonb
    LANGUAGE sql STABLE STRICT COST 10000
AS 'SELECT @extschema@.journey_trait(customer::text, name, at)';
COMMENT ON FUNCTION journey_trait(bigint, text, timestamptz) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_trait(customer uuid, name text, at timestamptz DEFAULT pg_catalog.statement_timestamp()) RETURNS jsonb
    LANGUAGE sql STABLE STRICT COST 10000
AS 'SELECT @extschema@.journey_trait(customer::text, name, at)';
COMMENT ON FUNCTION journey_trait(uuid, text, timestamptz) IS 'The same for a customer whose user_id is a uuid';

CREATE FUNCTION journey_trait_values(name text, at timestamptz DEFAULT pg_catalog.statement_timestamp())
    RETURNS TABLE (profile_id bigint, value jsonb, number numeric, text text)
    LANGUAGE plpgsql STABLE STRICT COST 100000 ROWS 100000
AS $$
DECLARE
    plan jsonb := @extschema@._journey_compile_trait(@extschema@._journey_trait_definition(name), false);
BEGIN
    RETURN QUERY SELECT r.profile_id, r.value,
                        CASE WHEN pg_catalog.jsonb_typeof(r.value) = 'number' THEN r.value::numeric END, r.value #>> '{}'
                   FROM @extschema@._journey_run(plan, NULL, at) r;
END
$$;
COMMENT ON FUNCTION journey_trait_values(text, timestamptz) IS 'The trait of every customer in one pass: as jsonb, as a number where it is one, and as text';

COMMENT ON FUNCTION _journey_compile_trait(jsonb, boolean) IS 'A trait''s definition as a query with parameters, for one customer or for all';
