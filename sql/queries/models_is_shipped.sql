SELECT EXISTS (SELECT FROM journey.models WHERE name = $1 AND is_shipped)
