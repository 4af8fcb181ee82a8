-- The deployed version of model $1, and what changes whenever its row does.
SELECT v.version || ' ' || v.xmin || ' ' || v.ctid
  FROM journey.model_versions v
 WHERE v.model = $1 AND v.status = 'deployed'
