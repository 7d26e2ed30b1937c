#!/bin/sh
# Says which tools are missing, and in which Debian package they are; exit status 1 if any is.
set -u
cd "$(dirname "$0")/.." || exit 1
missing=0

lacking() {
    echo "missing: $1" >&2
    echo "         $2" >&2
    missing=1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

toolchain=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
rust="install rustup (Debian 13: package rustup); it brings the toolchain of rust-toolchain.toml"
if ! have cargo || ! have rustc; then
    lacking "cargo and rustc $toolchain" "$rust"
else
    # With rustup this fetches the pinned toolchain if it is not there yet.
    found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2)
    newest=$(printf '%s\n%s\n' "$toolchain" "$found" | sort -V | tail -n 1)
    if [ -z "$found" ] || [ "$newest" != "$found" ]; then
        lacking "rustc $toolchain or newer (found: ${found:-none that runs})" "$rust"
    elif ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
        lacking "rustfmt and clippy" "rustup component add rustfmt clippy"
    fi
fi

if ! have python3; then
    lacking "python3, 3.10 or newer" "Debian package python3"
elif ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    lacking "python3, 3.10 or newer (found: $(python3 --version 2>&1))" "Debian package python3"
elif ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    lacking "Python's venv module" "Debian package python3-venv"
fi

have cc || lacking "a C compiler (cc)" "Debian packages gcc and libc6-dev (or build-essential)"
have make || lacking "make" "Debian package make"

if [ "$missing" = 1 ]; then
    echo "Install what is missing and run the command again." >&2
fi
exit "$missing"
