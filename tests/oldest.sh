#!/usr/bin/env bash
# Install the oldest releases that pyproject.toml allows, in an environment of their own, and run the
# tests with them: `bash tests/oldest.sh [pytest's words]`. A bound that is false fails here: pip finds
# no such set of releases, or the tests fail.
#
# torch stays what pip picks of the range, since the oldest one brings gigabytes of CUDA on Linux;
# `TORCH=2.10.0 bash tests/oldest.sh` takes another.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export RNNSTUDIO_HOME="$scratch/workspace" PIP_QUIET=1 PIP_DISABLE_PIP_VERSION_CHECK=1

python3 - "${TORCH:-}" > "$scratch/oldest.txt" << 'CODE'
import re, sys, tomllib

project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = project["optional-dependencies"].values()
for wanted in [*project["dependencies"], *(name for extra in extras for name in extra)]:
    if bound := re.match(r"([\w-]+)>=([\w.]+)", wanted):
        name, oldest = bound.groups()
        oldest = sys.argv[1] if name == "torch" else oldest
        print(f"{name}=={oldest}" if oldest else "")
CODE
cat "$scratch/oldest.txt"

python3 -m venv "$scratch/venv"
export PATH="$scratch/venv/bin:$PATH"
pip install -c "$scratch/oldest.txt" '.[test]'
pytest -n auto "$@"
