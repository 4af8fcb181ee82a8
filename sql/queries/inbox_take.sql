-- $2 is where the last batch ended: it spares a scan over what was deleted and not yet vacuumed. $3 bounds the memory, in kB: a
-- message longer than a page may be compressed, at best a hundredfold. Sums of integers are cheap, those of bigint are numeric.
DELETE FROM journey.inbox
 WHERE ctid = ANY (ARRAY(
       SELECT sized.ctid
         FROM (SELECT locked.ctid, locked.size, sum(locked.size) OVER (ROWS UNBOUNDED PRECEDING) AS total
                 FROM (SELECT i.ctid, (s.bytes / 1024 + 1) * CASE WHEN s.bytes > 8160 THEN 100 ELSE 1 END AS size
                         FROM journey.inbox i
                        CROSS JOIN LATERAL (SELECT coalesce(pg_column_size(i.raw), pg_column_size(i.payload), 0) AS bytes) s
                        WHERE i.ctid >= $2::text::tid LIMIT $1 FOR UPDATE OF i SKIP LOCKED) locked) sized
        WHERE sized.total - sized.size < $3))
RETURNING payload, raw, source, received_at, ctid
