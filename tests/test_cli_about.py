"""`about`: which versions run, and what computes the models here, for people and for scripts."""

import json
from pathlib import Path

import pytest

from cli_cases import Shell
from core.kernels import library
from tui.cli.version import VERSION


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return a shell in an empty folder."""
    return Shell(tmp_path, capsys)


def test_it_says_what_computes_and_why(shell: Shell) -> None:
    """The path is the one that layers take, and both ways of printing say it."""
    found = json.loads(shell.run("about", "--json").out)
    assert (found["version"], found["kernels"]) == (VERSION, library.chosen().name)
    text = shell.run("about").out
    assert f"rnnstudio {VERSION}" in text
    assert f"torch {found['torch']}" in text
    assert library.chosen().why in text


def test_it_says_that_there_is_no_compiled_part(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the reason is said, and what computes instead."""
    monkeypatch.setattr("tui.cli.about.chosen", lambda: library.choose(None, ""))
    text = shell.run("about").out
    assert "kernels: torch's own operations; the compiled part is not there" in text
    assert json.loads(shell.run("about", "--json").out)["kernels"] == "torch"


def test_a_path_that_is_not_there_is_refused(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wish that names nothing ends with exit code 2 and the names."""
    monkeypatch.setattr("tui.cli.about.chosen", lambda: library.choose(None, "fast"))
    done = shell.run("about")
    assert done.code == 2
    assert "RNNSTUDIO_KERNELS must be one of avx512, avx2, portable, torch" in done.err
