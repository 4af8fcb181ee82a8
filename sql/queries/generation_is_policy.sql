-- Whether a name is that of a policy and of no kind; $1.
SELECT EXISTS (SELECT FROM journey.guardrail_policies p WHERE p.policy = $1)
       AND NOT EXISTS (SELECT FROM journey.kinds k WHERE k.kind = $1)
