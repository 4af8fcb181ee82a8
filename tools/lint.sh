#!/usr/bin/env bash
# Formatting and clippy, warnings denied. Release profile: the tests and the demo build with it too, so that build
# scripts and macros are compiled once.
source "$(dirname "$0")/lib.sh"
need_server

cargo fmt --all --check
cargo clippy --release --workspace --all-targets "${PG_FEATURES[@]}" -- --deny warnings
