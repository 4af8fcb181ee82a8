-- Generation: guardrails that come into force, and texts that a person decides on.
CREATE FUNCTION journey_approve_guardrail(guardrail text, version integer DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    chosen journey.guardrails;
BEGIN
    SELECT g.* INTO chosen FROM journey.guardrails g
     WHERE g.guardrail = journey_approve_guardrail.guardrail
       AND (journey_approve_guardrail.version IS NULL OR g.version = journey_approve_guardrail.version)
     ORDER BY g.version DESC LIMIT 1 FOR UPDATE;
    IF chosen.guardrail IS NULL THEN
        RAISE EXCEPTION 'there is no guardrail "%"%', guardrail, coalesce(' of version ' || version, '')
            USING ERRCODE = 'undefined_object', HINT = 'Add it to journey.guardrails first.';
    END IF;
    PERFORM @extschema@._journey_check_guardrail(chosen.type, chosen.definition);
    UPDATE journey.guardrails g SET status = 'retired'
     WHERE g.guardrail = chosen.guardrail AND g.version <> chosen.version AND g.status = 'approved';
    UPDATE journey.guardrails g SET status = 'approved' WHERE g.guardrail = chosen.guardrail AND g.version = chosen.version;
    RETURN chosen.version;
END
$$;
COMMENT ON FUNCTION journey_approve_guardrail(text, integer) IS
    'Lets a version of a guardrail hold from the next text on, by default the newest, and retires the one before; a definition that is not understood is refused';

CREATE FUNCTION journey_review_claim(reviewer text, n integer DEFAULT 1)
    RETURNS TABLE (id uuid, generation_id uuid, kind text, reason text, text text, violations jsonb, facts jsonb, level integer, claimed_until timestamptz)
    LANGUAGE plpgsql VOLATILE ROWS 10
AS $$
#variable_conflict use_column
BEGIN
    IF reviewer IS NULL OR reviewer !~ '[^[:space:]]' THEN
        RAISE EXCEPTION 'the reviewer is %', coalesce(pg_catalog.quote_literal(reviewer), 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the name of the person who will decide.';
    ELSIF n IS NULL OR n NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'n is %', coalesce(n::text, 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Claim 1 to 1000 texts at a time.';
    END IF;
    -- One person under one name, however it is written.
    reviewer := pg_catalog.lower(pg_catalog.btrim(reviewer));
    RETURN QUERY
    WITH next AS (
        SELECT q.profile_id, q.review_id FROM journey.review_queue q
         WHERE q.state = 'open' AND (q.claimed_until IS NULL OR q.claimed_until <= pg_catalog.clock_timestamp())
           AND NOT journey_review_claim.reviewer = ANY (q.approvals) AND NOT journey_review_claim.reviewer = ANY (q.passed_on)
         ORDER BY q.level DESC, q.created_at, q.review_id
         LIMIT journey_review_claim.n
           FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE journey.review_queue q
           SET reviewer = journey_review_claim.reviewer, claimed_by = current_user,
               claimed_until = pg_catalog.clock_timestamp()
                   + coalesce((SELECT p.claim_for FROM journey.guardrail_policies p WHERE p.policy = q.policy), '30 minutes')
          FROM next
         WHERE q.profile_id = next.profile_id AND q.review_id = next.review_id
        RETURNING q.*
    )
    SELECT t.review_id, t.generation_id, t.kind, t.reason, t.text, t.violations, g.facts, t.level, t.claimed_until
      FROM taken t JOIN journey.generations g USING (profile_id, generation_id)
     ORDER BY t.level DESC, t.created_at, t.review_id;
END
$$;
COMMENT ON FUNCTION journey_review_claim(text, integer) IS
    'Gives a reviewer the next texts of journey.review_queue, escalated ones first, and locks them for as long as their policy says; no two reviewers get one text';

CREATE FUNCTION journey_review_decide(id uuid, decision text, edited text DEFAULT NULL, reason text DEFAULT NULL, reviewer text DEFAULT NULL)
    RETURNS text
    LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    item journey.review_queue;
    final text;
    broken text;
BEGIN
    IF decision IS NULL OR decision NOT IN ('approve', 'edit', 'reject', 'escalate') THEN
        RAISE EXCEPTION 'the decision is %', coalesce(pg_catalog.quote_literal(decision), 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Decide approve, edit, reject or escalate.';
    ELSIF (decision = 'edit') <> (edited IS NOT NULL) THEN
        RAISE EXCEPTION 'the decision is "%" % an edited text', decision, CASE WHEN edited IS NULL THEN 'without' ELSE 'with' END
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the edited text with the decision edit, and with no other.';
    END IF;
    SELECT q.* INTO item FROM journey.review_queue q WHERE q.review_id = id FOR UPDATE;
    IF item.review_id IS NULL THEN
        RAISE EXCEPTION 'there is no text "%" to review', id USING ERRCODE = 'undefined_object', HINT = 'Ids come from journey_review_claim().';
    ELSIF item.state = 'done' THEN
        RAISE EXCEPTION 'the text "%" has been decided on', id
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'journey.labels says by whom, and how.';
    ELSIF item.claimed_until IS NULL OR item.claimed_until <= pg_catalog.clock_timestamp() THEN
        RAISE EXCEPTION 'nobody has claimed the text "%", or no longer', id
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Claim it with journey_review_claim().';
    ELSIF reviewer IS NULL AND item.approvals_needed > 1 THEN
        RAISE EXCEPTION 'the text "%" needs the approval of several reviewers', id
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Say who decides: reviewer => the name that claimed it.';
    ELSIF pg_catalog.lower(pg_catalog.btrim(reviewer)) <> item.reviewer OR item.claimed_by <> current_user THEN
        RAISE EXCEPTION 'the text "%" is claimed by another than "%"', id, coalesce(reviewer, current_user)
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Claim another one with journey_review_claim().';
    END IF;

    final := coalesce(edited, item.text);
    IF decision IN ('approve', 'edit') THEN
        SELECT pg_catalog.string_agg(DISTINCT v ->> 'rule', ', ') INTO broken
          FROM pg_catalog.jsonb_array_elements(@extschema@._journey_check_again(item.profile_id, item.generation_id, final)) v;
        IF broken IS NOT NULL THEN
            RAISE EXCEPTION 'the text breaks: %', broken
                USING ERRCODE = 'check_violation', HINT = 'journey_check() shows an editor what was found; edit the text, or reject it.';
        END IF;
        -- Who edits stands for the new text alone; the others approved the old one.
        item.approvals := CASE decision WHEN 'edit' THEN ARRAY[item.reviewer] ELSE item.approvals || item.reviewer END;
    END IF;
    INSERT INTO journey.labels (profile_id, generation_id, review_id, kind, decision, text, edited, reason, reviewer)
    VALUES (item.profile_id, item.generation_id, item.review_id, item.kind, decision, item.text, edited, reason, item.reviewer);

    IF decision = 'escalate' OR (decision <> 'reject' AND pg_catalog.cardinality(item.approvals) < item.approvals_needed) THEN
        UPDATE journey.review_queue q
           SET reviewer = NULL, claimed_by = NULL, claimed_until = NULL, text = final, approvals = item.approvals,
               level = q.level + (decision = 'escalate')::integer,
               passed_on = q.passed_on || CASE decision WHEN 'escalate' THEN ARRAY[item.reviewer] ELSE '{}' END
         WHERE q.profile_id = item.profile_id AND q.review_id = item.review_id;
        RETURN 'review';
    END IF;
    UPDATE journey.review_queue q SET state = 'done', decided_at = pg_catalog.clock_timestamp(), text = final, approvals = item.approvals
     WHERE q.profile_id = item.profile_id AND q.review_id = item.review_id;
    UPDATE journey.generations g
       SET status = CASE decision WHEN 'reject' THEN 'rejected' ELSE 'approved' END,
           text = CASE WHEN decision <> 'reject' THEN final END,
           content = CASE WHEN decision <> 'reject' THEN @extschema@._journey_content(g.kind, g.guardrails -> 'outline', final) END,
           verdict = CASE WHEN decision <> 'reject' THEN 'approved' END,
           error = CASE decision WHEN 'reject' THEN 'a reviewer rejected the text' END
     WHERE g.profile_id = item.profile_id AND g.generation_id = item.generation_id AND g.status = 'review';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the generation of the text "%" is not in review', id
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Its row of journey.generations says what became of it.';
    END IF;
    RETURN CASE decision WHEN 'reject' THEN 'rejected' ELSE 'approved' END;
END
$$;
COMMENT ON FUNCTION journey_review_decide(uuid, text, text, text, text) IS
    'Decides on a claimed text: approve, edit (checked like any text), reject or escalate; gives its status in journey.generations. Each decision is a row of journey.labels';

-- What was served is withdrawn until it is decided on; of what was refused a person sees the best that is sound otherwise.
CREATE FUNCTION journey_appeal(generation_id uuid, reason text) RETURNS uuid
    LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    appealed journey.generations;
    wanted text;
    asked constant jsonb := pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'rule', 'appeal', 'passed', false, 'severity', 'error', 'detail', pg_catalog.left(reason, 1000)));
    queued uuid;
BEGIN
    IF reason IS NULL OR reason !~ '[^[:space:]]' THEN
        RAISE EXCEPTION 'the reason is %', coalesce(pg_catalog.quote_literal(reason), 'null')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Tell the reviewer why the text should be seen.';
    END IF;
    SELECT g.* INTO appealed FROM journey.generations g WHERE g.generation_id = journey_appeal.generation_id FOR UPDATE;
    IF appealed.generation_id IS NULL THEN
        RAISE EXCEPTION 'there is no generation "%"', generation_id USING ERRCODE = 'undefined_object', HINT = 'Ids are in journey.generations.';
    ELSIF appealed.status IN ('review', 'error') THEN
        RAISE EXCEPTION 'the generation "%" has the status %', generation_id, appealed.status
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Appeal against a text that was served, refused or rejected.';
    END IF;
    wanted := coalesce(appealed.text,
        (SELECT q.text FROM journey.review_queue q WHERE q.profile_id = appealed.profile_id AND q.generation_id = appealed.generation_id),
        (SELECT c ->> 'text' FROM pg_catalog.jsonb_array_elements(appealed.candidates) c
          WHERE NOT c ? 'part' AND c -> 'violations' = '[]' ORDER BY (c ->> 'score')::real DESC LIMIT 1),
        appealed.draft);
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'the generation "%" has no text', generation_id
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Its error says why none was written.';
    END IF;
    UPDATE journey.generations g SET status = 'review', text = NULL, content = NULL, verdict = NULL, error = NULL
     WHERE g.profile_id = appealed.profile_id AND g.generation_id = appealed.generation_id;
    -- One that was decided on before comes first, and to all again.
    UPDATE journey.review_queue q
       SET state = 'open', reason = 'appeal', text = wanted, level = q.level + 1, approvals = '{}', reviewer = NULL, claimed_by = NULL,
           claimed_until = NULL, decided_at = NULL, violations = q.violations || asked
     WHERE q.profile_id = appealed.profile_id AND q.generation_id = appealed.generation_id
    RETURNING q.review_id INTO queued;
    IF queued IS NULL THEN
        INSERT INTO journey.review_queue (profile_id, generation_id, kind, policy, reason, text, violations, approvals_needed)
        SELECT appealed.profile_id, appealed.generation_id, appealed.kind, p.policy, 'appeal', wanted, appealed.violations || asked, p.approvals
          FROM journey.guardrail_policies p
         WHERE p.policy IN (appealed.guardrails ->> 'policy', 'default')
         ORDER BY p.policy = appealed.guardrails ->> 'policy' DESC LIMIT 1
        RETURNING review_id INTO queued;
    END IF;
    RETURN queued;
END
$$;
COMMENT ON FUNCTION journey_appeal(uuid, text) IS
    'Has a person decide on a text that was served, refused or rejected: it waits in journey.review_queue, and its row is served nowhere until then; another call may write the like of it anew; for members of journey_editor';

COMMENT ON FUNCTION _journey_check_again(bigint, uuid, text) IS 'What keeps a text from being served in the place of a generation';
COMMENT ON FUNCTION _journey_check_guardrail(text, jsonb) IS 'Raises an error where a guardrail cannot be defined so';
COMMENT ON FUNCTION _journey_content(text, jsonb, text) IS 'A text by its parts, as an outline says which line is which';
COMMENT ON FUNCTION _journey_judge(text, text, jsonb) IS 'The rulings of a policy''s guardrails on a text, without the rules of grounding';
ALTER FUNCTION _journey_check_again(bigint, uuid, text) SET jit = off;
