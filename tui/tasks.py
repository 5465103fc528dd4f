"""The two tasks as the screen tells them apart: whose settings and corpora are which."""

from collections.abc import Mapping
from typing import Literal

from core.config import PRESETS, SETTINGS
from core.settings import Value

Task = Literal["language", "classify"]

TASKS: tuple[Task, ...] = ("language", "classify")

Corpora = Mapping[Task, tuple[str, ...]]
"""Names of the texts at hand, by the task that they are for."""

LANGUAGE_ONLY = frozenset(
    {"tie_weights", "seq_length", "stateful", "teacher_forcing_ratio", "sample_length"}
)
"""Settings that mean nothing where texts are classified."""

CLASSIFY_ONLY = frozenset(
    name for name, setting in SETTINGS.items() if setting.about.group == "classification"
)
"""Settings that mean nothing to a language model."""


def task_of(config: Mapping[str, Value]) -> Task:
    """Return what a run with these settings learns."""
    return "classify" if config.get("task") == "classify" else "language"


def task_of_preset(preset: str) -> Task:
    """Return what a run with this preset learns."""
    return task_of(PRESETS[preset])


def foreign_settings(task: Task) -> frozenset[str]:
    """Return the settings that mean nothing to a task."""
    return CLASSIFY_ONLY if task == "language" else LANGUAGE_ONLY
