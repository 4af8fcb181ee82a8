#!/usr/bin/env bash
# make test: everything that CI runs. Fast checks come first; a failed step does not hide what the later ones say.
# Each step's output goes to tests/output/NAME.log and is shown when the step fails. ONLY='name name' runs a few.
source "$(dirname "$0")/../tools/lib.sh"
need_server

OUTPUT=$ROOT/tests/output
mkdir -p "$OUTPUT"
python=$(tools/venv.sh tests/requirements.txt)
passed=0
failed=0
summary=()

# step NAME WHAT COMMAND…
step() {
    local name=$1 what=$2 began=$SECONDS verdict=ok good bad log=$OUTPUT/$1.log
    shift 2
    [ -z "${ONLY:-}" ] || [[ " $ONLY " == *" $name "* ]] || return 0
    say "$name: $what"
    ("$@") >"$log" 2>&1 || verdict=FAILED
    good=$(count "$log" '[0-9]+ (tests )?passed')
    bad=$(count "$log" '[0-9]+ (of [0-9]+ tests )?failed')
    if [ $verdict = FAILED ]; then
        tail -n 60 "$log"
        say "the whole output of '$name' is in $log"
        [ "$bad" != 0 ] || bad=1
    elif [ "$good" = 0 ]; then
        good=1 # a check without tests of its own to count
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    summary+=("$(printf '%-10s %-6s %4d s %5d passed  %s' "$name" $verdict $((SECONDS - began)) "$good" "$what")")
}

# count LOG PATTERN: the sum of the numbers that test runners print before such words
count() { { grep -oE "$2" "$1" || true; } | awk '{ sum += $1 } END { print sum + 0 }'; }

pytest() { "$python" -m pytest -c tests/pytest.ini --rootdir tests "$@"; }

crates() { cargo test --release --package pg_journey_core --package pg_journey_engine; }

# Both pg_regress programs run against a throw-away cluster, in databases that have the extension.
regress() {
    PG_JOURNEY_CLUSTER=tests/regress FRESH=1 tools/cluster.sh up || return 1
    local url result=0
    url=$(PG_JOURNEY_CLUSTER=tests/regress tools/cluster.sh url)
    tools/regress.sh "$url" || result=1
    PG_JOURNEY_CLUSTER=tests/regress tools/cluster.sh down
    return $result
}

# The reference libraries are heavy and in an environment of their own; what takes minutes is left to `make bench`.
parity() {
    local python
    python=$(tools/venv.sh tests/models/requirements.txt) || return 1
    "$python" -m pytest -c tests/pytest.ini --rootdir tests --confcutdir tests/models -m 'not large' tests/models
}

# The second `make build` must find nothing to do.
idempotent() {
    local log
    log=$(tools/setup.sh 2>&1 && tools/build.sh 2>&1) || { echo "$log"; return 1; }
    ! grep -E 'Compiling|fetching|unpacking|installing the Python' <<<"$log"
}

# The oldest server that is supported, as Debian 12 has it: the same regress and isolation tests
debian15() {
    export PG_CONFIG
    PG_CONFIG=$(tools/debian15.sh) && tools/build.sh && regress
}

step house 'the rules of the house: stages, files, catalogue' pytest tests/house
step lint 'rustfmt and clippy, warnings denied' tools/lint.sh
step crates 'unit and property tests of the pure crate and the engine' crates
step regress 'SQL regress and isolation tests' regress
step identity 'merges at random and at once come apart exactly' pytest tests/identity
step order 'late, double and shuffled events give the same profiles' pytest tests/order
step guardrails 'attacks are found, a real catalogue passes, sessions agree' pytest tests/guardrails
step docs "the SQL blocks of README.md and docs/" pytest tests/docs
step traits 'traits, sessions and segments equal plain SQL over the events' pytest tests/traits
step dump 'pg_dump and restore give equal checksums' pytest tests/dump
step texts 'copy of every kind is true and within its limits' pytest tests/generation
step training 'fitted models say the same in Python onnxruntime' pytest tests/training
step crash 'real kills of the engine, backends and the server' pytest tests/crash
step models 'parity of the models with their references' parity
step exporters 'models of scikit-learn, LightGBM and XGBoost score as in Python' pytest tests/exporters
# Before the build for another server, which takes the place of this one in cargo's records.
step idempotent 'a second make setup build redoes nothing' idempotent
if [ -f /usr/include/postgresql/15/server/postgres.h ] || [ "${PG_JOURNEY_INSTALL_PACKAGES:-}" = yes ]; then
    step debian15 "the regress and isolation tests on Debian's PostgreSQL 15" debian15
else
    summary+=("debian15   skipped: postgresql-15 and postgresql-server-dev-15 are not installed")
fi

echo
printf '%s\n' "${summary[@]}"
printf 'all steps took %d s\n%d passed, %d failed\n' "$SECONDS" "$passed" "$failed"
[ "$failed" = 0 ]
