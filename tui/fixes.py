"""The doctor's fixes as what a user types: options, and the whole command that applies them."""

from collections.abc import Mapping
from pathlib import Path

from core.config import SETTINGS
from core.decoding import Decoding
from core.settings import Value, settings_of
from core.thread_shares import unshared_threads
from workspace.records import Run
from workspace.reproducing import option_words, options, shell_line

GOES_ON = frozenset({"running", "paused", "stopped", "signal", "interrupted", "diverged", "failed"})
"""States of a run that can be resumed as it is; one that has ended by its plan cannot."""


def options_text(values: Mapping[str, Value]) -> str:
    """Write settings as options of the command line."""
    return shell_line([word for item in values.items() for word in option_words(*item)])


def fix_command(
    run: Run,
    fix: Mapping[str, Value],
    *,
    preferred: Mapping[str, Value],
    can_resume: bool,
    workspace: Path | None,
    parallel: int = 1,
) -> str:
    """Write the command that applies a fix.

    Sampling settings go to `generate`; live ones to `resume`, where the run can go on; all others
    need a new run with the settings of this one.

    Args:
        run: The run that it is for.
        fix: New values by name.
        preferred: The user's own defaults, which a new run begins from.
        can_resume: Whether the run has a checkpoint.
        workspace: The folder to name; None where it is the usual one.
        parallel: How many runs shared the threads with it, itself among them; a new run has all.
    """
    where = ["--workspace", str(workspace)] if workspace is not None else []
    words = [word for item in fix.items() for word in option_words(*item)]
    if fix.keys() <= settings_of(Decoding).keys() - SETTINGS.keys():
        return shell_line(["rnnstudio", "generate", str(run.run), *words, *where])
    is_live = all(SETTINGS[name].about.live for name in fix)
    if is_live and can_resume and run.status in GOES_ON:
        return shell_line(["rnnstudio", "resume", str(run.run), *words, *where])
    kept = {name: value for name, value in run.config.items() if name not in fix}
    kept["threads"] = unshared_threads(int(kept.get("threads", 0)), parallel)
    again = options(kept, {name: v for name, v in preferred.items() if name not in fix})
    return shell_line(["rnnstudio", "train", *again, *words, *where])
