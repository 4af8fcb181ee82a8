SELECT event_id, "timestamp", type, event, channel, properties::text
  FROM journey.events
 WHERE profile_id = $1
