-- Whether there are enough examples of kind $1 in the language $2, by the embedding model $3: a single one is no style.
SELECT count(*) >= 5
  FROM (SELECT FROM journey.copy_examples c
         WHERE c.kind = $1 AND c.locale IN ('', $2, pg_catalog.split_part($2, '-', 1)) AND c.pattern IS NOT NULL
           AND c.embedding IS NOT NULL AND c.embedded_by = $3
         LIMIT 5) c
