-- Generation: what kinds of text there are, how they are prompted, and every text that was written with its evidence.
CREATE TABLE journey.kinds (
    kind text PRIMARY KEY CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    description text NOT NULL,
    min_chars integer NOT NULL DEFAULT 1 CHECK (min_chars BETWEEN 1 AND 10000),
    max_chars integer NOT NULL CHECK (max_chars BETWEEN min_chars AND 10000),
    max_sentences integer NOT NULL DEFAULT 1 CHECK (max_sentences BETWEEN 1 AND 100),
    full_sentences boolean NOT NULL DEFAULT false,
    required text[] NOT NULL DEFAULT '{}' CHECK (required <@ ARRAY['first_name', 'product', 'category', 'brand', 'price', 'compare_at', 'saving',
        'campaign', 'offer', 'stock', 'ship_days', 'event', 'event_date', 'alternative', 'alternative_price', 'bundle_item', 'bundle_price', 'refund_amount']),
    inputs text[] NOT NULL DEFAULT '{}',
    templates jsonb NOT NULL DEFAULT '[]' CHECK (pg_catalog.jsonb_typeof(templates) = 'array'),
    parts jsonb NOT NULL DEFAULT '[]' CHECK (pg_catalog.jsonb_typeof(parts) = 'array'),
    joiner text NOT NULL DEFAULT E'\n' CHECK (joiner IN (' ', E'\n')),
    rewrite boolean NOT NULL DEFAULT true,
    is_part boolean NOT NULL DEFAULT false,
    prompt text,
    model text,
    candidates integer NOT NULL DEFAULT 4 CHECK (candidates BETWEEN 1 AND 32),
    max_tokens integer NOT NULL CHECK (max_tokens BETWEEN 1 AND 4096),
    temperature real NOT NULL DEFAULT 0.7 CHECK (temperature BETWEEN 0 AND 2),
    top_p real NOT NULL DEFAULT 0.9 CHECK (top_p > 0 AND top_p <= 1),
    -- Either it has sentences of its own or it is made of kinds that have.
    CHECK ((pg_catalog.jsonb_array_length(templates) > 0) <> (pg_catalog.jsonb_array_length(parts) > 0))
);
COMMENT ON TABLE journey.kinds IS 'Kinds of text: limits, required facts, approved templates and how the model is asked';
COMMENT ON COLUMN journey.kinds.max_sentences IS 'A text may have this many sentences at most';
COMMENT ON COLUMN journey.kinds.full_sentences IS 'Whether the text must end with a full stop, an exclamation or a question mark';
COMMENT ON COLUMN journey.kinds.required IS 'Facts that the text must name where they are known';
COMMENT ON COLUMN journey.kinds.inputs IS 'Facts without which nothing is written: names that templates may need, see docs/texts.md';
COMMENT ON COLUMN journey.kinds.templates IS 'Approved sentences {"slot", "themes", "tones", "needs", "text"}: one a slot makes the draft, which the model rewrites and which is served when no rewriting passes';
COMMENT ON COLUMN journey.kinds.parts IS 'Kinds that it is made of, in order: [{"name", "kind", "optional", "after_highlight"}]; all are written about the same facts, and parts of the same name make a list in content';
COMMENT ON COLUMN journey.kinds.joiner IS 'What stands between its parts in the text: a space or a line feed';
COMMENT ON COLUMN journey.kinds.rewrite IS 'false: the draft is the text, no model is asked';
COMMENT ON COLUMN journey.kinds.is_part IS 'It is meant as a part of other kinds; it can be asked for all the same';
COMMENT ON COLUMN journey.kinds.prompt IS 'The kind in journey.prompts whose prompts are used; NULL: its own';
COMMENT ON COLUMN journey.kinds.model IS 'The model to ask; NULL: the default text model';
COMMENT ON COLUMN journey.kinds.candidates IS 'How many texts are drawn at once';
COMMENT ON COLUMN journey.kinds.max_tokens IS 'Where the model is cut off, which is not served: somewhat more than the longest text takes';
COMMENT ON COLUMN journey.kinds.temperature IS 'Higher gives more varied texts';
COMMENT ON COLUMN journey.kinds.top_p IS 'The model chooses among the likeliest tokens that make up this share of probability';

INSERT INTO journey.kinds (kind, description, min_chars, max_chars, max_sentences, full_sentences, required, max_tokens, templates)
VALUES ('subject', 'Subject line of an e-mail', 12, 60, 1, false, '{product}', 40, $subject$[
{"slot": 1, "needs": ["offer", "product"], "text": "{{ offer }} off {{ product }}"},
{"slot": 1, "needs": ["offer", "product"], "text": "For you: {{ offer }} off {{ product }}"},
{"slot": 1, "needs": ["offer", "product"], "text": "Get {{ offer }} off {{ product }}"},
{"slot": 1, "needs": ["offer", "no_product"], "text": "Get {{ offer }} off your next shop"},
{"slot": 1, "needs": ["offer", "birthday", "product"], "text": "Happy birthday: {{ offer }} off {{ product }}"},
{"slot": 1, "needs": ["offer", "birthday", "no_product"], "text": "Happy birthday: {{ offer }} off for you"},
{"slot": 1, "needs": ["event", "event_date"], "text": "{{ event }} is on {{ event_date }}: join us"},
{"slot": 1, "needs": ["event", "event_date"], "text": "Join us on {{ event_date }} for {{ event }}"},
{"slot": 1, "needs": ["event"], "text": "You are invited to {{ event }}"},
{"slot": 1, "needs": ["stock", "product"], "text": "Just {{ stock }} left: {{ product }}"},
{"slot": 1, "needs": ["stock", "product"], "text": "{{ product }}: {{ stock }} left"},
{"slot": 1, "themes": ["premium", "performance", "sustainability", "care"], "needs": ["product", "highlight"], "text": "{{ product }}, {{ highlight }}"},
{"slot": 1, "themes": ["premium", "performance", "sustainability", "care"], "needs": ["product", "highlight"], "text": "For you: {{ product }}, {{ highlight }}"},
{"slot": 1, "themes": ["premium", "performance", "sustainability", "care"], "needs": ["product", "highlight"], "text": "Take a look at {{ product }}, {{ highlight }}"},
{"slot": 1, "themes": ["newness"], "needs": ["product", "new"], "text": "New: {{ product }}"},
{"slot": 1, "themes": ["newness"], "needs": ["product", "new"], "text": "New for you: {{ product }}"},
{"slot": 1, "themes": ["newness"], "needs": ["product", "new"], "text": "Just in: {{ product }}"},
{"slot": 1, "themes": ["premium"], "needs": ["material", "product"], "text": "{{ product }}, made of {{ material }}"},
{"slot": 1, "themes": ["premium"], "needs": ["product"], "text": "Picked with you in mind: {{ product }}"},
{"slot": 1, "themes": ["premium"], "needs": ["product"], "text": "A lovely find: {{ product }}"},
{"slot": 1, "themes": ["premium"], "needs": ["product", "brand_apart"], "text": "{{ product }} by {{ brand }}"},
{"slot": 1, "themes": ["value"], "needs": ["saving"], "text": "{{ product }}: now {{ price }} instead of {{ compare_at }}"},
{"slot": 1, "themes": ["value"], "needs": ["saving"], "text": "Save {{ saving }} on {{ product }}"},
{"slot": 1, "themes": ["value"], "needs": ["saving"], "text": "{{ product }} for {{ price }}, down from {{ compare_at }}"},
{"slot": 1, "themes": ["value"], "needs": ["product", "price"], "text": "{{ product }} for {{ price }}"},
{"slot": 1, "themes": ["value"], "needs": ["product", "price"], "text": "A good price: {{ product }} for {{ price }}"},
{"slot": 1, "themes": ["value"], "needs": ["product", "price"], "text": "Just {{ price }} for {{ product }}"},
{"slot": 1, "themes": ["value"], "needs": ["bought_before", "price"], "text": "{{ product }} again, for {{ price }}"},
{"slot": 1, "themes": ["return"], "needs": ["product"], "text": "It's been a while: come back for {{ product }}"},
{"slot": 1, "themes": ["return"], "needs": ["product"], "text": "It's been a while: how about {{ product }}?"},
{"slot": 1, "themes": ["return"], "needs": ["bought_before"], "text": "Ready for {{ product }} again?"},
{"slot": 1, "themes": ["return"], "needs": ["product"], "text": "Come back and see {{ product }}"},
{"slot": 1, "themes": ["return"], "needs": ["product", "price"], "text": "Come back for {{ product }} at {{ price }}"},
{"slot": 1, "themes": ["welcome"], "needs": ["product"], "text": "Welcome, how about {{ product }}?"},
{"slot": 1, "themes": ["welcome"], "needs": ["product"], "text": "A good start: {{ product }}"},
{"slot": 1, "themes": ["welcome"], "needs": ["product", "price"], "text": "Start with {{ product }} for {{ price }}"},
{"slot": 1, "themes": ["welcome"], "needs": ["product"], "text": "Glad you joined us: try {{ product }}"},
{"slot": 1, "themes": ["regular"], "needs": ["bought_before"], "text": "Time for {{ product }} again?"},
{"slot": 1, "themes": ["regular"], "needs": ["bought_before"], "text": "Your usual: {{ product }}"},
{"slot": 1, "themes": ["regular"], "needs": ["product"], "text": "{{ product }} for your next shop"},
{"slot": 1, "themes": ["regular"], "needs": ["product", "price"], "text": "Next for your list: {{ product }} for {{ price }}"},
{"slot": 1, "themes": ["regular"], "needs": ["product"], "text": "A thank you from us, and an idea: {{ product }}"},
{"slot": 1, "themes": ["regular"], "needs": ["bought_before"], "text": "Is it time to top up {{ product }}?"},
{"slot": 1, "themes": ["regular"], "needs": ["product"], "text": "Good to see you: here is {{ product }} for you"},
{"slot": 1, "themes": ["regular"], "needs": ["product", "price"], "text": "{{ product }} for {{ price }}, ready for your basket"},
{"slot": 1, "themes": ["everyday"], "needs": ["product"], "text": "{{ product }} for your list"},
{"slot": 1, "themes": ["everyday"], "needs": ["product"], "text": "How about {{ product }} this week?"},
{"slot": 1, "themes": ["everyday"], "needs": ["product", "price"], "text": "Treat yourself to {{ product }} for {{ price }}"},
{"slot": 1, "themes": ["everyday"], "needs": ["bought_before"], "text": "Some more {{ product }} this week?"},
{"slot": 1, "themes": ["everyday"], "needs": ["product"], "text": "Thinking of {{ product }}?"},
{"slot": 1, "themes": ["everyday"], "needs": ["product"], "text": "A little idea for you: {{ product }}"},
{"slot": 1, "themes": ["everyday"], "needs": ["product"], "text": "Something for your basket: {{ product }}"},
{"slot": 1, "needs": ["first_name", "product"], "text": "{{ first_name }}, how about {{ product }}?"},
{"slot": 1, "needs": ["popular"], "text": "A popular pick: {{ product }}"},
{"slot": 1, "needs": ["product"], "text": "Take a look at {{ product }}"},
{"slot": 1, "needs": ["product"], "text": "{{ product }} for your next shop"},
{"slot": 1, "needs": ["product"], "text": "{{ product }} in our shop"},
{"slot": 1, "needs": ["no_product"], "text": "Ideas for your next shop"},
{"slot": 1, "needs": ["no_product"], "text": "Take a look at what we have for you"}
]$subject$),
       ('message', 'Short message for any channel', 40, 260, 3, true, '{product}', 90, $message$[
{"slot": 1, "needs": ["offer", "product"], "text": "You get {{ offer }} off {{ the_product }}."},
{"slot": 1, "needs": ["offer", "product"], "text": "Here is something for you: {{ offer }} off {{ the_product }}."},
{"slot": 1, "needs": ["offer", "loyalty", "product"], "text": "Thank you for your loyalty: you get {{ offer }} off {{ the_product }}."},
{"slot": 1, "needs": ["offer", "birthday", "product"], "text": "Happy birthday, and {{ offer }} off {{ the_product }} for you."},
{"slot": 1, "needs": ["offer", "win_back", "product"], "text": "We have missed you, so here is {{ offer }} off {{ the_product }}."},
{"slot": 1, "needs": ["offer", "no_product"], "text": "You get {{ offer }} off your next shop."},
{"slot": 1, "needs": ["event", "event_date"], "text": "You are invited to {{ event }} on {{ event_date }}."},
{"slot": 1, "needs": ["event"], "text": "You are invited to {{ event }}."},
{"slot": 1, "themes": ["premium", "performance", "sustainability", "care"], "needs": ["product", "highlight"], "text": "Take a look at {{ the_product }}, {{ highlight }}."},
{"slot": 1, "themes": ["premium", "performance", "sustainability", "care"], "needs": ["product", "highlight"], "text": "Here is a find for you: {{ the_product }}, {{ highlight }}."},
{"slot": 1, "themes": ["premium", "performance", "sustainability", "care"], "needs": ["product", "highlight"], "text": "We picked {{ the_product }} for you, {{ highlight }}."},
{"slot": 1, "themes": ["newness"], "needs": ["product", "new"], "text": "Here is something new for you: {{ the_product }}."},
{"slot": 1, "themes": ["newness"], "needs": ["product", "new"], "text": "New in our shop: {{ the_product }}."},
{"slot": 1, "themes": ["premium"], "needs": ["product"], "text": "We picked {{ the_product }} with you in mind."},
{"slot": 1, "themes": ["premium"], "needs": ["product", "material"], "text": "We picked {{ the_product }} with you in mind, made of {{ material }}."},
{"slot": 1, "themes": ["premium"], "needs": ["product"], "text": "Here is a find we would like to share with you: {{ the_product }}."},
{"slot": 1, "themes": ["value"], "needs": ["saving"], "text": "You save {{ saving }} on {{ the_product }}: now {{ price }} instead of {{ compare_at }}."},
{"slot": 1, "themes": ["value"], "needs": ["saving"], "text": "Now you get {{ the_product }} for {{ price }} instead of {{ compare_at }}."},
{"slot": 1, "themes": ["value"], "needs": ["product", "price"], "text": "You get {{ the_product }} for {{ price }} with us."},
{"slot": 1, "themes": ["value"], "needs": ["product", "price"], "text": "Here is one for you: {{ the_product }} for {{ price }}."},
{"slot": 1, "themes": ["return"], "needs": ["product"], "text": "It's been a while, and we would love to see you again. When you come back, have a look at {{ the_product }}."},
{"slot": 1, "themes": ["return"], "needs": ["product"], "text": "We have missed you, so here is a reason to come back: {{ the_product }}."},
{"slot": 1, "themes": ["return"], "needs": ["bought_before"], "text": "It's been a while, and maybe it is time for {{ product }} again."},
{"slot": 1, "themes": ["return"], "needs": ["product", "price"], "text": "We would be happy to have you back, for example for {{ the_product }} at {{ price }}."},
{"slot": 1, "themes": ["welcome"], "needs": ["product"], "text": "Welcome, we are glad you joined us, and {{ the_product }} would be a good start."},
{"slot": 1, "themes": ["welcome"], "needs": ["product", "price"], "text": "Welcome to our shop! A nice first idea for your basket is {{ the_product }} for {{ price }}."},
{"slot": 1, "themes": ["welcome"], "needs": ["product"], "text": "Getting started is easy: add {{ the_product }} to your list."},
{"slot": 1, "themes": ["regular"], "needs": ["product"], "text": "Thank you for shopping with us so often, and please think of {{ the_product }} on your next visit."},
{"slot": 1, "themes": ["regular"], "needs": ["bought_before"], "text": "Maybe it is time for {{ product }} again, one of your regular picks."},
{"slot": 1, "themes": ["regular"], "needs": ["product", "price"], "text": "For your next shop we suggest {{ the_product }} for {{ price }}."},
{"slot": 1, "themes": ["everyday"], "needs": ["product"], "text": "How about {{ the_product }} for your next shop?"},
{"slot": 1, "themes": ["everyday"], "needs": ["product", "price"], "text": "Here is an idea for this week: {{ the_product }} for {{ price }}."},
{"slot": 1, "themes": ["everyday"], "needs": ["bought_before"], "text": "Would you like {{ product }} again this week?"},
{"slot": 1, "themes": ["everyday"], "needs": ["favourite_category", "category"], "text": "If you enjoy {{ category }}, take a look at {{ the_product }}."},
{"slot": 1, "needs": ["popular", "price"], "text": "Many shoppers pick {{ the_product }}, and you can have it for {{ price }}."},
{"slot": 1, "needs": ["popular"], "text": "Many of our shoppers pick {{ the_product }}."},
{"slot": 1, "needs": ["product", "price"], "text": "Take a look at {{ the_product }} for {{ price }}."},
{"slot": 1, "needs": ["product"], "text": "Take a look at {{ the_product }} on your next visit."},
{"slot": 1, "needs": ["no_product"], "text": "Come in and find something you like."},
{"slot": 2, "needs": ["stock"], "text": "There {{ stock_are }} {{ stock }} left."},
{"slot": 2, "needs": ["ship_days"], "text": "Ready to ship in {{ ship_days }}."},
{"slot": 2, "needs": ["stock", "ship_days"], "text": "There {{ stock_are }} {{ stock }} left, ready to ship in {{ ship_days }}."},
{"slot": 2, "themes": ["premium"], "needs": ["no_event"], "text": "Take your time and have a look."},
{"slot": 2, "themes": ["premium"], "text": "We are here for you if you have any questions."},
{"slot": 2, "themes": ["value"], "needs": ["product", "price", "no_event"], "text": "Add {{ it_acc }} to your list and enjoy the price."},
{"slot": 2, "themes": ["value"], "needs": ["product", "price", "no_event"], "text": "Have a look whenever it suits you."},
{"slot": 2, "themes": ["return"], "needs": ["no_event"], "text": "Stop by whenever it suits you."},
{"slot": 2, "themes": ["return"], "text": "We look forward to your next visit."},
{"slot": 2, "themes": ["welcome"], "text": "Have a look around and pick what you like."},
{"slot": 2, "themes": ["welcome"], "text": "We are happy to help if you have any questions."},
{"slot": 2, "themes": ["regular"], "text": "We are happy to see you so often."},
{"slot": 2, "themes": ["regular"], "needs": ["product", "no_event"], "text": "Just add {{ it_acc }} to your list."},
{"slot": 2, "themes": ["everyday"], "needs": ["product", "no_event"], "text": "Just add {{ it_acc }} to your list."},
{"slot": 2, "themes": ["everyday"], "text": "We look forward to your next visit."},
{"slot": 2, "themes": ["everyday"], "needs": ["no_event"], "text": "Have a look whenever it suits you."},
{"slot": 2, "text": "We look forward to your visit."},
{"slot": 2, "needs": ["product", "no_event"], "text": "Just add {{ it_acc }} to your list."}
]$message$);

CREATE TABLE journey.prompts (
    kind text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'approved', 'retired')),
    system text NOT NULL,
    instruction text NOT NULL,
    examples jsonb NOT NULL DEFAULT '[]' CHECK (pg_catalog.jsonb_typeof(examples) = 'array'),
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (kind, version)
);
COMMENT ON TABLE journey.prompts IS 'What the model is told, by kind and version; the newest approved version is used';
COMMENT ON COLUMN journey.prompts.system IS 'The role of the model; {{ kind }}, {{ max_chars }} and {{ max_sentences }} are filled in';
COMMENT ON COLUMN journey.prompts.instruction IS 'What to do with the draft, filled in likewise; it follows the system text';
COMMENT ON COLUMN journey.prompts.examples IS 'Examples {"draft", "answer"}, shown before the draft';

INSERT INTO journey.prompts (kind, version, status, system, instruction, examples)
VALUES ('subject', 1, 'approved',
$system$You write for a shop. You are given a draft and reply with a version that reads better. Keep the product name, and every price of the draft, exactly as they are. Add no facts, numbers, names or promises.$system$,
$instruction$Write one e-mail subject line of at most {{ max_chars }} characters. Reply with the subject line only.$instruction$,
$examples$[
{"draft": "Trail Socks for $6.50", "answer": "Treat your feet to Trail Socks for $6.50"},
{"draft": "Ready for Blueberry Muffins again?", "answer": "Blueberry Muffins: is it that time again?"},
{"draft": "It's been a while: come back for Walnut Desk Lamp", "answer": "It's been a while: come and see the Walnut Desk Lamp"},
{"draft": "A good start: Almond Butter", "answer": "Start your list with Almond Butter"},
{"draft": "Lentil Soup for your next shop", "answer": "Keep Lentil Soup in mind for your next shop"},
{"draft": "Save $2 on Garden Gloves", "answer": "Garden Gloves are waiting, and you save $2"},
{"draft": "Rosemary Crackers: now $3.20 instead of $4", "answer": "Rosemary Crackers, now just $3.20 instead of $4"},
{"draft": "Take a look at Cotton Bath Towels", "answer": "Have you seen our Cotton Bath Towels?"},
{"draft": "A thank you from us, and an idea: Lemon Soap", "answer": "With thanks from all of us: how about Lemon Soap?"},
{"draft": "How about Pumpkin Seeds this week?", "answer": "An idea for this week: Pumpkin Seeds"},
{"draft": "Next for your list: Copper Kettle for $49", "answer": "The Copper Kettle could be yours for $49"}
]$examples$),
       ('message', 1, 'approved',
$system$You write for a shop. You are given a draft and reply with a version that reads better. Keep the product name, and every price of the draft, exactly as they are. Add no facts, numbers, names or promises.$system$,
$instruction$Write a short message to the customer: at most {{ max_sentences }} sentences, {{ max_chars }} characters. Reply with the message only.$instruction$,
$examples$[
{"draft": "You get the Trail Socks for $6.50 with us. Add them to your list and enjoy the price.", "answer": "The Trail Socks are waiting for you, and they are just $6.50. Add them to your list and treat your feet!"},
{"draft": "It's been a while, and maybe it is time for Blueberry Muffins again. Stop by whenever it suits you.", "answer": "It's been a while! If you would like Blueberry Muffins again, we are here whenever it suits you."},
{"draft": "Welcome, we are glad you joined us, and Almond Butter would be a good start. Have a look around and pick what you like.", "answer": "Welcome, it's good to have you here! Why not start with Almond Butter? Then look around and see what else you like."},
{"draft": "You save $2 on the Garden Gloves: now $8 instead of $10. Add them to your list and enjoy the price.", "answer": "The Garden Gloves are now $8 instead of $10, so you save $2. Add them to your list and enjoy!"},
{"draft": "Thank you for shopping with us so often, and please think of the Lemon Soap on your next visit. We are happy to see you so often.", "answer": "Thank you for shopping with us so often. On your next visit, have a look at the Lemon Soap. We are always happy to see you!"},
{"draft": "Here is an idea for this week: Pumpkin Seeds for $3.40. Have a look whenever it suits you.", "answer": "Looking for an idea this week? How about Pumpkin Seeds for $3.40? Have a look whenever it suits you."},
{"draft": "Take a look at the Copper Kettle for $49. We look forward to your visit.", "answer": "The Copper Kettle could be yours for $49. Come and take a look, we would love to see you."}
]$examples$);

CREATE TABLE journey.campaigns (
    campaign text PRIMARY KEY CHECK (campaign <> ''),
    name text CHECK (name ~ '[^[:space:]]' AND name !~ '[[:cntrl:]]'),
    product_id text,
    starts_at timestamptz,
    ends_at timestamptz,
    CHECK (ends_at > starts_at)
);
COMMENT ON TABLE journey.campaigns IS 'Campaigns that texts can belong to';
COMMENT ON COLUMN journey.campaigns.name IS 'As customers may read it; NULL: not to be named in texts';
COMMENT ON COLUMN journey.campaigns.product_id IS 'The product its texts are about when the caller names none';

CREATE TABLE journey.generations (
    profile_id bigint NOT NULL CHECK (profile_id >= 0),
    generation_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    kind text NOT NULL,
    product_id text,
    campaign text,
    variant integer NOT NULL DEFAULT 1 CHECK (variant > 0),
    seed bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('ok', 'generic', 'template', 'error', 'review', 'approved', 'rejected', 'refused')),
    text text,
    content jsonb,
    verdict text CHECK (verdict IN ('passed', 'template', 'approved')),
    theme text,
    draft text,
    prompt text,
    prompt_version integer,
    facts jsonb NOT NULL DEFAULT '[]',
    model text,
    model_version integer,
    weights text,
    candidates jsonb NOT NULL DEFAULT '[]',
    violations jsonb NOT NULL DEFAULT '[]',
    guardrails jsonb NOT NULL DEFAULT '{}',
    confidence real CHECK (confidence BETWEEN 0 AND 1),
    tokens_in integer NOT NULL DEFAULT 0,
    tokens_out integer NOT NULL DEFAULT 0,
    ms real NOT NULL DEFAULT 0,
    error text,
    PRIMARY KEY (profile_id, generation_id),
    CHECK ((text IS NULL) = (status IN ('error', 'review', 'rejected', 'refused'))),
    CHECK ((text IS NULL) = (verdict IS NULL))
);
CREATE INDEX generations_created_idx ON journey.generations (created_at);
COMMENT ON TABLE journey.generations IS 'Every text that was written: for whom, from which facts and prompt, by which model, what was rejected and why';
COMMENT ON COLUMN journey.generations.profile_id IS 'The customer; 0 for one that nobody knows';
COMMENT ON COLUMN journey.generations.status IS 'ok: written by the model, or put together where the kind asks for none; template: no candidate passed, the draft was served; generic: the customer is unknown; review: a person decides first; approved, rejected: one has decided; refused: by a guardrail; error: nothing was served';
COMMENT ON COLUMN journey.generations.verdict IS 'passed: the text is the model''s and passed every rule; template: it, or a part that the model was asked for, is the draft; approved: a reviewer let it through';
COMMENT ON COLUMN journey.generations.content IS 'The text by its parts: {"subject", "preview", "body"} of an e-mail, {kind} of a text without parts; NULL where text is';
COMMENT ON COLUMN journey.generations.draft IS 'The true text that the model was asked to rewrite';
COMMENT ON COLUMN journey.generations.prompt IS 'Exactly what the model read';
COMMENT ON COLUMN journey.generations.facts IS 'What the text may say: [{"fact", "type", "value", "source"}]';
COMMENT ON COLUMN journey.generations.model_version IS 'As in journey.model_versions';
COMMENT ON COLUMN journey.generations.weights IS 'Sha256 of the file that holds the model''s weights';
COMMENT ON COLUMN journey.generations.candidates IS 'What the model wrote: [{"text", "passed", "violations", "score", "mean_logprob", "finish"}]';
COMMENT ON COLUMN journey.generations.violations IS 'Rules that rejected candidates broke: [{"rule", "detail"}]';
COMMENT ON COLUMN journey.generations.guardrails IS 'The policy, what it was asked about, and the guardrails that held, and which line of the text is which part: {"policy", "subject", "held", "outline"}';
COMMENT ON COLUMN journey.generations.confidence IS 'Share of candidates that passed every rule; NULL where no model was asked';
COMMENT ON COLUMN journey.generations.ms IS 'Milliseconds in the engine, waiting included';

GRANT SELECT ON journey.kinds, journey.prompts, journey.campaigns, journey.generations TO journey_reader;
GRANT INSERT ON journey.generations TO journey_writer;
GRANT INSERT, UPDATE, DELETE ON journey.kinds, journey.prompts, journey.campaigns TO journey_editor;
