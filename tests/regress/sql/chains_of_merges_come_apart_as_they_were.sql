\set SHOW_CONTEXT never
-- Merges in chains, circles and of persons with several identifiers; taken back in any order they leave what the others say.
SELECT count(journey_track(jsonb_build_object('type', 'page', 'userId', 'chain-' || n, 'anonymousId', 'chain-device-' || n, 'messageId', 'chain' || n,
             'timestamp', '2024-01-01'::date + n))) FROM generate_series(1, 8) n;
CREATE TEMP VIEW attached AS
SELECT md5(string_agg(t, E'\n' ORDER BY t COLLATE "C")) AS sum
  FROM (SELECT m::text AS t FROM journey._members m UNION ALL SELECT p::text FROM journey.profiles p UNION ALL SELECT e::text FROM journey.events e) all_rows;
SELECT sum AS before FROM attached \gset
CREATE TEMP TABLE made (n integer, merge_id uuid);
INSERT INTO made SELECT n, journey_merge('chain-' || n, 'chain-' || n % 8 + 1) FROM generate_series(1, 8) n;
SELECT user_id, events FROM journey.profiles WHERE user_id LIKE 'chain-_' ORDER BY 1;
SELECT count(DISTINCT journey_resolve('anonymous_id:chain-device-' || n)) FROM generate_series(1, 8) n;
-- A circle holds together without any one of its merges, and comes apart at two.
SELECT journey_unmerge(merge_id) FROM made WHERE n = 3;
SELECT count(DISTINCT journey_resolve('chain-' || n)) FROM generate_series(1, 8) n;
SELECT journey_unmerge(merge_id) FROM made WHERE n = 7;
SELECT array_agg(n ORDER BY n) AS chain FROM generate_series(1, 8) n GROUP BY journey_resolve('chain-' || n) ORDER BY 1;
SELECT journey_rebuild_identities();
SELECT count(*) FILTER (WHERE journey_unmerge(merge_id)) AS undone FROM made;
SELECT sum = :'before' AS as_before FROM attached;
-- By a device, by an address nobody has sent yet, and of an identifier with itself
SELECT journey_merge('anonymous_id:chain-device-1', 'chain-2', 'support ticket 7') AS merge_id \gset
SELECT journey_resolve('chain-1') = journey_resolve('chain-2') AS one;
SELECT journey_link('chain-2', 'email', 'Chain@Example.org') AS link_id \gset
SELECT journey_link('chain-2', 'email', 'chain@example.org') = :'link_id' AS the_same_link;
SELECT journey_resolve('email:chain@example.org') = journey_resolve('anonymous_id:chain-device-1') AS one;
SELECT journey_unmerge(:'merge_id'), journey_unmerge(:'link_id');
SELECT sum = :'before' AS as_before FROM attached;
SELECT journey_merge('chain-1', 'user_id:chain-1');
SELECT journey_merge('chain-1', 'nobody');
SELECT journey_merge(1, 2);
SELECT journey_link('nobody', 'email', 'a@b.org');
SELECT journey_link('chain-1', 'fax', '1');
SELECT journey_link('chain-1', 'email', 'null');
SELECT journey_unmerge('00000000-0000-0000-0000-000000000001');
-- Whom an event links while they are merged stays with whom it showed once they are apart.
SELECT journey_merge('chain-3', 'chain-4') AS merge_id \gset
SELECT journey_track('{"type": "page", "userId": "chain-3", "anonymousId": "chain-new", "messageId": "chain-new"}') IS NOT NULL AS stored;
SELECT journey_resolve('anonymous_id:chain-new') = journey_resolve('chain-4') AS one;
SELECT journey_unmerge(:'merge_id');
SELECT journey_resolve('anonymous_id:chain-new') = journey_resolve('chain-3') AS with_three, journey_resolve('chain-3') <> journey_resolve('chain-4') AS apart;
-- Editors merge, writers do not.
CREATE ROLE regress_merger IN ROLE journey_writer;
SET ROLE regress_merger;
SELECT journey_merge('chain-1', 'chain-2');
SELECT journey_unmerge(:'link_id');
SELECT journey_rebuild_identities();
RESET ROLE;
GRANT journey_editor TO regress_merger;
SET ROLE regress_merger;
SELECT journey_merge('chain-1', 'chain-2', 'by an editor') AS merge_id \gset
SELECT merged_by FROM journey.merges WHERE merge_id = :'merge_id';
SELECT journey_unmerge(:'merge_id');
SELECT undone_by FROM journey.merges WHERE merge_id = :'merge_id';
RESET ROLE;
DROP ROLE regress_merger;
