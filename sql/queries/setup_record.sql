INSERT INTO journey._setup_steps (name) VALUES ($1)
