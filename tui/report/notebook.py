"""A report as a notebook: cells that read the stored runs and draw from them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from core.language import tr
from tui.report.document import Command, Document
from tui.report.markdown import inline
from tui.report.record import Record

CellKind = Literal["markdown", "code"]

OPEN = """\
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from tui.report.curves import averaged, loss_curve
from tui.report.record import gather
from workspace.paths import Workspace
from workspace.runs import RunStore

WORKSPACE = {workspace}  # a folder; None for the usual one
RUNS = {runs}

store = RunStore(Workspace.open(Path(WORKSPACE) if WORKSPACE else None))
records = [gather(store.find(run), store.events(run)) for run in RUNS]
for record in records:
    print(record.run.run, record.run.name, record.run.status, f"{{record.run.step:,}} steps")"""

LOSS = """\
for record in records:
    losses = loss_curve(record.timeline.losses)  # each step's loss; x is the step, y the loss
    (line,) = plt.plot(*averaged(losses), label=f"{record.run.run} training")
    steps = [event.step for event in record.evaluations]
    values = [event.val_loss for event in record.evaluations]
    plt.plot(steps, values, "o--", color=line.get_color(), label=f"{record.run.run} validation")
    for edit in record.timeline.edits:  # what was changed while it trained
        plt.axvline(edit.step, color=line.get_color(), linestyle=":")
plt.xlabel("step")
plt.ylabel("loss, nats")
plt.legend()
plt.show()"""

PERPLEXITY = """\
for record in records:
    steps = [event.step for event in record.evaluations if event.val_loss is not None]
    losses = [event.val_loss for event in record.evaluations if event.val_loss is not None]
    plt.semilogy(steps, np.exp(losses), "o-", label=f"run {record.run.run}")
    for stick in record.yardsticks:  # what counting and compressing reach on the same text
        if stick.loss is not None:
            plt.axhline(np.exp(stick.loss), color="gray", linestyle=":")
plt.xlabel("step")
plt.ylabel("validation perplexity")
plt.legend()
plt.show()"""

ACCURACY = """\
for record in records:
    steps = [event.step for event in record.evaluations]
    shares = [event.accuracy for event in record.evaluations]
    plt.plot(steps, shares, "o-", label=f"run {record.run.run}")
    for baseline in record.baselines:
        plt.axhline(baseline.accuracy, color="gray", linestyle=":")
plt.xlabel("step")
plt.ylabel("validation accuracy")
plt.legend()
plt.show()"""

GRADIENTS = """\
for record in records:
    steps = [pace.step for pace in record.paces]
    plt.semilogy(steps, [pace.grad_norm for pace in record.paces], label=f"run {record.run.run}")
plt.xlabel("step")
plt.ylabel("gradient norm before clipping")
plt.legend()
plt.show()"""

THROUGH_TIME = """\
for record in records:
    if record.gradients:
        look = record.gradients[-1]
        for layer, norms in enumerate(look.norms, 1):
            shown = [norm or np.nan for norm in norms]
            plt.semilogy(look.lags, shown, label=f"run {record.run.run}, layer {layer}")
plt.xlabel("tokens back, k")
plt.ylabel("how much of a loss reaches the state k tokens before")
plt.legend()
plt.show()"""

GATES = """\
for record in records:
    for number, layer in enumerate(record.gates[-1].layers if record.gates else [], 1):
        figure, row = plt.subplots(1, len(layer.values), figsize=(10, 1.8), sharey=True)
        for axes, values in zip(row, layer.values):
            edges = np.linspace(values.low, 1, len(values.shares) + 1)
            axes.stairs(values.shares, edges, fill=True)
            axes.set_title(values.name)
        row[0].set_ylabel(f"run {record.run.run}, layer {number}")
        plt.show()"""

CONFUSION = """\
for record in records:
    if (found := record.classes.found) is not None:
        plt.imshow(found.confusion, cmap="Blues")
        at = range(len(found.labels))
        plt.xticks(at, found.labels, rotation=40, ha="right", parse_math=False)
        plt.yticks(at, found.labels, parse_math=False)
        plt.xlabel("what the model said")
        plt.ylabel("the class it is")
        plt.title(f"run {record.run.run}, step {found.step:,}")
        plt.show()"""

SAMPLES = """\
for record in records:
    for sample in record.samples[:: max(1, len(record.samples) // 5)]:
        print(f"--- run {record.run.run}, step {sample.step:,}")
        print(sample.prompt + "".join(sample.tokens), end="\\n\\n")"""


def notebook_of(document: Document, records: Sequence[Record], workspace: Path | None) -> bytes:
    """Write a notebook that reads the runs again and draws them.

    Args:
        document: Tells of title and commands; its texts are untrusted and escaped here.
        records: The runs.
        workspace: The folder that holds them; None where it is the usual one.
    """
    folder = repr(str(workspace)) if workspace is not None else "None"
    numbers = [record.run.run for record in records]
    again = tr("How to do it again")
    needs = tr("Drawn from what the workspace keeps of the run; needs `rnnstudio[report]`.")
    intro = f"# {inline(document.title)}\n\n{inline(document.subtitle)}\n\n{needs}"
    cells: list[tuple[CellKind, str]] = [
        ("markdown", intro),
        ("code", OPEN.format(workspace=folder, runs=numbers)),
        *_drawing(records),
        ("markdown", f"## {again}\n\n{_commands(document)}"),
    ]
    # The format is nbformat 4.5: https://nbformat.readthedocs.io/en/latest/format_description.html
    content = {
        "cells": [_cell(f"cell-{at}", *cell) for at, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def _cell(key: str, kind: CellKind, source: str) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "id": key, "metadata": {}, "source": source}
    return cell | {"outputs": [], "execution_count": None} if kind == "code" else cell


def _drawing(records: Sequence[Record]) -> list[tuple[CellKind, str]]:
    """Return the cells that draw: those for which there is something."""
    language = any(record.is_language for record in records)
    classes = any(not record.is_language for record in records)
    chosen = [
        (tr("Loss"), LOSS, True),
        (tr("Perplexity"), PERPLEXITY, language),
        (tr("Accuracy"), ACCURACY, classes),
        (tr("Gradients"), GRADIENTS, True),
        (tr("Gradients through time"), THROUGH_TIME, any(record.gradients for record in records)),
        (tr("Gates and hidden states"), GATES, any(record.gates for record in records)),
        (tr("Classes"), CONFUSION, classes),
        (tr("Samples by training step"), SAMPLES, any(record.samples for record in records)),
    ]
    cells: list[tuple[CellKind, str]] = []
    for title, source, wanted in chosen:
        if wanted:
            cells += [("markdown", f"## {title}"), ("code", source)]
    return cells


def _commands(document: Document) -> str:
    blocks = (block for part in document.parts for s in part.sections for block in s.blocks)
    lines = [line for block in blocks if isinstance(block, Command) for line in block.lines]
    return "\n".join(f"    {line}" for line in lines)
