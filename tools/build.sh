#!/usr/bin/env bash
# Compiles the extension and the engine (cargo skips what is up to date) and puts them into the private server.
source "$(dirname "$0")/lib.sh"
need_server

say "compiling for $("$CONFIG" --version)"
rm -rf "$BUILD/stage-pg$PG_MAJOR"
cargo pgrx package --pg-config "$CONFIG" --out-dir "$BUILD/stage-pg$PG_MAJOR" "${PG_FEATURES[@]}" >&2
cargo build --release --package pg_journey_engine >&2

[ $PRIVATE_SERVER = no ] || tools/install.sh
