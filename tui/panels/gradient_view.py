"""The size of each gradient, which are clipped, and whether one explodes or vanishes."""

import math
import re
from dataclasses import replace

import numpy as np
from rich.cells import cell_len

from core.doctor.gradient_levels import EXPLODES_AT, recent_norm
from core.language import tr
from tui.group_norms import GroupNorms
from tui.history import History
from tui.safe_text import displayable
from tui.widgets.axes import short_number
from tui.widgets.curve_looks import OWN_LOOK, look_of
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.meter import SIGNS, Level, Meters, Reading, Scale
from tui.widgets.plot import Curve, LevelLine, Plot

VANISHES_BELOW = 1e-4
"""A group whose norm is below this share of a whole gradient of usual size no longer learns."""

RATIO_AIM = 1e-3
"""A healthy ‖update‖ / ‖weights‖ (Karpathy, CS231n, "Ratio of weights:updates")."""

_LONG_LABELS_FROM = 48
"""Width from which there is room for the groups' full names."""

_OF_LAYER = re.compile(r"l(\d+)\.(.+)")
"""The name that events give to a group of a layer's parameters; layers count from 0 there."""

_SHORT = (
    ("layer ", "L"),
    ("recurrent", "rec"),
    ("input", "in"),
    ("embedding", "embed"),
    ("projection", "proj"),
)
"""Parts of the groups' names, with what stands for them where there is little room."""


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

    @property
    def courses(self) -> Plot:
        """How what is on show came to be as it is."""
        return courses(self._history, ratios=self.shows_ratios)

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
        elif history.groups.whole is not None:
            self.summary = self.glyphs.text(f"‖g‖ {short_number(history.groups.whole)}")
        alarms = [reading for reading in readings if reading.level in ("alarm", "low")]
        parts = [f"{SIGNS[alarm.level]} {alarm.label} {alarm.word}" for alarm in alarms[:1]]
        if history.clipped_share is not None and history.max_grad_norm:
            parts.append(tr("clipped {share:.0%}", share=history.clipped_share))
        text = " · ".join(parts)
        text = text if cell_len(text) <= width - 4 else next(iter(parts), "")
        self.alarming = bool(alarms)
        self.judgement = self.glyphs.text(text)


def group_name(group: str) -> str:
    """Return what a group of parameters is called on screen, its layer counted from 1."""
    found = _OF_LAYER.fullmatch(group)
    if found is None:
        return displayable(group)
    part = displayable(found[2].replace(".", " "))
    return tr("layer {layer} {part}", layer=int(found[1]) + 1, part=part)


def courses(history: History, *, ratios: bool) -> Plot:
    """Return the course of all norms on one chart, or that of the update-to-weight ratios."""
    groups = history.groups
    steps = np.array(groups.steps, dtype=np.float64)
    names = list(groups.update_ratios if ratios else groups.grad_norms)
    trend = groups.ratio_trend if ratios else groups.trend
    curves = [
        Curve(group_name(name), steps, np.array(trend(name)), role, stroke, sign=sign)
        for name, (role, stroke, sign) in zip(names, map(look_of, range(len(names))), strict=True)
    ]
    limit, label = history.max_grad_norm, tr("clipped above {limit}", limit=history.max_grad_norm)
    if ratios:
        limit, label = RATIO_AIM, tr("healthy {ratio}", ratio=short_number(RATIO_AIM))
    else:
        whole = np.array(groups.whole_trend)
        curves.append(Curve(tr("total"), steps, whole, OWN_LOOK.role, OWN_LOOK.stroke))
    return Plot(
        curves=curves,
        start=float(steps[0]) if len(steps) else 0.0,
        end=float(steps[-1]) + 1 if len(steps) else 1.0,
        levels=[LevelLine(limit, label, always_in_view=False)] if limit else [],
        log=True,
    )


def norm_readings(history: History) -> list[Reading]:
    """Judge the gradient norms of the step measured last: the whole gradient, then each group."""
    if history.started is None:
        return []
    groups, threshold = history.groups, history.max_grad_norm
    level, word = _judge(groups.whole, groups, threshold, tr("clipped"))
    readings = [Reading(tr("total"), groups.whole, level, word, groups.whole_trend)]
    # Beside a gradient that explodes any part looks small.
    usual = recent_norm(groups.whole_trend) or math.inf
    least = VANISHES_BELOW * min(usual, max(threshold, 1.0))
    for group, norm in groups.grad_norms.items():
        trend = groups.trend(group)
        level, word = _judge(norm, groups, threshold, tr("over"))
        if norm is not None and recent_norm(trend) < least:
            level, word = "low", tr("vanishes")
        readings.append(Reading(group_name(group), norm, level, word, trend))
    return readings


def ratio_readings(history: History) -> list[Reading]:
    """Judge how far the last update moved each group's weights."""
    readings = []
    for group, ratio in history.groups.update_ratios.items():
        level: Level = "fine"
        word = ""
        if ratio is None:
            level, word = "alarm", "NaN/inf"
        elif ratio > 10 * RATIO_AIM:
            level, word = "high", tr("fast")
        elif ratio < RATIO_AIM / 100:
            level, word = "low", tr("slow")
        readings.append(Reading(group_name(group), ratio, level, word))
    return readings


def _judge(
    norm: float | None, groups: GroupNorms, threshold: float, over: str
) -> tuple[Level, str]:
    if norm is None:
        return ("alarm", "NaN/inf") if groups.grad_norms else ("fine", "")
    if groups.explode and norm > EXPLODES_AT * max(threshold, 1.0):
        return "alarm", tr("explodes")
    return ("high", over) if threshold and norm > threshold else ("fine", "")


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
