"""One figure of several runs: how good each was after so many steps, and after so much time."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from core.events import Evaluated
from core.language import tr
from tui.report.curves import curve_of, thinned
from tui.report.document import Figure
from tui.report.drawing import SERIES, drawn, number_axis
from tui.report.record import Record
from tui.safe_text import displayable

if TYPE_CHECKING:
    from matplotlib import figure as canvas


class Measure(NamedTuple):
    """Say what runs are compared by."""

    name: str
    attribute: str
    """Of an `Evaluated`."""
    scale: float = 1.0

    def of(self, event: Evaluated) -> float | None:
        """Return what an evaluation found."""
        value: float | None = getattr(event, self.attribute)
        return None if value is None or not math.isfinite(value) else value * self.scale


def measure_of(records: Sequence[Record]) -> Measure:
    """Choose what these runs can be compared by: losses of unlike tokens cannot."""
    if all(not record.is_language for record in records):
        return Measure(tr("validation accuracy, %"), "accuracy", 100.0)
    if len({_tokens_of(record) for record in records}) > 1:
        return Measure(tr("validation, bits per character"), "bits_per_char")
    return Measure(tr("validation loss, nats"), "val_loss")


def _tokens_of(record: Record) -> tuple[object, ...]:
    """Return the settings that say what a token is, and which ones are unknown."""
    config = record.run.config
    level = config.get("vocab_type")
    names = ("max_vocab_size", "word_split") if level == "word" else ()
    return (level, *(config.get(name) for name in names))


def comparison_figure(records: Sequence[Record]) -> Figure | None:
    """Draw the evaluations of several runs; None where they have too few or unlike ones."""
    kinds = {record.is_language for record in records}
    with_some = [record for record in records if record.evaluations]
    if len(kinds) > 1 or not with_some:
        return None
    measure = measure_of(records)

    def paint(figure: "canvas.Figure") -> None:
        left, right = figure.subplots(1, 2, sharey=True)
        for number, record in enumerate(with_some):
            color = SERIES[number % len(SERIES)]
            style = ("-", "--", ":", "-.")[number // len(SERIES) % 4]
            marker = "o" if len(record.evaluations) <= 30 else ""
            values = [(event, measure.of(event)) for event in record.evaluations]
            by_step = thinned(curve_of((event.step, value) for event, value in values), 400)
            by_time = thinned(curve_of((event.elapsed_s, value) for event, value in values), 400)
            label = displayable(f"{record.run.run} {record.run.name[:30]}")
            left.plot(*by_step, style, color=color, marker=marker, markersize=3, label=label)
            right.plot(*by_time, style, color=color, marker=marker, markersize=3)
        left.set_ylabel(measure.name)
        number_axis(left)
        number_axis(right, tr("seconds of training"))
        figure.legend(loc="outside lower center", ncols=3)

    svg = drawn("comparison", 3.4, paint)
    what = measure.name.capitalize()
    caption = tr("{measure}, by step and by training time.", measure=what)
    return Figure("comparison", svg, caption)
