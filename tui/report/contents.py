"""What a report says, in order: the comparison of several runs, then each run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.events import perplexity
from core.language import tr, trn
from core.settings import Value
from tui.cli.wording import (
    clock,
    compact,
    loss_text,
    model_text,
    percent,
    perplexity_text,
    status_text,
)
from tui.report.comparison import comparison_part
from tui.report.document import Block, Document, Facts, Part, Section
from tui.report.how_to import how_to_blocks
from tui.report.inside_figures import gates_figure, through_time_figure
from tui.report.learning_figures import gradient_figure, loss_figure, quality_figure
from tui.report.record import Record
from tui.report.run_tables import (
    classes_blocks,
    dead_units,
    edits_table,
    remarks_blocks,
    samples_blocks,
    settings_table,
    yardsticks_table,
)


def document_of(
    records: Sequence[Record], preferred: Mapping[str, Value], workspace: Path | None
) -> Document:
    """Write a report.

    Args:
        records: The runs, at least one.
        preferred: The user's own defaults, which commands must not depend on.
        workspace: The folder to name in commands; None where it is the usual one.
    """
    parts = [run_part(record, preferred, workspace) for record in records]
    if len(records) == 1:
        return Document(parts[0].title, parts[0].subtitle, [parts[0]])
    names = ", ".join(record.run.name for record in records)
    title = trn("{n} run", "{n} runs", len(records))
    return Document(title, names, [comparison_part(records), *parts])


def run_part(record: Record, preferred: Mapping[str, Value], workspace: Path | None) -> Part:
    """Tell all of one run."""
    run, name = record.run, f"r{record.run.run}"
    learning = [loss_figure(record, name), quality_figure(record, name)]
    gradients = [gradient_figure(record, name), through_time_figure(record, name)]
    sections = [
        _section(tr("Results"), [facts_of(record), yardsticks_table(record)]),
        _section(tr("Notes"), remarks_blocks(record)),
        _section(tr("Learning"), learning),
        _section(tr("Live edits"), [edits_table(record)]),
        _section(tr("Gradients"), gradients),
        _section(tr("Gates and hidden states"), [gates_figure(record, name), dead_units(record)]),
        _section(tr("Classes"), classes_blocks(record, name)),
        _section(tr("Samples by training step"), samples_blocks(record)),
        _section(tr("How to do it again"), how_to_blocks(record, preferred, workspace)),
        _section(tr("Settings"), [settings_table(record)]),
    ]
    subtitle = tr(
        "run {run}, {status} at step {step:,}: {model} on {corpus}",
        run=run.run,
        status=status_text(run.status),
        step=run.step,
        model=model_text(run.config),
        corpus=run.corpus_name,
    )
    return Part(run.name, subtitle, [section for section in sections if section.blocks])


def facts_of(record: Record) -> Facts:
    """Return the figures that are asked for first."""
    run = record.run
    pairs = [(tr("steps"), f"{run.step:,}"), (tr("time of training"), clock(run.elapsed_s))]
    if run.parameters is not None:
        pairs.append((tr("parameters"), compact(run.parameters)))
    best = record.best
    if best is not None and record.is_language:
        pairs.append((tr("best validation loss"), loss_text(best.val_loss)))
        pairs.append((tr("perplexity"), perplexity_text(perplexity(best.val_loss))))
        if best.bits_per_char is not None:
            pairs.append((tr("bits per character"), f"{best.bits_per_char:.3f}"))
    elif best is not None:
        pairs.append((tr("validation accuracy"), percent(best.accuracy)))
        if best.macro_f1 is not None:
            pairs.append((tr("macro-F1"), f"{best.macro_f1:.4f}"))
    if best is not None:
        pairs.append((tr("best at step"), f"{best.step:,}"))
    return Facts(pairs)


def _section(title: str, blocks: Sequence[Block | None]) -> Section:
    return Section(title, [block for block in blocks if block is not None])
