-- Whether something released on the day $1 is new; $2 the time that counts as now; null: now.
SELECT coalesce($2, pg_catalog.now())::date - $1::date BETWEEN 0 AND 60
