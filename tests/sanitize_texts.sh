#!/usr/bin/env bash
# Run the tests of numbering texts with AddressSanitizer and UndefinedBehaviorSanitizer, in a copy.
#
#     bash tests/sanitize_texts.sh [PYTEST ARGUMENTS]
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/tests"
cp -r core pyproject.toml "$copy"
cp tests/test_word_numbers.py "$copy/tests"
suffix=$(python -c "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))")
compiler=${CXX:-g++}
"$compiler" -std=c++17 -O1 -g -shared -fPIC -fsanitize=address,undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer -Wall -Wextra "$copy"/core/text/native/*.cpp \
    -o "$copy/core/text/_compiled$suffix"

cd "$copy"
# Python itself leaks at its end.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
libraries="$("$compiler" -print-file-name=libasan.so) $("$compiler" -print-file-name=libubsan.so)"
LD_PRELOAD="$libraries" PYTHONPATH="$copy" python -m pytest -p no:cacheprovider tests "$@"
