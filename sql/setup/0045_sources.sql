-- Sources: tables that the shop's warehouse has already, read by journey_sync() as far as they changed.
CREATE TABLE journey.sources (
    name text PRIMARY KEY CHECK (name ~ '^[^[:cntrl:]]{1,200}$'),
    kind text NOT NULL CHECK (kind IN ('customers', 'orders', 'order_lines', 'products', 'inventory', 'tickets', 'reviews', 'events')),
    source regclass NOT NULL,
    columns jsonb NOT NULL CHECK (pg_catalog.jsonb_typeof(columns) = 'object'),
    watermark text,
    overlap text,
    every interval NOT NULL DEFAULT '5 minutes' CHECK (every > '0'),
    owner name NOT NULL DEFAULT CURRENT_USER,
    last_value text,
    position_value text,
    position_key text,
    rows_read bigint NOT NULL DEFAULT 0,
    last_run_at timestamptz,
    error text,
    enabled boolean NOT NULL DEFAULT true,
    CHECK ((position_value IS NULL) = (position_key IS NULL))
);
COMMENT ON TABLE journey.sources IS 'Tables and views of the warehouse that are read as events, products or stock; made by journey_attach()';
COMMENT ON COLUMN journey.sources.name IS 'Begins the messageId of every message made of its rows, and is their source in journey.events';
COMMENT ON COLUMN journey.sources.kind IS 'What a row is: of customers, orders, order_lines, products, inventory, tickets, reviews or events';
COMMENT ON COLUMN journey.sources.source IS 'The table or view';
COMMENT ON COLUMN journey.sources.columns IS 'Field of the kind → column of the source, or {"const": value}';
COMMENT ON COLUMN journey.sources.watermark IS 'Column that grows with every change of a row; NULL: every run reads all rows';
COMMENT ON COLUMN journey.sources.overlap IS 'How far before last_value a run begins, for rows committed late: an interval, or a number';
COMMENT ON COLUMN journey.sources.every IS 'How long the worker waits after a run before the next one';
COMMENT ON COLUMN journey.sources.owner IS 'The role that attached it; its rows are read with the rights of this role';
COMMENT ON COLUMN journey.sources.last_value IS 'Greatest watermark read so far';
COMMENT ON COLUMN journey.sources.position_value IS 'Watermark at which a run that has not ended goes on; NULL between runs';
COMMENT ON COLUMN journey.sources.position_key IS 'Key of the last row read there';
COMMENT ON COLUMN journey.sources.rows_read IS 'Rows read in all runs, those of the overlap each time';
COMMENT ON COLUMN journey.sources.last_run_at IS 'End of the last run, or time of the last failure';
COMMENT ON COLUMN journey.sources.error IS 'Why the last run of the worker failed; NULL when it did not';
COMMENT ON COLUMN journey.sources.enabled IS 'Whether the worker reads it';

-- A role writes the sources that are its own: what the worker reads in the name of a role, that role has attached.
ALTER TABLE journey.sources ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON journey.sources FOR SELECT USING (true);
CREATE POLICY owners_write ON journey.sources USING (pg_catalog.pg_has_role(owner, 'USAGE'));

-- Kept when a source is detached: attached again, its orders are known.
CREATE TABLE journey._source_orders (
    source text NOT NULL,
    order_id text NOT NULL,
    content uuid,
    versions integer NOT NULL DEFAULT 0 CHECK (versions >= 0),
    refunded numeric NOT NULL DEFAULT 0,
    is_cancelled boolean NOT NULL DEFAULT false,
    PRIMARY KEY (source, order_id)
);
COMMENT ON TABLE journey._source_orders IS 'What has been sent of each order of a source, so that only what changed is sent again';
COMMENT ON COLUMN journey._source_orders.content IS 'Hash of the properties sent last; NULL while nothing was bought';
COMMENT ON COLUMN journey._source_orders.versions IS 'How many contents were sent: the first as Order Completed, the others as Order Updated';
COMMENT ON COLUMN journey._source_orders.refunded IS 'Sum of the refunds sent';
COMMENT ON COLUMN journey._source_orders.is_cancelled IS 'Whether Order Cancelled was sent';

GRANT SELECT ON journey.sources, journey._source_orders TO journey_reader;
GRANT INSERT, UPDATE, DELETE ON journey.sources TO journey_writer;
GRANT INSERT, UPDATE ON journey._source_orders TO journey_writer;
