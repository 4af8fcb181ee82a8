-- Identity: what the functions say of themselves.
COMMENT ON FUNCTION journey_resolve(text) IS 'The profile_id of a customer: a user_id, or kind:value such as email:a@b.org; NULL when unknown';
COMMENT ON FUNCTION journey_resolve(bigint) IS 'The profile_id of a customer whose user_id is a number';
COMMENT ON FUNCTION journey_resolve(uuid) IS 'The profile_id of a customer whose user_id is a uuid';
