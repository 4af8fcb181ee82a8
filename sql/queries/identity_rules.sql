SELECT kind, CASE WHEN is_unique THEN 1 ELSE max_values END AS max_values, normalizer, country_code, blocked, blocked_patterns
  FROM journey.identity_rules
 ORDER BY priority
