SELECT (SELECT t.oid
          FROM pg_catalog.pg_extension e
          JOIN pg_catalog.pg_type t ON t.typnamespace = e.extnamespace
         WHERE e.extname = 'vector' AND t.typname = 'vector')
