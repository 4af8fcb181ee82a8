-- Models: which there are, which files each version consists of, and which one serves which purpose.
CREATE TABLE journey.models (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    task text NOT NULL CHECK (task IN ('text', 'embedding', 'value', 'category', 'sentiment', 'classification', 'regression')),
    description text NOT NULL,
    license text,
    is_shipped boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    UNIQUE (name, task)
);
COMMENT ON TABLE journey.models IS 'Models: the shipped ones, what journey_import_model() added, and what journey_train() fitted';
COMMENT ON COLUMN journey.models.task IS 'text: writes texts; embedding: turns texts into vectors; value: foretells what customers will spend; category: which categories they buy next; sentiment: what texts feel like; classification, regression: score rows of features by a probability or a value';
COMMENT ON COLUMN journey.models.is_shipped IS 'Whether it came with pg_journey: journey_setup() keeps such models at the versions of the library';

CREATE TABLE journey.model_versions (
    model text NOT NULL REFERENCES journey.models (name) ON DELETE CASCADE,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL DEFAULT 'deployed' CHECK (status IN ('registered', 'deployed', 'retired')),
    directory text CHECK (directory <> ''),
    files jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(files) = 'array'),
    manifest jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(manifest) = 'object'),
    options jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options) = 'object'),
    parameters jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(parameters) = 'object'),
    features jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(features) = 'array'),
    metrics jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metrics) = 'object'),
    score float8 CHECK (score < 'Infinity' AND score > '-Infinity'),
    snapshot jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(snapshot) = 'object'),
    artefact bytea CHECK (pg_catalog.octet_length(artefact) <= 52428800),
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    created_by text NOT NULL DEFAULT CURRENT_USER,
    PRIMARY KEY (model, version),
    CHECK ((directory IS NULL) = (jsonb_array_length(files) = 0))
);
CREATE UNIQUE INDEX model_versions_deployed ON journey.model_versions (model) WHERE status = 'deployed';
COMMENT ON TABLE journey.model_versions IS 'The versions of each model; a call uses the deployed one';
COMMENT ON COLUMN journey.model_versions.status IS 'registered: not used yet; deployed: used; retired: was used before';
COMMENT ON COLUMN journey.model_versions.directory IS 'Folder of the files, below one of the folders in pg_journey.model_path; NULL: a model that journey_train() fitted';
COMMENT ON COLUMN journey.model_versions.files IS 'Each file as {name, bytes, sha256}; the engine loads nothing else and refuses what differs';
COMMENT ON COLUMN journey.model_versions.manifest IS 'How the model is run: layout, context length, prompt format, architecture';
COMMENT ON COLUMN journey.model_versions.options IS 'What journey_train() was asked for, with the defaults';
COMMENT ON COLUMN journey.model_versions.parameters IS 'Fitted parameters, under the names of the papers: docs/value.md';
COMMENT ON COLUMN journey.model_versions.features IS 'What the model reads, in order: name and type of each; none where it reads orders';
COMMENT ON COLUMN journey.model_versions.metrics IS 'How well it does on what it has not seen, and what is to be said of the fit';
COMMENT ON COLUMN journey.model_versions.score IS 'The one metric by which versions are compared, the greater the better; NULL where there was too little to measure it on';
COMMENT ON COLUMN journey.model_versions.snapshot IS 'What it was trained on: how many rows and customers, until when, from where';
COMMENT ON COLUMN journey.model_versions.artefact IS 'The model itself, where it is more than its parameters; at most 50 MB';

CREATE TABLE journey.deployments (
    deployment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model text NOT NULL,
    version integer NOT NULL,
    previous integer CHECK (previous <> version),
    strategy text NOT NULL CHECK (strategy IN ('imported', 'trained', 'specific', 'best_score', 'most_recent', 'rollback')),
    deployed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    deployed_by text NOT NULL DEFAULT CURRENT_USER,
    FOREIGN KEY (model, version) REFERENCES journey.model_versions (model, version) ON DELETE CASCADE
);
CREATE INDEX deployments_model_idx ON journey.deployments (model, deployment_id);
COMMENT ON TABLE journey.deployments IS 'Which version of a model was deployed when, why and by whom; journey_rollback() goes back along it';
COMMENT ON COLUMN journey.deployments.previous IS 'The version that it took the place of';
COMMENT ON COLUMN journey.deployments.strategy IS 'imported, trained: with its registration; specific, best_score, most_recent, rollback: as journey_deploy() was asked';

CREATE TABLE journey.model_grants (
    model text NOT NULL REFERENCES journey.models (name) ON DELETE CASCADE,
    grantee text NOT NULL CHECK (grantee <> ''),
    granted_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    granted_by text NOT NULL DEFAULT CURRENT_USER,
    PRIMARY KEY (model, grantee)
);
COMMENT ON TABLE journey.model_grants IS 'Who may use a model, by journey_grant_model(); whoever may read, where a model has no row here';
COMMENT ON COLUMN journey.model_grants.grantee IS 'A role, whose members may use the model, too; administrators of journey always may';

CREATE FUNCTION journey._may_use(asked text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT NOT EXISTS (SELECT FROM journey.model_grants g WHERE g.model = asked)
        OR EXISTS (SELECT FROM journey.model_grants g JOIN pg_catalog.pg_roles r ON r.rolname = g.grantee
                    WHERE g.model = asked AND pg_catalog.pg_has_role(r.oid, 'USAGE'))
$$;
COMMENT ON FUNCTION journey._may_use(text) IS 'Whether the current user may use a model';

ALTER TABLE journey.model_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY granted ON journey.model_versions FOR SELECT USING (journey._may_use(model));
CREATE POLICY administrators ON journey.model_versions TO journey_admin USING (true);

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

CREATE VIEW journey.attribute_status WITH (security_invoker = true) AS
SELECT a.person_id AS profile_id,
       'clv'::text AS attribute,
       d.version IS NOT NULL AND b.has_bought AS is_known,
       CASE WHEN d.version IS NULL THEN 'no version of the model clv is deployed: journey_train(''clv'')'
            WHEN NOT b.has_bought THEN 'the customer has bought nothing yet' END AS reason
  FROM journey._person_atoms a
 CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM journey._parts p WHERE p.profile_id = ANY (a.atoms) AND p.orders > 0) AS has_bought) b
  LEFT JOIN journey.model_versions d ON d.model = 'clv' AND d.status = 'deployed';
COMMENT ON VIEW journey.attribute_status IS 'Which attributes that models foretell are known of a customer, and of the others why they are NULL';
COMMENT ON COLUMN journey.attribute_status.attribute IS 'clv: journey_clv()';
COMMENT ON COLUMN journey.attribute_status.reason IS 'Why it is not known; NULL where it is';

GRANT SELECT ON journey.models, journey.model_versions, journey.model_grants, journey.deployments, journey.attribute_status, journey.model_roles TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.models, journey.model_versions, journey.model_grants, journey.deployments, journey.model_roles TO journey_admin;
