#!/bin/bash
# The virtual environment .venv of this checkout: the client, its tests and their pinned versions.
# Does nothing when it is there and pins and dependencies are unchanged.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(cat python/pyproject.toml python/constraints.txt <(python3 --version) | sha256sum)
stamp=.venv/.edgestate-stamp
if [[ -f $stamp && $(cat "$stamp") == "$wanted" ]]; then
    exit 0
fi
rm -rf .venv
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
    --constraint python/constraints.txt --editable 'python[test]'
echo "$wanted" >"$stamp"
