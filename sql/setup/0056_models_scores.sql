-- Models: what was foretold of each customer when it was last asked, so that many can be queried at once.
CREATE TABLE journey.scores (
    profile_id bigint NOT NULL,
    model text NOT NULL,
    version integer,
    score float8,
    label text,
    details jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(details) = 'object'),
    features_at timestamptz NOT NULL,
    scored_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (profile_id, model)
);
CREATE INDEX scores_model_idx ON journey.scores (model, score);
COMMENT ON TABLE journey.scores IS 'What was foretold of each customer at the last journey_refresh_scores(), which the worker runs for all once a day';
COMMENT ON COLUMN journey.scores.model IS 'clv, next_category or cac_payback';
COMMENT ON COLUMN journey.scores.version IS 'The version that was deployed then; NULL where a formula told it';
COMMENT ON COLUMN journey.scores.score IS 'clv: what is expected within a year; next_category: the probability of the first one; cac_payback: what was earned less the cost';
COMMENT ON COLUMN journey.scores.label IS 'next_category: the first one; cac_payback: the status';
COMMENT ON COLUMN journey.scores.details IS 'What else the function tells: p_alive, low, high; categories; payback_on';
COMMENT ON COLUMN journey.scores.features_at IS 'Nothing later was known';

CREATE TABLE journey._score_passes (
    model text PRIMARY KEY,
    version integer,
    after bigint,
    began_at timestamptz NOT NULL
);
COMMENT ON TABLE journey._score_passes IS 'How far the worker is in scoring all customers by a model; after is NULL when it is through';

CREATE OR REPLACE VIEW journey.profiles WITH (security_invoker = true) AS
SELECT p.*,
       (SELECT s.label FROM journey.scores s WHERE s.profile_id = p.profile_id AND s.model = 'next_category') AS predicted_next_category,
       (SELECT s.score FROM journey.scores s WHERE s.profile_id = p.profile_id AND s.model = 'clv') AS clv,
       (SELECT 1 - (s.details ->> 'p_alive')::float8 FROM journey.scores s WHERE s.profile_id = p.profile_id AND s.model = 'clv') AS churn_risk,
       (SELECT s.label FROM journey.scores s WHERE s.profile_id = p.profile_id AND s.model = 'cac_payback') AS cac_payback
  FROM journey._profiles_of(pg_catalog.now()) p;
COMMENT ON COLUMN journey.profiles.predicted_next_category IS 'The likeliest category of the next order, as of the last journey_refresh_scores(); NULL: see journey.attribute_status';
COMMENT ON COLUMN journey.profiles.clv IS 'What the customer is expected to spend within a year, in the currency of the model clv, as of the last refresh';
COMMENT ON COLUMN journey.profiles.churn_risk IS 'The probability that the customer does not buy again: 1 - p_alive of the model clv, as of the last refresh';
COMMENT ON COLUMN journey.profiles.cac_payback IS 'paid_back, expected, not_expected or unknown, as journey_payback() told at the last refresh; NULL where no cost is known';

CREATE OR REPLACE VIEW journey.attribute_status WITH (security_invoker = true) AS
SELECT a.person_id AS profile_id, t.attribute, t.reason IS NULL AS is_known, t.reason
  FROM journey._person_atoms a
 CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM journey._parts p WHERE p.profile_id = ANY (a.atoms) AND p.orders > 0) AS has_bought) b
 CROSS JOIN LATERAL (VALUES ('clv'), ('churn_risk'), ('predicted_next_category'), ('cac_payback')) AS n (attribute)
 CROSS JOIN LATERAL (
       SELECT n.attribute,
              CASE WHEN n.attribute IN ('clv', 'churn_risk') AND NOT EXISTS (SELECT FROM journey.model_versions v WHERE v.model = 'clv' AND v.status = 'deployed')
                        THEN 'no version of the model clv is deployed: journey_train(''clv'')'
                   WHEN n.attribute IN ('clv', 'churn_risk') AND NOT b.has_bought THEN 'the customer has bought nothing yet'
                   WHEN n.attribute = 'cac_payback' AND NOT EXISTS (SELECT FROM journey.acquisition_costs) THEN 'journey.acquisition_costs says of nobody what he cost'
                   WHEN EXISTS (SELECT FROM journey.scores s WHERE s.profile_id = a.person_id
                                   AND s.model = CASE n.attribute WHEN 'predicted_next_category' THEN 'next_category' WHEN 'churn_risk' THEN 'clv' ELSE n.attribute END) THEN NULL
                   WHEN n.attribute = 'clv' THEN NULL -- journey_clv() tells it at any time
                   WHEN EXISTS (SELECT FROM journey._score_passes p WHERE p.after IS NULL
                                   AND p.model = CASE n.attribute WHEN 'predicted_next_category' THEN 'next_category' WHEN 'churn_risk' THEN 'clv' ELSE n.attribute END)
                        THEN 'nothing was known of the customer that tells it when all were scored last'
                   ELSE 'not scored yet: the worker does it once a day, journey_refresh_scores() at once' END AS reason) t;

GRANT SELECT ON journey.scores, journey._score_passes TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.scores, journey._score_passes TO journey_admin;
