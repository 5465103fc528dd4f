"""How to do a run again: as one command that names every setting, or as a replay."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.config import SETTINGS, TaskName, foreign_settings, stored_values
from core.presets import PRESET_OF_TASK, PRESETS
from core.settings import Value, text_of
from workspace.records import Run
from workspace.timeline import Edit, Timeline

NEVER_TYPED = frozenset({"task", "corpus", "data_file"})
"""Settings that the command line has rules of its own for."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what does a run again."""

    command: str
    """A line for the shell that does all of it."""
    first_command: str
    """A line for the shell that begins it without its edits; the same where there were none."""
    edits: list[Edit]
    """What was changed while it ran."""
    from_step: int
    """Where it began from another run's checkpoint, which no command does again; else 0."""


def recipe(
    run: Run, timeline: Timeline, preferred: Mapping[str, Value], workspace: Path | None
) -> Recipe:
    """Say how to do a run again.

    Args:
        run: The run.
        timeline: Its events, folded.
        preferred: The user's own defaults, which every command begins from.
        workspace: The folder to name in the commands; None where it is the usual one.
    """
    config = stored_values(timeline.start.config if timeline.start is not None else run.config)
    where = ["--workspace", str(workspace)] if workspace is not None else []
    begin = shell_line(["rnnstudio", "train", *options(config, preferred), *where])
    again = shell_line(["rnnstudio", "replay", str(run.run), *where])
    from_step = timeline.start.start_step if timeline.start is not None else 0
    return Recipe(
        command=again if timeline.edits and not from_step else begin,
        first_command=begin,
        edits=timeline.edits,
        from_step=from_step,
    )


def options(config: Mapping[str, Value], preferred: Mapping[str, Value]) -> list[str]:
    """Return the words that give a new run these settings, whatever the user prefers by now.

    Those that are the program's defaults are left out, unless something else would be taken.
    """
    task: TaskName = "classify" if config.get("task") == "classify" else "language"
    usual = PRESETS[PRESET_OF_TASK[task]]
    left_out = foreign_settings(task) | NEVER_TYPED
    words = [] if task == "language" and "task" not in preferred else ["--task", task]
    if data_file := config.get("data_file"):
        words += option_words("data_file", data_file)
    elif _is_told("corpus", config, usual, preferred) or "data_file" in preferred:
        words += option_words("corpus", config.get("corpus", SETTINGS["corpus"].default))
    for name, value in config.items():
        is_ours = name in SETTINGS and name not in left_out
        if is_ours and _is_told(name, config, usual, preferred):
            words += option_words(name, value)
    return words


def _is_told(
    name: str,
    config: Mapping[str, Value],
    usual: Mapping[str, Value],
    preferred: Mapping[str, Value],
) -> bool:
    default = SETTINGS[name].default
    return config.get(name, default) != default or name in usual or name in preferred


def option_words(name: str, value: Value) -> list[str]:
    """Return the words that give one setting."""
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no_{name}"]
    text = text_of(value)
    return [f"--{name}={text}"] if text.startswith("-") else [f"--{name}", text]


def shell_line(words: list[str]) -> str:
    """Join words to a line for the shell that holds nothing that would act on a terminal."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    # What bash, zsh and POSIX 2024 read back: printable but for what is written as an escape.
    escaped = "".join(
        mark if mark.isprintable() and mark not in "\\'" else _escape(mark) for mark in word
    )
    return f"$'{escaped}'"


def _escape(mark: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in mark.encode("utf-8", "surrogateescape"))
