"""What panels show is explained on the screen, with numbers that are right."""

import math
import re
from pathlib import Path
from typing import get_args

import pytest
from textual.widgets import Static

from studio_cases import open_studio
from tui.commands import Scope
from tui.explanations import EXPLANATIONS
from tui.screens.explaining import ExplanationDialog


def test_every_panel_is_explained_with_a_number() -> None:
    """Each scope of a panel has terms, and each term an example that counts."""
    assert set(EXPLANATIONS) == set(get_args(Scope)) - {"everywhere"}
    for terms in EXPLANATIONS.values():
        assert terms
        assert all(re.search(r"\d", found.example) for found in terms)


@pytest.mark.parametrize(
    ("word", "scope"),
    [
        ("EMA", "charts"),
        ("Perplexity", "charts"),
        ("‖g‖", "gradients"),
        ("Half-life", "time"),
        ("r is the correlation", "microscope"),
    ],
)
def test_what_stands_on_screen_without_a_word_is_explained(word: str, scope: Scope) -> None:
    """Signs and short names of the panels are found in their explanations."""
    assert any(word in found.term + found.text for found in EXPLANATIONS[scope])


def test_the_worked_numbers_are_right() -> None:
    """What an example says that a formula gives is what it gives."""
    text = " ".join(found.example for terms in EXPLANATIONS.values() for found in terms)
    assert f"-ln 0.25 = {-math.log(0.25):.3f}" in text
    assert f"a perplexity of {math.exp(1.412):.2f} against {math.exp(1.498):.2f}" in text
    assert f"{10**6 // 2048} steps an epoch" in text
    for temperature, told in ((0.5, "94 % and 6 %"), (2.0, "67 % and 33 %")):
        likely, rare = 0.8 ** (1 / temperature), 0.2 ** (1 / temperature)
        assert f"{likely / (likely + rare):.0%}".replace("%", " %") == told.split(" and ")[0]
        assert told in text
    assert f"= {0.9**10:.2f} of it after ten tokens" in text
    assert f"one of 0.99 leaves {0.99**10:.2f}" in text
    slopes = [1 - math.tanh(x) ** 2 for x in (1, 3)]
    assert "{:.2f} at 1 and {:.2f} at 3".format(*slopes) in text
    assert f"{-math.log(0.01):.2f} nats, or {-math.log2(0.01):.2f} bits" in text


async def test_i_explains_the_focused_panel(tmp_path: Path) -> None:
    """It opens above the panels, in ASCII too, and the same key closes it."""
    async with open_studio(tmp_path) as studio:
        for number, term in ((2, "EMA"), (4, "Gradient norm"), (7, "Half-life")):
            await studio.press(str(number), "i")
            dialog = studio.app.screen
            assert isinstance(dialog, ExplanationDialog)
            told = "\n".join(str(part.render()) for part in dialog.query(Static))
            assert term in told
            await studio.press("i")
            assert studio.dialogs == 0
