"""An experiment in words: its heading, a line for each run that ended, and the table."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote

from core.config import make_config
from core.events import perplexity
from core.experiment import combination_text
from core.experiment_budget import budget_text
from core.language import joined, joined_apart, tr, trn
from core.settings import text_of
from tui.cli.tables import Column, table_lines
from tui.cli.wording import (
    clock,
    compact,
    loss_text,
    percent,
    perplexity_text,
    status_text,
)
from tui.safe_text import displayable
from workspace.experiment_table import Row, Spread, Table
from workspace.experiments import ENDED_BY_PLAN, Experiment, MemberState

NOTHING = "–"
"""Stands for what is not measured, or was not reached by all seeds."""


def heading_lines(experiment: Experiment, members: Sequence[MemberState]) -> list[str]:
    """Say what is compared, on what terms, and the widths that equal parameters ask for."""
    config = make_config(members[0].config)
    seeds = len({member.seed for member in members})
    varied = joined_apart(
        f"{name} {joined(map(text_of, values))}" for name, values in experiment.varied.items()
    )
    what = [varied, *([tr("{n} seeds", n=seeds)] if seeds > 1 else [])]
    terms = [trn("{n} run", "{n} runs", len(members)), budget_text(config)]
    if experiment.parallel > 1:
        terms.append(tr("{n} at a time", n=experiment.parallel))
    lines = [
        tr(
            "experiment {number} {name}: {what}; {terms}",
            number=experiment.experiment,
            name=experiment.name,
            what=joined_apart(what),
            terms=joined(terms),
        )
    ]
    if experiment.by == "parameters":
        widths = {combination_text(m.values): m.config["hidden_size"] for m in members}
        chosen = joined_apart(
            tr("{what}: {more}", what=values, more=width) for values, width in widths.items()
        )
        lines.append(tr("hidden_size for equal numbers of parameters: {chosen}", chosen=chosen))
    return [displayable(line) for line in lines]


def ended_line(state: MemberState, seeds: int) -> str:
    """Say how a run of an experiment ended."""
    what = combination_text(state.values, state.seed if seeds > 1 else None)
    if state.run is None:
        said = [what, status_text(state.status), *([state.failure] if state.failure else [])]
        return displayable(": ".join(said))
    run = state.run
    parts = [
        tr(
            "run {run}, {what}: {status} at step {step:,}",
            run=run.run,
            what=what,
            status=status_text(run.status),
            step=run.step,
        )
    ]
    if run.best_accuracy is not None:
        parts.append(tr("best accuracy {accuracy}", accuracy=percent(run.best_accuracy)))
    elif run.best_val_loss is not None:
        parts.append(
            tr(
                "best loss {loss}, perplexity {perplexity}",
                loss=loss_text(run.best_val_loss),
                perplexity=perplexity_text(perplexity(run.best_val_loss)),
            )
        )
    ended = joined([*parts, clock(run.elapsed_s)])
    if state.failure:
        ended = tr("{what}: {more}", what=ended, more=state.failure)
    return displayable(ended)


def experiment_table_lines(experiment: Experiment, table: Table) -> list[str]:
    """Lay out what was found: a row for each combination, mean ± standard deviation over seeds."""
    is_language = all(row.accuracy is None for row in table.rows)
    columns = [Column(name, "right") for name in experiment.varied]
    if experiment.by == "parameters":
        columns.append(Column("hidden_size", "right"))
    reached = None if table.to_loss is None else loss_text(table.to_loss)
    target = tr("to loss") if reached is None else tr("to {loss}", loss=reached)
    quality = tr("perplexity") if is_language else tr("accuracy")
    columns += [
        Column(tr("runs"), "right"),
        Column(tr("val loss"), "right"),
        Column(quality, "right", optional=is_language),
        Column(target, "right"),
        Column(tr("parameters"), "right", optional=True),
        Column(tr("tok/s"), "right", optional=True),
        Column(tr("time"), "right", optional=True),
    ]
    return table_lines(columns, [_cells(experiment, row, is_language) for row in table.rows])


def table_note(table: Table) -> list[str]:
    """Say what stands in the column of times."""
    if table.to_loss is None:
        return []
    return [
        tr(
            "to {loss}: seconds of training to the first evaluation at this validation loss",
            loss=loss_text(table.to_loss),
        )
    ]


def _cells(experiment: Experiment, row: Row, is_language: bool) -> list[str]:
    cells = [text_of(row.values[name]) for name in experiment.varied]
    if experiment.by == "parameters":
        cells.append(str(row.hidden_size))
    quality = (
        _spread_text(row.perplexity, perplexity_text)
        if is_language
        else _spread_text(row.accuracy, percent)
    )
    return [
        *cells,
        statuses_text(row.statuses),
        _spread_text(row.val_loss, loss_text),
        quality,
        _spread_text(row.to_loss_s, lambda seconds: tr("{seconds:.1f} s", seconds=seconds)),
        NOTHING if row.parameters is None else compact(row.parameters),
        _spread_text(row.tokens_per_s, compact),
        NOTHING if row.seconds is None else clock(row.seconds.mean),
    ]


def statuses_text(statuses: Sequence[str]) -> str:
    """Count the runs that ended by their plan, and name what else became of the others."""
    done = sum(status in ENDED_BY_PLAN for status in statuses)
    others = [s for s in statuses if s not in (*ENDED_BY_PLAN, "waiting")]
    rest = [f"{count} {status}" for status, count in Counter(map(status_text, others)).items()]
    return joined([f"{done}/{len(statuses)}", *rest])


def _spread_text(measured: Spread | None, text: Callable[[float], str]) -> str:
    """Write a mean and, of several, the standard deviation."""
    if measured is None:
        return NOTHING
    if measured.std is None:
        return text(measured.mean)
    unit = text(measured.mean).rpartition(" ")[2] if " " in text(measured.mean) else ""
    mean = text(measured.mean).removesuffix(f" {unit}")
    std = text(measured.std).removesuffix(f" {unit}")
    return f"{mean} ± {std} {unit}".rstrip()


def going_on_lines(
    experiment: Experiment, members: Sequence[MemberState], workspace: Path | None
) -> list[str]:
    """Say how an experiment goes on; nothing where all of its runs are over.

    Args:
        experiment: The experiment.
        members: All members.
        workspace: The folder to name in the command; None where it is the usual one.
    """
    left = sum(not member.is_over for member in members)
    if not left or experiment.is_running:
        return []
    option = f" --workspace {quote(str(workspace))}" if workspace else ""
    command = f"rnnstudio experiment resume {experiment.experiment}{option}"
    line = tr(
        "{left} of {n} runs to go; resume with: {command}",
        left=left,
        n=len(members),
        command=command,
    )
    return [displayable(line)]
