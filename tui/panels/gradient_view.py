"""How large the gradients are, which are clipped, and whether one explodes or vanishes."""

import math
import statistics
from dataclasses import replace

from rich.cells import cell_len

from core.language import tr
from tui.history import History
from tui.safe_text import displayable
from tui.widgets.axes import short_number
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.meter import SIGNS, Level, Meters, Reading, Scale

EXPLODES_AT = 10.0
"""A norm this many times the clipping threshold (or this large without one) is exploding."""

VANISHES_BELOW = 1e-4
"""A group whose norm is below this share of the whole gradient's no longer learns."""

RATIO_AIM = 1e-3
"""A healthy ‖update‖ / ‖weights‖ (Karpathy, CS231n, "Ratio of weights:updates")."""

_RECENT_REPORTS = 10
_RECENT_STEPS = 50
"""What the median is taken of that decides, so that a single step raises no alarm."""

_TREND_STEPS = 512

_LONG_LABELS_FROM = 40
"""Width from which there is room for the groups' full names."""

_SHORT = (("recurrent", "hh"), ("input", "ih"), ("embedding", "embed"), ("projection", "proj"))
"""Parts of the groups' names, with what PyTorch's own parameter names call them."""


class GradientView(Meters):
    """Show a meter for the whole gradient and one for each parameter group."""

    def __init__(self, *, glyphs: Glyphs = BRAILLE, id: str | None = None) -> None:
        super().__init__(glyphs=glyphs, id=id)
        self._history = History()
        self.shows_ratios = False
        """Whether update-to-weight ratios are on show, not gradient norms."""
        self.summary = ""
        """The size of the whole gradient, in a few words."""
        self.judgement = ""
        """The first alarm and the share of clipped steps, in a few words."""
        self.alarming = False
        """Whether a group needs attention."""

    def show_history(self, history: History) -> None:
        """Show the newest norms, once `fit` is called."""
        self._history = history

    def fit(self, width: int) -> None:
        """Draw the meters and word what they say for a frame of some cells."""
        history = self._history
        readings = ratio_readings(history) if self.shows_ratios else norm_readings(history)
        if width < _LONG_LABELS_FROM:
            readings = [replace(reading, label=_short(reading.label)) for reading in readings]
        threshold = RATIO_AIM if self.shows_ratios else history.max_grad_norm or None
        self.show_readings(readings, _scale_of(readings, threshold), threshold)
        self._word(readings, width)

    def _word(self, readings: list[Reading], width: int) -> None:
        history = self._history
        self.summary = ""
        if self.shows_ratios:
            self.summary = tr("update/w")
        elif history.grad_norm is not None:
            self.summary = self.glyphs.text(f"‖g‖ {short_number(history.grad_norm)}")
        alarms = [reading for reading in readings if reading.level in ("alarm", "low")]
        parts = [f"{SIGNS[alarm.level]} {alarm.label} {alarm.word}" for alarm in alarms[:1]]
        if history.clipped_share is not None and history.max_grad_norm:
            parts.append(tr("clipped {share:.0%}", share=history.clipped_share))
        text = " · ".join(parts)
        text = text if cell_len(text) <= width - 4 else next(iter(parts), "")
        self.alarming = bool(alarms)
        self.judgement = self.glyphs.text(text)


def norm_readings(history: History) -> list[Reading]:
    """Judge the gradient norms of the last report: the whole gradient, then each group."""
    if history.started is None:
        return []
    total = _recent_median(history.training["grad_norm"][-_RECENT_STEPS:].tolist())
    limit = EXPLODES_AT * max(history.max_grad_norm, 1.0)
    whole = history.training["grad_norm"][-_TREND_STEPS:].tolist()
    level, word = _judge(history.grad_norm, total, limit, history.max_grad_norm, tr("clipped"))
    readings = [Reading(tr("total"), history.grad_norm, level, word, whole)]
    for group, norm in history.grad_norms.items():
        trend = list(history.grad_history.get(group, ()))
        recent = _recent_median(trend[-_RECENT_REPORTS:])
        level, word = _judge(norm, recent, limit, history.max_grad_norm, tr("over"))
        if norm is not None and recent < VANISHES_BELOW * total:
            level, word = "low", tr("vanishes")
        readings.append(Reading(displayable(group), norm, level, word, trend))
    return readings


def ratio_readings(history: History) -> list[Reading]:
    """Judge how far the last update moved each group's weights."""
    readings = []
    for group, ratio in history.update_ratios.items():
        level: Level = "fine"
        word = ""
        if ratio is None:
            level, word = "alarm", "NaN/inf"
        elif ratio > 10 * RATIO_AIM:
            level, word = "high", tr("fast")
        elif ratio < RATIO_AIM / 100:
            level, word = "low", tr("slow")
        readings.append(Reading(displayable(group), ratio, level, word))
    return readings


def _judge(
    norm: float | None, recent: float, limit: float, threshold: float, over: str
) -> tuple[Level, str]:
    if norm is None:
        return "alarm", "NaN/inf"
    if recent > limit:
        return "alarm", tr("explodes")
    return ("high", over) if threshold and norm > threshold else ("fine", "")


def _recent_median(values: list[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return statistics.median(known) if known else 0.0


def _scale_of(readings: list[Reading], threshold: float | None) -> Scale:
    """Choose whole decades that hold the largest value and the threshold, and three below."""
    values = [reading.value for reading in readings if reading.value]
    top = max([*values, threshold or 0.0, 1e-12])
    high = 10.0 ** math.ceil(math.log10(top * 1.001))
    return Scale(high / 1e4, high)


def _short(label: str) -> str:
    for long, short in _SHORT:
        label = label.replace(long, short)
    return label
