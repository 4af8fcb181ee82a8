-- Sources: warehouse tables as messages. A run reads bounded batches in the order of watermark and key; each batch stores
-- its position with what it sent, in one transaction, so that a run that was killed goes on where it was.

CREATE FUNCTION _journey_source_fields(kind text)
    RETURNS TABLE (field text, is_required boolean, type text)
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT split_part(words.name, '*', 1), words.name LIKE '%*', lists.type
      FROM (VALUES
           ('customers', 'text', 'customer_id anonymous_id email phone first_name last_name name birthday gender address city postal_code state country company'),
           ('customers', 'time', 'timestamp'),
           ('orders', 'text', 'order_id* customer_id anonymous_id email currency coupon status channel'),
           ('orders', 'number', 'total revenue subtotal shipping tax discount refunded'),
           ('orders', 'time', 'timestamp*'),
           ('order_lines', 'text', 'order_id* customer_id anonymous_id email line_id product_id name category brand currency coupon channel'),
           ('order_lines', 'number', 'quantity* price* discount'),
           ('order_lines', 'time', 'timestamp*'),
           ('products', 'text', 'product_id* name* description category brand currency image_url'),
           ('products', 'number', 'price compare_at_price'),
           ('products', 'flag', 'active'),
           ('inventory', 'text', 'product_id* location_id'),
           ('inventory', 'number', 'quantity*'),
           ('tickets', 'text', 'ticket_id* customer_id anonymous_id email subject description status priority channel'),
           ('tickets', 'time', 'timestamp*'),
           ('reviews', 'text', 'review_id* product_id* customer_id anonymous_id email title review_body channel'),
           ('reviews', 'number', 'rating*'),
           ('reviews', 'time', 'timestamp*'),
           ('events', 'text', 'event* customer_id anonymous_id email message_id type channel'),
           ('events', 'json', 'properties'),
           ('events', 'time', 'timestamp*')) AS lists (kind, type, names),
           string_to_table(lists.names, ' ') AS words (name)
     WHERE lists.kind = _journey_source_fields.kind
$$;
COMMENT ON FUNCTION _journey_source_fields(text) IS 'The fields that a kind of source has';

-- Whose order or review it is must be known from one of these.
CREATE FUNCTION _journey_source_mapping(kind text, source regclass, columns jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    has text[] := ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = source AND attnum > 0 AND NOT attisdropped ORDER BY attnum);
    mapping jsonb;
    wrong record;
    missing text;
BEGIN
    IF jsonb_typeof(columns) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'columns is %', coalesce(left(columns::text, 60), 'null')
              USING ERRCODE = '22023', HINT = 'Write an object such as {"order_id": "invoice_no", "currency": {"const": "EUR"}}.';
    END IF;
    SELECT key, value INTO wrong FROM jsonb_each(columns)
     WHERE NOT CASE jsonb_typeof(value)
                    WHEN 'string' THEN value #>> '{}' = ANY (has)
                    WHEN 'object' THEN value ? 'const' AND jsonb_typeof(value -> 'const') IN ('string', 'number', 'boolean')
                    ELSE false END
     ORDER BY key LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'columns maps % to %, which is no column of %', wrong.key, wrong.value, source
              USING ERRCODE = '42703', HINT = format('%s has the columns %s. A constant is written {"const": value}.', source, array_to_string(has, ', '));
    END IF;

    -- Of the fields that are not mapped, those of the same name as a column.
    SELECT columns || coalesce(jsonb_object_agg(f.field, c.name), '{}') INTO mapping
      FROM @extschema@._journey_source_fields(kind) f
      JOIN LATERAL (SELECT name FROM unnest(has) AS name
                     WHERE translate(lower(name), '_', '') = translate(f.field, '_', '')
                     ORDER BY name = f.field DESC, name COLLATE "C" LIMIT 1) c ON true
     WHERE NOT columns ? f.field;

    SELECT string_agg(field, ', ') INTO missing
      FROM (SELECT field FROM @extschema@._journey_source_fields(kind) f WHERE is_required AND NOT mapping ? field
            UNION ALL
            SELECT 'customer_id (or anonymous_id, or email)'
             WHERE kind NOT IN ('products', 'inventory') AND NOT mapping ?| ARRAY['customer_id', 'anonymous_id', 'email']) f;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '% of % need %', source, kind, missing
              USING ERRCODE = '22023',
                    HINT = format('Say by columns which of these they are: %s. What lies in several tables is joined by a view.', array_to_string(has, ', '));
    END IF;
    RETURN mapping;
END
$$;
COMMENT ON FUNCTION _journey_source_mapping(text, regclass, jsonb) IS 'The columns of a source, those of the same name as a field added; refuses what cannot be read';

CREATE FUNCTION _journey_source_number(value text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN value ~ '^\s*[-+]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})([eE][-+]?\d{1,2})?\s*$' THEN value::numeric
                WHEN value ~ '\S' THEN 'NaN' END
$$;
COMMENT ON FUNCTION _journey_source_number(text) IS 'A number in a text column; NaN for what is none, which capture refuses with its reason';

-- Names go through %I, constants through %L.
CREATE FUNCTION _journey_source_row(kind text, source regclass, columns jsonb) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('
           || string_agg(format('%L, ', m.key) || CASE
                  WHEN jsonb_typeof(m.value) = 'object' THEN format('%L::jsonb', m.value -> 'const')
                  WHEN f.type = 'text' THEN format('s.%I::text', c.attname)
                  WHEN f.type = 'number' AND t.typcategory = 'N' THEN format('s.%I::numeric', c.attname)
                  WHEN f.type = 'number' THEN format('@extschema@._journey_source_number(s.%I::text)', c.attname)
                  WHEN f.type = 'time' AND t.typcategory = 'D' THEN format('s.%I::timestamptz', c.attname)
                  WHEN f.type = 'flag' AND t.typcategory <> 'B'
                       THEN format('lower(s.%I::text) IN (''t'', ''true'', ''1'', ''y'', ''yes'', ''active'', ''published'')', c.attname)
                  WHEN f.type = 'json' AND t.typname NOT IN ('json', 'jsonb') THEN format('s.%I::text', c.attname)
                  ELSE format('s.%I', c.attname) END, ', ' ORDER BY m.key)
           || '))'
      FROM jsonb_each(columns) m
      LEFT JOIN @extschema@._journey_source_fields(kind) f ON f.field = m.key
      LEFT JOIN pg_attribute c ON jsonb_typeof(m.value) = 'string' AND c.attrelid = source AND c.attname = m.value #>> '{}' AND NOT c.attisdropped
      LEFT JOIN pg_type t ON t.oid = c.atttypid
$$;
COMMENT ON FUNCTION _journey_source_row(text, regclass, jsonb) IS 'The expression that makes a row of the source an object of our fields';

CREATE FUNCTION _journey_source_key(kind text, source regclass, columns jsonb) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('coalesce(%s, '''') COLLATE "C"', coalesce(
               string_agg(format('s.%I::text', columns ->> k.field), ' || chr(31) || ' ORDER BY k.place), 'md5(s::text)'))
      FROM (VALUES ('customers', 'customer_id', 1), ('orders', 'order_id', 1), ('order_lines', 'order_id', 1),
                   ('products', 'product_id', 1), ('inventory', 'product_id', 1), ('inventory', 'location_id', 2),
                   ('tickets', 'ticket_id', 1), ('reviews', 'review_id', 1), ('events', 'message_id', 1)) AS k (kind, field, place)
     WHERE k.kind = _journey_source_key.kind AND jsonb_typeof(columns -> k.field) = 'string'
$$;
COMMENT ON FUNCTION _journey_source_key(text, regclass, jsonb) IS 'The expression that tells rows of one watermark apart';

-- A run begins at the overlap before the greatest watermark and goes on from the position. Rows of the future wait: a
-- wrong clock may not carry the watermark past what is still to come.
CREATE FUNCTION _journey_source_bounds(s jsonb, wm text, key text, type text, category text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN s ->> 'position_value' IS NOT NULL
                THEN format('%1$s >= %2$L::%3$s AND (%1$s, %4$s) > (%2$L::%3$s, %5$L)', wm, s ->> 'position_value', type, key, s ->> 'position_key')
                WHEN s ->> 'last_value' IS NULL OR s ->> 'watermark' IS NULL THEN 'true'
                WHEN category = 'D' THEN format('%s >= %L::%s - %L::interval', wm, s ->> 'last_value', type, coalesce(s ->> 'overlap', '0'))
                WHEN category = 'N' THEN format('%s >= (%L::numeric - %L::numeric)::%s', wm, s ->> 'last_value', coalesce(s ->> 'overlap', '0'), type)
                ELSE format('%s >= %L::%s', wm, s ->> 'last_value', type) END
           || CASE WHEN category = 'D' THEN format(' AND %s <= now() + interval ''1 day''', wm) ELSE '' END
$$;
COMMENT ON FUNCTION _journey_source_bounds(jsonb, text, text, text, text) IS 'The condition on the rows that the next batch of a source may hold';

CREATE FUNCTION _journey_source_batch(source_name text, max integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'postgres'
AS $$
DECLARE
    s record;
    type text := 'bigint';
    category "char" := 'N';
    wm text := '0::bigint';
    key text;
    fields text;
    batch record;
    rows jsonb[];
BEGIN
    SELECT * INTO s FROM journey.sources WHERE name = source_name FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'source "%" is unknown, or another role''s', source_name
              USING ERRCODE = '42704', HINT = 'journey.sources lists the sources and their owners.';
    END IF;
    IF s.watermark IS NOT NULL THEN
        SELECT format('s.%I', a.attname), format_type(a.atttypid, NULL), t.typcategory INTO wm, type, category
          FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         WHERE a.attrelid = s.source AND a.attname = s.watermark AND NOT a.attisdropped;
    END IF;
    IF wm IS NULL OR NOT EXISTS (SELECT FROM pg_class WHERE oid = s.source) THEN
        RAISE EXCEPTION 'the table of source "%", or its column %, is gone', s.name, quote_ident(coalesce(s.watermark, '*'))
              USING ERRCODE = '42P01', HINT = 'Detach the source, and attach it again where it is now.';
    END IF;
    -- A column that was dropped or renamed since is an error here, not a field that is silently missing.
    PERFORM @extschema@._journey_source_mapping(s.kind, s.source, s.columns);
    fields := @extschema@._journey_source_row(s.kind, s.source, s.columns)
              || CASE WHEN category = 'D' THEN format(' || jsonb_build_object(''_watermark'', %s::timestamptz)', wm) ELSE '' END;
    key := @extschema@._journey_source_key(s.kind, s.source, s.columns);

    -- Of order lines only the orders they belong to, for an order is sent as a whole.
    EXECUTE format('SELECT count(*) AS rows, array_agg(b.fields ORDER BY b.wm, b.key) AS fields,
                           array_agg(b.key ORDER BY b.wm, b.key) AS keys, (array_agg(b.wm::text ORDER BY b.wm, b.key))[count(*)] AS wm
                      FROM (SELECT %1$s AS fields, %2$s AS wm, %3$s AS key FROM %4$s s WHERE %2$s IS NOT NULL AND %5$s
                             ORDER BY 2, 3 FETCH FIRST %6$s ROWS WITH TIES) b',
                   CASE WHEN s.kind = 'order_lines' THEN format('CASE WHEN %s = '''' THEN %s END', key, fields) ELSE fields END,
                   wm, key, s.source, @extschema@._journey_source_bounds(to_jsonb(s), wm, key, type, category), max)
       INTO batch;
    rows := array_remove(batch.fields, NULL);
    IF s.kind IN ('orders', 'order_lines') THEN
        INSERT INTO journey.dead_letters (payload, source, received_at, sqlstate, reason, hint)
        SELECT f::text, s.name, now(), '22023', 'order_id is missing', 'Mend the row in the source: it is read again when its watermark moves.'
          FROM unnest(rows) f WHERE coalesce(f ->> 'order_id', '') = '';
        rows := ARRAY(SELECT f FROM unnest(rows) f WHERE f ->> 'order_id' <> '');
    END IF;
    IF s.kind = 'order_lines' AND batch.rows > 0 THEN
        EXECUTE format('SELECT array_agg(%s) FROM %s s WHERE s.%I = ANY ($1::%s[])', fields, s.source, s.columns ->> 'order_id',
                       (SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = s.source AND attname = s.columns ->> 'order_id'))
           INTO rows USING ARRAY(SELECT DISTINCT k FROM unnest(batch.keys) k WHERE k <> '');
    END IF;

    CASE
        WHEN s.kind IN ('orders', 'order_lines') THEN PERFORM @extschema@._journey_source_send_orders(s.name, s.kind, rows);
        WHEN s.kind IN ('products', 'inventory') THEN PERFORM @extschema@._journey_source_put(s.name, s.kind, rows);
        WHEN s.kind = 'customers' THEN PERFORM @extschema@._journey_source_send_customers(s.name, rows);
        ELSE PERFORM @extschema@._journey_source_send_events(s.name, s.kind, rows);
    END CASE;

    EXECUTE format('UPDATE journey.sources
                       SET last_value = CASE WHEN last_value::%1$s >= $2::%1$s THEN last_value ELSE coalesce($2, last_value) END,
                           position_value = $3, position_key = $4, rows_read = rows_read + $5,
                           last_run_at = CASE WHEN $3 IS NULL THEN now() ELSE last_run_at END, error = NULL
                     WHERE name = $1', type)
      USING s.name, CASE WHEN s.watermark IS NOT NULL THEN batch.wm END,
            CASE WHEN batch.rows >= max THEN batch.wm END, CASE WHEN batch.rows >= max THEN batch.keys[batch.rows] END, batch.rows;
    RETURN batch.rows;
END
$$;
COMMENT ON FUNCTION _journey_source_batch(text, integer) IS 'Reads and sends the next rows of a source, as the current role; below max the run has ended';
