-- Models: what it cost to win customers, and the scores that are kept of them.
CREATE TABLE journey.acquisition_costs (
    kind text NOT NULL CHECK (kind IN ('customer', 'campaign', 'channel', 'all')),
    name text NOT NULL CHECK (name <> '' AND (kind = 'all') = (name = '*')),
    amount numeric NOT NULL CHECK (amount >= 0 AND amount < 1e15),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    margin numeric NOT NULL CHECK (margin > 0 AND margin <= 1),
    updated_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (kind, name)
);
COMMENT ON TABLE journey.acquisition_costs IS 'What it cost to win a customer, for journey_payback(): of one customer, of each that a campaign or a channel brought, or of all; the first of these that is known';
COMMENT ON COLUMN journey.acquisition_costs.kind IS 'customer, campaign, channel, or all';
COMMENT ON COLUMN journey.acquisition_costs.name IS 'The customer as in journey_resolve(); the campaign.name in the context of the first event; its channel; * for all';
COMMENT ON COLUMN journey.acquisition_costs.amount IS 'What one customer cost, in currency';
COMMENT ON COLUMN journey.acquisition_costs.margin IS 'How much of what they pay is left when the goods are paid: above 0, at most 1';

GRANT SELECT ON journey.acquisition_costs TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.acquisition_costs TO journey_writer;
