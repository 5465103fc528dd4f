"""Events and stores for the tests of the workspace, without torch."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.config import config_values, make_config
from core.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    RunEnded,
    RunStarted,
    StepsDone,
    TextSampled,
)
from workspace.paths import Workspace
from workspace.runs import RunStore

NOBODY = 65534
"""The user without rights."""


def new_store(tmp_path: Path) -> RunStore:
    """Return a store in a workspace that does not exist yet."""
    return RunStore(Workspace(tmp_path / "studio"))


def started(name: str = "run") -> RunStarted:
    """Return the first event of a run."""
    return RunStarted(
        run=1, name=name, config=config_values(make_config()), parameters=1234, vocab_size=50,
        train_tokens=900, val_tokens=100, steps_per_epoch=10, planned_steps=200, start_step=0,
        device="cpu", threads=1, corpus_name="text.txt", grad_groups=["output"],
    )  # fmt: skip


def steps_done(step: int, loss: float | None = 2.5) -> StepsDone:
    """Return a report of one step."""
    return StepsDone(
        first_step=step, step=step, epoch=1, loss=loss, grad_norm=0.5, losses=[loss],
        perplexity=None, learning_rate=0.1, tokens_per_s=10.0, elapsed_s=step / 10, tokens=step,
        clipped=0, max_grad_norm=1.0, grad_norms={"output": None}, update_ratios={},
    )  # fmt: skip


def evaluated(step: int, val_loss: float = 2.0) -> Evaluated:
    """Return an evaluation that was the best so far."""
    return Evaluated(
        step=step, epoch=1, val_loss=val_loss, val_perplexity=7.4, bits_per_char=2.9,
        nats_per_word=11.0, is_best=True, best_val_loss=val_loss, elapsed_s=step / 10, eval_s=0.1,
    )  # fmt: skip


def saved(path: Path, step: int, *, is_best: bool = False, sha256: str = "ab") -> CheckpointSaved:
    """Return the event of a checkpoint."""
    return CheckpointSaved(step=step, path=str(path), sha256=sha256, size=3, is_best=is_best)


def fragment(
    sample: int, tokens: list[str], *, done: bool = False, origin: str = "console"
) -> TextSampled:
    """Return a part of a sample."""
    return TextSampled(
        sample=sample, step=1, origin=origin, prompt="To", tokens=tokens,  # type: ignore[arg-type]
        probabilities=[0.5] * len(tokens), done=done,
    )  # fmt: skip


def ended(step: int = 9, reason: str = "finished") -> RunEnded:
    """Return the last event of a run."""
    return RunEnded(
        run=1, reason=reason, step=step, best_val_loss=2.0, checkpoint=None,  # type: ignore[arg-type]
        best_step=step, elapsed_s=1.5,
    )  # fmt: skip


def finished_run(store: RunStore, name: str | None = None, events: tuple[Event, ...] = ()) -> int:
    """Keep a run that has ended, and return its number."""
    run = store.create_run(name, make_config())
    for event in (started(), *events, ended()):
        store.record(run.run, event)
    return run.run


@contextmanager
def no_room() -> Iterator[None]:
    """Let no file of this process grow while the block lasts, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take away the right to write in a folder, from root as well."""
    modes = {folder: folder.stat().st_mode}
    is_root = os.getuid() == 0
    if is_root:
        # Folders above may be closed to others; those are opened while the block lasts.
        above = {parent: parent.stat().st_mode for parent in folder.parents}
        closed = {parent: mode for parent, mode in above.items() if mode & 0o011 != 0o011}
        modes |= closed
        for parent, mode in closed.items():
            parent.chmod(mode | 0o011)
    folder.chmod(0o555)
    if is_root:
        os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        if is_root:
            os.setresuid(0, 0, 0)
        for changed, mode in modes.items():
            changed.chmod(mode)
