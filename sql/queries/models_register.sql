-- Registers a version of a model unless its newest version has the same files and manifest; $1 manifest, $2 directory,
-- $3 whether it is shipped. The new version is deployed at once. Returns the version that holds these files.
WITH given AS (
    SELECT $1::jsonb ->> 'name' AS model, $1::jsonb AS manifest, $1::jsonb -> 'files' AS files
), model AS (
    INSERT INTO journey.models (name, task, description, license, is_shipped)
    SELECT g.model, g.manifest ->> 'task', COALESCE(g.manifest ->> 'description', ''), g.manifest ->> 'license', $3
      FROM given g
    ON CONFLICT (name) DO UPDATE SET description = EXCLUDED.description, license = EXCLUDED.license
     WHERE (models.description, models.license) IS DISTINCT FROM (EXCLUDED.description, EXCLUDED.license)
), newest AS (
    SELECT v.version, v.files = g.files AND v.manifest = g.manifest AND v.directory = $2 AS is_same
      FROM given g JOIN journey.model_versions v ON v.model = g.model
     ORDER BY v.version DESC
     LIMIT 1
), retired AS (
    UPDATE journey.model_versions v SET status = 'retired'
      FROM given g
     WHERE v.model = g.model AND v.status = 'deployed' AND NOT (SELECT is_same FROM newest)
    RETURNING v.version
), added AS (
    INSERT INTO journey.model_versions (model, version, directory, files, manifest)
    SELECT g.model, COALESCE((SELECT version FROM newest), 0) + 1, $2, g.files, g.manifest
      FROM given g
     WHERE COALESCE((SELECT NOT is_same FROM newest), true)
       -- always true, but it makes the old version retire first: two deployed ones would break the unique index
       AND (SELECT pg_catalog.count(*) FROM retired) >= 0
    RETURNING version
), logged AS (
    INSERT INTO journey.deployments (model, version, previous, strategy)
    SELECT g.model, a.version, (SELECT version FROM retired), 'imported' FROM given g, added a
)
SELECT COALESCE((SELECT version FROM added), (SELECT version FROM newest)) AS version
