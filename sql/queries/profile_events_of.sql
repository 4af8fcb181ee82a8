-- Events up to a time of the persons that these identifiers stood for then.
SELECT p.person_id, e.event_id, e."timestamp", e.type, e.event, e.channel, e.properties::text AS properties,
       CASE WHEN e.event = 'Product Viewed' THEN journey._is_reduced(e.properties) END AS is_reduced,
       coalesce(e.event = 'Product List Filtered' AND journey._is_by_price(e.properties), false) AS is_by_price
  FROM unnest($1::bigint[]) AS p (person_id)
 CROSS JOIN LATERAL (SELECT p.person_id || ARRAY(SELECT m.profile_id FROM journey._members m WHERE m.person_id = p.person_id AND m.since <= $2) AS atoms) a
  JOIN journey.events e ON e.profile_id = ANY (a.atoms) AND e."timestamp" <= $2 AND NOT e.is_bot
