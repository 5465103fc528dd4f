"""The tables, notes and samples of one run's report."""

from collections.abc import Sequence
from typing import TypeVar

from core.config import SETTINGS
from core.confusion import class_scores
from core.events import TextSampled
from core.language import joined, joined_apart, tr
from core.settings import text_of
from tui.cli.wording import loss_text, percent
from tui.names import said
from tui.report.document import Block, Listing, Paragraph, Sample, Table
from tui.report.inside_figures import confusion_figure
from tui.report.record import Record
from tui.samples import copied_text

MOST_SAMPLES = 10
MOST_ASKED = 6
MOST_MISTAKES = 12
MOST_REMARKS = 60
LONGEST_SAMPLE = 1500
"""Characters of a sample that are shown."""
LONGEST_MISTAKE = 600

KINDS = {"diverged": tr("diverged"), "failed": tr("failed"), "diagnosed": tr("doctor")}
"""What the kinds of a run's remarks are called where they are no plain notes."""

Item = TypeVar("Item")


def yardsticks_table(record: Record) -> Table | None:
    """Say what simpler methods reach on the same text; None where that was not measured."""
    best = record.best
    if record.yardsticks:
        rows = [
            [said(stick.name), loss_text(stick.loss), _number(stick.bits_per_char, 3)]
            for stick in record.yardsticks
        ]
        if best is not None:
            rows.append([tr("this run"), loss_text(best.val_loss), _number(best.bits_per_char, 3)])
        headings = [tr("compared with"), tr("nats per token"), tr("bits per character")]
    elif record.baselines:
        rows = [
            [said(baseline.name), percent(baseline.accuracy), _number(baseline.macro_f1, 4)]
            for baseline in record.baselines
        ]
        if best is not None:
            rows.append([tr("this run"), percent(best.accuracy), _number(best.macro_f1, 4)])
        headings = [tr("compared with"), tr("accuracy"), tr("macro-F1")]
    else:
        return None
    own = {len(rows) - 1} if best is not None else set()
    return Table(headings, rows, frozenset({1, 2}), frozenset(own))


def edits_table(record: Record) -> Table | None:
    """List every live edit with the number it has on the curves; None without one."""
    rows = [
        [str(number), f"{edit.step:,}", name, text_of(edit.old[name]), text_of(value)]
        for number, edit in enumerate(record.timeline.edits, 1)
        for name, value in edit.new.items()
    ]
    if not rows:
        return None
    headings = [tr("edit"), tr("after step"), tr("setting"), tr("from"), tr("to")]
    return Table(headings, rows, frozenset({0, 1, 3, 4}))


def remarks_blocks(record: Record) -> list[Block]:
    """Return what the run told its user, failures first."""
    loud = [
        tr("{what}: {more}", what=KINDS[r.kind], more=r.text)
        for r in record.remarks
        if r.kind != "note"
    ]
    notes = [r.text for r in record.remarks if r.kind == "note"]
    told = list(dict.fromkeys([*loud, *notes]))
    if len(told) > MOST_REMARKS:
        told = [*told[:MOST_REMARKS], tr("and {n} more", n=len(told) - MOST_REMARKS)]
    return [Listing(told)] if told else []


def dead_units(record: Record) -> Paragraph | None:
    """Say which layers have units that hardly move; None where nothing was seen."""
    if not record.gates:
        return None
    last = record.gates[-1]
    dead = [
        tr("{dead} of {units} in layer {layer}", dead=layer.dead, units=layer.units, layer=number)
        for number, layer in enumerate(last.layers, 1)
        if layer.dead
    ]
    return Paragraph(
        tr(
            "Units whose hidden state hardly changes at step {step:,}: {dead}.",
            step=last.step,
            dead=joined(dead) or tr("none"),
        )
    )


def classes_blocks(record: Record, name: str) -> list[Block]:
    """Say how each class fared, what was taken for what, and the worst mistakes."""
    found = record.classes.found
    if found is None:
        return []
    scores = zip(found.labels, class_scores(found.confusion), strict=True)
    rows = [
        [label, f"{s.precision:.4f}", f"{s.recall:.4f}", f"{s.f1:.4f}", f"{s.texts:,}"]
        for label, s in scores
    ]
    headings = [tr("class"), tr("precision"), tr("recall"), "F1", tr("texts")]
    figure = confusion_figure(found, name)
    blocks: list[Block] = [] if figure is None else [figure]
    blocks.append(Table(headings, rows, frozenset({1, 2, 3, 4})))
    for mistake in found.mistakes[:MOST_MISTAKES]:
        words = tr(
            "{label}, taken for {predicted} ({probability})",
            label=mistake.label,
            predicted=mistake.predicted,
            probability=percent(mistake.probability),
        )
        cut = "…" if mistake.cut or len(mistake.text) > LONGEST_MISTAKE else ""
        blocks.append(Sample(words, mistake.text[:LONGEST_MISTAKE] + cut))
    return blocks


def samples_blocks(record: Record) -> list[Block]:
    """Return samples from the first to the last, evenly, and the newest of the console."""
    drawn = [
        _sample(event, tr("step {step:,}", step=event.step))
        for event in spread(record.samples, MOST_SAMPLES)
    ]
    asked = [
        _sample(event, tr("asked for in the console; step {step:,}", step=event.step))
        for event in record.asked[-MOST_ASKED:]
    ]
    return [*drawn, *asked]


def settings_table(record: Record) -> Table:
    """List every setting as it is at the end; those that differ from the default stand out."""
    rows: list[list[str]] = []
    marked: set[int] = set()
    for name, value in record.run.config.items():
        setting = SETTINGS.get(name)
        default = "" if setting is None else text_of(setting.default)
        meaning = "" if setting is None else setting.about.help
        if setting is None or setting.default != value:
            marked.add(len(rows))
        rows.append([name, text_of(value), default, meaning])
    headings = [tr("setting"), tr("value"), tr("default"), tr("meaning")]
    return Table(headings, rows, marked=frozenset(marked))


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Return the first, the last and evenly chosen ones between them."""
    if len(items) <= most:
        return list(items)
    return [items[round(at * (len(items) - 1) / (most - 1))] for at in range(most)]


def _sample(event: TextSampled, words: str) -> Sample:
    text = event.prompt + "".join(event.tokens)
    cut = "…" if len(text) > LONGEST_SAMPLE else ""
    copied = copied_text(event.copied)
    return Sample(joined_apart([words, *([copied] if copied else [])]), text[:LONGEST_SAMPLE] + cut)


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
