#!/usr/bin/env bash
# Run the kernels' tests with AddressSanitizer and UndefinedBehaviorSanitizer, in a copy of the tree.
#
#     bash tests/sanitize_kernels.sh [PYTEST ARGUMENTS]
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/tests"
cp -r core pyproject.toml "$copy"
cp tests/kernel_cases.py tests/token_cases.py tests/test_kernels.py tests/test_token_layers.py \
    tests/test_dropping.py tests/test_writers.py tests/test_cross_entropy.py \
    "$copy/tests"
rm -f "$copy"/core/kernels/_compiled*
suffix=$(python -c "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))")
compiler=${CXX:-g++}
"$compiler" -std=c++17 -O1 -g -shared -fPIC -pthread -ffp-contract=fast \
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    "$copy"/core/kernels/native/*.cpp -o "$copy/core/kernels/_compiled$suffix"

cd "$copy"
# Python itself leaks at its end. Only the compiled kernels are tested, not torch's own operations.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
libraries="$("$compiler" -print-file-name=libasan.so) $("$compiler" -print-file-name=libubsan.so)"
LD_PRELOAD="$libraries" python -m pytest -p no:cacheprovider -k "avx512 or avx2 or portable" tests "$@"
