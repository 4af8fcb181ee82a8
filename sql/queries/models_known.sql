-- The names that may stand for a task; $1 the task.
SELECT pg_catalog.string_agg(known.name, ', ' ORDER BY known.place, known.name)
  FROM (SELECT r.role AS name, 1 AS place FROM journey.model_roles r WHERE r.task = $1
        UNION ALL
        SELECT m.name, 2 FROM journey.models m WHERE m.task = $1) AS known
