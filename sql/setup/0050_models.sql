-- Models: which there are, which files each version consists of, and which one serves which purpose.
CREATE TABLE journey.models (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    task text NOT NULL CHECK (task IN ('text', 'embedding')),
    description text NOT NULL,
    license text,
    is_shipped boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    UNIQUE (name, task)
);
COMMENT ON TABLE journey.models IS 'Models that the engine can run: the shipped ones, and what journey_import_model() added';
COMMENT ON COLUMN journey.models.task IS 'text: writes texts; embedding: turns texts into vectors';
COMMENT ON COLUMN journey.models.is_shipped IS 'Whether it came with pg_journey: journey_setup() keeps such models at the versions of the library';

CREATE TABLE journey.model_versions (
    model text NOT NULL REFERENCES journey.models (name) ON DELETE CASCADE,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL DEFAULT 'deployed' CHECK (status IN ('registered', 'deployed', 'retired')),
    directory text NOT NULL CHECK (directory <> ''),
    files jsonb NOT NULL CHECK (jsonb_typeof(files) = 'array' AND jsonb_array_length(files) > 0),
    manifest jsonb NOT NULL CHECK (jsonb_typeof(manifest) = 'object'),
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (model, version)
);
CREATE UNIQUE INDEX model_versions_deployed ON journey.model_versions (model) WHERE status = 'deployed';
COMMENT ON TABLE journey.model_versions IS 'The versions of each model; a call uses the deployed one';
COMMENT ON COLUMN journey.model_versions.status IS 'registered: not used yet; deployed: used; retired: was used before';
COMMENT ON COLUMN journey.model_versions.directory IS 'Folder of the files, below one of the folders in pg_journey.model_path';
COMMENT ON COLUMN journey.model_versions.files IS 'Each file as {name, bytes, sha256}; the engine loads nothing else and refuses what differs';
COMMENT ON COLUMN journey.model_versions.manifest IS 'How the model is run: layout, context length, prompt format, architecture';

CREATE TABLE journey.model_roles (
    role text PRIMARY KEY,
    task text NOT NULL,
    model text NOT NULL,
    FOREIGN KEY (model, task) REFERENCES journey.models (name, task),
    CHECK ((role, task) IN (('text', 'text'), ('fast_text', 'text'), ('embedding', 'embedding')))
);
COMMENT ON TABLE journey.model_roles IS 'Which model serves which purpose; change model to use another for all calls that name none';
COMMENT ON COLUMN journey.model_roles.role IS 'text: writes copy; fast_text: the same, sooner and plainer; embedding: journey_embed()';
COMMENT ON COLUMN journey.model_roles.task IS 'What the model must be able to do';

GRANT SELECT ON journey.models, journey.model_versions, journey.model_roles TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.models, journey.model_versions, journey.model_roles TO journey_admin;
