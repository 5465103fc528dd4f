"""A look inside a language model on the same held-out windows each time."""

import numpy as np
import torch
from torch import Tensor

from core.config import Config
from core.events import Event, GatesMeasured, GradientsThroughTime, finite
from core.insight.gates import layer_activity
from core.insight.gradients import gradients_through_time, half_life, recorded_gradients
from core.insight.unrolled import unroll
from core.models import LanguageModel
from core.models.recurrent_model import evaluating
from core.text.vocabulary import Ids

MOST_WINDOWS = 8
LONGEST_WINDOW = 256
"""Tokens that a look goes back at most."""
MOST_VALUES = 2**22
"""Hidden values that a look keeps at most; large models are looked at through fewer windows."""
MOST_LAGS = 96
"""Distances that an event tells; of more, those that are even on a logarithmic scale."""


class HeldOutLook:
    """Look at gradients through time and at gates, through evenly spread validation windows.

    A window has as many tokens as a training sequence, and as many before it from which the state
    is warmed up.

    Args:
        val: The validation text's tokens, at least two; the training text's if nothing is held
            out.
        config: The settings of the run.
    """

    def __init__(self, val: Ids, config: Config) -> None:
        self._time = min(config.seq_length, LONGEST_WINDOW, len(val) - 1)
        warm_up = min(self._time, len(val) - 1 - self._time)
        fitting = MOST_VALUES // (self._time * config.hidden_size * config.num_layers)
        places = len(val) - warm_up - self._time
        count = max(1, min(MOST_WINDOWS, fitting, places))
        starts = np.linspace(0, places - 1, count).astype(np.int64)
        taken = val[starts[:, None] + np.arange(warm_up + self._time + 1)]
        windows = torch.from_numpy(taken.astype(np.int64))  # (B, W + T + 1)
        self._before, self._x, self._y = windows.split([warm_up, self._time, 1], dim=1)
        self.lags = _lags(self._time)
        """Distances to the last token of a window that the norms are told of."""

    def events(self, model: LanguageModel, device: torch.device, step: int) -> list[Event]:
        """Look at a model as it is; nothing of it, nor of any generator, changes.

        Args:
            model: Its mode is restored at the end.
            device: Where it is.
            step: What the events say.
        """
        with evaluating(model):
            return self._look(model, device, step)

    def _look(self, model: LanguageModel, device: torch.device, step: int) -> list[Event]:
        x, y = self._x.to(device), self._y[:, 0].to(device)
        state = None
        if self._before.shape[1]:
            with torch.no_grad():
                _, state = model.hidden_states(self._before.to(device))
        wants_gradients, records = len(self.lags) > 1, model.recurrence.records()
        with torch.set_grad_enabled(wants_gradients and not records):
            traces = unroll(model.recurrence, model.embedding(x), state)
        gates = GatesMeasured(step=step, layers=[layer_activity(trace) for trace in traces])
        if not wants_gradients:
            return [gates]
        if records:
            norms = recorded_gradients(model, x, state, y)
        else:
            norms = gradients_through_time(model, traces, y)
        return [self._gradients(norms, step), gates]

    def _gradients(self, norms: Tensor, step: int) -> GradientsThroughTime:
        told = norms[:, self.lags].tolist()
        return GradientsThroughTime(
            step=step,
            lags=self.lags,
            norms=[[finite(float(f"{norm:.4g}")) for norm in layer] for layer in told],
            half_lives=[finite(half_life(self.lags, layer)) for layer in told],
        )


def _lags(time: int) -> list[int]:
    if time <= MOST_LAGS:
        return list(range(time))
    spread = np.geomspace(1, time, MOST_LAGS).round().astype(int) - 1
    return sorted(set(spread.tolist()))
