SELECT task FROM journey.models WHERE name = $1
