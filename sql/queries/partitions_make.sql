SELECT journey._make_partitions(ARRAY(SELECT unnest($1::timestamptz[])::date))
