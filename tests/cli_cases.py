"""Command lines run in this process, in a workspace of their own."""

import csv
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.settings import Value, text_of
from core.text.labelled import LabelledTexts
from labelled_cases import SMALL_CLASSIFIER, reviews
from training_cases import SMALL, TEXT
from tui.cli.main import run_command_line

CONTROLS = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0)])) - {"\n"}
"""What must never reach a terminal."""


def options_of(settings: Mapping[str, Value]) -> list[str]:
    """Return settings as they are typed."""
    return [word for name, value in settings.items() for word in (f"--{name}", text_of(value))]


SMALL_MODEL = options_of(SMALL)
"""Options of a model that trains in milliseconds."""

SMALL_CLASSIFIER_MODEL = options_of(SMALL_CLASSIFIER)
"""Options of a classifier that trains in milliseconds."""


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
        self.reviews = root / "reviews.tsv"
        self._capsys = capsys
        if not self.text.exists():
            self.text.write_text(TEXT)
        if not self.reviews.exists():
            write_table(self.reviews, reviews())

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

    def train_classifier(self, *words: str) -> Done:
        """Train a small classifier on small labelled texts, unless others are named."""
        data = [] if "--data_file" in words else ["--data_file", str(self.reviews)]
        return self.run("train", *SMALL_CLASSIFIER_MODEL, *data, *words)


def write_table(path: Path, data: LabelledTexts) -> None:
    """Write labelled texts with tabs between text and class, and no header."""
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(zip(data.texts, data.labels, strict=True))


LABELS = ["bad\x1b[2J", "good\u202e"]
"""Classes whose names would act on a terminal, in their order."""


def train_three(folder: Path) -> None:
    """Fill a folder with two classifiers, the second one exported, and then a language model."""
    data = reviews()
    hostile = [label + {"bad": "\x1b[2J", "good": "\u202e"}[label] for label in data.labels]
    write_table(folder / "reviews.tsv", LabelledTexts(data.texts, hostile, data.places))
    (folder / "jugs.txt").write_text(TEXT)
    usual = ["--workspace", str(folder / "studio"), "--epochs"]
    classifier = ["train", *SMALL_CLASSIFIER_MODEL, "--data_file", str(folder / "reviews.tsv")]
    assert run_command_line([*classifier, *usual, "1", "--max_text_length", "8"]) == 0
    export = ["--save_dir", str(folder / "exported")]
    assert run_command_line([*classifier, *usual, "6", "--name", "reviewer", *export]) == 0
    language = ["train", *SMALL_MODEL, "--data_file", str(folder / "jugs.txt")]
    assert run_command_line([*language, *usual, "1", "--name", "writer"]) == 0


def is_one_line(text: str, beginning: str = "rnnstudio: ") -> bool:
    """Tell whether a text is one line that begins like our messages and hides no control."""
    return text.startswith(beginning) and text.count("\n") == 1 and not CONTROLS & set(text)


def words_of(line: str) -> Sequence[str]:
    """Split an example of the help into the words that the program would get."""
    words = shlex.split(line)
    end = next((at for at, word in enumerate(words) if word in (">", "<", "|")), len(words))
    return words[1:end]
