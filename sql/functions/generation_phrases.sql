-- Generation: learning from what reviewers decided.
CREATE FUNCTION journey_learn_phrases() RETURNS TABLE (kind text, phrase text, removed integer, kept integer, weight real)
    LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    lesson record;
BEGIN
    DELETE FROM journey.phrases p WHERE p.source = 'review' AND NOT EXISTS (SELECT FROM journey.labels l WHERE l.kind = p.kind);
    -- A text counts once, however many have decided on it: as it was first, and as the last decision left it.
    FOR lesson IN
        SELECT r.kind, @extschema@._journey_learn(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'text', r.text, 'made', r.made, 'facts', g.facts))) AS phrases
          FROM (SELECT l.kind, l.profile_id, l.generation_id,
                       (pg_catalog.array_agg(l.text ORDER BY l.decided_at))[1] AS text,
                       (pg_catalog.array_agg(CASE l.decision WHEN 'edit' THEN l.edited WHEN 'approve' THEN l.text END ORDER BY l.decided_at DESC))[1] AS made
                  FROM journey.labels l
                 WHERE l.decision <> 'escalate'
                 GROUP BY l.kind, l.profile_id, l.generation_id, l.review_id) r
          JOIN journey.generations g USING (profile_id, generation_id)
         GROUP BY r.kind
         ORDER BY r.kind
    LOOP
        DELETE FROM journey.phrases p
         WHERE p.kind = lesson.kind
           AND (p.source = 'review' OR p.phrase IN (SELECT l ->> 'phrase' FROM pg_catalog.jsonb_array_elements(lesson.phrases) l));
        INSERT INTO journey.phrases (kind, phrase, removed, kept, z, weight)
        SELECT lesson.kind, p.phrase, p.removed, p.kept, p.z, p.weight
          FROM pg_catalog.jsonb_populate_recordset(NULL::journey.phrases, lesson.phrases) p;
        RETURN QUERY SELECT p.kind, p.phrase, p.removed, p.kept, p.weight FROM journey.phrases p
                      WHERE p.kind = lesson.kind AND p.source = 'review' ORDER BY p.z, p.phrase;
    END LOOP;
END
$$;
COMMENT ON FUNCTION journey_learn_phrases() IS
    'Learns anew from journey.labels which phrases reviewers take out of texts of each kind and which they put in; returns them, the most unwanted first. The worker does it after new decisions';

-- Some minutes after the first decision that is new: reviewers decide in runs.
CREATE FUNCTION _journey_learn_due() RETURNS boolean
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    learned constant timestamptz := (SELECT s.learned_until FROM journey._lessons s WHERE s.lesson = 'phrases');
    next constant timestamptz := (SELECT min(l.decided_at) FROM journey.labels l WHERE l.decided_at > coalesce(learned, '-infinity'));
BEGIN
    IF next IS NULL OR next > now() - interval '5 minutes' THEN
        RETURN false;
    END IF;
    INSERT INTO journey._lessons (lesson, learned_until)
    VALUES ('phrases', (SELECT max(l.decided_at) FROM journey.labels l))
    ON CONFLICT (lesson) DO UPDATE SET learned_until = EXCLUDED.learned_until;
    PERFORM @extschema@.journey_learn_phrases();
    RETURN true;
END
$$;
COMMENT ON FUNCTION _journey_learn_due() IS 'What the worker learns from reviewers; false where there is nothing new';
COMMENT ON FUNCTION _journey_learn(jsonb) IS 'Phrases that decisions tell of: [{"phrase", "removed", "kept", "z", "weight"}], from [{"text", "made", "facts"}], labels and the facts of their texts';
