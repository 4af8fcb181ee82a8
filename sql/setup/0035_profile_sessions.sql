-- Sessions, and the events of persons that sessions, traits and segments are computed from when they are read.
CREATE TABLE journey.passive_events (
    event text PRIMARY KEY
);
COMMENT ON TABLE journey.passive_events IS 'Events that happen without the customer: they make no session and keep none open; add your own';
INSERT INTO journey.passive_events (event)
VALUES ('Email Delivered'), ('Email Bounced'), ('Order Updated'), ('Order Refunded'), ('Order Cancelled'),
       ('Push Notification Received'), ('Push Notification Bounced');

CREATE FUNCTION journey._session_timeout() RETURNS interval
    LANGUAGE sql STABLE PARALLEL SAFE
-- A session that has not loaded the library yet shows the number of the configuration file without its unit.
AS $$
    SELECT pg_catalog.regexp_replace(coalesce(pg_catalog.current_setting('pg_journey.session_timeout', true), '30'),
                                     '^\s*([0-9]+)\s*$', '\1 minutes')::interval
$$;
COMMENT ON FUNCTION journey._session_timeout() IS 'pg_journey.session_timeout: how long without an event ends a session';

CREATE VIEW journey._person_events WITH (security_invoker = true) AS
SELECT a.person_id, e.profile_id, e.event_id, e."timestamp", e.type, e.event, e.channel, e.source, e.properties, e.context,
       e.type IN ('track', 'page', 'screen')
       AND e.event NOT IN (SELECT p.event FROM journey.passive_events p) AS is_active
  FROM journey._atoms a
  JOIN journey.events e ON e.profile_id = a.profile_id
 WHERE NOT e.is_bot;
COMMENT ON VIEW journey._person_events IS 'Events of people, not of bots, with the person they belong to';
COMMENT ON COLUMN journey._person_events.is_active IS 'Whether the customer did something: such events make sessions';

CREATE VIEW journey._persons_known WITH (security_invoker = true) AS
SELECT p.profile_id FROM journey._parts p
 WHERE NOT EXISTS (SELECT FROM journey._members m WHERE m.profile_id = p.profile_id)
UNION
SELECT m.person_id FROM journey._members m JOIN journey._parts p ON p.profile_id = m.profile_id;
COMMENT ON VIEW journey._persons_known IS 'The profile_id of every row of journey.profiles';

CREATE VIEW journey.sessions WITH (security_invoker = true) AS
SELECT pg_catalog.md5(s.person_id || ' ' || extract(epoch FROM s.started_at))::uuid AS session_id,
       s.person_id AS profile_id,
       s.started_at,
       s.ended_at,
       s.events,
       s.page_views,
       s.channel,
       s.entry_page,
       s.exit_page,
       s.campaign,
       s.campaign_source,
       s.campaign_medium,
       o.orders,
       o.revenue,
       o.currency,
       pg_catalog.statement_timestamp() < s.ended_at + journey._session_timeout() AS is_open
  FROM (SELECT n.person_id,
               pg_catalog.min(n."timestamp") AS started_at,
               pg_catalog.max(n."timestamp") AS ended_at,
               pg_catalog.count(*) AS events,
               pg_catalog.count(*) FILTER (WHERE n.type IN ('page', 'screen')) AS page_views,
               (pg_catalog.array_agg(n.channel ORDER BY n."timestamp", n.event_id) FILTER (WHERE n.channel IS NOT NULL))[1] AS channel,
               (pg_catalog.array_agg(n.page ORDER BY n."timestamp", n.event_id) FILTER (WHERE n.page IS NOT NULL))[1] AS entry_page,
               (pg_catalog.array_agg(n.page ORDER BY n."timestamp" DESC, n.event_id DESC) FILTER (WHERE n.page IS NOT NULL))[1] AS exit_page,
               (pg_catalog.array_agg(n.campaign ORDER BY n."timestamp", n.event_id) FILTER (WHERE n.campaign IS NOT NULL))[1] ->> 'name' AS campaign,
               (pg_catalog.array_agg(n.campaign ORDER BY n."timestamp", n.event_id) FILTER (WHERE n.campaign IS NOT NULL))[1] ->> 'source' AS campaign_source,
               (pg_catalog.array_agg(n.campaign ORDER BY n."timestamp", n.event_id) FILTER (WHERE n.campaign IS NOT NULL))[1] ->> 'medium' AS campaign_medium
          FROM (SELECT b.*, pg_catalog.count(*) FILTER (WHERE b.begins)
                                OVER (PARTITION BY b.person_id ORDER BY b."timestamp", b.event_id) AS session
                  FROM (SELECT e.person_id, e.event_id, e."timestamp", e.type, e.channel,
                               CASE WHEN e.type IN ('page', 'screen') OR e.context #>> '{page,path}' IS NOT NULL
                                    THEN coalesce(e.properties ->> 'path', e.context #>> '{page,path}', e.properties ->> 'url', e.event)
                               END AS page,
                               CASE pg_catalog.jsonb_typeof(e.context -> 'campaign') WHEN 'object' THEN e.context -> 'campaign' END AS campaign,
                               coalesce(e."timestamp" - pg_catalog.lag(e."timestamp")
                                            OVER (PARTITION BY e.person_id ORDER BY e."timestamp", e.event_id)
                                        >= journey._session_timeout(), true) AS begins
                          FROM journey._person_events e
                         WHERE e.is_active) b) n
         GROUP BY n.person_id, n.session) s
  -- Not looked for by a query that names none of its columns.
  LEFT JOIN LATERAL (
       SELECT pg_catalog.count(*) FILTER (WHERE v.status <> 'cancelled') AS orders,
              CASE WHEN pg_catalog.count(DISTINCT v.currency) < 2 THEN coalesce(pg_catalog.sum(v.revenue), 0) END AS revenue,
              CASE WHEN pg_catalog.count(DISTINCT v.currency) < 2 THEN pg_catalog.max(v.currency) END AS currency
         FROM journey.orders v
        WHERE v.profile_id = s.person_id AND v.placed_at BETWEEN s.started_at AND s.ended_at) o ON true;
COMMENT ON VIEW journey.sessions IS 'What a customer did without a pause of pg_journey.session_timeout; computed when read, so late events fall into place';
COMMENT ON COLUMN journey.sessions.session_id IS 'A hash of customer and start';
COMMENT ON COLUMN journey.sessions.ended_at IS 'Time of the last event';
COMMENT ON COLUMN journey.sessions.events IS 'Messages of the types track, page and screen, without those in journey.passive_events';
COMMENT ON COLUMN journey.sessions.page_views IS 'Pages and screens';
COMMENT ON COLUMN journey.sessions.channel IS 'Of the first event that shows one';
COMMENT ON COLUMN journey.sessions.entry_page IS 'Path of the first page, or name of the first screen';
COMMENT ON COLUMN journey.sessions.exit_page IS 'Path of the last page, or name of the last screen';
COMMENT ON COLUMN journey.sessions.campaign IS 'Name in the first context.campaign, where Segment keeps utm_campaign';
COMMENT ON COLUMN journey.sessions.campaign_source IS 'Its source, utm_source';
COMMENT ON COLUMN journey.sessions.campaign_medium IS 'Its medium, utm_medium';
COMMENT ON COLUMN journey.sessions.orders IS 'Orders completed in it and not cancelled';
COMMENT ON COLUMN journey.sessions.revenue IS 'What these orders are worth today, less what went back since; NULL where they are in several currencies';
COMMENT ON COLUMN journey.sessions.is_open IS 'Whether a further event now would belong to it';

GRANT SELECT ON journey.passive_events, journey._person_events, journey._persons_known, journey.sessions
      TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.passive_events TO journey_admin;
