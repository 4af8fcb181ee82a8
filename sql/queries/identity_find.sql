SELECT profile_id FROM journey.identifiers WHERE profile_id = $1 AND kind = $2 AND value = $3
