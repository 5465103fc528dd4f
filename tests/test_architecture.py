"""The house keeps its shape: imports go one way, and the first screen needs no torch."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "workspace", "tui")

FORBIDDEN = {
    "core": {"workspace", "tui", "rnnstudio", "textual", "rich", "platformdirs"},
    "workspace": {"tui", "rnnstudio", "textual", "rich"},
    "tui": {"rnnstudio", "torch"},
}
"""What no file of a room may import, anywhere."""

TORCH_FREE = (
    "core.experiment", "core.kernels.library", "core.model_size", "core.rate_range",
    "workspace.experiment_plan", "workspace.experiment_table", "workspace.experiments",
    "workspace.member_processes",
    "core.clamps", "core.config", "core.confusion", "core.control", "core.decoding", "core.errors",
    "core.events", "core.doctor",
    "core.settings", "core.insight.compression", "core.insight.duplicates",
    "core.insight.memorisation", "core.insight.ngrams", "core.insight.token_offsets",
    "core.text.corpora", "core.text.vocabulary", "workspace.corpora", "workspace.preferences",
    "workspace.reproducing", "workspace.requests", "workspace.runs", "workspace.timeline",
    "tui.app", "tui.engine", "tui.history", "tui.report.notebook", "tui.report.writing",
)  # fmt: skip


def sources(room: str) -> list[Path]:
    """Return the files of a room."""
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Yield the first name of every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_one_way(room: str) -> None:
    """No file imports a room above its own, nor a library that belongs to one."""
    assert sources(room)
    for path in sources(room):
        assert not FORBIDDEN[room] & set(imports(path)), path


def test_only_the_dashboard_imports_textual() -> None:
    """The command line never loads the dashboard's library."""
    for path in sources("tui/cli"):
        assert "textual" not in set(imports(path)), path


def loaded_by(module: str) -> set[str]:
    """Return the modules that a fresh interpreter has after importing one."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("module", TORCH_FREE)
def test_the_first_screen_needs_no_torch(module: str) -> None:
    """Importing what the first frame needs does not load torch."""
    assert "torch" not in loaded_by(module)


def test_a_report_needs_plotting_only_when_it_draws() -> None:
    """Without the extra a report can still say that it is missing."""
    assert "matplotlib" not in loaded_by("tui.report.writing")


def test_help_needs_little() -> None:
    """The command line's front door loads neither torch nor textual nor numpy."""
    assert not {"torch", "textual", "numpy", "rich"} & loaded_by("rnnstudio")
    assert not {"torch", "textual", "numpy", "rich"} & loaded_by("tui.cli.parser")


def test_no_test_is_skipped_for_want_of_a_package() -> None:
    """The extra `test` brings every package that a test needs, so that one that is gone fails.

    What may be skipped belongs to the system: a module of POSIX, and Textual's driver for it.
    """
    wanted = {
        name
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in re.findall(r"importorskip\(\s*\"([^\"]+)", path.read_text(encoding="utf-8"))
    }
    assert wanted <= {"resource", "textual.drivers.linux_driver"}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    (ours,) = [name for name in extras["test"] if name.startswith("rnnstudio[")]
    assert set(ours[len("rnnstudio[") : -1].split(",")) == set(extras) - {"test"}


def test_two_files_know_threads() -> None:
    """Threads are made in the dashboard's engine, and for what is hashed or written beside it."""
    found = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in sources(room)
        if any(word in path.read_text(encoding="utf-8") for word in ("Thread(", "PoolExecutor("))
    }
    assert found == {"tui/engine.py", "core/background.py"}


def test_the_check_of_imports_can_fail(tmp_path: Path) -> None:
    """An import inside a function counts as well."""
    path = tmp_path / "bad.py"
    path.write_text("def f():\n    from torch import nn\n", encoding="utf-8")
    assert set(imports(path)) == {"torch"}
