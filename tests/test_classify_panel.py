"""The console of a classifier: classified as one types, in training and after it."""

from pathlib import Path

import pytest
from textual.widgets import Input, Static

from core.config import make_config
from core.events import Emit
from scripted_backend import ScriptedBackend
from scripted_classifier import answer
from studio_cases import Studio, open_studio
from tui.panels.classify import DEBOUNCE_S, ClassifyPanel
from tui.widgets.bars import Bars
from tui.widgets.shaded_view import ShadedView

CLASSIFIER = make_config(preset="classifier")


def console(studio: Studio) -> ClassifyPanel:
    """Return the panel."""
    return studio.dashboard.query_one(ClassifyPanel)


def shaded(studio: Studio) -> str:
    """Return the first line of the shaded text."""
    return console(studio).query_one(ShadedView).render_line(0).text.strip()


def line(studio: Studio, id_: str) -> str:
    """Return what a line of the panel says."""
    return str(console(studio).query_one(id_, Static).render())


async def train(studio: Studio) -> None:
    """Start a run and wait for its first steps."""
    await studio.press("space")
    await studio.until(lambda: studio.desk.live.step > 2, "steps")


async def trained(studio: Studio) -> None:
    """Start a short run and wait for its end."""
    await studio.press("space")
    await studio.until(lambda: studio.desk.live.reason, "the end")


async def test_a_text_is_classified_as_it_is_typed(tmp_path: Path) -> None:
    """Without Enter the class, its probability, a bar and the shades follow what is typed."""
    async with open_studio(tmp_path, config=CLASSIFIER) as studio:
        await train(studio)
        await studio.press("g")
        assert isinstance(studio.app.focused, Input)
        await studio.type("a list")
        await studio.until(lambda: shaded(studio) == "a list", "the answer")
        assert isinstance(studio.app.focused, Input)
        bars = console(studio).query_one(Bars).render_line(0).text.split()
        assert "60.0%" in bars
        title = str(console(studio).border_title)
        assert "live@" in title
        assert "shaded by gradient × input" in title
        step = studio.desk.live.step
        await studio.until(lambda: studio.desk.live.step > step, "further steps")


async def test_typing_asks_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every key is a question: a pause in typing is waited for."""
    backend = ScriptedBackend(steps=5, pace_s=0.001)
    async with open_studio(tmp_path, backend, config=CLASSIFIER) as studio:
        await trained(studio)
        asked: list[str] = []
        monkeypatch.setattr(studio.desk, "classify", asked.append)
        await studio.press("g")
        for text in ("a", "a l", "a li", "a lis", "a list"):
            console(studio).query_one(Input).value = text
        await studio.until(lambda: asked, "the question")
        await studio.pilot.pause(3 * DEBOUNCE_S)
        assert asked == ["a list"]


async def test_enter_keeps_the_text_and_escape_leaves_step_by_step(tmp_path: Path) -> None:
    """The answer stays after Enter; Esc leaves the field and the tokens, but destroys no text."""
    backend = ScriptedBackend(steps=5, pace_s=0.001)
    async with open_studio(tmp_path, backend, config=CLASSIFIER) as studio:
        await trained(studio)
        await studio.press("6", "enter")
        await studio.type("a list")
        await studio.press("enter")
        assert studio.app.focused is console(studio)
        await studio.until(lambda: shaded(studio) == "a list", "the answer")
        assert line(studio, "#text-line") == "> a list"
        await studio.press("enter")
        await studio.type("x")
        assert console(studio).query_one(Input).value == "x"
        await studio.press("escape", "v")
        view = console(studio).query_one(ShadedView)
        assert view.crosshair == 0
        await studio.press("escape")
        assert view.crosshair is None
        await studio.press("escape", "escape")
        assert view.answer is not None
        assert line(studio, "#text-line").endswith("x")


async def test_tokens_are_walked_and_read(tmp_path: Path) -> None:
    """`v` and the arrows read each token's weight, with the class that it speaks for."""
    backend = ScriptedBackend(steps=5, pace_s=0.001)
    async with open_studio(tmp_path, backend, config=CLASSIFIER) as studio:
        await trained(studio)
        await studio.press("6", "v")
        assert "type a text first" in studio.messages()
        await studio.press("g")
        await studio.type("a list")
        await studio.press("enter")
        await studio.until(lambda: shaded(studio) == "a list", "the answer")
        assert line(studio, "#reading") == "towards and against simple statements"
        await studio.press("v", "right")
        expected = f"{answer(1, 'a list', 7).weights[1]:+.3g} towards simple statements"
        assert line(studio, "#reading") == f"token 2/2  'list'  {expected}"
        await studio.press("left", "down", "up", "v", "y")
        assert studio.app.clipboard == "simple statements\t0.6000\ta list"


async def test_hostile_text_is_harmless(tmp_path: Path) -> None:
    """Markup and escape sequences in what is typed are shown, not obeyed."""
    backend = ScriptedBackend(steps=5, pace_s=0.001)
    async with open_studio(tmp_path, backend, config=CLASSIFIER) as studio:
        await trained(studio)
        console(studio).take_text("[/] [red]x[/b] \x1b]52;c;x\x07")
        await studio.until(lambda: "[/] [red]x[/b] ␛]52;c;x␇" in shaded(studio), "the answer")
        assert "␛]52" in line(studio, "#text-line")
        strips = studio.dashboard._compositor.render_strips()
        assert not any("\x1b" in strip.text or "\x07" in strip.text for strip in strips)


async def test_before_there_is_a_model_the_panel_says_what_to_do(tmp_path: Path) -> None:
    """Before a run the hint names the keys; a text typed early is answered as soon as can be."""
    async with open_studio(tmp_path, config=CLASSIFIER) as studio:
        hint = line(studio, "#hint")
        assert "space starts training on python-topics" in hint
        assert "g types a text to classify" in hint
        await studio.press("g")
        await studio.type("early")
        await studio.press("enter")
        await train(studio)
        await studio.until(lambda: shaded(studio) == "early", "the answer")


async def test_what_keeps_a_model_from_answering_is_said(tmp_path: Path) -> None:
    """While an evaluation takes its time, an older answer is not passed off as the new one."""

    class Slow(ScriptedBackend):
        def classify(self, run: int, sample: int, text: str, emit: Emit) -> None:
            if text != "second":
                super().classify(run, sample, text, emit)

    async with open_studio(tmp_path, Slow(steps=5, pace_s=0.001), config=CLASSIFIER) as studio:
        await trained(studio)
        console(studio).take_text("first")
        await studio.until(lambda: shaded(studio) == "first", "the answer")
        console(studio).take_text("second")
        studio.desk.live.state = "evaluating"
        console(studio).show(studio.desk.live)
        assert line(studio, "#reading") == "the model answers once it has been evaluated"
        console(studio).set_aside(aside=True)
        assert "another run is still training" in line(studio, "#reading")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (100, 28), (40, 10), (200, 60)])
async def test_the_answer_is_seen_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    """Bars and text stand beside or below each other, and both have room."""
    backend = ScriptedBackend(steps=5, pace_s=0.001)
    async with open_studio(tmp_path, backend, size=size, config=CLASSIFIER) as studio:
        await trained(studio)
        await studio.press("g")
        await studio.type("a list")
        await studio.press("enter")
        await studio.until(lambda: shaded(studio) == "a list", "the answer")
        for kind in (Bars, ShadedView):
            region = console(studio).query_one(kind).region
            assert region.width >= 10, kind
            assert region.height >= 1, kind
