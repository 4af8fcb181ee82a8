#!/usr/bin/env bash
# Runs the regress and isolation tests against a server:  regress.sh URI
# tests/regress/{sql,expected} and tests/isolation/{specs,expected}; what differs is printed.
source "$(dirname "$0")/lib.sh"
need_server

url=$1
host=$(sed -E 's/.*[?&]host=([^&]*).*/\1/' <<<"$url")
port=$(sed -E 's/.*[?&]port=([0-9]+).*/\1/' <<<"$url")
programs=$(dirname "$("$CONFIG" --pgxs)")/../test

# make_database NAME: as a caller has it, extension and tables ready; the smallest text model answers soonest
make_database() {
    "$BIN/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$url" --output=/dev/null <<-SQL
		SET client_min_messages = warning;
		DROP DATABASE IF EXISTS $1 WITH (FORCE);
		CREATE DATABASE $1;
		\\connect $1
		SET client_min_messages = warning;
		CREATE EXTENSION pg_journey CASCADE;
		SELECT journey_setup();
		UPDATE journey.model_roles SET model = 'smollm2-135m-instruct' WHERE task = 'text';
	SQL
}

# run PROGRAM FOLDER SUFFIX: each test of a folder, in the order of the names
run() {
    local program=$1 folder=$2 pattern=$3 tests
    mapfile -t tests < <(cd "$ROOT/tests/$folder" && find . -path "./$pattern" -printf '%f\n' | sed -E 's/\.[a-z]+$//' | LC_ALL=C sort)
    [ "${#tests[@]}" != 0 ] || die "tests/$folder has no tests"
    make_database "${folder}_tests"
    mkdir -p "$ROOT/tests/output/$folder"
    if ! "$programs/$program" --use-existing --dbname="${folder}_tests" --user=postgres --host="$host" --port="$port" \
        --bindir="$BIN" --inputdir="$ROOT/tests/$folder" --outputdir="$ROOT/tests/output/$folder" "${tests[@]}"; then
        cat "$ROOT/tests/output/$folder/regression.diffs"
        return 1
    fi
}

result=0
run regress/pg_regress regress 'sql/*.sql' || result=1
run isolation/pg_isolation_regress isolation 'specs/*.spec' || result=1
exit $result
