"""Play the dashboard with double-width data: `wide_screens.py LANGUAGE LOOK COLUMNSxROWS`.

It is a program of its own, since a process speaks one language, chosen before the screen's modules
are imported. What it prints is one JSON array of scenes.
"""

import asyncio
import json
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from core.language import speak

if TYPE_CHECKING:
    from studio_cases import Studio

NAME = "红楼梦逐字模型第三次实验继续"
CORPUS = "唐诗三百首全集"
CLASSES = (
    "科技", "体育新闻", "财经", "娱乐八卦与明星", "教育",
    "房产家居", "股票", "时政", "游戏", "社会",
)  # fmt: skip
TEXT = "满纸荒唐言，一把辛酸泪！都云作者痴，谁解其中味？"

LANGUAGE_KEYS = (
    "2", "left", "3", "4", "r", "5", "6", "v", "v", "7", "8", "9", "m", "v", "v", "0", "z", "z",
    "E", "e", "escape", "1", "right", "enter", "escape", "g", "escape", "question_mark", "escape",
    "n", "escape", "colon", "escape",
)  # fmt: skip
"""Through every panel of a language model and most dialogs, a scene after each key."""

CLASSIFIER_KEYS = (
    "2", "3", "4", "right", "enter", "escape", "right", "6", "v", "v", "g", "escape", "5", "d",
    "escape",
)  # fmt: skip


class Scene(TypedDict):
    """Hold what is on the screen."""

    name: str
    width: int
    lines: list[str]
    frames: list[tuple[int, int, int, int]]
    """Column, row, width and height of each frame that can be seen whole."""


def scene(name: str, studio: "Studio") -> Scene:
    """Return what is on the screen now."""
    from textual.geometry import Region
    from textual.widget import Widget

    screen, (width, height) = studio.app.screen, studio.app.size
    whole = Region(0, 0, width, height)
    frames = [
        widget.region
        for widget in screen.query(Widget)
        if widget.styles.border.left[0] in ("round", "ascii")
        and widget.is_on_screen
        and whole.contains_region(widget.region)
    ]
    strips = screen._compositor.render_strips()
    return {
        "name": f"{name} {width}x{height}",
        "width": width,
        "lines": [strip.text for strip in strips],
        "frames": [(frame.x, frame.y, frame.width, frame.height) for frame in frames],
    }


def trained_on_chinese(studio: "Studio") -> None:
    """Show a language model of 600 steps that has been looked into and diagnosed."""
    from core.events import (
        Diagnosed,
        PhaseChanged,
        SettingChange,
        SettingsChanged,
        TextSampled,
        Yardstick,
        YardsticksMeasured,
    )
    from event_cases import evaluated, started, steps
    from test_inside_panels import gates, seen

    history = studio.desk.live
    history.fold(started(name=NAME, corpus_name=CORPUS))
    history.fold(PhaseChanged(phase="training", step=0))
    sticks = [
        Yardstick(name=name, loss=loss, bits_per_char=2.0)
        for name, loss in (("uniform", 4.1), ("unigram", 3.1), ("3-gram", 1.9), ("gzip", 1.7))
    ]
    history.fold(YardsticksMeasured(yardsticks=sticks, counted_tokens=9, measured_tokens=9))
    for first in range(1, 600, 10):
        losses = [1.4 + 3 * math.exp(-step / 80) for step in range(first, first + 10)]
        history.fold(steps(first, losses))
        if first % 200 == 1:
            change = SettingChange(name="data_file", old=CORPUS, new=f"/语料/{NAME}.txt")
            history.fold(SettingsChanged(step=first + 9, changes=[change]))
        if first % 100 == 91:
            history.fold(evaluated(first + 9, losses[-1] + 0.1, best=losses[-1] + 0.1))
            history.fold(seen(first + 9))
    history.fold(gates(600, dead=20))
    for step in (0, 590):
        said = Diagnosed(
            step=step, code="dead_units", message=TEXT, evidence=TEXT * 2, fix={"learning_rate": 1}
        )
        history.fold(said)
    tokens = list(TEXT * 20)
    history.fold(
        TextSampled(
            sample=1, step=600, origin="training", prompt=TEXT, tokens=tokens, done=True,
            probabilities=[0.9 / (1 + n % 9) for n in range(len(tokens))],
        )
    )  # fmt: skip


async def classified_in_chinese(studio: "Studio") -> None:
    """Show a classifier of 600 steps with an answer to a text."""
    from class_cases import class_evaluated, classifier_started
    from core.events import PhaseChanged
    from event_cases import steps
    from scripted_classifier import TOPICS, baselines, measured, measured_accuracy, share_right
    from tui.panels.classify import ClassifyPanel

    history = studio.desk.live
    history.fold(classifier_started(labels=TOPICS, name=NAME))
    history.fold(baselines())
    history.fold(PhaseChanged(phase="training", step=0))
    for step in range(100, 601, 100):
        history.fold(steps(step, [0.4 + 2 * math.exp(-step / 80)], accuracy=share_right(step)))
        best = measured_accuracy(step)
        history.fold(class_evaluated(step, best, best=best))
        history.fold(measured(step))
    studio.dashboard.show_all()
    studio.dashboard.query_one(ClassifyPanel).take_text(" ".join([TEXT] * 4))
    await studio.until(lambda: history.classes.answer, "the answer")


async def walk(studio: "Studio", task: str, keys: Sequence[str]) -> list[Scene]:
    """Press keys one after another and return the scene after each."""
    from core.config import make_config

    await studio.until(lambda: studio.desk.live.phase == "ended", "the engine is loaded")
    if task == "classify":
        await classified_in_chinese(studio)
    else:
        trained_on_chinese(studio)
    for number in range(3):
        studio.desk.store.create_run(f"{NAME}-{number}", make_config({"data_file": f"/{CORPUS}"}))
    studio.dashboard.refresh_runs()
    scenes = []
    for index, key in enumerate(keys):
        studio.dashboard.show_all()
        await studio.press(key)
        pressed = " ".join(keys[: index + 1][-3:])
        scenes.append(scene(f"{task} {pressed}", studio))
    return scenes


async def play(root: Path, size: tuple[int, int], *, ascii_only: bool) -> list[Scene]:
    """Go through all scenes."""
    import scripted_classifier
    import scripted_look
    import stillness
    from core.config import make_config
    from studio_cases import open_studio
    from tui.tasks import Corpora

    stillness.install()
    scripted_classifier.TOPICS[:] = CLASSES
    scripted_classifier.TEXTS = (TEXT, TEXT, TEXT * 2, TEXT)
    scripted_look.HELD_OUT = f"{TEXT}\n" * 9
    corpora: Corpora = {"language": (CORPUS, "brackets"), "classify": (CORPUS,)}
    scenes = []
    for task, keys in (("language", LANGUAGE_KEYS), ("classify", CLASSIFIER_KEYS)):
        config = make_config({"corpus": CORPUS})
        async with open_studio(
            root / task, size=size, ascii_only=ascii_only, config=config, corpora=corpora
        ) as studio:
            scenes.append(scene(f"{task} ready", studio))
            scenes += await walk(studio, task, keys)
    return scenes


if __name__ == "__main__":
    language, look, size = sys.argv[1:]
    speak(language)
    columns, rows = map(int, size.split("x"))
    with tempfile.TemporaryDirectory() as name:
        played = asyncio.run(play(Path(name), (columns, rows), ascii_only=look == "ascii"))
    sys.stdout.write(json.dumps(played))
