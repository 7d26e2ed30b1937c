#!/bin/sh
# Brings a software Vulkan driver (Mesa >= 25), the loader and spirv-val into .build/vulkan, without
# root and without touching what is installed. Older Mesa stops a shader's loops after 65,535 trips.
#
# Does nothing where it has been done, or where such a Mesa is installed. Needs Debian's apt.
#   EDGESTATE_DEBIAN_MIRROR   archive to use instead of the one apt is configured with
#   EDGESTATE_FETCH_VULKAN=1  fetch even where a Mesa >= 25 is installed
set -eu

needed_mesa=25
root=$(cd "$(dirname "$0")/.." && pwd)
dest=$root/.build/vulkan

say() { echo "fetch-vulkan: $*"; }
fail() { echo "fetch-vulkan: $*" >&2; exit 1; }

# First part of the version of a package that is installed, 0 if it is not.
installed_major() {
    version=0
    if command -v dpkg-query >/dev/null 2>&1; then
        version=$(dpkg-query -W -f '${Version}' "$1" 2>/dev/null || true)
    elif command -v rpm >/dev/null 2>&1; then
        version=$(rpm -q --queryformat '%{VERSION}' "$1" 2>/dev/null || true)
    fi
    version=$(echo "${version#*:}" | sed -n 's/^\([0-9][0-9]*\).*/\1/p')
    echo "${version:-0}"
}

# Paths in these two are absolute, so they are written anew whenever the checkout may have moved.
write_environment() {
    library=$(find "$dest/usr/lib" -name 'libvulkan_lvp.so' | head -n 1)
    [ -n "$library" ] || fail "no lavapipe among the unpacked files; remove $dest and try again"
    cat >"$dest/icd.json" <<JSON
{ "file_format_version": "1.0.0", "ICD": { "library_path": "$library", "api_version": "1.4.0" } }
JSON
    cat >"$dest/env.sh" <<SH
export VK_DRIVER_FILES='$dest/icd.json'
export LD_LIBRARY_PATH='$(dirname "$library")'"\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
export PATH='$dest/usr/bin':"\$PATH"
SH
}

# An apt of our own below $1: its state, its cache, an empty list of installed packages.
private_apt() {
    mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial" "$1/log"
    : >"$1/status"
    signed=
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    if [ -f "$keyring" ]; then signed="[signed-by=$keyring] "; fi
    for suite in "$codename" "$codename-backports"; do
        echo "deb $signed$mirror $suite main"
    done >"$1/sources.list"
    cat >"$1/apt.conf" <<CONF
Dir::State "$1/state";
Dir::State::status "$1/status";
Dir::Cache "$1/cache";
Dir::Log "$1/log";
Dir::Etc::SourceList "$1/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
Dir::Etc::Main "/dev/null";
Dir::Etc::Parts "/dev/null";
CONF
    # The machine's hooks and choices stay out (Main, Parts), its way to the archive is kept.
    apt-config dump | grep -E '^Acquire::(http|https|Check|Force)' >>"$1/apt.conf" || true
    export APT_CONFIG="$1/apt.conf"
}

mkdir -p "$root/.build"
exec 9>"$root/.build/vulkan.lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi

if [ -f "$dest/complete" ]; then
    write_environment
    say "already there: $(cat "$dest/complete")"
    exit 0
fi
if [ "${EDGESTATE_FETCH_VULKAN:-0}" != 1 ]; then
    mesa=$(installed_major mesa-vulkan-drivers)
    if [ "$mesa" -ge "$needed_mesa" ]; then
        say "Mesa $mesa is installed: nothing to do"
        exit 0
    fi
fi
for tool in apt-get dpkg-deb; do
    command -v "$tool" >/dev/null 2>&1 ||
        fail "no $tool here: install Mesa's Vulkan drivers >= $needed_mesa and spirv-tools yourself"
done

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
distribution=$(. /etc/os-release && echo "${ID:-}")
if [ "$distribution" != debian ] || [ -z "$codename" ]; then
    fail "this is not Debian: install mesa-vulkan-drivers >= $needed_mesa and spirv-tools yourself"
fi
mirror=${EDGESTATE_DEBIAN_MIRROR:-}
if [ -z "$mirror" ]; then
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' |
        sed -n "s/^\([^ ]*\) $codename\$/\1/p" | head -n 1)
fi
[ -n "$mirror" ] || fail "apt knows no archive of $codename: set EDGESTATE_DEBIAN_MIRROR"

part=$root/.build/vulkan.part
rm -rf "$part" "$dest"
mkdir -p "$part"
private_apt "$part/apt"
say "reading the package lists of $codename and $codename-backports"
apt-get update -qq || fail "apt-get update failed"
say "downloading"
apt-get install -qq --download-only -t "$codename-backports" \
    mesa-vulkan-drivers libvulkan1 spirv-tools >"$part/apt/log/install" 2>&1 ||
    { cat "$part/apt/log/install" >&2; fail "the download failed"; }

mesa=
for package in "$part"/apt/cache/archives/*.deb; do
    name=$(dpkg-deb -f "$package" Package)
    case $name in
        # The machine's own must stay in charge: they go with its loader and its compiler.
        libc6 | libc-bin | libgcc-s1 | libstdc++6 | gcc-*-base | libcrypt1) continue ;;
        mesa-vulkan-drivers) mesa=$(dpkg-deb -f "$package" Version) ;;
    esac
    dpkg-deb -x "$package" "$part"
done
[ "${mesa%%.*}" -ge "$needed_mesa" ] 2>/dev/null ||
    fail "the archive has Mesa ${mesa:-none}, needed is >= $needed_mesa"
rm -rf "$part/apt" "$part/usr/share/doc" "$part/usr/share/man" "$part/usr/share/locale"
echo "Mesa $mesa" >"$part/complete"
mv "$part" "$dest"
write_environment
say "Mesa $mesa is in .build/vulkan"
