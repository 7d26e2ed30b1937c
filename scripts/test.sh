#!/bin/bash
# Everything that is tested. What has to be fetched (software Vulkan driver, Python packages) is
# fetched beside the first build. All steps run even when one fails; the last lines say which did.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build
results=.build/test-results.txt
: >"$results"
failed=()
begin=$SECONDS
tier=()
if [[ -n ${EDGESTATE_LONG:-} ]]; then
    tier=(--features long-tests)
fi

step() {
    local name=$1 from=$SECONDS
    shift
    echo "== $name: $*"
    if "$@" </dev/null; then
        echo "== $name: ok, $((SECONDS - from)) s"
    else
        echo "== $name: FAILED, $((SECONDS - from)) s"
        failed+=("$name")
    fi
}

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

step format cargo fmt --check -- -l
step clippy cargo clippy --release --locked --all-targets --all-features -- -D warnings
step vulkan fetched .build/fetch-vulkan.log "$vulkan"
step rust closing_lines '^test result:|^     Running |^   Doc-tests ' \
    cargo test --release --locked "${tier[@]}"
RUSTDOCFLAGS="-D warnings" step docs cargo doc --release --locked --no-deps
step environment fetched .build/python-environment.log "$environment"
step ruff-format .venv/bin/ruff format --config python/pyproject.toml --check python examples
step ruff .venv/bin/ruff check --config python/pyproject.toml python examples
export EDGESTATE_BINARY=$PWD/target/release/edgestate MPLBACKEND=agg
step python closing_lines '^(=+ )?[0-9]+ (passed|failed|error|skipped).* in ' \
    .venv/bin/python -m pytest -q python

echo
echo "== results"
sleep 0.2 # the greps above write what they have read
cat "$results"
echo "== $((SECONDS - begin)) s in all"
if ((${#failed[@]})); then
    echo "== FAILED: ${failed[*]}"
    exit 1
fi
echo "== all steps passed"
