-- A row of the shop comes last, and so before the shipped one of its name.
SELECT foreign_name, event, properties::text AS properties
  FROM journey.event_map
 WHERE foreign_name = ANY ($1::text[])
 ORDER BY origin = 'shop'
