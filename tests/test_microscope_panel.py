"""The microscope on the screen: held-out text, samples, typed text; surprisal and units."""

from pathlib import Path

import msgspec

from core.events import Guess
from scripted_look import HELD_OUT, inspected
from studio_cases import Studio, open_studio
from tui.look_text import place_reading, surprising_places, whole_reading
from tui.panels.console import ConsolePanel
from tui.panels.microscope import MicroscopePanel
from tui.samples import Samples
from tui.widgets.inspected_view import InspectedView


async def looking(studio: Studio) -> tuple[MicroscopePanel, InspectedView]:
    """Train, open the microscope and wait for the first look."""
    await studio.press("space", "9")
    panel = studio.dashboard.query_one(MicroscopePanel)
    view = panel.query_one(InspectedView)
    await studio.until(lambda: view.answer, "a look")
    return panel, view


def reading(panel: MicroscopePanel) -> str:
    """Return what the panel says above the text."""
    return str(panel.query_one("#look-reading").render())


async def test_held_out_text_is_read_while_training_goes_on(tmp_path: Path) -> None:
    """The mean, the most surprising place, and at the crosshair what was expected."""
    async with open_studio(tmp_path) as studio:
        panel, view = await looking(studio)
        assert view.answer is not None and view.answer.text == HELD_OUT
        assert "most surprising: 'T' 9.5 bits at line 2, column 1" in reading(panel)
        await studio.press("v", "right")
        assert "'o' 0.50 bits at line 1, column 2" in reading(panel)
        assert "below: whole bits, 9 for more" in str(panel.border_subtitle)
        assert "expected 'e' 60%" in reading(panel)
        assert studio.desk.live.state == "training"


async def test_units_are_found_and_stepped_through(tmp_path: Path) -> None:
    """`f` goes to the unit that follows a property best, the arrows to its neighbours."""
    async with open_studio(tmp_path) as studio:
        panel, view = await looking(studio)
        await studio.press("F")
        assert "layer 2 unit 2 · tracks upper case, r = +1.00 (chance 0.30)" in reading(panel)
        assert view.shading == "unit"
        looks = [view.look_of(piece) for line in view._flow.lines for piece in line]
        assert looks[0] == "inspected--high-2"
        assert looks[1] == "inspected--low-2"
        await studio.press("right")
        assert reading(panel).startswith("layer 2 unit 3")
        await studio.press("]")
        assert reading(panel).startswith("layer 1 unit 3")
        await studio.press("m")
        assert "bits a token" in reading(panel)


async def test_a_text_of_ones_own_is_read(tmp_path: Path) -> None:
    """What is typed is asked about once, and `p` leads back to the held-out text."""
    async with open_studio(tmp_path) as studio:
        panel, view = await looking(studio)
        await studio.press("enter")
        await studio.type("Mine")
        await studio.press("enter")
        await studio.until(lambda: view.answer and view.answer.text == "Mine", "the look")
        assert "what was typed" in str(panel.border_title)
        await studio.press("right_curly_bracket")
        await studio.until(lambda: view.answer and view.answer.text == HELD_OUT, "the passage")


async def test_nobody_is_asked_while_the_microscope_is_covered(tmp_path: Path) -> None:
    """Training is not held up for a panel that cannot be seen."""
    async with open_studio(tmp_path) as studio:
        await looking(studio)
        await studio.press("2")
        studio.dashboard.show_all()
        assert studio.desk._inspecting.question is None


async def test_a_sample_is_put_under_the_microscope(tmp_path: Path) -> None:
    """Without a sample it is said that there is none."""
    async with open_studio(tmp_path) as studio:
        panel, view = await looking(studio)
        studio.desk.live.samples = Samples()
        await studio.press("G")
        assert "there is no sample yet" in studio.messages()
        del panel, view


async def test_a_unit_is_held_in_the_next_sample(tmp_path: Path) -> None:
    """`x` switches the unit off, then to its ends, then lets it go; the console says so."""
    async with open_studio(tmp_path) as studio:
        await looking(studio)
        await studio.press("F", "X")
        console = studio.dashboard.query_one(ConsolePanel)
        assert console.decoding.clamp == "2:2=0"
        assert "the next sample holds unit 2 of layer 2 at 0" in studio.messages()
        await studio.press("X")
        assert "holds unit 2 of layer 2 at 1" in str(console.border_title)
        await studio.press("X", "X")
        assert console.decoding.clamp == ""


def test_what_the_vocabulary_lacks_is_told() -> None:
    """Unknown characters are counted and some are named; at the crosshair it is said again."""
    text = "a\u2603b\u2603\x1bcdefg"
    unknown = [1, 3, 4, 6, 7, 8]
    answer = msgspec.structs.replace(inspected(1, text, 10), unknown=unknown)
    read = whole_reading(answer).plain
    assert "6 unknown to the vocabulary ('\u2603', '\\x1b', 'd', 'e', \u2026)" in read
    assert place_reading(answer, 3).plain.endswith(" \u00b7 unknown to the vocabulary")
    assert "unknown" not in place_reading(answer, 2).plain
    assert "unknown" not in whole_reading(inspected(1, text, 10)).plain


def test_a_single_character_has_no_most_surprising_place() -> None:
    """Nothing comes before it that could announce it."""
    answer = inspected(1, "T", 10)
    assert surprising_places(answer) == []
    assert whole_reading(answer).plain == "9.50 bits a token over 1"


def test_improbable_guesses_do_not_all_have_no_probability() -> None:
    """Of many words each may have less than a hundredth; the digits still tell them apart."""
    guesses = [[Guess(text="a", probability=0.0123), Guess(text="b", probability=0.0042)]]
    answer = msgspec.structs.replace(inspected(1, "T", 10), guesses=guesses)
    assert place_reading(answer, 0).plain.endswith("expected 'a' 1%  'b' 0.42%")
