#!/usr/bin/env bash
# Prints the Python that has llama.cpp, which is compiled the first time; that takes some minutes.
source "$(dirname "$0")/../../tools/lib.sh"

python=$(tools/venv.sh benches/llamacpp/requirements.txt)
bin=$(dirname "$python")
if ! "$python" -c 'import llama_cpp' 2>/dev/null; then
    say "compiling llama.cpp into $(dirname "$bin")"
    PATH=$bin:$PATH "$python" -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps \
        --no-build-isolation --requirement benches/llamacpp/source.txt >&2
fi
echo "$python"
