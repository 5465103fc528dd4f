"""Command lines run in this process, in a workspace of their own."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.settings import text_of
from training_cases import SMALL, TEXT
from tui.cli.main import run_command_line

CONTROLS = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0)])) - {"\n"}
"""What must never reach a terminal."""

SMALL_MODEL = [word for name, value in SMALL.items() for word in (f"--{name}", text_of(value))]
"""Options of a model that trains in milliseconds."""


@dataclass(frozen=True)
class Done:
    """Hold what a command has left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.out.splitlines()

    @property
    def objects(self) -> list[dict[str, object]]:
        """The JSON objects of standard output, one a line."""
        return [json.loads(line) for line in self.lines]


class Shell:
    """Type command lines in a folder with a small text in it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.workspace = root / "studio"
        self.text = root / "jugs.txt"
        self._capsys = capsys
        if not self.text.exists():
            self.text.write_text(TEXT)

    def run(self, *words: str) -> Done:
        """Run a command line in the workspace, unless it names another."""
        self._capsys.readouterr()
        named = any(word.startswith("--workspace") for word in words)
        code = run_command_line([*words, *([] if named else ["--workspace", str(self.workspace)])])
        captured = self._capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def train(self, *words: str) -> Done:
        """Train a small model on the small text."""
        return self.run("train", *SMALL_MODEL, "--data_file", str(self.text), *words)


def is_one_line(text: str, beginning: str = "rnnstudio: ") -> bool:
    """Tell whether a text is one line that begins like our messages and hides no control."""
    return text.startswith(beginning) and text.count("\n") == 1 and not CONTROLS & set(text)


def words_of(line: str) -> Sequence[str]:
    """Split an example of the help into the words that the program would get."""
    words = shlex.split(line)
    end = next((at for at, word in enumerate(words) if word in (">", "|")), len(words))
    return words[1:end]
