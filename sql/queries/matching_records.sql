-- What customers may be recognized by, one row each; a value that is no text is none. Segment's address trait is an object.
SELECT p.profile_id, p.first_name, p.last_name, p.email,
       t.traits ->> 'phone' AS phone,
       coalesce(t.traits ->> 'birthday', t.traits ->> 'birth_date', t.traits ->> 'date_of_birth') AS birthday,
       coalesce(t.traits #>> '{address,street}', CASE pg_catalog.jsonb_typeof(t.traits -> 'address') WHEN 'string' THEN t.traits ->> 'address' END,
                t.traits ->> 'street') AS street,
       coalesce(t.traits #>> '{address,city}', t.traits ->> 'city') AS city,
       coalesce(t.traits #>> '{address,postalCode}', t.traits #>> '{address,postal_code}', t.traits ->> 'postal_code', t.traits ->> 'postcode',
                t.traits ->> 'zip') AS postal_code,
       coalesce(t.traits #>> '{address,state}', t.traits ->> 'state') AS state,
       t.traits ->> 'national_id' AS national_id
  FROM (SELECT profile_id, first_name, last_name, email, traits FROM journey.profiles
         WHERE traits <> '{}' ORDER BY profile_id) p
 CROSS JOIN LATERAL (SELECT p.traits) t
