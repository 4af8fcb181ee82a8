-- Generation: texts for customers.
CREATE FUNCTION journey_compose_many(customers text[], kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                                     variants integer DEFAULT 1, seed bigint DEFAULT NULL, options jsonb DEFAULT NULL)
    RETURNS TABLE (customer text, generation_id uuid, variant integer, text text, content jsonb, confidence real, verdict text,
                   violations jsonb, model text, tokens_in integer, tokens_out integer, ms real, seed bigint, status text, error text)
    LANGUAGE sql VOLATILE COST 1000000 ROWS 100
AS $$
    SELECT * FROM @extschema@._journey_compose(coalesce(customers, '{}'), kind, product, campaign, variants, seed, options, true)
$$;
COMMENT ON FUNCTION journey_compose_many(text[], text, text, text, integer, bigint, jsonb) IS
    'Writes texts for many customers together, which takes less time each; a row that fails carries its error and costs no other';

CREATE FUNCTION journey_compose(customer text, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                                variants integer DEFAULT 1, seed bigint DEFAULT NULL, options jsonb DEFAULT NULL)
    RETURNS TABLE (generation_id uuid, variant integer, text text, content jsonb, confidence real, verdict text, violations jsonb,
                   model text, tokens_in integer, tokens_out integer, ms real, seed bigint, status text, error text)
    LANGUAGE sql VOLATILE COST 1000000 ROWS 1
AS $$
    SELECT c.generation_id, c.variant, c.text, c.content, c.confidence, c.verdict, c.violations, c.model, c.tokens_in,
           c.tokens_out, c.ms, c.seed, c.status, c.error
      FROM @extschema@._journey_compose(ARRAY[customer], kind, product, campaign, variants, seed, options, true) c
$$;
COMMENT ON FUNCTION journey_compose(text, text, text, text, integer, bigint, jsonb) IS
    'Writes variants of a text for a customer and shows what journey.generations keeps of each; options: model, tier (default, fast, template), candidates, first_draw, temperature, top_p, max_tokens, at, facts, tone (warm, plain, elegant), theme, cache, policy, channel, locale; docs/texts.md';

CREATE FUNCTION journey_compose(customer bigint, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                                variants integer DEFAULT 1, seed bigint DEFAULT NULL, options jsonb DEFAULT NULL)
    RETURNS TABLE (generation_id uuid, variant integer, text text, content jsonb, confidence real, verdict text, violations jsonb,
                   model text, tokens_in integer, tokens_out integer, ms real, seed bigint, status text, error text)
    LANGUAGE sql VOLATILE COST 1000000 ROWS 1
AS 'SELECT * FROM @extschema@.journey_compose(customer::text, kind, product, campaign, variants, seed, options)';
COMMENT ON FUNCTION journey_compose(bigint, text, text, text, integer, bigint, jsonb) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_compose(customer uuid, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                                variants integer DEFAULT 1, seed bigint DEFAULT NULL, options jsonb DEFAULT NULL)
    RETURNS TABLE (generation_id uuid, variant integer, text text, content jsonb, confidence real, verdict text, violations jsonb,
                   model text, tokens_in integer, tokens_out integer, ms real, seed bigint, status text, error text)
    LANGUAGE sql VOLATILE COST 1000000 ROWS 1
AS 'SELECT * FROM @extschema@.journey_compose(customer::text, kind, product, campaign, variants, seed, options)';
COMMENT ON FUNCTION journey_compose(uuid, text, text, text, integer, bigint, jsonb) IS 'The same for a customer whose user_id is a uuid';

CREATE FUNCTION journey_generate(customer text, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                                 seed bigint DEFAULT NULL) RETURNS text
    LANGUAGE sql VOLATILE COST 1000000
AS $$
    SELECT c.text FROM @extschema@._journey_compose(ARRAY[customer], kind, product, campaign, 1, seed, NULL, false) c
$$;
COMMENT ON FUNCTION journey_generate(text, text, text, text, bigint) IS
    'A text for a customer about a product, by default one that suits the customer; for a customer nobody knows a text that claims nothing personal';

CREATE FUNCTION journey_generate(customer bigint, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                                 seed bigint DEFAULT NULL) RETURNS text
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_generate(customer::text, kind, product, campaign, seed)';
COMMENT ON FUNCTION journey_generate(bigint, text, text, text, bigint) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_generate(customer uuid, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                                 seed bigint DEFAULT NULL) RETURNS text
    LANGUAGE sql VOLATILE COST 1000000
AS 'SELECT @extschema@.journey_generate(customer::text, kind, product, campaign, seed)';
COMMENT ON FUNCTION journey_generate(uuid, text, text, text, bigint) IS 'The same for a customer whose user_id is a uuid';

CREATE FUNCTION journey_prompt(customer text, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                               seed bigint DEFAULT NULL, options jsonb DEFAULT NULL) RETURNS text
    LANGUAGE sql STABLE COST 10000
AS 'SELECT @extschema@._journey_prompt(customer, kind, product, campaign, seed, options)';
COMMENT ON FUNCTION journey_prompt(text, text, text, text, bigint, jsonb) IS 'Exactly what the model would read for journey_generate with the same arguments';

CREATE FUNCTION journey_prompt(customer bigint, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                               seed bigint DEFAULT NULL, options jsonb DEFAULT NULL) RETURNS text
    LANGUAGE sql STABLE COST 10000
AS 'SELECT @extschema@._journey_prompt(customer::text, kind, product, campaign, seed, options)';
COMMENT ON FUNCTION journey_prompt(bigint, text, text, text, bigint, jsonb) IS 'The same for a customer whose user_id is a number';

CREATE FUNCTION journey_prompt(customer uuid, kind text DEFAULT 'message', product text DEFAULT NULL, campaign text DEFAULT NULL,
                               seed bigint DEFAULT NULL, options jsonb DEFAULT NULL) RETURNS text
    LANGUAGE sql STABLE COST 10000
AS 'SELECT @extschema@._journey_prompt(customer::text, kind, product, campaign, seed, options)';
COMMENT ON FUNCTION journey_prompt(uuid, text, text, text, bigint, jsonb) IS 'The same for a customer whose user_id is a uuid';

CREATE FUNCTION journey_check(text text, policy text DEFAULT 'message', context jsonb DEFAULT NULL)
    RETURNS TABLE (rule text, passed boolean, severity text, detail text)
    LANGUAGE plpgsql STABLE COST 10000 ROWS 20
AS $$
DECLARE
    unknown text := (SELECT k FROM pg_catalog.jsonb_object_keys(coalesce(context, '{}')) k WHERE k NOT IN ('customer', 'product', 'facts', 'tone', 'kind', 'policy', 'channel', 'locale') LIMIT 1);
BEGIN
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION 'context has the key "%"', unknown
            USING ERRCODE = 'invalid_parameter_value', HINT = 'The keys are customer, product, facts, tone, kind, policy, channel and locale.';
    END IF;
    RETURN QUERY SELECT * FROM @extschema@._journey_check(text, policy, context);
END
$$;
COMMENT ON FUNCTION journey_check(text, text, jsonb) IS
    'The verdict of each rule and guardrail on a text; policy is a kind, or a policy of guardrails; context may name {"customer", "product"} whose facts it may use, give more {"facts"} and a "tone" as options do, and {"kind", "policy", "channel", "locale"}';

COMMENT ON FUNCTION _journey_compose(text[], text, text, text, integer, bigint, jsonb, boolean) IS
    'journey_compose for many customers; tolerant: a text that fails becomes a row with status error instead of an error';
COMMENT ON FUNCTION _journey_prompt(text, text, text, text, bigint, jsonb) IS 'The work of journey_prompt';
COMMENT ON FUNCTION _journey_check(text, text, jsonb) IS 'The work of journey_check';

-- A customer's profile is one row; the server would compile the plan of journey.profiles for a second to read it.
ALTER FUNCTION _journey_compose(text[], text, text, text, integer, bigint, jsonb, boolean) SET jit = off;
ALTER FUNCTION _journey_prompt(text, text, text, text, bigint, jsonb) SET jit = off;
ALTER FUNCTION _journey_check(text, text, jsonb) SET jit = off;
