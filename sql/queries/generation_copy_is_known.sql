-- Whether there is an example of kind $1 in the language $2, by the embedding model $3.
SELECT EXISTS (SELECT FROM journey.copy_examples c
                WHERE c.kind = $1 AND c.locale IN ('', $2, pg_catalog.split_part($2, '-', 1)) AND c.pattern IS NOT NULL
                  AND c.embedding IS NOT NULL AND c.embedded_by = $3)
