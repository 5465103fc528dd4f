"""The fold of what looks inside have shown: the gates' last state, gradients as they came."""

from core.events import GatesMeasured, GradientsThroughTime, RunStarted, TextInspected
from tui.questions import is_of_walk

MOST_KEPT = 512
"""Looks at gradients that are remembered beside the newest one."""


class Looks:
    """Remember what was seen inside of a model while it trained."""

    def __init__(self) -> None:
        self.gates: GatesMeasured | None = None
        """The newest."""
        self.inspected: TextInspected | None = None
        """The newest answer about a text under the microscope."""
        self.walked: TextInspected | None = None
        """The newest answer about the text that is walked along in the console."""
        self._kept: list[GradientsThroughTime] = []
        self._newest: GradientsThroughTime | None = None
        self._every = 1
        self._since = 0

    @property
    def gradients(self) -> list[GradientsThroughTime]:
        """The looks at gradients by step, evenly spread over the run, the newest among them."""
        newest = [] if self._newest is None or self._newest in self._kept[-1:] else [self._newest]
        return self._kept + newest

    def start(self, event: RunStarted) -> None:
        """Begin, or go on from a step; what was seen after it is forgotten."""
        if self.gates is not None and self.gates.step > event.start_step:
            self.gates = None
        self._kept = [seen for seen in self._kept if seen.step <= event.start_step]
        self._newest = self._kept[-1] if self._kept else None

    def take(self, event: GatesMeasured | GradientsThroughTime | TextInspected) -> None:
        """Take in what was seen."""
        match event:
            case GatesMeasured():
                self.gates = event
            case TextInspected() if is_of_walk(event):
                self.walked = event
            case TextInspected():
                self.inspected = event
            case GradientsThroughTime():
                self._take_gradients(event)

    def _take_gradients(self, event: GradientsThroughTime) -> None:
        self._newest = event
        self._since += 1
        if self._kept and self._since < self._every:
            return
        self._since = 0
        self._kept.append(event)
        if len(self._kept) > MOST_KEPT:
            # From now on half as often, so that every part of the run has as many.
            self._kept = self._kept[::2]
            self._every *= 2
