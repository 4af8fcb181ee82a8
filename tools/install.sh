#!/usr/bin/env bash
# Puts what tools/build.sh compiled into a server: library, control file, SQL, engine, ONNX Runtime and models.
# Each file is replaced, not overwritten: a running server keeps the old library until it restarts.
source "$(dirname "$0")/lib.sh"
need_server

stage=$BUILD/stage-pg$PG_MAJOR
libraries=$("$CONFIG" --pkglibdir)
extensions=$("$CONFIG" --sharedir)/extension
models=$("$CONFIG" --sharedir)/pg_journey/models
for folder in "$libraries" "$extensions"; do
    [ -w "$folder" ] || die "$folder is not writable" "run as a user that may write there: sudo make install PG_CONFIG=$CONFIG"
done

# put MODE FILE TARGET: only what differs, so that a second run touches nothing
put() {
    cmp --silent "$2" "$3" || install -D --compare --mode="$1" "$2" "$3"
}

library=$(find "$stage" -name pg_journey.so)
put 755 "$library" "$libraries/pg_journey.so"
put 755 target/release/pg_journey_engine "$libraries/pg_journey_engine"
put 755 "$PG_JOURNEY_ONNXRUNTIME" "$libraries/pg_journey_onnxruntime.so"
find "$stage" -name 'pg_journey*.sql' -o -name pg_journey.control | while read -r file; do
    put 644 "$file" "$extensions/$(basename "$file")"
done

# A private server reads the models where they are; any other server gets a copy of its own, because the cache may go.
mkdir -p "$(dirname "$models")"
if [ $PRIVATE_SERVER = yes ] && as_server test -r "$CACHE/models"; then
    [ "$(readlink "$models")" = "$CACHE/models" ] || { rm -rf "$models" && ln -s "$CACHE/models" "$models"; }
else
    [ ! -L "$models" ] || rm "$models"
    for file in "$CACHE"/models/*/*; do
        [ ! -f "$file" ] || put 644 "$file" "$models/${file#"$CACHE/models/"}"
    done
fi
[ $PRIVATE_SERVER = yes ] || say "installed into $libraries and $extensions; now: CREATE EXTENSION pg_journey CASCADE; SELECT journey_setup();"
