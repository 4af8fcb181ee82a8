-- Models: small ones, imported as one graph, and scores by them (src/models/scoring.rs).

-- A literal is neither jsonb nor the name of a table until it is cast: unadorned it is a row of features.
CREATE FUNCTION journey_predict(model text, features text) RETURNS float8
    LANGUAGE sql VOLATILE STRICT PARALLEL SAFE COST 100000
AS 'SELECT @extschema@.journey_predict(model, features::jsonb)';
COMMENT ON FUNCTION journey_predict(text, text) IS 'The same of features written as JSON text; a table is given as a regclass';

COMMENT ON FUNCTION journey_predict(text, jsonb) IS 'The score of a row of features by the deployed version of a model; names and types are checked';
COMMENT ON FUNCTION journey_predict(text, regclass, text) IS 'The score of each row of a table or view, whose columns have the names of the features; id: the named column, the primary key of one column, or the first column';
COMMENT ON FUNCTION journey_import_model(text, bytea, jsonb) IS 'Registers an ONNX model of at most 50 MB under a name, deploys it and returns its version';
COMMENT ON FUNCTION journey_inspect_model(bytea) IS 'What the engine finds in an ONNX model: inputs, outputs, operators';
