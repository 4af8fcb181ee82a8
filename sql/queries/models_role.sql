-- Gives a role its shipped model unless it has one; $1 role, $2 model.
INSERT INTO journey.model_roles (role, task, model)
SELECT $1, m.task, m.name
  FROM journey.models m
 WHERE m.name = $2
ON CONFLICT (role) DO NOTHING
