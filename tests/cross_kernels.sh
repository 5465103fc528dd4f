#!/usr/bin/env bash
# Build the kernels for another processor and check them there, under an emulator.
#
#     apt install g++-aarch64-linux-gnu qemu-user-static
#     bash tests/cross_kernels.sh [COMPILER] [EMULATOR]
#
# Without an emulator (`bash tests/cross_kernels.sh g++ ""`) they run on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=${1-aarch64-linux-gnu-g++}
emulator=${2-qemu-aarch64-static}
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
"$compiler" -std=c++17 -O2 -ffp-contract=fast -pthread -static \
    core/kernels/native/*.cpp tests/native_kernels.cpp -o "$built/check"
$emulator "$built/check"
