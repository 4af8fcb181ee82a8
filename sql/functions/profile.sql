-- Profile: reading one customer.
--
-- The plan of journey.profiles costs far more than the row of one customer: it is made once a session, and not compiled to
-- machine code, which takes seconds.
CREATE FUNCTION journey_profile(customer text) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
DECLARE
    -- Resolved first: within the query each index of the view would resolve it again.
    person bigint := @extschema@.journey_resolve(customer);
BEGIN
    RETURN (SELECT pg_catalog.to_jsonb(p) FROM journey.profiles p WHERE p.profile_id = person);
END
$$;
COMMENT ON FUNCTION journey_profile(text) IS 'The customer''s row of journey.profiles; NULL when unknown';

CREATE FUNCTION journey_profile(customer bigint) RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
AS 'SELECT @extschema@.journey_profile(customer::text)';
COMMENT ON FUNCTION journey_profile(bigint) IS 'The row of journey.profiles of a customer whose user_id is a number';

CREATE FUNCTION journey_profile(customer uuid) RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
AS 'SELECT @extschema@.journey_profile(customer::text)';
COMMENT ON FUNCTION journey_profile(uuid) IS 'The row of journey.profiles of a customer whose user_id is a uuid';

CREATE FUNCTION journey_profile_at(customer text, at timestamptz) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT
    SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
DECLARE
    state jsonb := @extschema@._journey_state_at(customer, at)::jsonb;
BEGIN
    IF state IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT pg_catalog.to_jsonb(p) FROM journey._profiles_of(at, state) p);
END
$$;
COMMENT ON FUNCTION journey_profile_at(text, timestamptz) IS 'The customer''s profile as it was at a time: later events and later links between identifiers do not show; NULL when unknown then';

CREATE FUNCTION journey_profile_at(customer bigint, at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE STRICT
AS 'SELECT @extschema@.journey_profile_at(customer::text, at)';
COMMENT ON FUNCTION journey_profile_at(bigint, timestamptz) IS 'The profile at a time of a customer whose user_id is a number';

CREATE FUNCTION journey_profile_at(customer uuid, at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE STRICT
AS 'SELECT @extschema@.journey_profile_at(customer::text, at)';
COMMENT ON FUNCTION journey_profile_at(uuid, timestamptz) IS 'The profile at a time of a customer whose user_id is a uuid';
COMMENT ON FUNCTION _journey_state_at(text, timestamptz) IS 'What was known of a customer at a time, for journey_profile_at';
