SELECT e."timestamp", e.event,
       CASE WHEN e.event = 'Product Viewed' THEN journey._is_reduced(e.properties) END AS is_reduced,
       CASE WHEN e.event = 'Product List Filtered' THEN journey._is_by_price(e.properties) END AS is_by_price
  FROM journey.events e
 WHERE e.profile_id = ANY ($1::bigint[]) AND e."timestamp" > $2 AND e."timestamp" <= $3 AND NOT e.is_bot
