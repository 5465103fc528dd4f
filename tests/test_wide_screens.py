"""Characters of two cells, in the texts or in the data, move nothing on the screen."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from rich.cells import cell_len

from wide_screens import CLASSES, NAME, Scene

HERE = Path(__file__).parent

Way = tuple[str, str, str]

WAYS: list[Way] = [
    ("zh_CN", "unicode", "120x40"),
    ("zh_CN", "unicode", "80x24"),
    ("zh_CN", "ascii", "80x24"),
    ("en", "unicode", "120x40"),
]
"""Language, look and size."""


@cache
def scenes(way: Way) -> list[Scene]:
    """Play the dashboard in a process of its own, which speaks the language."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(HERE / "wide_screens.py"), *way],
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONPATH": f"{HERE}:{HERE.parent}", "PATH": "", "HOME": "/", "TERM": "xterm"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[Scene] = json.loads(done.stdout)
    return found


def by_cell(line: str) -> list[str]:
    """Return what stands in each cell of a line: nothing in the second one of a character."""
    return [cell for character in line for cell in [character, ""][: cell_len(character)]]


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_every_line_is_as_wide_as_the_screen(way: Way) -> None:
    """None is cut within a character and none runs over the edge."""
    for shown in scenes(way):
        widths = {cell_len(line) for line in shown["lines"]}
        assert widths == {shown["width"]}, shown["name"] + "\n" + "\n".join(shown["lines"])


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_frames_stand_in_their_columns(way: Way) -> None:
    """The left and the right edge of each panel and dialog are straight."""
    for shown in scenes(way):
        cells = [by_cell(line) for line in shown["lines"]]
        assert shown["frames"] or "colon" in shown["name"], shown["name"]
        for left, top, width, height in shown["frames"]:
            for row in range(top + 1, top + height - 1):
                edges = cells[row][left], cells[row][left + width - 1]
                assert edges in {("│", "│"), ("|", "|")}, f"{shown['name']}, row {row}"


def test_data_of_two_cells_are_shown() -> None:
    """The scenes hold what they are there for: names, classes and texts in Chinese."""
    whole = ["\n".join(shown["lines"]) for shown in scenes(WAYS[-1])]
    assert any(NAME in text for text in whole)
    assert any(all(label[:2] in text for label in CLASSES) for text in whole)


def test_where_only_ascii_is_drawn_the_language_stays() -> None:
    """Graphics are plain, texts are not."""
    # Textual frames its palette with signs of its own.
    ours = (shown for shown in scenes(WAYS[-2]) if "colon" not in shown["name"])
    screens = "".join("".join(shown["lines"]) for shown in ours)
    assert "损失" in screens
    drawn = {character for character in screens if not character.isascii()}
    # Letters, and the punctuation and signs of the texts themselves.
    signs = {sign for sign in drawn if "\u2190" <= sign <= "\u2bff"}
    assert not signs, signs
