SELECT items, trim_scale(value)::text AS value, currency, updated_at, is_abandoned
  FROM journey._cart_of($1::bigint[], $2, $3)
