-- Profile: reading one customer.
--
-- The crate computes the row; the row type of journey.profiles says which columns it has and of which types. Its statements
-- are planned once a session, for any customer.
CREATE FUNCTION journey_profile(customer text) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
DECLARE
    found constant json := @extschema@._journey_profile_row(customer, pg_catalog.now());
BEGIN
    RETURN (SELECT pg_catalog.to_jsonb(p)
                   || (SELECT pg_catalog.jsonb_build_object(
                                  'predicted_next_category', pg_catalog.max(s.label) FILTER (WHERE s.model = 'next_category'),
                                  'clv', pg_catalog.max(s.score) FILTER (WHERE s.model = 'clv'),
                                  'churn_risk', 1 - pg_catalog.max((s.details ->> 'p_alive')::float8) FILTER (WHERE s.model = 'clv'),
                                  'cac_payback', pg_catalog.max(s.label) FILTER (WHERE s.model = 'cac_payback'),
                                  'nps_indicator', pg_catalog.max(s.score) FILTER (WHERE s.model = 'nps_indicator'),
                                  'nps_opinions', pg_catalog.max((s.details ->> 'opinions')::bigint) FILTER (WHERE s.model = 'nps_indicator'))
                         FROM journey.scores s WHERE s.profile_id = p.profile_id)
              FROM pg_catalog.json_populate_record(NULL::journey.profiles, found) p WHERE found IS NOT NULL);
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
    found constant json := @extschema@._journey_profile_row_at(customer, at);
BEGIN
    RETURN (SELECT pg_catalog.to_jsonb(p) FROM pg_catalog.json_populate_record(NULL::journey.profiles, found) p WHERE found IS NOT NULL);
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
COMMENT ON FUNCTION _journey_profile_row(text, timestamptz) IS 'A customer''s row of journey.profiles as JSON; its windows count back from the time';
COMMENT ON FUNCTION _journey_profile_row_at(text, timestamptz) IS 'The row as it was at a time, as JSON';
COMMENT ON FUNCTION _journey_person_at(text, timestamptz) IS 'Who stood for a customer at a time; NULL where the identifier is unknown';
