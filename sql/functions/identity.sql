-- Identity: what people say of identifiers, and what the functions say of themselves.
COMMENT ON FUNCTION journey_resolve(text) IS 'The profile_id of a customer: a user_id, or kind:value such as email:a@b.org; NULL when unknown';
COMMENT ON FUNCTION journey_resolve(bigint) IS 'The profile_id of a customer whose user_id is a number';
COMMENT ON FUNCTION journey_resolve(uuid) IS 'The profile_id of a customer whose user_id is a uuid';

CREATE FUNCTION _journey_known(customer text) RETURNS bigint
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    identifier constant bigint := @extschema@._journey_identifier(customer);
BEGIN
    IF identifier IS NULL THEN
        RAISE EXCEPTION 'customer "%" is unknown', coalesce(customer, 'null')
              USING ERRCODE = '42704', HINT = 'Name a user_id, or kind:value such as email:a@b.org, of which there are events.';
    END IF;
    RETURN identifier;
END
$$;
COMMENT ON FUNCTION _journey_known(text) IS 'The identifier that a customer argument names; an error for one never seen';

CREATE FUNCTION journey_merge(a text, b text, reason text DEFAULT NULL) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    one constant bigint := @extschema@._journey_known(a);
    other constant bigint := @extschema@._journey_known(b);
    made uuid;
BEGIN
    IF one = other THEN
        RAISE EXCEPTION '"%" and "%" are the same identifier', a, b
              USING ERRCODE = '22023', HINT = 'Name two identifiers that are one person.';
    END IF;
    INSERT INTO journey._merges AS m (profile_id, into_profile_id, kind, evidence, reason)
    VALUES (one, other, 'merge', jsonb_build_object('a', a, 'b', b), reason)
    RETURNING m.merge_id INTO made;
    PERFORM @extschema@._journey_settle(ARRAY[one], ARRAY[other]);
    RETURN made;
END
$$;
COMMENT ON FUNCTION journey_merge(text, text, text) IS 'Makes two customers one person, whatever the limits of journey.identity_rules; of equal kinds b stands for both. Returns the merge_id for journey_unmerge';

CREATE FUNCTION journey_merge(a bigint, b bigint, reason text DEFAULT NULL) RETURNS uuid
    LANGUAGE sql
AS 'SELECT @extschema@.journey_merge(a::text, b::text, reason)';
COMMENT ON FUNCTION journey_merge(bigint, bigint, text) IS 'The same for customers whose user_ids are numbers';

CREATE FUNCTION journey_merge(a uuid, b uuid, reason text DEFAULT NULL) RETURNS uuid
    LANGUAGE sql
AS 'SELECT @extschema@.journey_merge(a::text, b::text, reason)';
COMMENT ON FUNCTION journey_merge(uuid, uuid, text) IS 'The same for customers whose user_ids are uuids';

CREATE FUNCTION journey_unmerge(merge_id uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at constant timestamptz := clock_timestamp();
    one bigint;
    other bigint;
BEGIN
    UPDATE journey._merges m SET undone_at = at, undone_by = CURRENT_USER
     WHERE m.merge_id = journey_unmerge.merge_id AND m.undone_at IS NULL
    RETURNING m.profile_id, m.into_profile_id INTO one, other;
    IF FOUND THEN
        PERFORM @extschema@._journey_settle(ARRAY[one], ARRAY[other]);
        RETURN true;
    END IF;
    UPDATE journey._links l SET undone_at = at, undone_by = CURRENT_USER
     WHERE l.merge_id = journey_unmerge.merge_id AND l.undone_at IS NULL
    RETURNING l.profile_id INTO one;
    IF FOUND THEN
        -- The link that counts next may lead to anybody the identifier was seen with.
        PERFORM @extschema@._journey_settle(array_agg(l.profile_id), array_agg(l.target_id))
           FROM journey._links l WHERE l.profile_id = one;
        RETURN true;
    END IF;
    IF EXISTS (SELECT FROM journey.merges m WHERE m.merge_id = journey_unmerge.merge_id) THEN
        RETURN false;
    END IF;
    RAISE EXCEPTION 'merge "%" is unknown', coalesce(merge_id::text, 'null')
          USING ERRCODE = '42704', HINT = 'journey.merges lists them.';
END
$$;
COMMENT ON FUNCTION journey_unmerge(uuid) IS 'Takes back what journey_merge, journey_link or an event has brought together, as if it had never been; false where that was done before';

CREATE FUNCTION journey_link(customer text, kind text, value text) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    holder constant bigint := @extschema@._journey_known(customer);
    identifier bigint;
    made uuid;
BEGIN
    IF kind IS NULL OR value IS NULL THEN
        RAISE EXCEPTION '% is null', CASE WHEN kind IS NULL THEN 'kind' ELSE 'value' END
              USING ERRCODE = '22023', HINT = 'Name an identifier, such as ''email'', ''a@b.org''.';
    END IF;
    identifier := @extschema@._journey_register(kind, value);
    IF identifier = holder THEN
        RETURN NULL;
    END IF;
    SELECT m.merge_id INTO made FROM journey._merges m
     WHERE m.profile_id = identifier AND m.into_profile_id = holder AND m.kind = 'link' AND m.undone_at IS NULL;
    IF FOUND THEN
        RETURN made;
    END IF;
    INSERT INTO journey._merges AS m (profile_id, into_profile_id, kind, evidence)
    VALUES (identifier, holder, 'link', jsonb_build_object('customer', customer, 'kind', kind, 'value', value))
    RETURNING m.merge_id INTO made;
    PERFORM @extschema@._journey_settle(ARRAY[identifier], ARRAY[holder]);
    IF (SELECT count(DISTINCT coalesce(m.person_id, i.id))
          FROM unnest(ARRAY[identifier, holder]) AS i (id) LEFT JOIN journey._members m ON m.profile_id = i.id) > 1 THEN
        RAISE EXCEPTION '% "%" and customer "%" cannot be one person', kind, value, customer
              USING ERRCODE = '55000',
                    HINT = 'They would hold more values of a kind than journey.identity_rules allows. journey_merge forces them together.';
    END IF;
    RETURN made;
END
$$;
COMMENT ON FUNCTION journey_link(text, text, text) IS 'Says that an identifier is the customer''s, within the limits of journey.identity_rules; returns the merge_id for journey_unmerge';

CREATE FUNCTION journey_link(customer bigint, kind text, value text) RETURNS uuid
    LANGUAGE sql
AS 'SELECT @extschema@.journey_link(customer::text, kind, value)';
COMMENT ON FUNCTION journey_link(bigint, text, text) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_link(customer uuid, kind text, value text) RETURNS uuid
    LANGUAGE sql
AS 'SELECT @extschema@.journey_link(customer::text, kind, value)';
COMMENT ON FUNCTION journey_link(uuid, text, text) IS 'The same for a customer whose user_id is a uuid';

COMMENT ON FUNCTION journey_rebuild_identities() IS 'Assigns all identifiers to persons anew, after a change of journey.identity_rules; returns how many moved';
COMMENT ON FUNCTION _journey_identifier(text) IS 'The identifier that a customer argument names, not its person; NULL when unknown';
COMMENT ON FUNCTION _journey_register(text, text) IS 'The profile_id of an identifier, which has a row from now on';
COMMENT ON FUNCTION _journey_settle(bigint[], bigint[]) IS 'Moves identifiers after links or merges between these pairs were added or taken back; returns how many moved';
