"""Coloured texts, the hints of keys among them, can be read in every theme."""

import re
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from studio_cases import open_studio
from tui.legible import GROUNDS, LEAST, TEXTS, contrast, legible_texts

TUI = Path(__file__).parent.parent / "tui"

THEMES = sorted(name for name in BUILTIN_THEMES if not name.startswith("ansi-"))

COLOURED = re.compile(r'"(?:bold )?\$(?:accent|success|warning|error|primary)(?: bold)?"')
"""A style of text in a colour that is made for areas."""


@pytest.mark.parametrize("theme", THEMES)
def test_texts_stand_out_from_every_ground(theme: str) -> None:
    """Each text colour has a contrast of 4.5 : 1 with each ground."""
    variables = BUILTIN_THEMES[theme].to_color_system().generate()
    texts = legible_texts(variables)
    assert set(texts) == set(TEXTS)
    grounds = [Color.parse(variables[name]) for name in GROUNDS]
    for text in texts.values():
        assert min(contrast(Color.parse(text), ground) for ground in grounds) >= LEAST


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21 : 1, a colour on itself 1 : 1."""
    assert contrast(Color.parse("black"), Color.parse("white")) == pytest.approx(21)
    assert contrast(Color.parse("#ffa62b"), Color.parse("#ffa62b")) == 1


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
def test_the_terminal_s_own_colours_are_left_alone(theme: str) -> None:
    """Nobody knows what they look like."""
    assert legible_texts(BUILTIN_THEMES[theme].to_color_system().generate()) == {}


def test_no_text_is_written_in_the_colour_of_an_area() -> None:
    """Texts take the colours that are made legible."""
    found = {
        f"{path.name}: {style}"
        for path in TUI.rglob("*.py")
        for style in COLOURED.findall(path.read_text("utf-8"))
    }
    assert not found


async def test_the_application_draws_with_them(tmp_path: Path) -> None:
    """Style sheets and written texts see the same colours, also after a change of theme."""
    async with open_studio(tmp_path) as studio:
        studio.app.theme = "textual-light"
        await studio.pilot.pause()
        variables = studio.app.theme_variables
        assert legible_texts(
            BUILTIN_THEMES["textual-light"].to_color_system().generate()
        ).items() <= (variables.items())
        assert studio.app.get_css_variables()["text-accent"] == variables["text-accent"]
