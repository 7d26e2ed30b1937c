#!/bin/bash
# The wheel with client and server, into dist/. Another profile of Cargo.toml than `dist`, as
# `scripts/wheel.sh release`, takes what was built with it already.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-dist}
output=${2:-dist}
scripts/python-environment.sh
PIP_CONSTRAINT=$PWD/python/constraints.txt .venv/bin/python -m pip wheel . \
    --quiet --disable-pip-version-check --no-input --no-deps --wheel-dir "$output" \
    --config-settings "build-args=--profile $profile"
ls -l "$output"/*.whl
