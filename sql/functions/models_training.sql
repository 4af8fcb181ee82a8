-- Training on a table or query: what is read, with the caller's rights, and what a model that was fitted says of a row and why.
COMMENT ON FUNCTION _journey_train_options(jsonb) IS 'The options of a training on a table with their defaults';
COMMENT ON FUNCTION _journey_check_name(text) IS 'Raises where a model cannot have the name';
COMMENT ON FUNCTION _journey_columns(text) IS 'The columns of a query, and what each can be: number, boolean, category, time or other';
COMMENT ON FUNCTION _journey_fit(text, text, jsonb, jsonb) IS 'Fits a model to the rows of a statement: features, metrics, score, snapshot and the artefact in hexadecimal';
COMMENT ON FUNCTION _journey_contributions(bytea, jsonb, jsonb) IS 'What each feature of a row adds to the score, by an artefact and its features; the first row is the base';

-- Raises where a column is not there, or is not of one of the kinds.
CREATE FUNCTION _journey_column_kind(columns jsonb, option text, name text, kinds text[]) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind constant text := (SELECT c ->> 'kind' FROM jsonb_array_elements(columns) c WHERE c ->> 'name' = name);
BEGIN
    IF kind IS NULL THEN
        RAISE EXCEPTION 'the source has no column "%", which % names', name, option
              USING ERRCODE = '42703', HINT = format('It has %s.', (SELECT string_agg(c ->> 'name', ', ') FROM jsonb_array_elements(columns) c));
    ELSIF kind <> ALL (kinds) THEN
        RAISE EXCEPTION 'column "%", which % names, is a %', name, option, CASE kind WHEN 'other' THEN 'value of another type' ELSE kind END
              USING ERRCODE = '42804', HINT = format('It is to be a %s; write a query that casts it.', array_to_string(kinds, ' or '));
    END IF;
    RETURN kind;
END
$$;
COMMENT ON FUNCTION _journey_column_kind(jsonb, text, text, text[]) IS 'What a column is, which an option names';

-- The columns that are features, in the order of the source or as they were named.
CREATE FUNCTION _journey_train_features(columns jsonb, options jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kinds constant text[] := '{number,boolean,category}';
    features jsonb;
BEGIN
    IF options ->> 'features' IS NULL THEN
        features := (SELECT jsonb_agg(c ORDER BY place) FROM jsonb_array_elements(columns) WITH ORDINALITY a (c, place)
                      WHERE c ->> 'kind' = ANY (kinds)
                        AND NOT c ->> 'name' = ANY (array_remove(ARRAY[options ->> 'target', options ->> 'id', options ->> 'time', options ->> 'weights'], NULL)));
    ELSE
        IF options -> 'features' ? (options ->> 'target') THEN
            RAISE EXCEPTION 'the target "%" is among the features', options ->> 'target'
                  USING ERRCODE = '22023', HINT = 'A model that reads what it is to foretell learns nothing.';
        END IF;
        features := (SELECT jsonb_agg(jsonb_build_object('name', f.name, 'kind', @extschema@._journey_column_kind(columns, 'features', f.name, kinds)) ORDER BY f.place)
                       FROM jsonb_array_elements_text(options -> 'features') WITH ORDINALITY f (name, place));
    END IF;
    IF features IS NULL THEN
        RAISE EXCEPTION 'the source has no column that can be a feature'
              USING ERRCODE = '22023', HINT = 'Features are numbers, booleans and texts beside the target, id, time and weights.';
    END IF;
    RETURN features;
END
$$;
COMMENT ON FUNCTION _journey_train_features(jsonb, jsonb) IS 'Which columns a training learns from, and what they are';

-- Target, weight, time, numbers and texts of each row.
CREATE FUNCTION _journey_train_statement(source text, options jsonb, target_kind text, features jsonb) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT %s, %s, %s, ARRAY[%s]::float8[], ARRAY[%s]::text[] FROM %s AS s',
           CASE target_kind WHEN 'boolean' THEN format('(s.%I)::integer::float8', options ->> 'target')
                            ELSE format('(s.%I)::float8', options ->> 'target') END,
           CASE WHEN options ->> 'weights' IS NULL THEN 'NULL::float8' ELSE format('coalesce((s.%I)::float8, 1)', options ->> 'weights') END,
           CASE WHEN options ->> 'time' IS NULL THEN 'NULL::float8'
                ELSE format('coalesce(extract(epoch FROM s.%I)::float8, ''-Infinity'')', options ->> 'time') END,
           (SELECT string_agg(format(CASE f ->> 'kind' WHEN 'boolean' THEN '(s.%I)::integer::float8' ELSE '(s.%I)::float8' END, f ->> 'name'), ', ' ORDER BY place)
              FROM jsonb_array_elements(features) WITH ORDINALITY a (f, place) WHERE f ->> 'kind' <> 'category'),
           (SELECT string_agg(format('(s.%I)::text', f ->> 'name'), ', ' ORDER BY place)
              FROM jsonb_array_elements(features) WITH ORDINALITY a (f, place) WHERE f ->> 'kind' = 'category'),
           source)
$$;
COMMENT ON FUNCTION _journey_train_statement(text, jsonb, text, jsonb) IS 'The statement that reads the rows of a training';

-- A boolean is a class, and so are numbers that are 0 or 1 throughout.
CREATE FUNCTION _journey_train_task(source text, options jsonb, target_kind text) RETURNS text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    is_class boolean := target_kind = 'boolean';
BEGIN
    IF options ->> 'task' IS NOT NULL THEN
        RETURN options ->> 'task';
    END IF;
    IF NOT is_class THEN
        EXECUTE format('SELECT bool_and(s.%1$I IN (0, 1)) FROM %2$s AS s', options ->> 'target', source) INTO is_class;
    END IF;
    RETURN CASE WHEN is_class THEN 'classification' ELSE 'regression' END;
END
$$;
COMMENT ON FUNCTION _journey_train_task(text, jsonb, text) IS 'Whether a target is a class or a value';

-- `goal`, where the source is what journey_training_set() gives of one, is kept in the place of the source.
CREATE FUNCTION _journey_train_table(model text, options jsonb, description text DEFAULT NULL, goal jsonb DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql
AS $$
DECLARE
    lock_key constant integer := hashtext('pg_journey.train.' || model);
    source text;
    columns jsonb;
    features jsonb;
    target_kind text;
    trained jsonb;
BEGIN
    IF model IS NULL THEN
        RAISE EXCEPTION 'the model has no name' USING ERRCODE = '22023', HINT = 'Such as: SELECT journey_train(''repeat'', …).';
    END IF;
    PERFORM @extschema@._journey_check_name(model);
    options := @extschema@._journey_train_options(options);
    IF (options ->> 'wait')::boolean THEN
        PERFORM pg_advisory_xact_lock(lock_key);
    ELSIF NOT pg_try_advisory_xact_lock(lock_key) THEN
        RAISE EXCEPTION 'model % is being trained by another session', model
              USING ERRCODE = '55P03', HINT = 'Try again later, or wait for it with {"wait": true}.';
    END IF;
    source := @extschema@._journey_value_from(options ->> 'source');
    -- A table is kept by the name that it has for everybody.
    IF options ->> 'source' !~ '\s' THEN
        options := options || jsonb_build_object('source', source);
    END IF;
    columns := (SELECT jsonb_agg(jsonb_build_object('name', c.name, 'kind', c.kind))
                  FROM @extschema@._journey_columns(format('SELECT * FROM %s AS s LIMIT 0', source)) c);
    target_kind := @extschema@._journey_column_kind(columns, 'target', options ->> 'target', '{boolean,number}');
    IF options ->> 'time' IS NOT NULL THEN
        PERFORM @extschema@._journey_column_kind(columns, 'time', options ->> 'time', '{time}');
    END IF;
    IF options ->> 'weights' IS NOT NULL THEN
        PERFORM @extschema@._journey_column_kind(columns, 'weights', options ->> 'weights', '{number}');
    END IF;
    features := @extschema@._journey_train_features(columns, options);
    options := options || jsonb_build_object('task', @extschema@._journey_train_task(source, options, target_kind));
    trained := @extschema@._journey_fit(model, @extschema@._journey_train_statement(source, options, target_kind, features), options, features);
    trained := jsonb_set(trained, '{snapshot,source}', CASE WHEN goal IS NULL THEN options -> 'source' ELSE '"journey_training_set"' END);
    IF goal IS NOT NULL THEN
        options := options - '{source,target,time,id}'::text[] || jsonb_build_object('goal', goal, 'features_version', @extschema@._journey_features_version());
    END IF;
    RETURN @extschema@._journey_add_version(model, options ->> 'task',
           coalesce(description, CASE options ->> 'task' WHEN 'classification' THEN 'How likely ' ELSE 'How great ' END || (options ->> 'target') || ' is'),
           options, trained - 'artefact', decode(trained ->> 'artefact', 'hex'));
END
$$;
COMMENT ON FUNCTION _journey_train_table(text, jsonb, text, jsonb) IS 'journey_train() on a table or query';

-- The version that is meant: the given one, or the deployed one.
CREATE FUNCTION _journey_version(model text, version integer) RETURNS integer
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_version constant integer := (
        SELECT v.version FROM journey.model_versions v
         WHERE v.model = _journey_version.model
           AND CASE WHEN _journey_version.version IS NULL THEN v.status = 'deployed' ELSE v.version = _journey_version.version END);
BEGIN
    IF found_version IS NULL THEN
        RAISE EXCEPTION 'model % has no %', coalesce(quote_ident(model), 'null'), coalesce('version ' || version, 'deployed version')
              USING ERRCODE = '42704', HINT = 'journey.model_versions lists what there is; journey_train() and journey_import_model() add to it.';
    END IF;
    RETURN found_version;
END
$$;
COMMENT ON FUNCTION _journey_version(text, integer) IS 'A version of a model, by default the deployed one';

CREATE FUNCTION journey_export_model(model text, version integer DEFAULT NULL) RETURNS bytea
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted constant integer := @extschema@._journey_version(model, version);
    found_artefact constant bytea := (SELECT v.artefact FROM journey.model_versions v
                                       WHERE v.model = journey_export_model.model AND v.version = wanted);
BEGIN
    IF found_artefact IS NULL THEN
        RAISE EXCEPTION 'version % of model % is no ONNX model in a row', wanted, quote_ident(model)
              USING ERRCODE = '0A000', HINT = 'Models of the task value are their parameters, and large ones are files: see journey.model_versions.';
    END IF;
    RETURN found_artefact;
END
$$;
COMMENT ON FUNCTION journey_export_model(text, integer) IS 'A model as an ONNX file, by default the deployed version: features [N, F] in, score [N, 1] out';

CREATE FUNCTION journey_explain_row(model text, features jsonb, k integer DEFAULT NULL, version integer DEFAULT NULL)
    RETURNS TABLE (feature text, value jsonb, contribution float8)
    LANGUAGE plpgsql STABLE ROWS 20 COST 10000
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    wanted constant integer := @extschema@._journey_version(model, version);
BEGIN
    IF k < 1 THEN
        RAISE EXCEPTION 'k is %', k USING ERRCODE = '22023', HINT = 'How many features, at least 1; NULL gives all.';
    END IF;
    -- The base stays first, and what is left out is summed up, so that contributions always sum to the score.
    RETURN QUERY
    WITH told AS (
        SELECT c.*, row_number() OVER (PARTITION BY c.feature IS NULL ORDER BY abs(c.contribution) DESC, c.feature) AS place
          FROM journey.model_versions v,
               LATERAL @extschema@._journey_contributions(@extschema@.journey_export_model(v.model, v.version), v.features, journey_explain_row.features) c
         WHERE v.model = journey_explain_row.model AND v.version = wanted),
    shown AS (
        SELECT CASE WHEN t.feature IS NULL THEN '(base)' WHEN t.place <= coalesce(journey_explain_row.k, t.place) THEN t.feature ELSE '(others)' END AS name, t.*
          FROM told t)
    SELECT s.name, CASE WHEN s.name <> '(others)' THEN (array_agg(s.value))[1] END, sum(s.contribution)
      FROM shown s GROUP BY s.name
     ORDER BY s.name <> '(base)', s.name = '(others)', min(s.place);
END
$$;
COMMENT ON FUNCTION journey_explain_row(text, jsonb, integer, integer) IS 'Why a row of features gets its score: the score of the mean row as (base), the k features that add most, and (others); they sum to the score';
