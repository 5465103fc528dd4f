"""All that is known of one run, for `rnnstudio runs show`."""

import msgspec

from core.config import SETTINGS
from core.confusion import class_scores
from core.events import (
    Baseline,
    BaselinesMeasured,
    ClassesMeasured,
    Yardstick,
    YardsticksMeasured,
    perplexity,
)
from core.language import joined, tr
from core.settings import Value, text_of
from tui.classes import baselines_text
from tui.cli.best_classes import BestClasses
from tui.cli.class_table import class_lines
from tui.cli.tables import fact_lines
from tui.cli.wording import (
    clock,
    compact,
    loss_text,
    moment,
    percent,
    perplexity_text,
    run_title,
    size_text,
    status_text,
)
from tui.safe_text import displayable
from tui.yardsticks import comparison_text, yardsticks_text
from workspace.checkpoints import lineage_of, ranked
from workspace.runs import Run, RunStore

LABEL_WIDTH = 12
"""Cells that the names of what is known take at least."""


class CheckpointDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a checkpoint for scripts."""

    step: int
    path: str
    """Absolute."""
    sha256: str
    size: int
    """Bytes."""
    is_best: bool
    """Whether it is the best model so far; no more than one is."""
    train_loss: float | None
    """Mean of the last steps before it, in nats; None where it is not known."""
    is_sane: bool
    """Whether its losses are finite and not far above the run's best."""
    resumes: bool
    """Whether the run is resumed from it; no more than one is."""


class ClassDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Say how the classes fared on the validation texts, with the best model if that is known."""

    step: int
    """The step of the evaluation."""
    labels: list[str]
    """The classes in their order."""
    precision: list[float]
    recall: list[float]
    f1: list[float]
    confusion: list[list[int]]
    """Texts by class (row) and by what the model gave them (column)."""


class RunDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a run and its checkpoints, newest first."""

    run: int
    name: str
    status: str
    step: int
    best_val_loss: float | None
    best_accuracy: float | None
    """Of the best model on the validation texts, 0 to 1; None for a language model."""
    last_loss: float | None
    created: str
    """ISO 8601, UTC."""
    elapsed_s: float
    corpus_name: str
    parameters: int | None
    pinned: bool
    notes: str
    """What the user wrote of it."""
    tags: tuple[str, ...]
    config: dict[str, Value]
    checkpoints: list[CheckpointDetails]
    classes: ClassDetails | None
    """How the classes fared; None for a language model, and before the first evaluation."""
    baselines: list[Baseline]
    """What simple methods reach on the validation texts; empty for a language model."""
    yardsticks: list[Yardstick]
    """What counting and compressing reach on the validation text; empty for a classifier."""


def run_details(store: RunStore, run: Run) -> RunDetails:
    """Gather what the store knows of a run."""
    classes, baselines = _told_of_classes(store, run) if run.task == "classify" else (None, [])
    measured = store.newest(run.run, YardsticksMeasured)
    checkpoints, lineage = store.checkpoints(run.run), lineage_of(store, run.run)
    first = next(iter(ranked(store, run.run, lineage)), None)
    # Each of these was the best one when it was saved; the newest still is.
    best = next((saved for saved in checkpoints if saved.is_best), None)
    return RunDetails(
        run=run.run,
        name=run.name,
        status=run.status,
        step=run.step,
        best_val_loss=run.best_val_loss,
        best_accuracy=run.best_accuracy,
        last_loss=run.last_loss,
        created=run.created,
        elapsed_s=run.elapsed_s,
        corpus_name=run.corpus_name,
        parameters=run.parameters,
        pinned=run.pinned,
        notes=run.notes,
        tags=run.tags,
        config=run.config,
        checkpoints=[
            CheckpointDetails(
                step=saved.step,
                path=str(saved.path),
                sha256=saved.sha256,
                size=saved.size,
                is_best=saved is best,
                train_loss=known.train_loss if (known := lineage.find(saved.path)) else None,
                is_sane=lineage.is_sane(saved.path),
                resumes=saved == first,
            )
            for saved in checkpoints
        ],
        classes=classes,
        baselines=baselines,
        yardsticks=measured.yardsticks if measured is not None else [],
    )


def _told_of_classes(store: RunStore, run: Run) -> tuple[ClassDetails | None, list[Baseline]]:
    classes = BestClasses()
    baselines: list[Baseline] = []
    for event in store.events(run.run):
        classes.take(event)
        if isinstance(event, BaselinesMeasured):
            baselines = event.baselines
    return (_class_details(classes.found) if classes.found is not None else None), baselines


def _class_details(found: ClassesMeasured) -> ClassDetails:
    return ClassDetails(
        step=found.step,
        labels=found.labels,
        precision=found.precision,
        recall=found.recall,
        f1=[score.f1 for score in class_scores(found.confusion)],
        confusion=found.confusion,
    )


def details_lines(details: RunDetails) -> list[str]:
    """Lay out a run for people."""
    rows = [
        (tr("status"), status_text(details.status)),
        (tr("created"), moment(details.created)),
        (tr("text"), displayable(details.corpus_name)),
        (
            tr("steps"),
            tr("{steps:,} in {clock}", steps=details.step, clock=clock(details.elapsed_s)),
        ),
    ]
    if details.tags:
        rows.append((tr("tags"), displayable(joined(details.tags))))
    if details.notes:
        rows.append((tr("notes"), displayable(details.notes)))
    if details.parameters is not None:
        rows.append((tr("parameters"), compact(details.parameters)))
    if details.best_val_loss is not None:
        rows.append((tr("validation"), _validation_text(details, details.best_val_loss)))
    if details.baselines:
        rows.append((tr("baselines"), displayable(baselines_text(details.baselines))))
    if details.yardsticks:
        rows.append((tr("baselines"), displayable(yardsticks_text(details.yardsticks))))
    if beside := comparison_text(details.yardsticks, details.best_val_loss):
        rows.append(("", displayable(beside)))
    rows += [(tr("checkpoint"), _checkpoint_text(saved)) for saved in details.checkpoints]
    lines = [run_title(details.run, details.name)]
    lines += [f"  {line}" for line in fact_lines(rows, LABEL_WIDTH)]
    lines += ["", tr("settings that differ from their defaults:"), *_changed_lines(details.config)]
    if details.classes is not None:
        found = details.classes
        lines += ["", tr("classes at step {step:,}:", step=found.step)]
        lines += class_lines(found.labels, found.confusion)
    return lines


def _validation_text(details: RunDetails, loss: float) -> str:
    """Write the best measures; those of a classifier's best model need not be of one step."""
    if details.best_accuracy is not None:
        return tr(
            "accuracy {accuracy}, lowest loss {loss}",
            accuracy=percent(details.best_accuracy),
            loss=loss_text(loss),
        )
    return tr(
        "loss {loss}, perplexity {perplexity}",
        loss=loss_text(loss),
        perplexity=perplexity_text(perplexity(loss)),
    )


def _checkpoint_text(saved: CheckpointDetails) -> str:
    about = [tr("step {step:,}", step=saved.step)]
    about += [tr("best")] if saved.is_best else []
    about += [] if saved.is_sane else [tr("losses far above the best")]
    about += [tr("resumes the run")] if saved.resumes else []
    what = joined([*about, size_text(saved.size)])
    return displayable(tr("{what}: {more}", what=what, more=saved.path))


def _changed_lines(config: dict[str, Value]) -> list[str]:
    changed = [
        f"  {name} {displayable(text_of(value))}"
        for name, value in config.items()
        if name not in SETTINGS or SETTINGS[name].default != value
    ]
    return changed or [tr("  none")]
