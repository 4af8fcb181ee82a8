-- Who links or merges writes these tables before anything else of the identities, so from here on nobody else does.
LOCK TABLE journey._links, journey._merges IN SHARE ROW EXCLUSIVE MODE;
