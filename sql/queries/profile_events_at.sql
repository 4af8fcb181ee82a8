SELECT event_id, "timestamp", type, event, channel, properties::text AS properties
  FROM journey.events
 WHERE profile_id = ANY ($1::bigint[]) AND "timestamp" <= $2 AND NOT is_bot
