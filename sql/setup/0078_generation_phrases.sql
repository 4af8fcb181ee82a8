-- Learning from review: phrases that reviewers take out of texts, and phrases that they put in.
CREATE TABLE journey.phrases (
    kind text NOT NULL,
    phrase text NOT NULL,
    removed integer NOT NULL CHECK (removed >= 0),
    kept integer NOT NULL CHECK (kept >= 0),
    z float8 NOT NULL,
    weight real NOT NULL,
    source text NOT NULL DEFAULT 'review' CHECK (source IN ('review', 'copy')),
    PRIMARY KEY (kind, phrase)
);
COMMENT ON TABLE journey.phrases IS 'What reviewers do to phrases of texts, learned from journey.labels, and what the shop''s own copy has more often than drafts: unwanted ones keep a candidate from being chosen';
COMMENT ON COLUMN journey.phrases.source IS 'review: learned from journey.labels, which comes before the other; copy: from journey.copy_examples';
COMMENT ON COLUMN journey.phrases.phrase IS 'One to three words of a sentence in lower case; ! and ? are words, # is a number, □ a name';
COMMENT ON COLUMN journey.phrases.removed IS 'Texts in which reviewers took it out, or that they rejected with it; of copy: plain drafts that have it';
COMMENT ON COLUMN journey.phrases.kept IS 'Texts that they let through with it; of copy: the shop''s own texts that have it';
COMMENT ON COLUMN journey.phrases.z IS 'Standard errors by which it is wanted less (below 0) or more than others; what lies within 3.3 is not kept';
COMMENT ON COLUMN journey.phrases.weight IS 'What a candidate gains or loses by it, in mean log-probability';

CREATE TABLE journey._lessons (
    lesson text PRIMARY KEY,
    learned_until timestamptz NOT NULL
);
COMMENT ON TABLE journey._lessons IS 'Until which decision of journey.labels something was learned';
CREATE INDEX labels_decided_idx ON journey.labels (decided_at);

GRANT SELECT ON journey.phrases, journey._lessons TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.phrases, journey._lessons TO journey_editor;
