-- The next $2 identifiers after $1 that may belong to somebody else.
SELECT array_agg(n.profile_id ORDER BY n.profile_id)
  FROM (SELECT profile_id FROM journey._links WHERE profile_id > $1
        UNION SELECT profile_id FROM journey._merges WHERE profile_id > $1
        UNION SELECT profile_id FROM journey._members WHERE profile_id > $1
        ORDER BY 1 LIMIT $2) n
