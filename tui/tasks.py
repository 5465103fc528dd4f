"""The two tasks as the screen tells them apart: whose settings and corpora are which."""

from collections.abc import Mapping

from core.config import TaskName
from core.presets import PRESETS
from core.settings import Value

Task = TaskName

TASKS: tuple[Task, ...] = ("language", "classify")

Corpora = Mapping[Task, tuple[str, ...]]
"""Names of the texts at hand, by the task that they are for."""


def task_of(config: Mapping[str, Value]) -> Task:
    """Return what a run with these settings learns."""
    return "classify" if config.get("task") == "classify" else "language"


def task_of_preset(preset: str) -> Task:
    """Return what a run with this preset learns."""
    return task_of(PRESETS[preset])
