"""The program as it is started: from anywhere, quickly, and never with somebody else's `core`."""

import errno
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import rnnstudio
from tui.cli.version import VERSION

ROOT = Path(rnnstudio.__file__).resolve().parent


def start(*words: str, **options: object) -> "subprocess.CompletedProcess[str]":
    """Run the program in a process of its own."""
    command = [sys.executable, str(ROOT / "rnnstudio.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


def test_the_version_is_the_projects(tmp_path: Path) -> None:
    """`--version` works in any folder and says what pyproject.toml says."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    done = start("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"rnnstudio {VERSION}\n", "")
    assert project["scripts"]["rnnstudio"] == "rnnstudio:main"


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["help", "generate"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    """Help is there at once: no torch, no textual, no numpy, no rich, no database."""
    code = (
        "import sys, rnnstudio\n"
        f"code = rnnstudio.main({words!r})\n"
        "heavy = {'torch', 'textual', 'numpy', 'rich', 'sqlite3', 'platformdirs', 'shtab'}\n"
        "sys.exit(code or ', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: rnnstudio")


@pytest.mark.parametrize("name", rnnstudio.PACKAGES)
def test_a_foreign_package_is_named_and_not_run(tmp_path: Path, name: str) -> None:
    """Another package of the same name, found first, is told by its file in one line."""
    foreign = tmp_path / name / "__init__.py"
    foreign.parent.mkdir()
    foreign.write_text("raise SystemExit('foreign code was run')")
    code = "import sys, rnnstudio; sys.exit(rnnstudio.main(['--version']))"
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert str(foreign) in done.stderr


def test_a_refusal_needs_nobody_to_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard error is closed, the exit code tells it."""
    monkeypatch.setattr("sys.stderr", None)
    assert rnnstudio.main(["--language", "xx"]) == 2


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation says which of its parts is gone."""
    monkeypatch.setattr(rnnstudio, "find_spec", lambda _name: None)
    monkeypatch.delitem(sys.modules, "core", raising=False)
    assert "'core' is missing" in str(rnnstudio.foreign_package(ROOT))


def test_our_own_packages_pass() -> None:
    """The guard lets the program start where all is well."""
    assert rnnstudio.foreign_package(ROOT) is None


@pytest.mark.parametrize(
    ("given", "spins"),
    [
        ({}, rnnstudio.SPIN_COUNT),
        ({"OMP_WAIT_POLICY": "PASSIVE"}, ""),
        ({"GOMP_SPINCOUNT": "7"}, "7"),
    ],
)
def test_the_users_way_of_waiting_stays(given: dict[str, str], spins: str) -> None:
    """How torch's threads wait is set before torch is loaded, unless the user has set it."""
    free = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    code = (
        "import os, rnnstudio\n"
        "rnnstudio.main(['--version'])\n"
        "print(os.environ.get('GOMP_SPINCOUNT', ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=free | given,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[1:] == [spins]


@pytest.mark.parametrize("words", ["settings", "train --help", "runs --json"])
def test_a_reader_that_has_enough_is_no_error(words: str, tmp_path: Path) -> None:
    """`rnnstudio settings | head -1` ends quietly with 0."""
    command = [sys.executable, str(ROOT / "rnnstudio.py"), *words.split()]
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "RNNSTUDIO_HOME": str(tmp_path / "studio")}
    environment.pop("PYTHONUNBUFFERED", None)  # Without a buffer there is nothing left to flush.
    done = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_told() -> None:
    """Output that cannot be written is a failure with a reason, not a traceback."""
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, str(ROOT / "rnnstudio.py"), "settings", "--json"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    reason = os.strerror(errno.ENOSPC)
    assert done.stderr == f"rnnstudio: cannot write to standard output: {reason}\n"


def test_a_signal_ends_any_command_quietly() -> None:
    """Whatever a command is doing, it ends by the usual code, without a traceback."""
    code = (
        "import os, signal, sys, tui.cli.settings\n"
        "from tui.cli.main import run_command_line\n"
        f"tui.cli.settings.run = lambda args: os.kill(os.getpid(), {int(signal.SIGTERM)})\n"
        "sys.exit(run_command_line(['settings']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")
