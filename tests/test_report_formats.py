"""A report as a notebook that runs, and as a page in a real browser."""

import ast
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli_cases import Shell
from page_cases import DRAWN, HEAD, VISIBLE, tags_of
from report_cases import report, report_shell
from tui.cli.main import run_command_line
from tui.report.page import POLICY

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), "")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell with runs to report."""
    return report_shell(tmp_path, capsys)


@pytest.mark.parametrize("runs", [["1"], ["2"], ["1", "2", "3"], ["3"]])
def test_the_notebook_runs_and_draws(
    shell: Shell,
    runs: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its cells read the stored run and draw, from any folder; texts stay texts."""
    book = json.loads(report(shell, *runs, name="book.ipynb"))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    prose = "".join(cell["source"] for cell in book["cells"] if cell["cell_type"] == "markdown")
    lines = [line for line in prose.split("\n") if not line.startswith("    ")]
    assert not re.search(r"(?<!\\)<", "\n".join(lines))
    monkeypatch.chdir("/")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    import matplotlib.pyplot as plt

    shown: list[int] = []

    def show() -> None:
        shown.append(len(plt.gcf().axes))
        plt.close("all")

    monkeypatch.setattr(plt, "show", show)
    space: dict[str, object] = {}
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
            exec(compile(ast.parse(cell["source"]), "cell", "exec"), space)
    assert len(shown) >= 3
    assert all(shown)
    if runs == ["1"]:
        assert len(shown) == 6
        assert "The end." in capsys.readouterr().out


def test_a_workspace_that_is_the_usual_one_is_not_written_down(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook goes to another machine: it names a folder only if the user named one."""
    monkeypatch.setenv("RNNSTUDIO_HOME", str(shell.workspace))
    path = shell.root / "book.ipynb"
    assert run_command_line(["report", "1", "-o", str(path)]) == 0
    assert "WORKSPACE = None" in path.read_text()
    assert str(shell.workspace) not in path.read_text()


def opened(path: Path, profile: Path) -> tuple[str, list[str]]:
    """Open a page in a browser without a window; return what became of it, and its console."""
    done = subprocess.run(
        [
            BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom",
            "--enable-logging=stderr", "--v=0", f"--user-data-dir={profile}",
            "--virtual-time-budget=2000", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "HOME": str(profile)},
    )  # fmt: skip
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(not BROWSER, reason="no Chromium is installed")
def test_a_browser_opens_it_without_an_error(shell: Shell, tmp_path: Path) -> None:
    """Chromium draws every figure, says nothing on its console, and runs nothing of the texts."""
    report(shell, "1", "2", "3")
    page, console = opened(shell.root / "report.html", tmp_path / "profile")
    assert console == []
    assert page.count("<svg") == 9
    assert "<title>3 runs</title>" in page
    assert tags_of(page).tags <= VISIBLE | DRAWN | HEAD


@pytest.mark.skipif(not BROWSER, reason="no Chromium is installed")
def test_the_browser_would_tell(tmp_path: Path) -> None:
    """A script in a page with our policy is told on the console, so the test above can fail."""
    page = tmp_path / "bad.html"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    page.write_text(f"<html><head>{policy}</head><body><script>document.title='owned'</script>")
    text, console = opened(page, tmp_path / "profile")
    assert len(console) == 1
    assert "owned</title>" not in text
