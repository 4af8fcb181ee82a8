-- Models: registering what was trained, and which version is used. A deployment is a row, so it holds for whoever sees the row:
-- from the commit on, for statements that begin after it, and never when it was rolled back.

CREATE FUNCTION _journey_lock_model(model text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM journey.models m WHERE m.name = model FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'model % is unknown', coalesce(quote_ident(model), 'null')
              USING ERRCODE = '42704', HINT = 'journey.models lists what there is; journey_train() and journey_import_model() add to it.';
    END IF;
END
$$;
COMMENT ON FUNCTION _journey_lock_model(text) IS 'One change of a model''s versions at a time, until the transaction ends';

CREATE FUNCTION _journey_deploy(model text, version integer, strategy text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before integer;
BEGIN
    PERFORM @extschema@._journey_lock_model(model);
    SELECT v.version INTO before FROM journey.model_versions v
     WHERE v.model = _journey_deploy.model AND v.status = 'deployed';
    PERFORM FROM journey.model_versions v WHERE v.model = _journey_deploy.model AND v.version = _journey_deploy.version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'model % has no version %', quote_ident(model), coalesce(version::text, 'null')
              USING ERRCODE = '42704',
                    HINT = format('It has %s.', (SELECT string_agg(v.version::text, ', ' ORDER BY v.version)
                                                   FROM journey.model_versions v WHERE v.model = _journey_deploy.model));
    END IF;
    IF before IS DISTINCT FROM version THEN
        -- The old one first: two deployed ones would break the unique index.
        UPDATE journey.model_versions v SET status = 'retired' WHERE v.model = _journey_deploy.model AND v.version = before;
        UPDATE journey.model_versions v SET status = 'deployed'
         WHERE v.model = _journey_deploy.model AND v.version = _journey_deploy.version;
        INSERT INTO journey.deployments (model, version, previous, strategy)
        VALUES (_journey_deploy.model, _journey_deploy.version, before, _journey_deploy.strategy);
    END IF;
    RETURN version;
END
$$;
COMMENT ON FUNCTION _journey_deploy(text, integer, text) IS 'Makes a version the one that is used, and writes down why; does nothing where it is already';

CREATE FUNCTION journey_deploy(model text, version integer) RETURNS integer
    LANGUAGE sql
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@._journey_deploy(model, version, 'specific')
$$;
COMMENT ON FUNCTION journey_deploy(text, integer) IS 'Makes this version of a model the one that is used; returns it';

CREATE FUNCTION journey_deploy(model text, strategy text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    chosen integer;
BEGIN
    PERFORM @extschema@._journey_lock_model(model);
    CASE strategy
        WHEN 'rollback' THEN
            RETURN @extschema@.journey_rollback(model);
        WHEN 'best_score' THEN
            SELECT v.version INTO chosen FROM journey.model_versions v
             WHERE v.model = journey_deploy.model AND v.score IS NOT NULL
             ORDER BY v.score DESC, v.version DESC LIMIT 1;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no version of model % has a score', quote_ident(model)
                      USING ERRCODE = '55000', HINT = 'A score needs days that were kept back, see the option holdout of journey_train().';
            END IF;
        WHEN 'most_recent' THEN
            SELECT max(v.version) INTO chosen FROM journey.model_versions v WHERE v.model = journey_deploy.model;
        ELSE
            RAISE EXCEPTION 'strategy is %', coalesce(quote_literal(strategy), 'null')
                  USING ERRCODE = '22023', HINT = 'The strategies are best_score, most_recent and rollback; a version is given as a number.';
    END CASE;
    RETURN @extschema@._journey_deploy(model, chosen, strategy);
END
$$;
COMMENT ON FUNCTION journey_deploy(text, text) IS 'Makes a version of a model the one that is used, chosen by best_score, most_recent or rollback; returns it';

-- Back to what the present version took the place of; once more, to what that one did. What a rollback did is not gone back to.
CREATE FUNCTION journey_rollback(model text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before integer;
BEGIN
    PERFORM @extschema@._journey_lock_model(model);
    SELECT d.previous INTO before
      FROM journey.model_versions v
      JOIN journey.deployments d ON d.model = v.model AND d.version = v.version AND d.strategy <> 'rollback'
     WHERE v.model = journey_rollback.model AND v.status = 'deployed'
     ORDER BY d.deployment_id DESC LIMIT 1;
    IF before IS NULL THEN
        RAISE EXCEPTION 'no version of model % was deployed before the present one', quote_ident(model)
              USING ERRCODE = '55000', HINT = 'journey.deployments has what was; journey_deploy() takes a version.';
    END IF;
    RETURN @extschema@._journey_deploy(model, before, 'rollback');
END
$$;
COMMENT ON FUNCTION journey_rollback(text) IS 'Makes the version that was used before the present one the one that is used; returns it';

-- A trained version is used at once where there is none yet, or where its score is no worse; `deploy`: auto, always or never.
CREATE FUNCTION _journey_add_version(model text, task text, description text, options jsonb, trained jsonb, artefact bytea DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    version integer;
    used record;
    score float8 := (trained ->> 'score')::float8;
BEGIN
    INSERT INTO journey.models (name, task, description) VALUES (model, task, description) ON CONFLICT (name) DO NOTHING;
    PERFORM @extschema@._journey_lock_model(model);
    IF NOT EXISTS (SELECT FROM journey.models m WHERE m.name = model AND m.task = _journey_add_version.task) THEN
        RAISE EXCEPTION 'model % is of another task than %', quote_ident(model), task
              USING ERRCODE = '42710', HINT = 'Delete or rename what has the name in journey.models.';
    END IF;
    SELECT v.version, v.score INTO used FROM journey.model_versions v
     WHERE v.model = _journey_add_version.model AND v.status = 'deployed';
    version := 1 + coalesce((SELECT max(v.version) FROM journey.model_versions v WHERE v.model = _journey_add_version.model), 0);
    INSERT INTO journey.model_versions (model, version, status, options, parameters, features, metrics, score, snapshot, artefact)
    VALUES (model, version, 'registered', options, coalesce(trained -> 'parameters', '{}'), coalesce(trained -> 'features', '[]'),
            coalesce(trained -> 'metrics', '{}'), score, coalesce(trained -> 'snapshot', '{}'), artefact);
    IF options ->> 'deploy' = 'always' OR options ->> 'deploy' = 'auto' AND coalesce(score >= used.score, used.score IS NULL) THEN
        PERFORM @extschema@._journey_deploy(model, version, 'trained');
    END IF;
    RETURN version;
END
$$;
COMMENT ON FUNCTION _journey_add_version(text, text, text, jsonb, jsonb, bytea) IS 'Registers what was trained, and deploys it unless its score is worse than that of the version in use; returns the version';

-- Whoever may not use a model sees none of its versions and none of its scores: rows that a policy keeps from him.
CREATE FUNCTION journey_grant_model(model text, grantee regrole) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@._journey_lock_model(model);
    INSERT INTO journey.model_grants AS g (model, grantee)
    SELECT journey_grant_model.model, r.rolname FROM pg_roles r WHERE r.oid = journey_grant_model.grantee
    ON CONFLICT ON CONSTRAINT model_grants_pkey DO NOTHING;
END
$$;
COMMENT ON FUNCTION journey_grant_model(text, regrole) IS 'Lets a role use a model, and with the first grant nobody else but administrators';

CREATE FUNCTION journey_revoke_model(model text, grantee regrole) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@._journey_lock_model(model);
    DELETE FROM journey.model_grants g USING pg_roles r
     WHERE g.model = journey_revoke_model.model AND r.oid = journey_revoke_model.grantee AND g.grantee = r.rolname;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION journey_revoke_model(text, regrole) IS 'Takes a grant of a model back; false where there was none. Without any grant left everybody who may read may use it again';
