-- Nobody makes partitions while this transaction stores events: see journey._make_partitions.
SELECT pg_advisory_xact_lock_shared(hashtext('pg_journey.partitions'))
