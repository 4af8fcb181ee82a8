-- $2 is where the last batch ended: it spares a scan over what was deleted and not yet vacuumed.
DELETE FROM journey.inbox
 WHERE ctid = ANY (ARRAY(SELECT i.ctid FROM journey.inbox i WHERE i.ctid >= $2::text::tid LIMIT $1 FOR UPDATE SKIP LOCKED))
RETURNING coalesce(raw, payload::text), source, received_at, ctid::text
