#!/bin/bash
# Formatters, lints, and the pages that come out of the code's comments.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/steps.sh

step environment scripts/python-environment.sh
step format cargo fmt --check -- -l
step clippy cargo clippy --release --locked --all-targets --all-features -- -D warnings
RUSTDOCFLAGS="-D warnings" step docs cargo doc --release --locked --no-deps
step ruff-format .venv/bin/ruff format --config python/pyproject.toml --check python examples
step ruff .venv/bin/ruff check --config python/pyproject.toml python examples
step pyright .venv/bin/basedpyright -p python/pyproject.toml --pythonpath .venv/bin/python
finish
