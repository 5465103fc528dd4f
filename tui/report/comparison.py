"""Several runs beside each other: results, curves, and the settings in which they differ."""

from collections.abc import Sequence

from core.config import SETTINGS
from core.events import perplexity
from core.language import tr
from core.settings import Value, text_of
from tui.cli.wording import clock, compact, loss_text, model_text, percent, perplexity_text
from tui.report.comparison_figure import comparison_figure, measure_of
from tui.report.document import Block, Paragraph, Part, Section, Table
from tui.report.record import Record


def comparison_part(records: Sequence[Record]) -> Part:
    """Compare some runs, at least two."""
    results: list[Block] = [_results(records)]
    if len(_texts(records)) > 1:
        results.append(
            Paragraph(tr("They learned from different texts, so losses do not compare."))
        )
    figure = comparison_figure(records)
    if figure is not None:
        results.append(figure)
    return Part(
        tr("Comparison"),
        "",
        [
            Section(tr("Results"), results),
            Section(tr("Settings that differ"), [_differences(records)]),
        ],
    )


def _results(records: Sequence[Record]) -> Table:
    """Lay out what each run reached; the best one stands out."""
    headings = [tr("run"), tr("name"), tr("model"), tr("steps"), tr("time"), tr("parameters")]
    headings += [tr("best loss"), tr("perplexity"), tr("bits/char"), tr("accuracy")]
    rows = [_row(record) for record in records]
    kept = [at for at, _ in enumerate(headings) if any(row[at] for row in rows)]
    return Table(
        [headings[at] for at in kept],
        [[row[at] for at in kept] for row in rows],
        frozenset(at for at, old in enumerate(kept) if old not in (1, 2)),
        _best(records),
    )


def _row(record: Record) -> list[str]:
    run, best = record.run, record.best
    of_text = best if record.is_language else None
    bits = None if of_text is None else of_text.bits_per_char
    return [
        str(run.run),
        run.name,
        model_text(run.config),
        f"{run.step:,}",
        clock(run.elapsed_s),
        "" if run.parameters is None else compact(run.parameters),
        "" if best is None else loss_text(best.val_loss),
        "" if of_text is None else perplexity_text(perplexity(of_text.val_loss)),
        "" if bits is None else f"{bits:.3f}",
        "" if best is None or best.accuracy is None else percent(best.accuracy),
    ]


def _best(records: Sequence[Record]) -> frozenset[int]:
    """Return the rows of the best runs; none where they cannot be compared."""
    if len({record.is_language for record in records}) > 1 or len(_texts(records)) > 1:
        return frozenset()
    measure = measure_of(records)
    values = [None if r.best is None else measure.of(r.best) for r in records]
    known = [value for value in values if value is not None]
    if not known:
        return frozenset()
    best = max(known) if measure.attribute == "accuracy" else min(known)
    return frozenset(row for row, value in enumerate(values) if value == best)


def _texts(records: Sequence[Record]) -> set[str]:
    """Return the names of what the runs learned from."""
    return {record.run.corpus_name for record in records}


def _differences(records: Sequence[Record]) -> Block:
    configs = [record.run.config for record in records]
    names = [*SETTINGS, *(name for config in configs for name in config if name not in SETTINGS)]
    rows = []
    for name in dict.fromkeys(names):
        values = [config.get(name) for config in configs]
        if len(set(map(_typed, values))) > 1:
            rows.append([name, *map(_text, values)])
    if not rows:
        return Paragraph(tr("None: the runs have the same settings."))
    return Table([tr("setting"), *(tr("run {run}", run=r.run.run) for r in records)], rows)


def _typed(value: Value | None) -> tuple[str, Value | None]:
    """Tell true from 1, which Python does not, but 1 from 1.0 no more than a user does."""
    return (str(isinstance(value, bool)), value)


def _text(value: Value | None) -> str:
    return "" if value is None else text_of(value)
