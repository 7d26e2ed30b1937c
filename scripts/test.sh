#!/bin/bash
# Everything that is tested. What has to be fetched (software Vulkan driver, Python packages) is
# fetched beside the first build.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/steps.sh
mkdir -p .build
results=.build/test-results.txt
: >"$results"
tier=()
if [[ -n ${EDGESTATE_LONG:-} ]]; then
    tier=(--features long-tests)
fi

# Runs a command, keeping the lines with which test runners close.
closing_lines() {
    local pattern=$1
    shift
    "$@" 2>&1 | tee >(grep -E "$pattern" >>"$results")
}

fetched() {
    local log=$1 process=$2
    if ! wait "$process"; then
        cat "$log"
        return 1
    fi
}

scripts/fetch-vulkan.sh >.build/fetch-vulkan.log 2>&1 </dev/null &
vulkan=$!
scripts/python-environment.sh >.build/python-environment.log 2>&1 </dev/null &
environment=$!

step build cargo test --release --locked "${tier[@]}" --no-run
step vulkan fetched .build/fetch-vulkan.log "$vulkan"
step rust closing_lines '^test result:|^     Running |^   Doc-tests ' \
    cargo test --release --locked "${tier[@]}"
step environment fetched .build/python-environment.log "$environment"
export EDGESTATE_BINARY=$PWD/target/release/edgestate MPLBACKEND=agg
step python closing_lines '^(=+ )?[0-9]+ (passed|failed|error|skipped).* in ' \
    .venv/bin/python -m pytest -q python

echo
echo "== results"
sleep 0.2 # the greps above write what they have read
cat "$results"
finish
