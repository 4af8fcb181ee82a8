-- Matching: finding candidates and deciding them. The model is in the core; nobody is merged unasked.
CREATE FUNCTION journey_match(threshold float8 DEFAULT 0.5, seed bigint DEFAULT 0)
    RETURNS TABLE (candidate_id uuid, customer text, other text, probability float8, weight float8, reasons jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF threshold IS NULL OR NOT threshold BETWEEN 0.01 AND 1 THEN
        RAISE EXCEPTION 'threshold is %', coalesce(threshold::text, 'null')
              USING ERRCODE = '22023', HINT = 'A probability from 0.01 to 1: candidates below it are not kept.';
    END IF;
    -- One search at a time: each replaces the open candidates of the one before.
    PERFORM pg_advisory_xact_lock(hashtext('pg_journey.match'));
    WITH found AS MATERIALIZED (
        SELECT * FROM @extschema@._journey_match(threshold, coalesce(journey_match.seed, 0))
    ), outdated AS (
        DELETE FROM journey.match_candidates c
         WHERE c.status = 'open' AND NOT EXISTS (SELECT FROM found f WHERE (f.profile_id, f.other_id) = (c.profile_id, c.other_id))
    )
    INSERT INTO journey.match_candidates AS c (profile_id, other_id, candidate_id, probability, weight, reasons)
    SELECT f.profile_id, f.other_id, f.candidate_id, f.probability, f.weight, f.reasons FROM found f ORDER BY f.profile_id, f.other_id
    ON CONFLICT (profile_id, other_id) DO UPDATE
       SET probability = EXCLUDED.probability, weight = EXCLUDED.weight, reasons = EXCLUDED.reasons
     WHERE c.status = 'open' AND (c.probability, c.weight, c.reasons) IS DISTINCT FROM (EXCLUDED.probability, EXCLUDED.weight, EXCLUDED.reasons);
    RETURN QUERY
    SELECT c.candidate_id, @extschema@._journey_match_name(c.profile_id), @extschema@._journey_match_name(c.other_id),
           c.probability, c.weight, c.reasons
      FROM journey.match_candidates c
     WHERE c.status = 'open'
     ORDER BY c.weight DESC, c.profile_id, c.other_id;
END
$$;
COMMENT ON FUNCTION journey_match(float8, bigint) IS 'Looks for customers who may be one person, by what is known of them, into journey.match_candidates; returns the open candidates, the most probable first';

CREATE FUNCTION _journey_match_name(profile bigint) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.kind || ':' || i.value FROM journey.identifiers i WHERE i.profile_id = profile
$$;
COMMENT ON FUNCTION _journey_match_name(bigint) IS 'A customer as kind:value';

CREATE FUNCTION journey_match_decide(candidate_id uuid, decision text, reviewer text DEFAULT CURRENT_USER) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    candidate record;
    verdict text := CASE decision WHEN 'accept' THEN 'accepted' WHEN 'reject' THEN 'rejected' ELSE decision END;
    customers text[];
    merged uuid;
BEGIN
    IF verdict IS NULL OR verdict NOT IN ('accepted', 'rejected') THEN
        RAISE EXCEPTION 'decision is %', coalesce(quote_literal(decision), 'null')
              USING ERRCODE = '22023', HINT = 'The decisions are accept and reject.';
    END IF;
    SELECT * INTO candidate FROM journey.match_candidates c WHERE c.candidate_id = journey_match_decide.candidate_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'candidate % is unknown', coalesce(candidate_id::text, 'null')
              USING ERRCODE = '42704', HINT = 'journey.match_candidates lists the open ones; a newer journey_match() may have removed it.';
    END IF;
    IF candidate.status <> 'open' THEN
        RAISE EXCEPTION 'candidate % was % by %', candidate_id, candidate.status, candidate.reviewer
              USING ERRCODE = '55000', HINT = 'journey_unmerge() takes a merge back.';
    END IF;
    IF verdict = 'accepted' THEN
        -- Whoever was seen first stands for both.
        customers := ARRAY(SELECT @extschema@._journey_match_name(p.id)
                             FROM (VALUES (candidate.profile_id), (candidate.other_id)) AS p (id)
                             LEFT JOIN journey.profiles seen ON seen.profile_id = p.id
                            ORDER BY seen.first_seen DESC NULLS FIRST, p.id);
        IF @extschema@.journey_resolve(customers[1]) IS DISTINCT FROM @extschema@.journey_resolve(customers[2]) THEN
            merged := @extschema@.journey_merge(customers[1], customers[2],
                      format('match %s of probability %s, accepted by %s', candidate_id, round(candidate.probability::numeric, 4), reviewer));
        END IF;
    END IF;
    UPDATE journey.match_candidates c
       SET status = verdict, reviewer = journey_match_decide.reviewer, decided_at = now(), merge_id = merged
     WHERE c.profile_id = candidate.profile_id AND c.other_id = candidate.other_id;
    RETURN merged;
END
$$;
COMMENT ON FUNCTION journey_match_decide(uuid, text, text) IS 'Accepts a candidate, which merges both customers by journey_merge(), or rejects it for good; returns the merge_id';
COMMENT ON FUNCTION _journey_match(float8, bigint) IS 'The candidates of journey_match()';
