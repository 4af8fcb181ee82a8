SET client_min_messages = warning;
INSERT INTO journey.products (product_id, name, category, price, currency) VALUES ('batched', 'Cedar Lamp', 'Lamps', 40, 'USD');
INSERT INTO journey.campaigns (campaign, product_id) VALUES ('lamps', 'batched');
INSERT INTO journey.campaigns (campaign, starts_at, ends_at) VALUES ('long ago', '2020-01-01', '2020-02-01');
SELECT DISTINCT status FROM journey_track_batch((SELECT jsonb_agg(jsonb_build_object(
    'type', 'identify', 'userId', 'batch' || n, 'messageId', 'batch-' || n,
    'traits', jsonb_build_object('first_name', 'Ada') || CASE WHEN n = 7 THEN '{"email_opt_in": false}' ELSE '{}' END::jsonb))
    FROM generate_series(1, 12) n));
SELECT DISTINCT status FROM journey_track_batch((SELECT jsonb_agg(jsonb_build_object(
    'type', 'track', 'event', 'Lamp Shown', 'userId', 'batch' || n, 'messageId', 'lamp-' || n)) FROM generate_series(1, 12) n));
SELECT FROM journey_define_segment('batch_test', '{"did": "Lamp Shown"}');
-- In one transaction, so that the background does not come first: these are its turns.
BEGIN;
SELECT journey_refresh_segments('batch_test');
SELECT journey_generate_batch('lamps', segment => 'batch_test', seed => 1,
                              options => '{"tier": "template", "channel": "email", "at": "2026-01-01T00:00:00Z"}') AS job \gset
SELECT status, total, done, failed, campaign, kind, owner = current_user AS mine, texts_per_minute, eta FROM journey.jobs WHERE job = :'job';
SELECT _journey_work() AS texts;
SELECT status, total, done, failed, texts_per_minute > 0 AS has_rate, eta - now() < interval '1 minute' AS has_end FROM journey.jobs WHERE job = :'job';
SELECT _journey_work() > 0 AS finished;
SELECT status, done, finished_at >= started_at AS is_finished FROM journey.jobs WHERE job = :'job';
-- Everybody in the segment but who said no has one text, the one that would be written alone.
SELECT count(*), count(*) FILTER (WHERE customer = 'batch7') AS unwilling,
       bool_and(g.text = (SELECT text FROM journey_compose(b.customer, campaign => 'lamps', seed => 1,
                                                           options => '{"tier": "template", "at": "2026-01-01T00:00:00Z"}'))) AS same_as_alone
  FROM journey.batch_texts b JOIN journey.generations g USING (profile_id, generation_id) WHERE b.job = :'job';
-- A job takes up to so many, and nobody twice.
SELECT journey_generate_batch('lamps', 5, options => '{"tier": "template"}') AS job \gset
SELECT total FROM journey.jobs WHERE job = :'job';
ROLLBACK;
-- What stops every text stops the job, which goes on when it is mended.
BEGIN;
SELECT journey_refresh_segments('batch_test');
SELECT journey_generate_batch('lamps', segment => 'batch_test', options => '{"tier": "template"}') AS job \gset
UPDATE journey.products SET active = false WHERE product_id = 'batched';
DO $$
BEGIN
    FOR turn IN 1..4 LOOP
        PERFORM _journey_work();
        UPDATE journey._jobs SET due_at = now() WHERE status <> 'failed';
    END LOOP;
END
$$;
SELECT status, done, failed, error FROM journey.jobs WHERE job = :'job';
SELECT DISTINCT status FROM journey.batch_texts WHERE job = :'job';
SELECT _journey_work() AS tried;
SELECT status, done, failed FROM journey.jobs WHERE job = :'job';
SELECT DISTINCT status, error FROM journey.batch_texts WHERE job = :'job';
SELECT _journey_work() AS finished;
UPDATE journey.products SET active = true WHERE product_id = 'batched';
SELECT journey_run(:'job') AS to_write;
SELECT _journey_work() AS texts;
SELECT status, done, error FROM journey.jobs WHERE job = :'job';
SELECT journey_cancel(:'job') AS left_over;
SELECT _journey_work();
SELECT status FROM journey.jobs WHERE job = :'job';
ROLLBACK;
-- A text piece by piece is the text.
SELECT string_agg(piece, '') = journey_generate('batch1', 'message', 'batched', seed => 3) AS whole, count(*) > 3 AS pieces
  FROM journey_generate_stream('batch1', 'message', 'batched', seed => 3) piece;
-- Nobody orders texts that are written with another's rights.
CREATE ROLE batch_writer;
GRANT journey_writer TO batch_writer;
SET ROLE batch_writer;
SELECT _journey_compose_for('postgres', '{batch1}', 'message', 'lamps', 1, '{"tier": "template"}');
INSERT INTO journey._jobs (owner, campaign, kind, total) VALUES ('postgres', 'lamps', 'message', 0);
UPDATE journey._jobs SET owner = 'postgres';
RESET ROLE;
-- Jobs of others are neither seen nor changed.
BEGIN;
SELECT journey_generate_batch('lamps', options => '{"tier": "template"}') IS NOT NULL AS ordered;
SET LOCAL ROLE batch_writer;
SELECT (SELECT count(*) FROM journey.jobs) AS jobs, (SELECT count(*) FROM journey.batch_texts) AS texts;
WITH changed AS (UPDATE journey._jobs SET status = 'cancelled' RETURNING job) SELECT count(*) FROM changed;
SELECT journey_generate_batch('lamps', 2, options => '{"tier": "template"}') IS NOT NULL AS ordered;
SELECT total, (SELECT count(*) FROM journey.batch_texts) AS texts FROM journey.jobs;
ROLLBACK;
DROP ROLE batch_writer;
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT journey_generate_batch('no such');
SELECT journey_generate_batch('long ago');
SELECT journey_generate_batch('lamps', 0);
SELECT journey_generate_batch('lamps', segment => 'nobody');
SELECT journey_generate_batch('lamps', kind => 'poem');
SELECT journey_generate_batch('lamps', options => '{"colour": "red"}');
SELECT journey_run('no such');
SELECT journey_drop_segment('batch_test');
