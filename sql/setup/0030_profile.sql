-- Profile: what is known of each identifier (its part) and of each person (the merge of the parts of its identifiers).
CREATE TABLE journey.fx_rates (
    from_currency text NOT NULL CHECK (from_currency ~ '^[A-Z]{3}$'),
    to_currency text NOT NULL CHECK (to_currency ~ '^[A-Z]{3}$'),
    rate numeric NOT NULL CHECK (rate > 0 AND rate < 1e12),
    PRIMARY KEY (from_currency, to_currency)
);
COMMENT ON TABLE journey.fx_rates IS 'What one unit of from_currency is worth in to_currency; used for customers who pay in several';

-- Every column merges: sums add, first and last take the extreme, lists join by name. That makes the profile of a person
-- independent of the order of events, and a merge of two persons exact to undo.
CREATE TABLE journey._parts (
    profile_id bigint PRIMARY KEY,
    events bigint NOT NULL DEFAULT 0,
    first_seen timestamptz,
    last_seen timestamptz,
    order_rows bigint NOT NULL DEFAULT 0,
    orders bigint NOT NULL DEFAULT 0,
    first_order_at timestamptz,
    last_order_at timestamptz,
    units numeric NOT NULL DEFAULT 0,
    refunds bigint NOT NULL DEFAULT 0,
    coupon_orders bigint NOT NULL DEFAULT 0,
    coupons_redeemed bigint NOT NULL DEFAULT 0,
    product_views bigint NOT NULL DEFAULT 0,
    emails_delivered bigint NOT NULL DEFAULT 0,
    emails_opened bigint NOT NULL DEFAULT 0,
    emails_clicked bigint NOT NULL DEFAULT 0,
    email_unsubscribed_at timestamptz,
    currencies text[] NOT NULL DEFAULT '{}',
    currency_orders bigint[] NOT NULL DEFAULT '{}',
    gross numeric[] NOT NULL DEFAULT '{}',
    revenue numeric[] NOT NULL DEFAULT '{}',
    refunded numeric[] NOT NULL DEFAULT '{}',
    categories text[] NOT NULL DEFAULT '{}',
    category_orders bigint[] NOT NULL DEFAULT '{}',
    category_events bigint[] NOT NULL DEFAULT '{}',
    category_last_at timestamptz[] NOT NULL DEFAULT '{}',
    brands text[] NOT NULL DEFAULT '{}',
    brand_orders bigint[] NOT NULL DEFAULT '{}',
    brand_events bigint[] NOT NULL DEFAULT '{}',
    brand_last_at timestamptz[] NOT NULL DEFAULT '{}',
    channels text[] NOT NULL DEFAULT '{}',
    channel_orders bigint[] NOT NULL DEFAULT '{}',
    channel_events bigint[] NOT NULL DEFAULT '{}',
    channel_last_at timestamptz[] NOT NULL DEFAULT '{}',
    traits jsonb NOT NULL DEFAULT '{}'
) WITH (toast_tuple_target = 8160, fillfactor = 70);
COMMENT ON TABLE journey._parts IS 'What the events of one identifier add up to; journey.profiles merges the parts of a person';
COMMENT ON COLUMN journey._parts.order_rows IS 'Rows of journey._orders, those that do not count included';
COMMENT ON COLUMN journey._parts.currencies IS 'Currencies by orders; the arrays after it run in step';
COMMENT ON COLUMN journey._parts.gross IS 'Order value before discounts, without shipping and tax, by currency';
COMMENT ON COLUMN journey._parts.revenue IS 'Order value after discounts, without shipping and tax, by currency';
COMMENT ON COLUMN journey._parts.categories IS 'Categories bought or viewed, favourite first; the arrays after it run in step';
COMMENT ON COLUMN journey._parts.category_events IS 'Events that show the category, those of orders included';
COMMENT ON COLUMN journey._parts.traits IS 'Traits by key: {"at": microseconds since 1970, "value": the newest value}';

-- An order may be seen by several events, in any order: the first completion says when and where, the last update says
-- what, a cancellation wins, refunds add up. A row holds exactly what that rule needs to take in one more event.
CREATE TABLE journey._orders (
    profile_id bigint NOT NULL,
    order_key uuid NOT NULL,
    order_id text,
    placed_at timestamptz,
    placed_event_id uuid,
    is_completed boolean NOT NULL,
    channel text,
    updated_at timestamptz,
    updated_event_id uuid,
    cancelled_at timestamptz,
    currency text,
    gross numeric,
    revenue numeric,
    units numeric,
    coupon text,
    categories text[],
    brands text[],
    refunds bigint NOT NULL,
    refunded_at timestamptz,
    is_returned boolean NOT NULL,
    refunded jsonb,
    PRIMARY KEY (profile_id, order_key)
);
COMMENT ON TABLE journey._orders IS 'What the events of an order come to, by identifier; journey.orders merges the rows of a person';
COMMENT ON COLUMN journey._orders.order_key IS 'A hash of order_id, equal under all identifiers; the event_id of an event that names no order';
COMMENT ON COLUMN journey._orders.placed_at IS 'Time of the first completion, else of the first update; NULL where only refunds or cancellations are known';
COMMENT ON COLUMN journey._orders.is_completed IS 'Whether placed_at is the time of a completion';
COMMENT ON COLUMN journey._orders.updated_at IS 'Time of the last update, which says what was ordered; NULL: the completion does';
COMMENT ON COLUMN journey._orders.gross IS 'Value before discounts, without shipping and tax';
COMMENT ON COLUMN journey._orders.revenue IS 'Value after discounts, without shipping and tax; NULL where only refunds or cancellations are known';
COMMENT ON COLUMN journey._orders.refunded_at IS 'Time of the last refund';
COMMENT ON COLUMN journey._orders.is_returned IS 'Whether a refund named no amount: all of the order goes back';
COMMENT ON COLUMN journey._orders.refunded IS 'Amounts that refunds named, by currency; the key is empty where none was named';

GRANT SELECT ON journey.fx_rates, journey._parts, journey._orders TO journey_reader;
GRANT INSERT, UPDATE ON journey._parts, journey._orders TO journey_writer;
GRANT INSERT, UPDATE, DELETE ON journey.fx_rates TO journey_admin;
