"""Figures of what is inside of a model: gradients through time, gates, and confused classes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.events import ClassesMeasured, GatesMeasured, GradientsThroughTime, ValueShares
from core.language import tr
from tui.held_out import looked_at_text
from tui.names import said
from tui.report.curves import Curve, curve_of, thinned
from tui.report.document import Figure
from tui.report.drawing import INK, MUTED, SERIES, drawn, legend_above, log_axis, number_axis
from tui.report.record import Record
from tui.safe_text import displayable

if TYPE_CHECKING:
    from matplotlib import figure as canvas
    from matplotlib.axes import Axes

MOST_LAYERS = 4
"""Layers that are drawn: of more, those that are evenly spread from the lowest to the top."""

MOST_CLASSES = 24
"""Classes up to which a matrix can be read."""

LONGEST_LABEL = 18


def through_time_figure(record: Record, name: str) -> Figure | None:
    """Draw how much of a loss reaches earlier states, first and last, and the half-lives."""
    looks = record.gradients
    if not looks:
        return None
    layers = _spread(len(looks[-1].norms))

    lives = [curve_of((look.step, look.half_lives[layer]) for look in looks) for layer in layers]
    # One look is no curve, and a norm that never falls has no half-life to draw.
    has_lives = len(looks) > 1 and not all(np.isnan(curve.y).all() for curve in lives)

    def paint(figure: "canvas.Figure") -> None:
        row = figure.subplots(1, 2, width_ratios=(3, 2)) if has_lives else [figure.subplots()]
        for color, layer in zip(SERIES, layers, strict=False):
            if len(looks) > 1:
                row[0].plot(*_norms(looks[0], layer), color=color, linestyle=":", linewidth=1)
            name_of = tr("layer {layer}", layer=layer + 1)
            row[0].plot(*_norms(looks[-1], layer), color=color, label=name_of)
        log_axis(row[0])
        row[0].set_xlabel(tr("k tokens back"))
        row[0].set_ylabel("‖∂L/∂h‖")
        legend_above(row[0])
        if has_lives:
            _half_lives(row[1], lives)

    svg = drawn(f"{name}-time", 3.0, paint)
    return Figure("gradients-through-time", svg, _through_time_caption(looks, has_lives))


def _through_time_caption(looks: Sequence[GradientsThroughTime], has_lives: bool) -> str:
    if len(looks) > 1:
        caption = tr(
            "How much of the loss of one token reaches the hidden states k tokens before it, at "
            "step {last:,}, dotted at step {first:,}.",
            last=looks[-1].step,
            first=looks[0].step,
        )
    else:
        caption = tr(
            "How much of the loss of one token reaches the hidden states k tokens before it, at "
            "step {last:,}.",
            last=looks[-1].step,
        )
    if has_lives:
        caption += tr(" Right, the tokens in which that halves; a gap where it does not fall.")
    return caption


def gates_figure(record: Record, name: str) -> Figure | None:
    """Draw how the values of gates and hidden states are distributed, first and last."""
    if not record.gates:
        return None
    first, last = record.gates[0], record.gates[-1]
    layers = _spread(len(last.layers))
    columns = len(last.layers[0].values)

    def paint(figure: "canvas.Figure") -> None:
        grid = figure.subplots(len(layers), columns, squeeze=False, sharey=True)
        for row, layer in zip(grid, layers, strict=True):
            for column, axes in enumerate(row):
                values = last.layers[layer].values[column]
                _histogram(axes, values, _shares(first, layer, column), SERIES[column % 8])
                if not column:
                    axes.set_ylabel(tr("layer {layer}", layer=layer + 1))
                if layer == layers[0]:
                    axes.set_title(said(values.name))

    text = looked_at_text(record.run.config)
    svg = drawn(f"{name}-gates", 0.5 + 1.25 * len(layers), paint)
    if first is last:
        caption = tr(
            "Shares of the values of gates and hidden states on {text} at step {last:,}. "
            "A gate at 0 is closed, at 1 open.",
            text=text,
            last=last.step,
        )
    else:
        caption = tr(
            "Shares of the values of gates and hidden states on {text} at step {last:,}; "
            "outlined at step {first:,}. A gate at 0 is closed, at 1 open.",
            text=text,
            last=last.step,
            first=first.step,
        )
    return Figure("gates", svg, caption)


def confusion_figure(found: ClassesMeasured, name: str) -> Figure | None:
    """Draw a confusion matrix, each row as shares; None where it has too many classes."""
    count = len(found.labels)
    if not 0 < count <= MOST_CLASSES:
        return None
    labels = [_label_text(label) for label in found.labels]

    def paint(figure: "canvas.Figure") -> None:
        from matplotlib.patches import Rectangle

        axes = figure.subplots()
        for row, texts in enumerate(found.confusion):
            for column, cell in enumerate(texts):
                share = cell / max(sum(texts), 1)
                color = SERIES[0] if row == column else SERIES[1]
                square = Rectangle((column, row), 1, 1, color=color, alpha=0.85 * share, lw=0)
                axes.add_patch(square)
                if cell:
                    axes.annotate(
                        f"{cell:,}", (column + 0.5, row + 0.5), ha="center", va="center",
                        fontsize=8 if count <= 12 else 6, color=INK,
                    )  # fmt: skip
        axes.set_xlim(0, count)
        axes.set_ylim(count, 0)
        axes.grid(visible=False)
        axes.set_xticks(np.arange(count) + 0.5, labels, rotation=40, ha="right")
        axes.set_yticks(np.arange(count) + 0.5, labels)
        axes.set_xlabel(tr("what the model said"))
        axes.set_ylabel(tr("the class it is"))

    svg = drawn(f"{name}-confusion", min(7.5, 1.6 + 0.42 * count), paint)
    caption = tr(
        "Validation texts by class and by answer at step {step:,}, shaded by row.", step=found.step
    )
    return Figure("confusion", svg, caption)


def _label_text(label: str) -> str:
    shown = displayable(label)
    return shown if len(shown) <= LONGEST_LABEL else shown[: LONGEST_LABEL - 1] + "…"


def _spread(count: int) -> list[int]:
    """Return the layers to draw, the lowest and the top one among them."""
    chosen = np.linspace(0, count - 1, min(count, MOST_LAYERS)).round().astype(int)
    return sorted(set(chosen.tolist()))


def _norms(look: GradientsThroughTime, layer: int) -> tuple[list[int], list[float]]:
    # A norm of 0 has no place on a logarithmic scale.
    return look.lags, [norm or np.nan for norm in look.norms[layer]]


def _shares(look: GatesMeasured, layer: int, column: int) -> list[float]:
    return look.layers[layer].values[column].shares


def _half_lives(axes: "Axes", lives: Sequence[Curve]) -> None:
    for color, curve in zip(SERIES, lives, strict=False):
        axes.plot(*thinned(curve, 400), color=color)
    axes.set_title(tr("half-life, tokens"))
    axes.set_ylim(bottom=0)
    number_axis(axes)


def _histogram(axes: "Axes", values: ValueShares, before: list[float], color: str) -> None:
    edges = np.linspace(values.low, 1, len(values.shares) + 1)
    axes.stairs(np.array(values.shares), edges, fill=True, color=color, alpha=0.75)
    axes.stairs(np.array(before), edges, color=MUTED, linewidth=0.9)
    axes.set_xlim(values.low, 1)
    axes.set_xticks([values.low, (values.low + 1) / 2, 1])
    axes.set_yticks([])
    axes.grid(visible=False)
