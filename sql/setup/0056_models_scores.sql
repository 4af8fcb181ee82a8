-- Models: what was foretold of each customer when it was last asked, so that many can be queried at once.
CREATE TABLE journey.scores (
    profile_id bigint NOT NULL,
    model text NOT NULL,
    version integer,
    score float8,
    label text,
    details jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(details) = 'object'),
    features real[],
    features_at timestamptz NOT NULL,
    scored_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (profile_id, model)
);
CREATE INDEX scores_model_idx ON journey.scores (model, score);
COMMENT ON TABLE journey.scores IS 'What was foretold of each customer at the last journey_refresh_scores(), which the worker runs for all once a day';
COMMENT ON COLUMN journey.scores.model IS 'clv, next_category, cac_payback, nps_indicator, or a goal such as purchase_30d';
COMMENT ON COLUMN journey.scores.version IS 'The version that was deployed then; NULL where a formula told it';
COMMENT ON COLUMN journey.scores.score IS 'clv: what is expected within a year; next_category: the probability of the first one; cac_payback: what was earned less the cost; nps_indicator: -100 to 100; a goal: its probability';
COMMENT ON COLUMN journey.scores.label IS 'next_category: the first one; cac_payback: the status; nps_indicator: known, too_little or declined';
COMMENT ON COLUMN journey.scores.details IS 'What else the function tells: p_alive, low, high; categories; payback_on; opinions';
COMMENT ON COLUMN journey.scores.features IS 'A goal: the input of its model, in the order of journey.model_versions.features: what journey_features() told as of features_at';
COMMENT ON COLUMN journey.scores.features_at IS 'Nothing later was known';

ALTER TABLE journey.scores ENABLE ROW LEVEL SECURITY;
CREATE POLICY granted ON journey.scores FOR SELECT USING (journey._may_use(model));
CREATE POLICY administrators ON journey.scores TO journey_admin USING (true);

CREATE TABLE journey.model_drift (
    model text NOT NULL,
    version integer NOT NULL,
    day date NOT NULL,
    customers integer NOT NULL CHECK (customers >= 0),
    psi float8,
    features jsonb NOT NULL DEFAULT '{}' CHECK (pg_catalog.jsonb_typeof(features) = 'object'),
    expected float8,
    happened float8,
    ece float8,
    PRIMARY KEY (model, version, day),
    FOREIGN KEY (model, version) REFERENCES journey.model_versions (model, version) ON DELETE CASCADE
);
COMMENT ON TABLE journey.model_drift IS 'How far customers have moved from those that a model of a goal was trained on, and how true its probabilities turned out: a row a day, by the worker';
COMMENT ON COLUMN journey.model_drift.customers IS 'Of how many customers it was measured: a sample';
COMMENT ON COLUMN journey.model_drift.psi IS 'Population stability index of the probabilities, between the end of the training and now; below 0.1 is little, above 0.25 much';
COMMENT ON COLUMN journey.model_drift.features IS 'The same of the five features that moved most';
COMMENT ON COLUMN journey.model_drift.expected IS 'Mean probability a horizon ago';
COMMENT ON COLUMN journey.model_drift.happened IS 'The share of those customers of whom the goal came true since';
COMMENT ON COLUMN journey.model_drift.ece IS 'How far probabilities of a horizon ago are from what happened since, in ten bins of equal width';

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
       (SELECT s.label FROM journey.scores s WHERE s.profile_id = p.profile_id AND s.model = 'cac_payback') AS cac_payback,
       -- Models that read features are those of goals.
       (SELECT pg_catalog.jsonb_object_agg(s.model, s.score) FROM journey.scores s WHERE s.profile_id = p.profile_id AND s.features IS NOT NULL) AS propensities,
       (SELECT s.score FROM journey.scores s WHERE s.profile_id = p.profile_id AND s.model = 'nps_indicator') AS nps_indicator,
       (SELECT (s.details ->> 'opinions')::bigint FROM journey.scores s WHERE s.profile_id = p.profile_id AND s.model = 'nps_indicator') AS nps_opinions
  FROM journey._profiles_of(pg_catalog.now()) p;
COMMENT ON COLUMN journey.profiles.predicted_next_category IS 'The likeliest category of the next order, as of the last journey_refresh_scores(); NULL: see journey.attribute_status';
COMMENT ON COLUMN journey.profiles.clv IS 'What the customer is expected to spend within a year, in the currency of the model clv, as of the last refresh';
COMMENT ON COLUMN journey.profiles.churn_risk IS 'The probability that the customer does not buy again: 1 - p_alive of the model clv, as of the last refresh';
COMMENT ON COLUMN journey.profiles.cac_payback IS 'paid_back, expected, not_expected or unknown, as journey_payback() told at the last refresh; NULL where no cost is known';
COMMENT ON COLUMN journey.profiles.propensities IS 'The probability of each goal of which a model is deployed, as of the last refresh: {"purchase_30d": 0.2, …}; NULL where there is none';
COMMENT ON COLUMN journey.profiles.nps_indicator IS 'How likely the customer is to recommend the shop, -100 to 100, by what he has said within a year, as of the last refresh';
COMMENT ON COLUMN journey.profiles.nps_opinions IS 'How many answers, ratings and texts there were within that year; NULL: none';

CREATE OR REPLACE VIEW journey.attribute_status WITH (security_invoker = true) AS
SELECT a.person_id AS profile_id, t.attribute, t.reason IS NULL AS is_known, t.reason
  FROM journey._person_atoms a
 CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM journey._parts p WHERE p.profile_id = ANY (a.atoms) AND p.orders > 0) AS has_bought) b
 CROSS JOIN (VALUES ('clv', NULL), ('churn_risk', NULL), ('predicted_next_category', NULL), ('cac_payback', NULL), ('nps_indicator', NULL)
             UNION ALL
             SELECT v.model, v.options #>> '{goal,of}' FROM journey.model_versions v WHERE v.status = 'deployed' AND v.options ? 'goal') AS n (attribute, goal_of)
 CROSS JOIN LATERAL (
       SELECT n.attribute,
              CASE WHEN n.attribute IN ('clv', 'churn_risk') AND NOT EXISTS (SELECT FROM journey.model_versions v WHERE v.model = 'clv' AND v.status = 'deployed')
                        THEN 'no version of the model clv is deployed: journey_train(''clv'')'
                   WHEN n.attribute IN ('clv', 'churn_risk') AND NOT b.has_bought OR n.goal_of = 'buyers' AND NOT b.has_bought THEN 'the customer has bought nothing yet'
                   WHEN n.attribute = 'cac_payback' AND NOT EXISTS (SELECT FROM journey.acquisition_costs) THEN 'journey.acquisition_costs says of nobody what he cost'
                   WHEN n.attribute = 'nps_indicator' AND EXISTS (SELECT FROM journey.scores s WHERE s.profile_id = a.person_id AND s.model = 'nps_indicator' AND s.label = 'declined')
                        THEN 'the customer has declined personalization'
                   WHEN n.attribute = 'nps_indicator' AND EXISTS (SELECT FROM journey.scores s WHERE s.profile_id = a.person_id AND s.model = 'nps_indicator' AND s.label = 'too_little')
                        THEN 'too little was said within a year: it takes an answer, a rating or two texts'
                   WHEN EXISTS (SELECT FROM journey.scores s WHERE s.profile_id = a.person_id
                                   AND s.model = CASE n.attribute WHEN 'predicted_next_category' THEN 'next_category' WHEN 'churn_risk' THEN 'clv' ELSE n.attribute END) THEN NULL
                   WHEN n.attribute = 'clv' THEN NULL -- journey_clv() tells it at any time
                   WHEN EXISTS (SELECT FROM journey._score_passes p WHERE p.after IS NULL
                                   AND p.model = CASE n.attribute WHEN 'predicted_next_category' THEN 'next_category' WHEN 'churn_risk' THEN 'clv' ELSE n.attribute END)
                        THEN 'too little was known of the customer when all were scored last'
                             || CASE WHEN n.attribute IN ('clv', 'churn_risk', 'cac_payback') THEN '; amounts in other currencies need journey.fx_rates' ELSE '' END
                   ELSE 'not scored yet: the worker does it once a day, journey_refresh_scores() at once' END AS reason) t;

GRANT SELECT ON journey.scores, journey.model_drift, journey._score_passes TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.scores, journey.model_drift, journey._score_passes TO journey_admin;
