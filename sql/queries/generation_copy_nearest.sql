-- The patterns of the examples of kind $1 and locale $2 that are nearest to the vector $3 of model $4; at most $5.
SELECT pg_catalog.array_agg(n.pattern ORDER BY n.place)
  FROM journey._nearest_copy($1, $2, $3, $4, $5) WITH ORDINALITY n (fingerprint, pattern, place)
