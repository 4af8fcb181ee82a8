-- Generation: the theme of a customer's texts.
COMMENT ON FUNCTION _journey_theme(text, jsonb) IS 'The theme of a customer''s texts and why, as {"theme", "reason"}; NULL for an unknown customer';

CREATE FUNCTION journey_theme(customer text, at timestamptz DEFAULT NULL) RETURNS TABLE (theme text, reason text)
    LANGUAGE sql STABLE COST 10000 ROWS 1
AS $$
    SELECT t.found ->> 'theme', t.found ->> 'reason'
      FROM (SELECT @extschema@._journey_theme(customer, pg_catalog.jsonb_build_object('at', at)) AS found) t
     WHERE t.found IS NOT NULL
$$;
COMMENT ON FUNCTION journey_theme(text, timestamptz) IS
    'How texts address a customer, and by which rule: generic, welcome, return, value, premium, performance, sustainability, newness, care, regular or everyday; of the profile as it is, where at sets what counts as now; no row for an unknown customer';

CREATE FUNCTION journey_theme(customer bigint, at timestamptz DEFAULT NULL) RETURNS TABLE (theme text, reason text)
    LANGUAGE sql STABLE COST 10000 ROWS 1
AS $$
    SELECT * FROM @extschema@.journey_theme(customer::text, at)
$$;
COMMENT ON FUNCTION journey_theme(bigint, timestamptz) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_theme(customer uuid, at timestamptz DEFAULT NULL) RETURNS TABLE (theme text, reason text)
    LANGUAGE sql STABLE COST 10000 ROWS 1
AS $$
    SELECT * FROM @extschema@.journey_theme(customer::text, at)
$$;
COMMENT ON FUNCTION journey_theme(uuid, timestamptz) IS 'The same for a customer whose user_id is a uuid';
