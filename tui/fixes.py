"""The doctor's fixes as what a user types: options, and the whole command that applies them."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from core.config import SETTINGS, Config, config_values, foreign_settings
from core.decoding import Decoding
from core.settings import Value, settings_of, text_of
from tui.safe_text import displayable
from workspace.records import Run

GOES_ON = frozenset({"running", "paused", "stopped", "signal", "interrupted", "diverged", "failed"})
"""States of a run that can be resumed as it is; one that has ended by its plan cannot."""


def options_text(values: Mapping[str, Value]) -> str:
    """Write settings as options of the command line."""
    return " ".join(
        f"--{'' if value else 'no_'}{name}"
        if isinstance(value, bool)
        else f"--{name} {shlex.quote(text_of(value))}"
        for name, value in values.items()
    )


def fix_command(
    run: Run, fix: Mapping[str, Value], *, usual: Config, can_resume: bool, workspace: Path | None
) -> str:
    """Write the command that applies a fix.

    Sampling settings go to `generate`; live ones to `resume`, where the run can go on; all others
    need a new run with the settings of this one.

    Args:
        run: The run that it is for.
        fix: New values by name.
        usual: What a new run of this task begins from where nothing is said.
        can_resume: Whether the run has a checkpoint.
        workspace: The folder to name; None where it is the usual one.
    """
    place = f" --workspace {shlex.quote(str(workspace))}" if workspace else ""
    if fix.keys() <= settings_of(Decoding).keys() - SETTINGS.keys():
        return displayable(f"rnnstudio generate {run.run} {options_text(fix)}{place}")
    is_live = all(SETTINGS[name].about.live for name in fix)
    if is_live and can_resume and run.status in GOES_ON:
        return displayable(f"rnnstudio resume {run.run} {options_text(fix)}{place}")
    options = options_text(_new_run(run, fix, usual))
    return displayable(f"rnnstudio train {options}{place}")


def _new_run(run: Run, fix: Mapping[str, Value], usual: Config) -> dict[str, Value]:
    """Return what a new run has to be told, the fix last."""
    had = {name: value for name, value in run.config.items() if name in SETTINGS}
    begun = config_values(usual)
    told = {name: value for name, value in had.items() if begun[name] != value}
    if had.get("data_file"):
        told.pop("corpus", None)
    else:
        # Naming the corpus is also what puts a user's own data_file aside.
        told.pop("data_file", None)
        if begun["data_file"]:
            told["corpus"] = had.get("corpus", begun["corpus"])
    foreign = foreign_settings(usual.task)
    task = {"task": usual.task} if usual.task != SETTINGS["task"].default else {}
    kept = {name: v for name, v in told.items() if name not in foreign and name not in fix}
    return {**task, **kept, **fix}
