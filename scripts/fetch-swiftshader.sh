#!/bin/sh
# Brings SwiftShader, a software Vulkan driver without f64, into .build/swiftshader (out of Debian's
# chromium-common, some 30 MB): a second driver for the mixed precision. Needs Debian's apt with its
# lists read; installs nothing. Then:
#   EDGESTATE_SWIFTSHADER=1 cargo test --release --test gpu_mixed
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
dest=$root/.build/swiftshader

say() { echo "fetch-swiftshader: $*"; }
fail() { echo "fetch-swiftshader: $*" >&2; exit 1; }

# The path in it is absolute, so it is written anew whenever the checkout may have moved.
write_icd() {
    cat >"$dest/icd.json" <<JSON
{ "file_format_version": "1.0.0",
  "ICD": { "library_path": "$dest/libvk_swiftshader.so", "api_version": "1.3.0" } }
JSON
}

if [ -f "$dest/libvk_swiftshader.so" ]; then
    write_icd
    say "already there"
    exit 0
fi
for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null 2>&1 || fail "no $tool here"
done
part=$root/.build/swiftshader.part
rm -rf "$part"
mkdir -p "$part"
cd "$part"
apt-get download -qq -o APT::Sandbox::User= chromium-common || fail "the download failed: has 'apt-get update' been run?"
dpkg-deb -x ./chromium-common_*.deb unpacked
library=$(find unpacked -name libvk_swiftshader.so | head -n 1)
[ -n "$library" ] || fail "no libvk_swiftshader.so in chromium-common"
mkdir -p "$dest"
mv "$library" "$dest/libvk_swiftshader.so"
rm -rf "$part"
write_icd
say "$(ls "$dest")"
