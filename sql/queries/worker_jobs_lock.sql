SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext('pg_journey'), pg_catalog.hashtext('jobs'))
