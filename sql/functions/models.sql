-- Models: comments and rights of the functions in src/models.rs.
COMMENT ON FUNCTION journey_embed(text) IS 'The meaning of a text as a vector of length 1, by the model of the role embedding';
COMMENT ON FUNCTION journey_embed(text[]) IS 'The meanings of many texts, in order; faster than one by one';
COMMENT ON FUNCTION journey_inspect_model(text) IS 'What the engine finds in a model folder: files, manifest, inputs, outputs, operators';
COMMENT ON FUNCTION journey_import_model(text, text, jsonb) IS 'Registers a model folder below pg_journey.model_path under a name, deploys it and returns its version';
