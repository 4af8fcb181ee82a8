SELECT k.profile_id, min(o.placed_at) AS first, max(o.placed_at) AS last
  FROM unnest($1::bigint[]) AS k (profile_id)
  LEFT JOIN journey._orders o ON o.profile_id = k.profile_id AND o.revenue IS NOT NULL AND o.cancelled_at IS NULL
 GROUP BY k.profile_id
