SELECT journey._related($1::bigint[])
