"""The command line speaks the user's language, also in what argparse itself says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from catalogue import texts_of_the_sources
from tui.cli.commands import COMMAND_LINES
from tui.cli.parser import _MISSING, _PHRASES

ROOT = Path(__file__).resolve().parents[1]

HELPS = """
import json, sys
from core.language import speak

speak("zh_CN")

from tui.cli.commands import COMMAND_LINES, root_parser
from tui.cli.parser import StudioParser

root = root_parser()
root.fill()
commands = next(a for a in root._actions if a.dest == "command").choices
for parser in commands.values():
    parser.fill()
json.dump({name: parser.format_help() for name, parser in commands.items()}, sys.stdout)
"""
"""Writes the Chinese help of each command."""


def rnnstudio(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run the program in Chinese."""
    return subprocess.run(
        [sys.executable, "-X", "utf8", str(ROOT / "rnnstudio.py"), *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"LANGUAGE": "zh_CN", "PATH": "", "HOME": "/"},
        check=False,
    )


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """Return the Chinese help of each command."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", HELPS],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={"LANGUAGE": "zh_CN", "COLUMNS": "80", "PATH": "", "HOME": "/"},
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("command", [line.name for line in COMMAND_LINES])
def test_the_help_is_chinese(helps: dict[str, str], command: str) -> None:
    """What argparse says of itself is, too; commands and options stay as they are typed."""
    shown = helps[command]
    assert shown.startswith(f"用法：rnnstudio {command}")
    assert not re.search("usage|options|arguments|examples|default|Show", shown)
    assert "示例：" in shown
    assert not re.search("^[\u4e00-\u9fff]+:", shown, re.MULTILINE)
    assert f"  rnnstudio {command}" in shown


@pytest.mark.parametrize("command", [line.name for line in COMMAND_LINES])
def test_the_help_fits_a_narrow_terminal(helps: dict[str, str], command: str) -> None:
    """A Chinese character takes two of its 80 cells; what is typed stands on one line."""
    described, _, _ = helps[command].partition("示例：")
    lines = described.split("\n\n", 1)[1].splitlines()
    assert [line for line in lines if cell_len(line) > 80] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "--epochs"), "--epochs 需要一个值"),
        (("train", "--json=3"), "--json 不带值"),
        (("experiment", "member"), "缺少 EXPERIMENT, N"),
        (("trian",), "train"),
    ],
)
def test_refusals_are_chinese(words: tuple[str, ...], said: str) -> None:
    """They are one line, and what argparse finds wrong is said by us in every language."""
    done = rnnstudio(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "--help）" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not re.search("expected|ignored|required|did you mean", done.stderr)


def test_what_we_read_of_argparse_is_not_translated() -> None:
    """Its phrases that we recognise are in no catalogue, so that we find them."""
    texts = {message.id for message in texts_of_the_sources() if isinstance(message.id, str)}
    read = [theirs for theirs, _ in _PHRASES] + [_MISSING.strip()]
    assert not [text for text in texts for phrase in read if phrase in text]
