#!/usr/bin/env bash
# Builds the shipped models into the cache. Each is skipped when its result is there with the right sha256.
source "$(dirname "$0")/lib.sh"

python=$(tools/venv.sh models/requirements.txt)
"$python" models/build.py
