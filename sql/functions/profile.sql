-- Profile: reading one customer.
CREATE FUNCTION journey_profile(customer text) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
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
