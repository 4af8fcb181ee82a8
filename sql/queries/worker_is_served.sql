-- The worker holds this lock for the whole of its life; whoever gets it gives it back at once.
SELECT CASE WHEN pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext('pg_journey'), pg_catalog.hashtext('worker'))
            THEN NOT pg_catalog.pg_advisory_unlock(pg_catalog.hashtext('pg_journey'), pg_catalog.hashtext('worker'))
            ELSE true END
