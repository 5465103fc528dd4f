"""A benchmark says what it measures, and measures nothing else by mistake."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from test_architecture import imports

BENCHMARKS = Path(__file__).with_name("benchmarks")
SCRIPTS = [
    path for path in sorted(BENCHMARKS.glob("*.py")) if "__main__" in path.read_text("utf-8")
]


@pytest.fixture(scope="module")
def uncompiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the packages as the clone has them before anything is built."""
    folder = tmp_path_factory.mktemp("source")
    root = BENCHMARKS.parents[1]
    built = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(root / "core", folder / "core", ignore=built)
    shutil.copy(root / "rnnstudio.py", folder)
    return folder


def encode(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Start the benchmark that needs no torch, from the root of the clone."""
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / "encode.py"), "--megabytes", "1", *words],
        env=os.environ | environ,
        cwd=BENCHMARKS.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_package_without_its_compiled_part_is_refused(uncompiled: Path) -> None:
    """Its folder and the two ways out are named, and nothing is measured."""
    done = encode(PYTHONPATH=str(uncompiled))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{uncompiled} has no compiled part" in done.stderr
    assert "pip install" in done.stderr and "--uncompiled" in done.stderr


def test_what_is_measured_is_said(uncompiled: Path) -> None:
    """The package that Python finds, not the clone around the benchmark; its way; the processor."""
    done = encode("--uncompiled", PYTHONPATH=str(uncompiled))
    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()[0]
    assert said.startswith(f"measured: installed package {uncompiled}; torch's own operations")
    assert said.rsplit("; ", 1)[1].strip()
    assert done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_every_benchmark_asks_what_it_measures(script: Path) -> None:
    """It imports what says so, itself or with its table, and puts no clone before the rest."""
    assert {"subject", "interleaved"} & set(imports(script))
    assert "parents[2]))" not in script.read_text("utf-8")
