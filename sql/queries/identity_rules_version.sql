-- Equal as long as no row is written: a row that is has another place or another writer.
SELECT r.ctid::text || r.xmin::text FROM journey.identity_rules r
