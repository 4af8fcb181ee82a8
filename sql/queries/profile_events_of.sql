-- Events of identifiers up to a time; where $3, only those that are about orders. One scan of each month's index for all.
SELECT e.profile_id, e.event_id, e."timestamp", e.type, e.event, e.channel, e.properties::text AS properties,
       CASE WHEN e.event = 'Product Viewed' THEN journey._is_reduced(e.properties) END AS is_reduced,
       coalesce(e.event = 'Product List Filtered' AND journey._is_by_price(e.properties), false) AS is_by_price
  FROM journey.events e
 WHERE e.profile_id = ANY ($1::bigint[]) AND e."timestamp" <= $2 AND NOT e.is_bot
   AND (NOT $3 OR e.event IN ('Order Completed', 'Order Updated', 'Order Cancelled', 'Order Refunded'))
