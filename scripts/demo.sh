#!/bin/bash
# Builds the server and, beside it, the Python environment; then runs examples/demo.py.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p .build
scripts/python-environment.sh >.build/python-environment.log 2>&1 </dev/null &
environment=$!
cargo build --release --locked --bin edgestate
if ! wait "$environment"; then
    cat .build/python-environment.log >&2
    exit 1
fi
EDGESTATE_BINARY=$PWD/target/release/edgestate MPLBACKEND=agg \
    exec .venv/bin/python examples/demo.py "$@"
