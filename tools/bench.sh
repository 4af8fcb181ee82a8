#!/usr/bin/env bash
# Runs the benchmarks in benches/ one after the other, so that none disturbs another; each prints its figures and, where
# it compares, the ratio. ONLY='name name' runs a few.
source "$(dirname "$0")/lib.sh"
need_server

python=$(tools/venv.sh tests/requirements.txt)
[ ! -f benches/requirements.txt ] || python=$(tools/venv.sh benches/requirements.txt)
export PYTHONPATH=$ROOT/tests

say "$(nproc) processors, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)"
failed=()
for bench in benches/*.py benches/*.sh; do
    name=$(basename "${bench%.*}")
    [ -x "$bench" ] || continue
    [ -z "${ONLY:-}" ] || [[ " $ONLY " == *" $name "* ]] || continue
    say "$name"
    case $bench in
        *.py) "$python" "$bench" || failed+=("$name") ;;
        *) "$bench" || failed+=("$name") ;;
    esac
done
[ "${#failed[@]}" = 0 ] || die "these did not run to their end: ${failed[*]}"
