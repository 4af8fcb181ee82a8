#!/usr/bin/env bash
# Decoding and prefill against llama.cpp on the same weights and threads, see llamacpp/decode.py. The first run compiles
# llama.cpp, which takes some minutes.
source "$(dirname "$0")/../tools/lib.sh"

python=$(benches/llamacpp/python.sh)
say "compiling the engine and its benchmark"
cargo build --release --quiet --package pg_journey_engine
bench=$(cargo bench --package pg_journey_engine --bench engine --no-run 2>&1 | sed -nE 's/.*\((.*)\)$/\1/p' | tail -1)
exec "$python" benches/llamacpp/decode.py --engine target/release/pg_journey_engine --engine-bench "$bench" \
    --onnxruntime "$PG_JOURNEY_ONNXRUNTIME" --cache "$CACHE" "$@"
