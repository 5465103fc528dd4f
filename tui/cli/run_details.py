"""All that is known of one run, for `rnnstudio runs show`."""

import msgspec

from core.config import SETTINGS
from core.events import perplexity
from core.settings import Value, text_of
from tui.cli.wording import (
    clock,
    compact,
    loss_text,
    moment,
    perplexity_text,
    run_title,
    size_text,
)
from tui.safe_text import displayable
from workspace.runs import Run, RunStore


class CheckpointDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a checkpoint for scripts."""

    step: int
    path: str
    """Absolute."""
    sha256: str
    size: int
    """Bytes."""
    is_best: bool


class RunDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a run and its checkpoints, newest first."""

    run: int
    name: str
    status: str
    step: int
    best_val_loss: float | None
    last_loss: float | None
    created: str
    """ISO 8601, UTC."""
    elapsed_s: float
    corpus_name: str
    parameters: int | None
    pinned: bool
    config: dict[str, Value]
    checkpoints: list[CheckpointDetails]


def run_details(store: RunStore, run: Run) -> RunDetails:
    """Gather what the store knows of a run."""
    return RunDetails(
        run=run.run,
        name=run.name,
        status=run.status,
        step=run.step,
        best_val_loss=run.best_val_loss,
        last_loss=run.last_loss,
        created=run.created,
        elapsed_s=run.elapsed_s,
        corpus_name=run.corpus_name,
        parameters=run.parameters,
        pinned=run.pinned,
        config=run.config,
        checkpoints=[
            CheckpointDetails(
                step=saved.step,
                path=str(saved.path),
                sha256=saved.sha256,
                size=saved.size,
                is_best=saved.is_best,
            )
            for saved in store.checkpoints(run.run)
        ],
    )


def details_lines(details: RunDetails) -> list[str]:
    """Lay out a run for people."""
    best = details.best_val_loss
    rows = [
        ("status", details.status),
        ("created", moment(details.created)),
        ("text", displayable(details.corpus_name)),
        ("steps", f"{details.step:,} in {clock(details.elapsed_s)}"),
    ]
    if details.parameters is not None:
        rows.append(("parameters", compact(details.parameters)))
    if best is not None:
        rows.append(
            (
                "validation",
                f"loss {loss_text(best)}, perplexity {perplexity_text(perplexity(best))}",
            )
        )
    rows += [("checkpoint", _checkpoint_text(saved)) for saved in details.checkpoints]
    lines = [run_title(details.run, details.name)]
    lines += [f"  {label:<12}{text}" for label, text in rows]
    lines += ["", "settings that differ from their defaults:", *_changed_lines(details.config)]
    return lines


def _checkpoint_text(saved: CheckpointDetails) -> str:
    best = ", best" if saved.is_best else ""
    return displayable(f"step {saved.step:,}{best}, {size_text(saved.size)}: {saved.path}")


def _changed_lines(config: dict[str, Value]) -> list[str]:
    changed = [
        f"  {name} {displayable(text_of(value))}"
        for name, value in config.items()
        if name not in SETTINGS or SETTINGS[name].default != value
    ]
    return changed or ["  none"]
