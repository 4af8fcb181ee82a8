-- Equal as long as no row is written: a row that is has another place or another writer.
SELECT string_agg(r.ctid::text || r.xmin::text, ' ' ORDER BY r.ctid) FROM journey.identity_rules r
