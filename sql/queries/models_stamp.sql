-- Version $2 of model $1, or its deployed one, and what changes whenever its row does.
SELECT v.version || ' ' || v.xmin || ' ' || v.ctid
  FROM journey.model_versions v
 WHERE v.model = $1 AND CASE WHEN $2::integer IS NULL THEN v.status = 'deployed' ELSE v.version = $2 END
