#!/bin/sh
# Runs a test (or the program under `cargo run`) with the software Vulkan driver of
# scripts/fetch-vulkan.sh, if it is there. EDGESTATE_SYSTEM_VULKAN=1: with the machine's own
# drivers.
environment=$(dirname "$0")/../.build/vulkan/env.sh
if [ "${EDGESTATE_SYSTEM_VULKAN:-0}" != 1 ] && [ -f "$environment" ]; then
    . "$environment"
fi
exec "$@"
