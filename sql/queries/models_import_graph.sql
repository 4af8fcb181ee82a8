-- Registers and deploys graph $3 as a version of model $1, served as $2 says, unless its newest version is the same.
-- Returns the version that holds it.
WITH given AS (
    SELECT $1::text AS model, $2::jsonb -> 'features' AS features, $3::bytea AS artefact,
           pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('output', $2 -> 'output', 'class', $2 -> 'class')) AS manifest
), model AS (
    -- One import of a model at a time: the update locks its row.
    INSERT INTO journey.models (name, task, description, license)
    SELECT g.model, $2 ->> 'task', $2 ->> 'description', $2 ->> 'license' FROM given g
    ON CONFLICT (name) DO UPDATE SET description = EXCLUDED.description, license = EXCLUDED.license
    RETURNING name
), newest AS (
    SELECT v.version, v.artefact = g.artefact AND v.features = g.features AND v.manifest = g.manifest AS is_same
      FROM given g
      JOIN journey.model_versions v ON v.model = g.model
     ORDER BY v.version DESC
     LIMIT 1
), retired AS (
    UPDATE journey.model_versions v SET status = 'retired'
      FROM model m
     WHERE v.model = m.name AND v.status = 'deployed' AND NOT COALESCE((SELECT is_same FROM newest), false)
    RETURNING v.version
), added AS (
    INSERT INTO journey.model_versions (model, version, features, manifest, artefact)
    SELECT g.model, COALESCE((SELECT version FROM newest), 0) + 1, g.features, g.manifest, g.artefact
      FROM given g
     WHERE NOT COALESCE((SELECT is_same FROM newest), false)
       -- always true, but it makes the old version retire first: two deployed ones would break the unique index
       AND (SELECT pg_catalog.count(*) FROM retired) >= 0
    RETURNING version
), logged AS (
    INSERT INTO journey.deployments (model, version, previous, strategy)
    SELECT g.model, a.version, (SELECT version FROM retired), 'imported' FROM given g, added a
)
SELECT COALESCE((SELECT version FROM added), (SELECT version FROM newest)) AS version
