-- The model of the role embedding.
SELECT r.model FROM journey.model_roles r WHERE r.role = 'embedding'
