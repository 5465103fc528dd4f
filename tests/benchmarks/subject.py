"""What a benchmark measures, found and said before anything of it is imported.

It is the installed package, never the clone that the benchmark lies in (unless that is what is
installed, by `pip install -e .`). A package without its compiled part is another program, so it is
refused; `--uncompiled` measures it all the same.
"""

import importlib.util
import os
import platform
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]

UNCOMPILED = "--uncompiled"

SAID = "RNNSTUDIO_BENCHMARK_SAID"
"""In the environment of a benchmark's own children, which ask and say nothing again."""


def processor() -> str:
    """Return the processor's name, or its architecture where the system does not tell it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def package() -> Path:
    """Return the folder that the measured program is imported from.

    Raises:
        SystemExit: It is not installed.
    """
    found = importlib.util.find_spec("core.kernels")
    if found is None or found.origin is None:
        raise SystemExit(f"rnnstudio is not installed: pip install '{CLONE}[test]'")
    return Path(found.origin).resolve().parents[2]


def measured() -> Path:
    """Say what is measured, and return the file of the program.

    Raises:
        SystemExit: It is not installed, or has no compiled part and nobody asked for that.
    """
    is_child = SAID in os.environ
    allowed = is_child or UNCOMPILED in sys.argv
    if UNCOMPILED in sys.argv:
        sys.argv.remove(UNCOMPILED)
    folder = package()
    from core.cores import available_threads
    from core.kernels.library import chosen, compiled

    is_clone = folder == CLONE
    way = chosen()
    if not is_child:
        what = "source tree" if is_clone else "installed package"
        how = "torch's own operations" if way.name == "torch" else f"compiled, {way.name}"
        threads = available_threads()
        sys.stderr.write(f"measured: {what} {folder}; {how} ({way.why}); ")
        sys.stderr.write(f"{processor()}, {threads} threads\n")
    if compiled() is None and not allowed:
        raise SystemExit(
            f"{folder} has no compiled part, so these would not be rnnstudio's figures; "
            f"pip install '{CLONE}' builds it, {UNCOMPILED} measures without it"
        )
    os.environ[SAID] = "1"
    return folder / "rnnstudio.py"


PROGRAM = measured()
