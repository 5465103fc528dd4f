"""Panels 2 and 3: the loss, and beside it the perplexity or the accuracy."""

import numpy as np

from core.events import perplexity
from tui.history import History
from tui.panels.curve_panel import CurvePanel
from tui.safe_text import displayable
from tui.series import Floats
from tui.widgets.plot import LevelLine, value_text


class LossPanel(CurvePanel):
    """Chart the loss in nats per token, or per text where texts are classified."""

    number = 2
    heading = "Loss"

    def _measure(self, values: Floats) -> Floats:
        return values

    def _best_text(self, best: float) -> str:
        return f"best val {value_text(best)}"


class PerplexityPanel(CurvePanel):
    """Chart the perplexity, on a logarithmic axis until asked otherwise."""

    number = 3
    heading = "Perplexity"
    only_for = "language"
    log_at_start = True

    def _measure(self, values: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(values), dtype=np.float64)

    def _best_text(self, best: float) -> str:
        value = perplexity(best)
        return f"best val {value_text(value)}" if value is not None else "best val inf"


class AccuracyPanel(CurvePanel):
    """Chart the share of texts that are classified right, beside what simple methods reach."""

    number = 3
    heading = "Accuracy"
    only_for = "classify"
    column = "accuracy"
    unit = "%"
    most = 100.0

    def _measure(self, values: Floats) -> Floats:
        return 100 * values

    def _best(self, history: History) -> float | None:
        return history.classes.best_accuracy

    def _best_text(self, best: float) -> str:
        return f"best model {best:.1%}"

    def _levels(self, history: History) -> list[LevelLine]:
        return [
            LevelLine(
                100 * baseline.accuracy, f"{displayable(baseline.name)} {baseline.accuracy:.1%}"
            )
            for baseline in history.classes.baselines
        ]
