SELECT journey._lock_related($1::bigint[], $2::bigint[], $3::text[])
