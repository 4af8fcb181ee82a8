-- Sources: what callers and the worker use.

CREATE FUNCTION journey_attach(kind text, source regclass, columns jsonb DEFAULT '{}', watermark text DEFAULT NULL,
                               name text DEFAULT NULL, overlap text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    relation name := (SELECT relname FROM pg_class WHERE oid = source);
    source_name text := coalesce(name, CASE WHEN relation = kind THEN kind ELSE relation || '.' || kind END);
    mapping jsonb;
    category "char";
    is_missing boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM @extschema@._journey_source_fields(journey_attach.kind)) THEN
        RAISE EXCEPTION 'kind is %', coalesce(quote_literal(kind), 'null')
              USING ERRCODE = '22023', HINT = 'The kinds are customers, orders, order_lines, products, inventory, tickets, reviews and events.';
    END IF;
    IF relation IS NULL THEN
        RAISE EXCEPTION 'source is %', coalesce(source::text, 'null') USING ERRCODE = '42P01', HINT = 'Name a table or view.';
    END IF;
    mapping := @extschema@._journey_source_mapping(kind, source, columns);
    IF watermark IS NOT NULL THEN
        SELECT t.typcategory INTO category FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         WHERE a.attrelid = source AND a.attname = watermark AND a.attnum > 0 AND NOT a.attisdropped;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'watermark "%" is no column of %', watermark, source
                  USING ERRCODE = '42703', HINT = 'Name the column that grows with every change of a row, such as updated_at.';
        END IF;
    END IF;
    IF overlap IS NULL THEN
        overlap := CASE category WHEN 'D' THEN '10 minutes' WHEN 'N' THEN '1000' END;
    ELSIF category = 'D' THEN
        PERFORM overlap::interval;
    ELSIF category = 'N' THEN
        PERFORM overlap::numeric;
    ELSE
        RAISE EXCEPTION 'overlap is "%", but the watermark is no time and no number', overlap
              USING ERRCODE = '22023', HINT = 'Leave the overlap out.';
    END IF;

    -- Whether the rows can be read is found now, not in the middle of the night.
    EXECUTE format('SELECT NULL FROM %s s WHERE %s IS NULL LIMIT 0', source, @extschema@._journey_source_row(kind, source, mapping));
    IF watermark IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I IS NULL)', source, watermark) INTO is_missing;
        IF is_missing THEN
            RAISE WARNING 'rows of % without % are not read', source, quote_ident(watermark)
                  USING HINT = 'Fill the column, or attach a view that does.';
        END IF;
    END IF;

    INSERT INTO journey.sources (name, kind, source, columns, watermark, overlap)
    VALUES (source_name, journey_attach.kind, journey_attach.source, mapping, journey_attach.watermark, journey_attach.overlap)
    ON CONFLICT (name) DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'source "%" exists', source_name
              USING ERRCODE = '42710', HINT = 'Give it another name by name => …, or detach the other one first.';
    END IF;
    RETURN source_name;
END
$$;
COMMENT ON FUNCTION journey_attach(text, regclass, jsonb, text, text, text) IS 'Attaches a table or view of the warehouse, to be read incrementally by journey_sync() and the worker; returns the name of the source';

CREATE FUNCTION journey_sync(name text DEFAULT NULL, max integer DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Rows in memory at a time; ten thousand messages are a drain.
    batch constant integer := 20000;
    source record;
    size integer;
    read bigint;
    total bigint := 0;
BEGIN
    IF max < 1 THEN
        RAISE EXCEPTION 'max is %', max USING ERRCODE = '22023', HINT = 'Read at least one row, or leave max out to read all.';
    END IF;
    IF name IS NOT NULL AND NOT EXISTS (SELECT FROM journey.sources s WHERE s.name = journey_sync.name) THEN
        RAISE EXCEPTION 'source "%" is unknown', name USING ERRCODE = '42704', HINT = 'journey.sources lists the sources.';
    END IF;
    -- Customers and products before what happened to them
    FOR source IN
        SELECT s.name FROM journey.sources s
         WHERE CASE WHEN journey_sync.name IS NULL THEN s.enabled AND pg_has_role(s.owner, 'USAGE') ELSE s.name = journey_sync.name END
         ORDER BY s.kind NOT IN ('customers', 'products'), s.name
    LOOP
        LOOP
            size := least(batch, max - total);
            EXIT WHEN size < 1;
            read := @extschema@._journey_source_run(source.name, size);
            total := total + read;
            WHILE @extschema@.journey_drain() = 10000 LOOP
            END LOOP;
            EXIT WHEN read < size;
        END LOOP;
    END LOOP;
    RETURN total;
END
$$;
COMMENT ON FUNCTION journey_sync(text, integer) IS 'Reads what changed in a source, or in all that the caller may read, and folds it, in this transaction; returns how many rows it read, at most about max';

CREATE FUNCTION journey_detach(name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM journey.sources s WHERE s.name = journey_detach.name;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'source "%" is unknown, or another role''s', name
              USING ERRCODE = '42704', HINT = 'journey.sources lists the sources and their owners.';
    END IF;
END
$$;
COMMENT ON FUNCTION journey_detach(text) IS 'Reads a source no more; what was read stays';

-- One batch of one source that is due; what fails is told in journey.sources and tried again after `every`.
CREATE FUNCTION _journey_sync_due() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due text;
    reason text;
BEGIN
    SELECT s.name INTO due FROM journey.sources s
     WHERE s.enabled AND coalesce(s.error IS NULL AND s.position_value IS NOT NULL OR s.last_run_at + s.every <= now(), true)
     ORDER BY s.last_run_at NULLS FIRST, s.name
     LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF due IS NULL THEN
        RETURN 0;
    END IF;
    RETURN @extschema@._journey_source_run(due, 20000);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
    UPDATE journey.sources SET error = reason, last_run_at = now() WHERE name = due;
    RAISE LOG 'pg_journey could not read source "%": %', due, reason;
    RETURN 0;
END
$$;
COMMENT ON FUNCTION _journey_sync_due() IS 'What the worker does for sources: reads the next rows of one that is due';

COMMENT ON FUNCTION _journey_source_run(text, integer) IS 'Reads and sends the next rows of a source, as the role that attached it';
