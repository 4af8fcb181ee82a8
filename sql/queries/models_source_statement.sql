-- The statement that reads features $2 from relation $1, with column $3 (or its key, or its first column) as the id: casts are
-- of built-in types alone. Two columns: the statement, and what is wrong with the relation.
WITH asked AS (
    SELECT f.place, f.feature ->> 'name' AS name, f.feature ->> 'type' AS type
      FROM pg_catalog.jsonb_array_elements($2) WITH ORDINALITY AS f(feature, place)
), present AS (
    SELECT a.attnum, a.attname, a.atttypid, pg_catalog.format_type(a.atttypid, a.atttypmod) AS written, t.typtype,
           CASE WHEN a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'float4'::regtype,
                                    'float8'::regtype) THEN 'number'
                WHEN a.atttypid = 'bool'::regtype THEN 'boolean'
                WHEN a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'name'::regtype)
                     OR t.typtype = 'e' THEN 'category' END AS type
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
), key AS (
    SELECT p.attname
      FROM present p
     WHERE CASE WHEN $3 <> '' THEN p.attname = $3
                ELSE p.attnum = COALESCE((SELECT i.indkey[0] FROM pg_catalog.pg_index i
                                           WHERE i.indrelid = $1 AND i.indisprimary AND i.indnkeyatts = 1),
                                         (SELECT pg_catalog.min(f.attnum) FROM present f)) END
), columns AS (
    SELECT a.place, a.name, a.type AS expected, p.written, p.type AS found,
           pg_catalog.format(CASE a.type WHEN 'number' THEN 't.%I::pg_catalog.float8' WHEN 'boolean' THEN 't.%I'
                                         ELSE 't.%I::pg_catalog.text' END, a.name) AS expression
      FROM asked a
      LEFT JOIN present p ON p.attname = a.name
)
SELECT pg_catalog.format('SELECT t.%I::pg_catalog.text%s FROM %s t', coalesce((SELECT k.attname FROM key k), ''),
                         (SELECT pg_catalog.string_agg(', ' || c.expression, '' ORDER BY c.place) FROM columns c), $1::regclass),
       CASE WHEN NOT EXISTS (SELECT FROM key) THEN pg_catalog.format('it has no column %I to name its rows by', $3)
            ELSE (SELECT pg_catalog.string_agg(CASE WHEN c.written IS NULL THEN pg_catalog.format('column %I (%s) is missing', c.name, c.expected)
                                                    ELSE pg_catalog.format('column %I is %s, not a %s', c.name, c.written, c.expected) END,
                                               ', ' ORDER BY c.place)
                    FROM columns c WHERE c.found IS DISTINCT FROM c.expected) END
