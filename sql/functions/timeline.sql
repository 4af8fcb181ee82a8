-- Operations: what happened with one customer, from the tables of all stages.
CREATE FUNCTION journey_timeline(customer text, since timestamptz DEFAULT '-infinity', max integer DEFAULT 100)
    RETURNS TABLE (at timestamptz, kind text, name text, channel text, details jsonb, id uuid)
    LANGUAGE plpgsql STABLE STRICT ROWS 100
    SET plan_cache_mode = force_generic_plan SET jit = off
AS $$
DECLARE
    person bigint := @extschema@.journey_resolve(customer);
BEGIN
    IF max < 0 THEN
        RAISE EXCEPTION 'max is %', max USING ERRCODE = '22023', HINT = 'Say how many entries to show, 0 or more.';
    END IF;
    RETURN QUERY
        SELECT t.at, t.kind, t.name, t.channel, t.details, t.id
          FROM journey._atoms a
         CROSS JOIN LATERAL (
               -- Each half reads the newest of one identifier by its index.
               (SELECT e."timestamp" AS at,
                       CASE WHEN e.type <> 'track' THEN e.type
                            WHEN e.event IN ('Order Completed', 'Order Updated', 'Order Cancelled') THEN 'order'
                            WHEN e.event = 'Order Refunded' THEN 'return'
                            WHEN e.event = 'Product Reviewed' THEN 'review'
                            WHEN e.event LIKE 'Support Ticket %' OR e.event LIKE 'Ticket %' THEN 'ticket'
                            WHEN e.channel = 'email' THEN 'email'
                            ELSE 'event' END AS kind,
                       e.event AS name, e.channel, e.properties AS details, e.event_id AS id
                  FROM journey.events e
                 WHERE e.profile_id = a.profile_id AND e."timestamp" >= since AND NOT e.is_bot
                 ORDER BY e."timestamp" DESC, e.event_id DESC
                 LIMIT max)
               UNION ALL
               (SELECT g.created_at, 'generation', g.kind, NULL,
                       pg_catalog.jsonb_build_object('text', g.text, 'status', g.status, 'product_id', g.product_id, 'campaign', g.campaign),
                       g.generation_id
                  FROM journey.generations g
                 WHERE g.profile_id = a.profile_id AND g.created_at >= since
                 ORDER BY g.created_at DESC, g.generation_id DESC
                 LIMIT max)) t
         WHERE a.person_id = person
         ORDER BY t.at DESC, t.id DESC
         LIMIT max;
END
$$;
COMMENT ON FUNCTION journey_timeline(text, timestamptz, integer) IS 'What happened with a customer, the newest first: events, orders, returns, reviews, tickets, e-mails and generated texts';

CREATE FUNCTION journey_timeline(customer bigint, since timestamptz DEFAULT '-infinity', max integer DEFAULT 100)
    RETURNS TABLE (at timestamptz, kind text, name text, channel text, details jsonb, id uuid)
    LANGUAGE sql STABLE STRICT ROWS 100
AS 'SELECT * FROM @extschema@.journey_timeline(customer::text, since, max)';
COMMENT ON FUNCTION journey_timeline(bigint, timestamptz, integer) IS 'The timeline of a customer whose user_id is a number';

CREATE FUNCTION journey_timeline(customer uuid, since timestamptz DEFAULT '-infinity', max integer DEFAULT 100)
    RETURNS TABLE (at timestamptz, kind text, name text, channel text, details jsonb, id uuid)
    LANGUAGE sql STABLE STRICT ROWS 100
AS 'SELECT * FROM @extschema@.journey_timeline(customer::text, since, max)';
COMMENT ON FUNCTION journey_timeline(uuid, timestamptz, integer) IS 'The timeline of a customer whose user_id is a uuid';
