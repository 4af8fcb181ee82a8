-- Capture: every message of every channel, once.
CREATE TABLE journey.events (
    profile_id bigint NOT NULL,
    event_id uuid NOT NULL,
    "timestamp" timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    sent_at timestamptz,
    original_timestamp timestamptz,
    type text NOT NULL CHECK (type IN ('track', 'page', 'screen', 'identify', 'alias', 'group')),
    event text NOT NULL,
    channel text CHECK (channel IN ('web', 'app', 'email', 'support', 'store')),
    user_id text,
    anonymous_id text,
    message_id text NOT NULL,
    source text,
    properties jsonb NOT NULL,
    context jsonb,
    extra jsonb,
    is_bot boolean NOT NULL DEFAULT false,
    PRIMARY KEY (profile_id, "timestamp", event_id)
) PARTITION BY RANGE ("timestamp");
COMMENT ON TABLE journey.events IS 'Every accepted message, partitioned by month; written by journey_track and journey_drain only';
COMMENT ON COLUMN journey.events.profile_id IS 'The identifier the event belongs to; journey_resolve and journey._members lead to the person';
COMMENT ON COLUMN journey.events.event_id IS 'A hash of profile_id and message_id';
COMMENT ON COLUMN journey.events."timestamp" IS 'When it happened: received_at - (sent_at - original_timestamp) where both are known';
COMMENT ON COLUMN journey.events.received_at IS 'When the message reached the database, or its own receivedAt';
COMMENT ON COLUMN journey.events.event IS 'Name of the event; the page or screen name, or the type, for messages without one';
COMMENT ON COLUMN journey.events.channel IS 'web, app, email, support or store; NULL when the message does not show it';
COMMENT ON COLUMN journey.events.message_id IS 'messageId of the message, or a hash of its content where it has none';
COMMENT ON COLUMN journey.events.properties IS 'Properties of a track, page or screen message; traits of identify and group';
COMMENT ON COLUMN journey.events.is_bot IS 'A row of journey.bot_rules fitted when it arrived: kept, but not counted in profiles';
COMMENT ON COLUMN journey.events.extra IS 'Fields of the message that the Segment spec does not name, integrations included';

-- Whole rows of up to a page stay uncompressed in place: compressing costs more than the space is worth here.
CREATE TABLE journey._events_default PARTITION OF journey.events DEFAULT WITH (toast_tuple_target = 8160);
COMMENT ON TABLE journey._events_default IS 'Events of months that have no partition of their own';

CREATE INDEX _events_default_timestamp_idx ON journey._events_default ("timestamp");

-- Whoever stores events holds the advisory lock shared, and alone while partitions are made, before any lock on a table or
-- profile: attaching a partition locks the default one until the end of the transaction, and a session that waits for
-- that lock while it holds a profile would close a circle. Writers need not own the table, so this runs as its owner.
-- Only months of the last 20 years and the next three are made: a wrong clock may not fill the catalog. What finds no
-- partition of its own goes to the default one.
CREATE FUNCTION journey._make_partitions(months date[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = 0
AS $$
DECLARE
    storing constant bigint := hashtext('pg_journey.partitions');
    missing timestamptz[];
    month timestamptz;
    name text;
    made integer := 0;
BEGIN
    -- Looking takes a lock on the default partition, which attaching waits for: whoever waits for the advisory lock below may
    -- not hold it. So it goes with a subtransaction that is rolled back; what was found stays in the variable.
    BEGIN
        SELECT array_agg(DISTINCT m.month ORDER BY m.month) INTO missing
          FROM (SELECT date_trunc('month', day::timestamptz) AS month FROM unnest(months) day
                 WHERE day BETWEEN now()::date - interval '20 years' AND now()::date + interval '3 months') m
         WHERE to_regclass('journey.events_' || to_char(m.month, 'YYYY_MM')) IS NULL
           AND NOT EXISTS (SELECT FROM journey._events_default e
                            WHERE e."timestamp" >= m.month AND e."timestamp" < m.month + interval '1 month');
        RAISE EXCEPTION USING ERRCODE = 'JY001';
    EXCEPTION WHEN SQLSTATE 'JY001' THEN NULL;
    END;
    IF missing IS NULL THEN
        PERFORM pg_advisory_xact_lock_shared(storing);
        RETURN 0;
    END IF;

    -- A transaction that stores events and stays open may not keep the others waiting for long.
    BEGIN
        PERFORM set_config('lock_timeout', '10s', true);
        PERFORM pg_advisory_xact_lock(storing);
    EXCEPTION WHEN lock_not_available THEN
        RAISE LOG 'pg_journey could not add partitions to journey.events while others store events; the default one serves';
        PERFORM pg_advisory_xact_lock_shared(storing);
        RETURN 0;
    END;

    FOREACH month IN ARRAY missing LOOP
        name := 'events_' || to_char(month, 'YYYY_MM');
        BEGIN
            PERFORM set_config('lock_timeout', '500ms', true);
            EXECUTE format('CREATE TABLE journey.%I (LIKE journey.events INCLUDING ALL) WITH (toast_tuple_target = 8160)', name);
            EXECUTE format('COMMENT ON TABLE journey.%I IS %L', name, 'Events of ' || to_char(month, 'YYYY-MM') || ' UTC');
            -- ATTACH, unlike CREATE … PARTITION OF, lets others read and write the parent meanwhile.
            EXECUTE format('ALTER TABLE journey.events ATTACH PARTITION journey.%I FOR VALUES FROM (%L) TO (%L)',
                           name, month, month + interval '1 month');
            made := made + 1;
        EXCEPTION
            WHEN duplicate_table THEN NULL; -- another session was first
            WHEN check_violation THEN NULL; -- the default partition got rows of the month meanwhile, and keeps them
            WHEN lock_not_available THEN
                RAISE LOG 'pg_journey could not lock journey.events to add %; its events go to the default partition', name;
        END;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION journey._make_partitions(date[]) IS 'Makes the partitions of journey.events that these months need, and keeps them as they are until the end of the transaction';
REVOKE EXECUTE ON FUNCTION journey._make_partitions(date[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journey._make_partitions(date[]) TO journey_writer;
SELECT journey._make_partitions(ARRAY(SELECT pg_catalog.generate_series(pg_catalog.now() - interval '12 months',
                                      pg_catalog.now() + interval '3 months', interval '1 month')::date));

CREATE TABLE journey._messages (
    profile_id bigint NOT NULL,
    key uuid NOT NULL,
    PRIMARY KEY (profile_id, key)
);
COMMENT ON TABLE journey._messages IS 'What has been counted: one row a message, so that each counts once';
COMMENT ON COLUMN journey._messages.key IS 'event_id of the message';

CREATE TABLE journey.inbox (
    payload jsonb,
    source text,
    raw text,
    received_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    CHECK (raw IS NULL OR payload IS NULL)
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.5);
COMMENT ON TABLE journey.inbox IS 'Queue for bulk loads: COPY journey.inbox (payload, source) FROM …; emptied by journey_drain()';
COMMENT ON COLUMN journey.inbox.payload IS 'One Segment message';
COMMENT ON COLUMN journey.inbox.source IS 'Where it comes from, kept in journey.events.source';
COMMENT ON COLUMN journey.inbox.raw IS 'Instead of payload: a message as text that may be no valid JSON, which then lands in journey.dead_letters';

CREATE TABLE journey.dead_letters (
    dead_letter_id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    payload text,
    source text,
    received_at timestamptz NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    sqlstate text NOT NULL CHECK (sqlstate ~ '^[0-9A-Z]{5}$'),
    reason text NOT NULL,
    hint text
);
COMMENT ON TABLE journey.dead_letters IS 'Messages that could not be accepted; mend payload, then journey_replay_dead_letters()';
COMMENT ON COLUMN journey.dead_letters.payload IS 'The message as it came';
COMMENT ON COLUMN journey.dead_letters.sqlstate IS 'The error journey_track would raise for it';

GRANT SELECT ON journey.events, journey.dead_letters, journey._messages TO journey_reader;
GRANT INSERT ON journey.events, journey._messages, journey.inbox, journey.dead_letters TO journey_writer;
GRANT SELECT, DELETE, UPDATE ON journey.inbox, journey.dead_letters TO journey_writer;
