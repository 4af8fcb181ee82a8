SELECT EXISTS (SELECT FROM journey._setup_steps WHERE name = $1)
