"""From what a user wants to resume to the checkpoint that it goes on from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.config import SETTINGS, Config, make_config
from core.errors import InputError
from core.events import Diverged
from core.language import joined, tr
from core.settings import Value
from core.training.checkpoint import Checkpoint, config_of, read_checkpoint
from core.training.tasks import Data
from workspace.checkpoints import as_path, newest_intact, sweep
from workspace.records import Run
from workspace.reproducing import option_words, shell_line
from workspace.runs import RunStore

PLACES = frozenset({"data_file", "val_file", "save_dir", "device", "threads"})
"""Settings that say where things are; they may change besides the live ones."""


@dataclass(frozen=True)
class Resumption:
    """Hold where training goes on."""

    path: Path
    checkpoint: Checkpoint
    config: Config
    """The checkpoint's settings with the changes asked for."""
    is_new_run: bool
    """Whether the checkpoint is from outside of the store, so that a new run begins with it."""
    notices: list[str]
    """What the user should know, a sentence each."""


def run_to_resume(store: RunStore, target: str | None) -> Run | None:
    """Return the run that a user means; None if a checkpoint is from outside of the store.

    Args:
        store: Where the runs are.
        target: A run's number or name, or a checkpoint's path; None for the newest run.

    Raises:
        RunNotFoundError: There is no such run.
    """
    path = as_path(target)
    if path is None:
        return store.find(target)
    return next((run for run in store.list_runs() if _sha256_of(store, run, path)), None)


def prepare(
    store: RunStore, run: Run | None, target: str | None, changes: Mapping[str, Value]
) -> Resumption:
    """Read the checkpoint to go on from, and put the changes over its settings.

    Args:
        store: Where the run is.
        run: The run, claimed, or None for a checkpoint from outside.
        target: As for `run_to_resume`.
        changes: Settings by name.

    Raises:
        CheckpointError: No intact checkpoint is left, or the file is none.
        InputError: A setting cannot change when a run goes on.
    """
    notices: list[str] = []
    if (path := as_path(target)) is not None:
        sha256 = _sha256_of(store, run, path) if run is not None else None
    else:
        assert run is not None, "without a path there is a run"
        sweep(store, run.run)
        saved, notices = newest_intact(store, run.run)
        path, sha256 = saved.path, saved.sha256
    checkpoint = read_checkpoint(path, sha256)
    config = config_of(checkpoint.header)
    if run is None and config.save_dir and "save_dir" not in changes:
        # A stranger's file does not choose where files are written.
        notices.append(
            tr(
                "the checkpoint asks for save_dir {save_dir}, which is not used; give --save_dir "
                "to write there",
                save_dir=config.save_dir,
            )
        )
        config = make_config({"save_dir": ""}, base=config)
    config = changed_config(config, changes)
    if run is not None and run.status == "diverged":
        notices += _what_helps(run.run, store.newest(run.run, Diverged), config)
    return Resumption(path, checkpoint, config, run is None, notices)


def _what_helps(run: int, diverged: Diverged | None, config: Config) -> list[str]:
    """Say what would keep a run from diverging again, unless it goes on with that anyway."""
    fix = diverged.fix if diverged is not None else {}
    if all(getattr(config, name) == value for name, value in fix.items()):
        return []
    options = shell_line([word for item in fix.items() for word in option_words(*item)])
    return [tr("run {run} diverged; what helps: {options}", run=run, options=options)]


def changed_config(config: Config, changes: Mapping[str, Value]) -> Config:
    """Put changes over the settings of a run that goes on.

    Raises:
        SettingsError: A value is out of range, or a name unknown.
        InputError: A setting cannot change any more.
    """
    changed = make_config(changes, base=config)
    fixed = [
        name
        for name in changes
        if getattr(changed, name) != getattr(config, name)
        and not SETTINGS[name].about.live
        and name not in PLACES
    ]
    if fixed:
        raise InputError(
            tr(
                "{names} cannot change when a run is resumed; leave it out, or start a new run",
                names=joined(fixed),
            )
        )
    return changed


def check_same_text(corpus: Data, resumption: Resumption) -> None:
    """Refuse to go on with another text than the one that the run was trained on.

    Raises:
        InputError: The tokens differ, so the position in the data would mean nothing.
    """
    header = resumption.checkpoint.header
    if corpus.digest != header.corpus_digest:
        raise InputError(
            tr(
                "{name} is not the text that {run} was trained on, or has changed since; put the "
                "old text back (--data_file names it), or start a new run",
                name=corpus.name,
                run=header.name,
            )
        )


def _sha256_of(store: RunStore, run: Run, path: Path) -> str | None:
    """Return the recorded hash of a file; None if it is no checkpoint of the run."""
    place = path.resolve()
    return next(
        (saved.sha256 for saved in store.checkpoints(run.run) if saved.path.resolve() == place),
        None,
    )
