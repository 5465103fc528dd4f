"""Which checkpoint files a run has: their names, which one is good, which ones may go."""

import hashlib
import math
import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from core.errors import CheckpointError
from core.home import expanded
from core.language import tr
from core.lineage import EVENTS, Lineage
from core.text.reading import printable
from workspace.naming import MODEL_SUFFIXES
from workspace.records import SavedCheckpoint
from workspace.runs import RunStore

OURS = f"checkpoint-*-{'[0-9a-f]' * 8}.safetensors"
"""What names like those of `new_path` look like; a user's own copies are called otherwise."""


def new_path(run_dir: Path, step: int) -> Path:
    """Return a path for a checkpoint that has never been used and never will be again."""
    return run_dir / f"checkpoint-{step:08d}-{secrets.token_hex(4)}.safetensors"


def as_path(target: str | None) -> Path | None:
    """Return the file that a user names, or None where a run's number or name is meant.

    Names of runs hold no slash; what ends like a model's file is one.

    Raises:
        CheckpointError: The file is not there, or is a folder, pipe or device.
    """
    if target is None:
        return None
    if Path(target).suffix not in MODEL_SUFFIXES and not any(mark in target for mark in "/\\"):
        return None
    try:
        path = expanded(target).absolute()
        exists, is_file = path.exists(), path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            tr("{target!r} cannot be opened: {error}", target=target, error=error)
        ) from None
    if not is_file:
        raise CheckpointError(_no_file_text(path, exists=exists))
    return path


def _no_file_text(path: Path, *, exists: bool) -> str:
    name = printable(path)
    if exists:
        return tr("{name} is not a file; name a checkpoint, or a run by number or name", name=name)
    return tr("{name} does not exist; name a checkpoint, or a run by number or name", name=name)


def is_intact(checkpoint: SavedCheckpoint) -> bool:
    """Tell whether the file holds what was announced."""
    try:
        # A pipe in its place would be waited for without end.
        if not checkpoint.path.is_file():
            return False
        with checkpoint.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == checkpoint.sha256
    except OSError:
        return False


def lineage_of(store: RunStore, run: int) -> Lineage:
    """Return what is recorded of a run's checkpoints: where each came from, and its losses."""
    lineage = Lineage()
    for event in store.of_kinds(run, EVENTS):
        lineage.take(event)
    return lineage


def ranked(store: RunStore, run: int, lineage: Lineage | None = None) -> list[SavedCheckpoint]:
    """Return a run's checkpoints, the one to go on from first.

    That is the newest whose losses are sane, on the branch in training: after going back, what
    was gone back to comes before what was left. Those that are not sane come last.

    Args:
        store: Where the run is.
        run: Its number.
        lineage: That of its checkpoints; read from the store if None.
    """
    checkpoints = store.checkpoints(run)
    if len(checkpoints) < 2:
        return checkpoints
    known = lineage or lineage_of(store, run)
    return sorted(checkpoints, key=lambda saved: known.rank(saved.path))


def point_of_return(store: RunStore, run: int) -> SavedCheckpoint | None:
    """Return the checkpoint to go back to, should a run have diverged; None where none is sane."""
    lineage = lineage_of(store, run)
    first = next(iter(ranked(store, run, lineage)), None)
    return first if first is not None and lineage.is_sane(first.path) else None


def newest_intact(
    store: RunStore, run: int, *, best: bool = False
) -> tuple[SavedCheckpoint, list[str]]:
    """Return the checkpoint to go on from: the first of `ranked` that is not damaged.

    Args:
        store: Where the run is.
        run: Its number.
        best: Whether the best one is wanted, as long as it is intact.

    Returns:
        The checkpoint, and a sentence for the user about each newer one that is not used, since
        it is damaged or its losses are not sane.

    Raises:
        CheckpointError: None is left, or there never was one.
    """
    lineage = lineage_of(store, run)
    candidates = ranked(store, run, lineage)
    if not candidates:
        raise CheckpointError(tr("run {run} has no checkpoint yet; start a new run", run=run))
    notices: list[str] = []
    if best:
        candidates.sort(key=lambda candidate: not candidate.is_best)
    elif lineage.is_sane(candidates[0].path):
        notices += _passed_over(store.checkpoints(run), candidates[0], lineage)
    for candidate in candidates:
        if is_intact(candidate):
            return candidate, notices
        if candidate not in store.checkpoints(run):
            # A trainer has pruned it since the rows were read, so there is a newer one.
            return newest_intact(store, run, best=best)
        notices.append(
            tr(
                "the checkpoint of step {step:,} is damaged or missing ({path}); the one before "
                "it is used",
                step=candidate.step,
                path=candidate.path,
            )
        )
    raise CheckpointError(
        tr(
            "all {count} checkpoints of run {run} are damaged or missing, the newest is "
            "{path}; start a new run",
            count=len(candidates),
            run=run,
            path=candidates[0].path,
        )
    )


def _passed_over(
    checkpoints: Sequence[SavedCheckpoint], chosen: SavedCheckpoint, lineage: Lineage
) -> list[str]:
    """Say which newer checkpoint is not gone on from, since its losses are not sane."""
    newer = checkpoints[: checkpoints.index(chosen)]
    return [
        tr(
            "the checkpoint of step {step:,} is passed over, since its losses are no longer "
            "sane; step {chosen:,} is resumed ({path} names the other)",
            step=saved.step,
            chosen=chosen.step,
            path=saved.path,
        )
        for saved in newer[:1]
        if not lineage.is_sane(saved.path)
    ]


def prune(store: RunStore, run: int, *, keep: int, protected: Collection[Path] = ()) -> None:
    """Remove old checkpoints, but only once the newest has been read back from the disk.

    Args:
        store: Where the run is.
        run: Its number.
        keep: How many of the newest stay; the best one stays beside them.
        protected: Files that stay in any case, such as the one resumed from.
    """
    checkpoints = store.checkpoints(run)
    old = checkpoints[keep:]
    if not old or not is_intact(checkpoints[0]):
        return
    best = next((checkpoint for checkpoint in checkpoints if checkpoint.is_best), None)
    for checkpoint in old:
        if checkpoint == best or checkpoint.path in protected:
            continue
        store.forget_checkpoint(run, checkpoint)
        _remove(checkpoint.path)


def sweep(store: RunStore, run: int) -> None:
    """Remove what a killed process left: files half written, or whole but never announced.

    What is newer than all that is recorded stays until the run is past it: where the database is
    an older copy, it was announced. A folder that is a link is left alone, since it may be another
    run's. The caller holds the run, so that nobody is writing there.
    """
    run_dir = store.workspace.run_dir(run)
    if run_dir.is_symlink():
        return
    known = {checkpoint.path: checkpoint.step for checkpoint in store.checkpoints(run)}
    newest = max(known.values(), default=-1)
    passed = [path for path in run_dir.glob(OURS) if _step_of(path) <= newest]
    for path in [*passed, *run_dir.glob(".checkpoint-*.partial")]:
        if path not in known:
            _remove(path)


def _step_of(path: Path) -> float:
    """Return the step in a name that looks like those of `new_path`; infinite if there is none."""
    step = path.name.split("-")[1]
    return int(step) if step.isascii() and step.isdecimal() else math.inf


def _remove(path: Path) -> None:
    # A file that cannot be removed now has no row any more; the next sweep tries again.
    with suppress(OSError):
        path.unlink()
