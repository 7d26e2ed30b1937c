#!/bin/sh
# Runs a test (or the program under `cargo run`) with the software Vulkan driver of
# scripts/fetch-vulkan.sh, if it is there. EDGESTATE_SYSTEM_VULKAN=1: with the machine's own
# drivers. EDGESTATE_SWIFTSHADER=1: with the driver of scripts/fetch-swiftshader.sh, which has no f64.
environment=$(dirname "$0")/../.build/vulkan/env.sh
if [ "${EDGESTATE_SYSTEM_VULKAN:-0}" != 1 ] && [ -f "$environment" ]; then
    . "$environment"
fi
if [ "${EDGESTATE_SWIFTSHADER:-0}" = 1 ]; then
    VK_DRIVER_FILES=$(cd "$(dirname "$0")/.." && pwd)/.build/swiftshader/icd.json
    export VK_DRIVER_FILES
fi
exec "$@"
