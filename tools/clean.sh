#!/usr/bin/env bash
# Stops the private clusters and removes what was built in this tree. The cache with downloads and models stays.
source "$(dirname "$0")/lib.sh"

for data in "$BUILD"/cluster*/data; do
    [ -f "$data/postmaster.pid" ] || continue
    # The file may be stale and its process id another's: a server works in its data folder. SIGINT: fast shutdown.
    pid=$(head -1 "$data/postmaster.pid")
    [ "$(readlink "/proc/$pid/cwd")" = "$data" ] || continue
    kill -INT "$pid"
    timeout 60 tail --pid="$pid" -f /dev/null
done
rm -rf "$BUILD" build target tests/output
say "cleaned; downloads, tools and models stay in $CACHE"
