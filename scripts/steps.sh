# For scripts that run many steps, all of them even when one fails; the last lines say which did.
failed=()
begin=$SECONDS

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

finish() {
    echo "== $((SECONDS - begin)) s in all"
    if ((${#failed[@]})); then
        echo "== FAILED: ${failed[*]}"
        exit 1
    fi
    echo "== all steps passed"
}
