"""Panels 2 and 3: the loss, and beside it the perplexity or the accuracy."""

import math

import numpy as np

from core.events import perplexity
from core.language import tr
from tui.history import History
from tui.loss_units import LOSS_UNIT_NAMES, LOSS_UNITS, LossUnit, in_unit, yardstick_in_unit
from tui.names import said
from tui.panels.curve_panel import CurvePanel
from tui.safe_text import displayable
from tui.series import Floats
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.plot import LevelLine, value_text


class LossPanel(CurvePanel):
    """Chart the loss in nats per token or another unit, or per text where texts are classified."""

    number = 2
    heading = tr("Loss")
    css_id = "loss"

    def __init__(self, *, glyphs: Glyphs = BRAILLE, id: str | None = None) -> None:
        super().__init__(glyphs=glyphs, id=id)
        self._unit: LossUnit = "nats"
        self._names_unit = False

    def action_next_unit(self) -> None:
        """Show the loss in the next unit."""
        if self._history.task == "classify":
            self.app.notify(tr("a classifier's loss is in nats per text"), markup=False)
            return
        self._names_unit = True
        self._unit = LOSS_UNITS[(LOSS_UNITS.index(self._unit) + 1) % len(LOSS_UNITS)]
        self._rebuild()

    def _unit_of(self, history: History) -> LossUnit:
        return self._unit if history.task == "language" else "nats"

    def _measure(self, values: Floats, history: History) -> Floats:
        return in_unit(
            values,
            self._unit_of(history),
            history.tokens_per_char,
            history.spelling_bits_per_char,
        )

    def _unit_text(self) -> str:
        return LOSS_UNIT_NAMES[self._unit_of(self._history)] if self._names_unit else ""

    def _missing_text(self) -> str:
        if self._unit_of(self._history) != "bits/char" or self._history.tokens_per_char:
            return ""
        return tr("bits per character are not known before the first evaluation")

    def _best_text(self, best: float) -> str:
        value = float(self._measure(np.array([best]), self._history)[0])
        return tr("best val {value}", value=value_text(value))

    def _levels(self, history: History) -> list[LevelLine]:
        return _yardstick_levels(history, self._unit_of(history))


class PerplexityPanel(CurvePanel):
    """Chart the perplexity, on a logarithmic axis until asked otherwise."""

    number = 3
    heading = tr("Perplexity")
    css_id = "perplexity"
    only_for = "language"
    scale_at_start = "log"

    def _measure(self, values: Floats, history: History) -> Floats:
        return in_unit(values, "perplexity", None)

    def _best_text(self, best: float) -> str:
        value = perplexity(best)
        return tr("best val {value}", value=value_text(math.inf if value is None else value))

    def _levels(self, history: History) -> list[LevelLine]:
        return _yardstick_levels(history, "perplexity")


def _yardstick_levels(history: History, unit: LossUnit) -> list[LevelLine]:
    """Return what counting and compressing reach; the curves alone say what is in view."""
    measured = history.yardsticks.yardsticks if history.yardsticks is not None else []
    values = [(displayable(said(stick.name)), yardstick_in_unit(stick, unit)) for stick in measured]
    return [
        LevelLine(value, f"{name} {value_text(value)}", always_in_view=False)
        for name, value in values
    ]


class AccuracyPanel(CurvePanel):
    """Chart the share of texts that are classified right, beside what simple methods reach."""

    number = 3
    heading = tr("Accuracy")
    css_id = "accuracy"
    only_for = "classify"
    column = "accuracy"
    unit = "%"
    most = 100.0

    def _measure(self, values: Floats, history: History) -> Floats:
        return 100 * values

    def _best(self, history: History) -> float | None:
        return history.classes.best_accuracy

    def _best_text(self, best: float) -> str:
        return tr("best model {accuracy:.1%}", accuracy=best)

    def _levels(self, history: History) -> list[LevelLine]:
        return [
            LevelLine(
                100 * baseline.accuracy,
                f"{displayable(said(baseline.name))} {baseline.accuracy:.1%}",
            )
            for baseline in history.classes.baselines
        ]
