SELECT kind, normalizer, blocked FROM journey.identity_rules ORDER BY priority
