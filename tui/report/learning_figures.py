"""Figures of how a run learns: loss, quality, gradients and learning rate, with its edits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.events import perplexity
from core.language import tr
from tui.names import said
from tui.report.curves import Curve, averaged, curve_of, loss_curve, thinned
from tui.report.document import Figure
from tui.report.drawing import ALARM, MUTED, SERIES, drawn, legend_above, log_axis, number_axis
from tui.report.record import Record

if TYPE_CHECKING:
    from matplotlib import figure as canvas
    from matplotlib.axes import Axes

TRAINING, VALIDATION, EDIT = SERIES[0], SERIES[1], SERIES[3]

MOST_EDITS = 200
"""Edits whose lines are drawn."""

LABEL_SHARE = 0.06
"""Height of a small line of text, as a share of an axis."""

MOST_NUMBERED = 40
"""Edits up to which each line bears its number."""

FEW_POINTS = 60
"""Evaluations up to which each is a dot."""


def loss_figure(record: Record, name: str) -> Figure | None:
    """Draw the loss of training and validation; None where no step was taken."""
    losses = loss_curve(record.timeline.losses)
    if not len(losses.x):
        return None
    unit = tr("nats per token") if record.is_language else tr("nats per text")

    def paint(figure: "canvas.Figure") -> None:
        axes = figure.subplots()
        raw, mean = thinned(losses), thinned(averaged(losses))
        axes.plot(*raw, color=TRAINING, alpha=0.3, linewidth=0.8)
        axes.plot(*mean, color=TRAINING, label=tr("training, averaged"))
        _validation(axes, curve_of((e.step, e.val_loss) for e in record.evaluations))
        best = record.best
        if best is not None and best.val_loss is not None:
            axes.plot(
                best.step, best.val_loss, "o", color=VALIDATION, markersize=8, fillstyle="none"
            )
        if record.is_language:
            _levels(axes, [(said(stick.name), stick.loss) for stick in record.yardsticks], mean)
        else:
            _levels(
                axes, [(said(baseline.name), baseline.loss) for baseline in record.baselines], mean
            )
        _finish(axes, record, unit)

    svg = drawn(f"{name}-loss", 3.3, paint)
    of_loss = tr("Loss in nats per token.") if record.is_language else tr("Loss in nats per text.")
    return Figure("loss", svg, " ".join([of_loss, *_marks_words(record)]))


def quality_figure(record: Record, name: str) -> Figure | None:
    """Draw perplexity, or accuracy where texts are classified; None where nothing is known."""
    if not record.evaluations and not record.paces:
        return None

    def paint_perplexity(figure: "canvas.Figure") -> None:
        axes = figure.subplots()
        mean = thinned(averaged(loss_curve(record.timeline.losses)))
        axes.plot(mean.x, np.exp(np.minimum(mean.y, 50)), color=TRAINING, label=tr("training"))
        points = ((e.step, perplexity(e.val_loss)) for e in record.evaluations)
        _validation(axes, curve_of(points))
        log_axis(axes, (1, 2, 5))
        _finish(axes, record, tr("perplexity"))

    def paint_accuracy(figure: "canvas.Figure") -> None:
        axes = figure.subplots()
        trained = thinned(averaged(curve_of((pace.step, pace.accuracy) for pace in record.paces)))
        axes.plot(trained.x, 100 * trained.y, color=TRAINING, label=tr("training, averaged"))
        points = ((e.step, _percent(e.accuracy)) for e in record.evaluations)
        _validation(axes, curve_of(points))
        reached = [(said(b.name), 100 * b.accuracy) for b in record.baselines]
        _levels(axes, reached, None)
        _finish(axes, record, tr("right, in %"))

    if record.is_language:
        svg = drawn(f"{name}-perplexity", 2.8, paint_perplexity)
        return Figure("perplexity", svg, tr("Perplexity, exp(loss), on a logarithmic scale."))
    svg = drawn(f"{name}-accuracy", 2.8, paint_accuracy)
    return Figure("accuracy", svg, tr("Share of the texts that are classified right."))


def gradient_figure(record: Record, name: str) -> Figure | None:
    """Draw the gradient's norm with its threshold, and the learning rate under it."""
    if not record.paces:
        return None

    def paint(figure: "canvas.Figure") -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        norms = thinned(curve_of((pace.step, pace.grad_norm) for pace in record.paces))
        upper.plot(*norms, color=SERIES[2], linewidth=0.9, label=tr("norm before clipping"))
        limits = ((pace.step, pace.max_grad_norm or None) for pace in record.paces)
        limit = thinned(curve_of(limits))
        if not np.isnan(limit.y).all():
            upper.plot(*limit, color=MUTED, linestyle="--", label=tr("threshold"), linewidth=1)
        log_axis(upper, (1, 2, 5))
        _marks(upper, record)
        upper.set_ylabel(tr("gradient norm"))
        legend_above(upper)
        rates = thinned(curve_of((pace.step, pace.learning_rate) for pace in record.paces))
        lower.plot(*rates, color=SERIES[6])
        lower.set_ylabel(tr("learning rate"))
        _marks(lower, record, numbered=False)
        number_axis(lower)

    svg = drawn(f"{name}-gradient", 3.8, paint)
    return Figure(
        "gradient", svg, tr("The gradient's L2 norm before clipping, and the learning rate.")
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _validation(axes: "Axes", curve: Curve) -> None:
    if len(curve.x):
        style = "o-" if len(curve.x) <= FEW_POINTS else "-"
        axes.plot(*thinned(curve), style, color=VALIDATION, label=tr("validation"), markersize=3.5)


def _levels(axes: "Axes", levels: Sequence[tuple[str, float | None]], within: Curve | None) -> None:
    """Draw what simpler methods reach, where it does not squeeze the curves.

    Of names that would stand on each other the lowest is written.
    """
    top = np.inf if within is None or np.isnan(within.y).all() else float(np.nanmax(within.y))
    shown = sorted((value, name) for name, value in levels if value is not None and value <= top)
    for value, _ in shown:
        axes.axhline(value, color=MUTED, linewidth=0.8, linestyle=":")
    low, high = axes.get_ylim()
    free = low
    for value, name in shown:
        if value >= free:
            free = value + LABEL_SHARE * (high - low)
            axes.annotate(
                name, (1, value), xycoords=("axes fraction", "data"), color=MUTED, fontsize=7.5,
                ha="right", va="bottom",
            )  # fmt: skip


def _finish(axes: "Axes", record: Record, unit: str) -> None:
    _marks(axes, record)
    axes.set_ylabel(unit)
    legend_above(axes)
    number_axis(axes)


def _marks(axes: "Axes", record: Record, *, numbered: bool = True) -> None:
    """Draw where the run was edited, resumed, and where it diverged."""
    edits = record.timeline.edits[:MOST_EDITS]
    for number, edit in enumerate(edits, 1):
        axes.axvline(edit.step, color=EDIT, linewidth=0.9, linestyle=(0, (4, 2)))
        if numbered and len(edits) <= MOST_NUMBERED:
            axes.annotate(
                str(number), (edit.step, 1), xycoords=("data", "axes fraction"), color=EDIT,
                fontsize=8, ha="center", va="bottom",
            )  # fmt: skip
    for step in record.resumed_at[:MOST_EDITS]:
        axes.axvline(step, color=MUTED, linewidth=0.8, linestyle=":")
    if record.diverged is not None:
        axes.axvline(record.diverged.step, color=ALARM, linewidth=1.2)


def _marks_words(record: Record) -> list[str]:
    """Say what the vertical lines are."""
    words = []
    if record.timeline.edits:
        words.append(tr("Numbered dashed lines are the live edits."))
    if record.resumed_at:
        words.append(tr("Dotted lines are where the run was resumed."))
    if record.diverged is not None:
        words.append(tr("The red line is where it diverged."))
    return words
