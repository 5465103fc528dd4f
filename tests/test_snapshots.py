"""The screen as a person sees it, at two sizes, beside pictures in text.

After a wanted change `RNNSTUDIO_SNAPSHOTS=write pytest tests/test_snapshots.py` renews them; look
at the difference before you commit it.
"""

import math
import os
from pathlib import Path

import pytest

from class_cases import class_evaluated, classifier_started
from core.decoding import Decoding
from core.events import PhaseChanged, SettingChange, SettingsChanged, TextSampled
from event_cases import evaluated, started, steps
from scripted_classifier import TOPICS, baselines, measured, measured_accuracy, share_right
from studio_cases import Studio, open_studio
from tui.panels.classify import ClassifyPanel

SNAPSHOTS = Path(__file__).with_name("snapshots")


def lived_in(studio: Studio) -> None:
    """Let the dashboard show a run that has trained for 600 steps, one live change included."""
    history = studio.desk.live
    history.fold(started())
    history.fold(PhaseChanged(phase="training", step=0))
    for first in range(1, 600, 10):
        losses = [1.4 + 3 * math.exp(-step / 80) for step in range(first, first + 10)]
        history.fold(steps(first, losses))
        if first == 301:
            change = SettingChange(name="learning_rate", old=0.001, new=0.0005)
            history.fold(SettingsChanged(step=310, changes=[change]))
        if first % 100 == 91:
            history.fold(evaluated(first + 9, losses[-1] + 0.1, best=losses[-1] + 0.1))
    history.fold(
        TextSampled(
            sample=1, step=600, origin="training", prompt="", tokens=list("To be, or not to be"),
            probabilities=[0.5] * 19, done=True, decoding=Decoding(),
        )
    )  # fmt: skip


async def classified_in(studio: Studio) -> None:
    """Let the dashboard show a classification run of 600 steps, and ask it about a text."""
    history = studio.desk.live
    history.fold(classifier_started(labels=TOPICS))
    history.fold(baselines())
    history.fold(PhaseChanged(phase="training", step=0))
    for step in range(1, 601):
        history.fold(steps(step, [0.4 + 2 * math.exp(-step / 80)], accuracy=share_right(step)))
        if step % 100 == 0:
            best = measured_accuracy(step)
            history.fold(class_evaluated(step, best, best=best))
            history.fold(measured(step))
    studio.dashboard.show_all()
    console = studio.dashboard.query_one(ClassifyPanel)
    console.take_text("A list display yields a new list object, the contents of which are given")
    await studio.until(lambda: history.classes.answer, "the answer")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("scene", ["ready", "training", "params", "classify"])
async def test_the_screen_looks_as_it_did(
    scene: str, size: tuple[int, int], tmp_path: Path
) -> None:
    """Nothing on the screen has moved since the snapshot was looked at."""
    async with open_studio(tmp_path, size=size) as studio:
        await studio.until(lambda: studio.desk.live.phase == "ended", "the engine is loaded")
        if scene == "classify":
            await classified_in(studio)
            await studio.press("4")
        elif scene != "ready":
            lived_in(studio)
        if scene == "params":
            await studio.press("1", "right")
        studio.dashboard.show_all()
        await studio.pilot.pause()
        strips = studio.dashboard._compositor.render_strips()
        shown = "\n".join(strip.text.rstrip() for strip in strips) + "\n"
    path = SNAPSHOTS / f"{scene}-{size[0]}x{size[1]}.txt"
    if os.environ.get("RNNSTUDIO_SNAPSHOTS") == "write":
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
