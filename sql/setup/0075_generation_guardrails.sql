-- Guardrails: what no text may say, what each must say, and which of these rules hold together.
CREATE TABLE journey.guardrails (
    guardrail text NOT NULL CHECK (guardrail ~ '^[a-z][a-z0-9_]{0,62}$'),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'approved', 'retired')),
    type text NOT NULL CHECK (type IN ('banned_terms', 'competitor_terms', 'prohibited_claims', 'disclosure', 'price_claims', 'stock_claims',
                                       'pii', 'length', 'reading_level', 'links', 'pattern', 'classifier')),
    definition jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(definition) = 'object'),
    on_fail text NOT NULL DEFAULT 'reask' CHECK (on_fail IN ('fix', 'filter', 'reask', 'fallback', 'review', 'refuse')),
    severity text NOT NULL DEFAULT 'error' CHECK (severity IN ('error', 'warning')),
    kinds text[],
    channels text[],
    categories text[],
    locales text[],
    description text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (guardrail, version)
);
COMMENT ON TABLE journey.guardrails IS 'Rules that every text is judged by before it is served; the newest approved version of each holds, from the next call on';
COMMENT ON COLUMN journey.guardrails.type IS 'What kind of rule it is';
COMMENT ON COLUMN journey.guardrails.definition IS 'What the rule looks for, by its type: see docs/guardrails.md. What is not understood lets no text pass';
COMMENT ON COLUMN journey.guardrails.on_fail IS 'fix: mend the text; filter: leave its sentences out; reask: draw another; fallback: serve the draft; review: a person decides; refuse: serve nothing. The strictest of the broken rules counts';
COMMENT ON COLUMN journey.guardrails.severity IS 'error: a text that breaks it is not served; warning: it is only told';
COMMENT ON COLUMN journey.guardrails.kinds IS 'The kinds of text it holds for; NULL: all';
COMMENT ON COLUMN journey.guardrails.channels IS 'The channels it holds for; NULL: all. It holds, too, where nobody says which channel it is';
COMMENT ON COLUMN journey.guardrails.categories IS 'The categories of products it holds for; NULL: all. It holds, too, for a product without one';
COMMENT ON COLUMN journey.guardrails.locales IS 'The languages it holds for, such as en or en-GB; NULL: all. It holds, too, where nobody says which';

CREATE TABLE journey.brand_voices (
    voice text NOT NULL CHECK (voice ~ '^[a-z][a-z0-9_]{0,62}$'),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'approved', 'retired')),
    description text NOT NULL DEFAULT '',
    words jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(words) = 'object'),
    max_exclamations integer CHECK (max_exclamations >= 0),
    max_grade double precision CHECK (max_grade BETWEEN 0 AND 30),
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (voice, version)
);
COMMENT ON TABLE journey.brand_voices IS 'How a brand speaks; the newest approved version holds in the policies that name the voice';
COMMENT ON COLUMN journey.brand_voices.words IS 'Words that are not the brand''s, each with what it says instead, or null where the text is to be written anew';
COMMENT ON COLUMN journey.brand_voices.max_exclamations IS 'Exclamation marks a text may have; NULL: any number';
COMMENT ON COLUMN journey.brand_voices.max_grade IS 'The school grade a longer text may ask for (Flesch-Kincaid, English); NULL: any';

CREATE TABLE journey.guardrail_policies (
    policy text PRIMARY KEY CHECK (policy ~ '^[a-z][a-z0-9_]{0,62}$'),
    description text NOT NULL DEFAULT '',
    guardrails text[],
    voice text,
    min_confidence real CHECK (min_confidence BETWEEN 0 AND 1),
    review_kinds text[] NOT NULL DEFAULT '{}',
    approvals integer NOT NULL DEFAULT 1 CHECK (approvals BETWEEN 1 AND 5),
    claim_for interval NOT NULL DEFAULT '30 minutes' CHECK (claim_for BETWEEN '1 second' AND '30 days')
);
COMMENT ON TABLE journey.guardrail_policies IS 'Which guardrails hold together, and what a person sees before it is served; calls that name no policy use default';
COMMENT ON COLUMN journey.guardrail_policies.guardrails IS 'The guardrails that hold; NULL: all approved ones. No text is written while one of them has no approved version';
COMMENT ON COLUMN journey.guardrail_policies.voice IS 'A voice of journey.brand_voices; NULL: none';
COMMENT ON COLUMN journey.guardrail_policies.min_confidence IS 'Texts of the model with less confidence are reviewed; NULL: none for that reason';
COMMENT ON COLUMN journey.guardrail_policies.review_kinds IS 'Kinds of text that are always reviewed';
COMMENT ON COLUMN journey.guardrail_policies.approvals IS 'How many reviewers must approve a text; 2 is four eyes';
COMMENT ON COLUMN journey.guardrail_policies.claim_for IS 'How long a text is locked for the reviewer who claimed it';

INSERT INTO journey.guardrail_policies (policy, description, review_kinds)
VALUES ('default', 'All approved guardrails; answers to customers who ask for help are reviewed', '{support_reply}');

INSERT INTO journey.brand_voices (voice, status, description, words, max_exclamations)
VALUES ('plain', 'approved', 'Friendly and matter-of-fact, without hype',
        '{"amazing": null, "insane": null, "crazy deal": null, "unbelievable": null, "jaw dropping": null, "mind blowing": null, "to die for": null, "must have": null}', 1);

INSERT INTO journey.guardrails (guardrail, status, type, on_fail, description, definition)
VALUES ('health_claims', 'approved', 'prohibited_claims', 'reask', 'Nothing heals, prevents or slims', $terms${"terms": [
    "cures", "cured of", "cured my", "cure for", "will cure", "cure your", "miracle cure", "miracle weight loss", "heals", "heal your", "healing power", "treats disease", "prevents disease",
    "prevents cancer", "fights cancer", "anti cancer", "cancer free", "treats cancer", "relieves arthritis", "lowers cholesterol", "lowers blood pressure",
    "clinically proven", "scientifically proven", "medically proven", "doctor recommended", "doctors recommend", "dermatologist approved", "fda approved",
    "lose weight", "weight loss", "burns fat", "burn fat", "fat burning", "melts fat", "detoxifies", "detox your", "boosts immunity", "boost your immune",
    "immune boosting", "reverses aging", "anti aging miracle", "cures diabetes", "no side effects", "without side effects", "safe for all", "pain free guaranteed"]}$terms$),
       ('promises', 'approved', 'prohibited_claims', 'reask', 'Nothing is promised that the shop has to keep', $terms${"terms": [
    "guaranteed", "we guarantee", "guarantee you", "money back", "risk free", "no risk", "zero risk", "100% satisfaction", "satisfaction guaranteed", "no strings attached",
    "no questions asked", "free of charge", "for free", "free gift", "free money", "free trial", "get it free", "absolutely free", "you have won", "you are a winner",
    "you won", "claim your prize", "cash prize", "lowest price ever", "best price guaranteed", "cheapest anywhere", "price match", "full refund", "double your money",
    "act now", "order now or", "once in a lifetime", "offer expires", "limited time only", "this is not spam", "we promise", "never fails"]}$terms$),
       ('foul_language', 'approved', 'banned_terms', 'reask', 'Words that no customer should read from the shop', $terms${"terms": [
    "fuck*", "motherfuck*", "shit", "shitty", "bullshit", "bitch", "bitches", "asshole", "assholes", "bastard", "bastards", "cunt", "dickhead", "douchebag", "goddamn",
    "piss off", "slut", "sluts", "whore", "whores", "wanker", "retard", "retarded", "moron", "morons", "porn*", "nazi", "nazis"]}$terms$),
       ('competitors', 'draft', 'competitor_terms', 'reask', 'Names of other shops: put yours in and approve it', '{"terms": []}'),
       ('prices', 'approved', 'price_claims', 'reask', 'Only amounts and percentages that the facts hold', '{"amounts": "known", "percent": "known"}'),
       ('stock', 'approved', 'stock_claims', 'reask', 'Only what is known of the stock', '{"claims": "known"}'),
       ('personal_data', 'approved', 'pii', 'reask', 'No addresses, numbers of phones, cards and accounts, no names but those of the facts', '{}'),
       ('links', 'approved', 'links', 'reask', 'No links; list the hosts of your shop to allow them', '{"allow": []}'),
       ('reading_level', 'approved', 'reading_level', 'reask', 'Longer texts are easy to read', '{"max_grade": 13, "min_words": 40}'),
       ('alcohol_notice', 'draft', 'disclosure', 'fix', 'An example of a mandatory sentence: set its categories and approve it', '{"text": "Please drink responsibly."}');
UPDATE journey.guardrails SET categories = '{Beer,Wine,Spirits}' WHERE guardrail = 'alcohol_notice';

-- What was not approved is not for everybody: candidates, drafts and the prompts that hold them are read by editors.
DO $$
DECLARE
    readable text := (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                       WHERE a.attrelid = 'journey.generations'::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped
                         AND a.attname NOT IN ('candidates', 'draft', 'prompt'));
BEGIN
    REVOKE SELECT ON journey.generations FROM journey_reader;
    EXECUTE pg_catalog.format('GRANT SELECT (%s) ON journey.generations TO journey_reader', readable);
END
$$;
GRANT SELECT ON journey.generations TO journey_editor;

GRANT SELECT ON journey.guardrails, journey.brand_voices, journey.guardrail_policies TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.guardrails, journey.brand_voices, journey.guardrail_policies TO journey_editor;
