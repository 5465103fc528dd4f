"""An answer in bars and shades: the classes by probability, the tokens by what they did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from class_cases import classified
from tui.answer_text import answer_line, token_reading, top_class
from tui.token_flow import Piece
from tui.widgets.bars import Bar, Bars, fitting_bars
from tui.widgets.canvas import Grid
from tui.widgets.shaded_view import ShadedView


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(1, 12))
def test_bars_that_do_not_fit_are_counted(shares: list[float], rows: int) -> None:
    """The largest come first, the last line stands for the rest, and nothing is lost."""
    bars = [Bar(f"class {n}", share) for n, share in enumerate(shares)]
    fitting = fitting_bars(bars, rows)
    assert len(fitting) == min(len(bars), rows)
    assert sum(bar.share for bar in fitting) == pytest.approx(sum(shares))
    if len(bars) > rows > 1:
        assert fitting[-1].label == f"{len(bars) - rows + 1} others"
        assert fitting[0].share == max(shares)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (12, 2), (40, 6), (90, 3)])
def test_bars_are_drawn_at_any_size(width: int, height: int) -> None:
    """Label and percentage go before the bar where there is little room."""
    bars = Bars()
    bars.bars = [Bar("negative", 0.834), Bar("日本語のクラス", 0.1), Bar("positive", 0.066)]
    grid = Grid(width, height)
    bars.draw(grid)
    text = ["".join(map(chr, row)) for row in grid.codes]
    if width >= 40:
        assert text[0].split()[:2] == ["negative", "83.4%"]
        assert "━" in text[0]


class ViewApp(App[None]):
    """Show a shaded text alone."""

    def compose(self) -> ComposeResult:
        """Put the view on the screen."""
        yield ShadedView()


async def test_shades_read_without_colour() -> None:
    """What spoke for the answer is bold, what spoke against it underlined, the rest plain."""
    app = ViewApp()
    async with app.run_test(size=(40, 6)) as pilot:
        view = app.query_one(ShadedView)
        view.show(classified(1))
        await pilot.pause()
        looks = {
            segment.text.strip(): (bool(segment.style.bold), bool(segment.style.underline))
            for segment in view.render_line(0)
            if segment.style and segment.text.strip()
        }
        assert looks == {
            "not": (True, False),
            "a": (False, False),
            "good": (False, True),
            "film": (True, False),
        }
        view.set_crosshair(0)
        await pilot.pause()
        assert view.render_line(0).text.rstrip() == "not a good film"
        assert view.render_line(1).text.rstrip() == "+++   ---- +"
        view.set_crosshair(99)
        assert view.crosshair == 3
        view.crosshair_by_line(1)
        view.show(classified(2, tokens=["no"], weights=[0.0]))
        assert view.crosshair == 0
        assert view.look_of(Piece(0, "no", 2)) == ""
        view.show(None)
        assert view.crosshair is None


async def test_hostile_tokens_are_shown_not_obeyed() -> None:
    """Escape sequences and markup in a text reach the terminal as signs."""
    app = ViewApp()
    async with app.run_test(size=(40, 6)) as pilot:
        view = app.query_one(ShadedView)
        view.show(classified(1, tokens=["[/]", "\x1b]52;x\x07", "\ud800"], weights=[1.0, 0.5, -1]))
        await pilot.pause()
        text = view.render_line(0).text
        assert "[/]␛]52;x␇" in text
        assert "\x1b" not in text


def test_a_token_is_read_in_words() -> None:
    """The crosshair says how far a token moved the answer, and which way."""
    answer = classified(1)
    assert token_reading(answer, 0).plain == "token 1/4  'not'  +1.2 towards negative"
    assert token_reading(answer, 2).plain == "token 3/4  'good'  -0.6 against negative"
    assert token_reading(answer, None).plain == "towards and against negative"
    attention = classified(1, method="attention", weights=[1.0, 0.2, 0.2, 0.1])
    assert token_reading(attention, 1).plain == "token 2/4  'a'  attention 0.20 of the largest"
    assert "towards" not in token_reading(attention, None).plain
    assert "only the first 4 tokens are read" in token_reading(answer, None, 4).plain
    assert "only" not in token_reading(answer, None, 5).plain


def test_an_answer_is_said_in_one_line() -> None:
    """The class, its probability and the text, made safe."""
    assert top_class(classified(1)) == Bar("negative", 0.83)
    assert answer_line(classified(1, "bad\x1b\n")) == "negative 83.0%: bad␛↵"
