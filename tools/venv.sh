#!/usr/bin/env bash
# Prints the python of a virtual environment that holds exactly what a requirements file pins, making it where it is
# missing:  tools/venv.sh tests/requirements.txt
source "$(dirname "$0")/lib.sh"

requirements=$1
name=$(basename "$(dirname "$(realpath "$requirements")")")
pinned=$(cat "$requirements" <(python3 -c 'import sys; print(sys.version, sys.base_prefix)') | sha256sum | cut -c1-12)
venv=$CACHE/venv-$name-$pinned

if [ ! -e "$venv/complete" ]; then
    say "installing the Python packages of $requirements into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    for attempt in 1 2 3; do
        if "$venv/bin/python" -m pip install --disable-pip-version-check --quiet --require-hashes --only-binary :all: \
            --requirement "$requirements" >&2; then
            touch "$venv/complete"
            break
        fi
        say "attempt $attempt failed"
    done
    [ -e "$venv/complete" ] || die "could not install $requirements" "see pip's message above, then run the command again"
fi
echo "$venv/bin/python"
