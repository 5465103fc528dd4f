"""The tree of a run's checkpoints: which one leads to which, and whose losses are sane."""

import math
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from core.events import (
    CheckpointSaved,
    Diverged,
    Evaluated,
    Event,
    RunStarted,
    SettingsChanged,
    StepsDone,
)
from core.settings import Value

FAR_FACTOR, FAR_NATS = 1.3, 0.3
"""A loss above the best times the one plus the other is far above it.

The doctor's `learning_rate_too_high` was tuned with these two on healthy and spoiled runs
(tests/benchmarks/doctor.py). The factor leaves room for the noise of 20 steps around a loss of
some nats, the summand for that around a loss close to 0.
"""

LAST_STEPS = 20
"""Steps whose mean is the training loss of a checkpoint: a whole block of the doctor's."""

MEANINGS = (
    "dropout",
    "word_dropout",
    "embedding_dropout",
    "adversarial",
    "teacher_forcing_ratio",
)
"""Settings that make another quantity of the training loss; values under others do not compare."""

EVENTS: tuple[type[Event], ...] = (
    RunStarted,
    SettingsChanged,
    Evaluated,
    CheckpointSaved,
    Diverged,
)
"""Events that tell the lineage of a stored run."""


def is_far_above(loss: float, best: float) -> bool:
    """Tell whether a loss, in nats, is not finite or is far above the best one."""
    return not loss <= FAR_FACTOR * best + FAR_NATS


@dataclass
class Standing:
    """Hold what is known of one checkpoint's losses and of where it came from."""

    name: str
    """Of its file."""
    step: int
    parent: str | None
    """The checkpoint that training came from; None for the first of a run."""
    meaning: tuple[Value | None, ...]
    """The values of `MEANINGS`."""
    train_loss: float | None
    """Mean of the last steps before it, in nats; None where it is not known."""
    val_loss: float | None
    """That of an evaluation at its step; None where there was none, infinite if not finite."""
    diverges: bool = False
    """Whether the very next step was not finite, as it would be again."""


class Lineage:
    """Fold a run's events to the tree of its checkpoints."""

    def __init__(self) -> None:
        self._known: dict[str, Standing] = {}
        self._head: str | None = None
        """The newest checkpoint that training came from."""
        self._config: dict[str, Value] = {}
        self._losses: deque[float] = deque(maxlen=LAST_STEPS)
        self._evaluated: tuple[int, float] = (-1, math.inf)
        """Step and loss of the last evaluation."""
        self._chance = math.inf
        """The loss of guessing evenly, in nats: what a model has before it has learned anything."""
        self._best_val = math.inf
        self._best_train: dict[tuple[Value | None, ...], float] = {}
        """Lowest training loss of a checkpoint, by what it means."""
        self._diverges_after: int | None = None

    def take(self, event: Event) -> None:
        """Take in the next event; of a stored run, `EVENTS` are enough."""
        match event:
            case RunStarted():
                self._config = dict(event.config)
                self._chance = math.log(max(2, len(event.labels) or event.vocab_size))
                self._go_back(event.start_step, event.resumed_from)
            case SettingsChanged():
                meaning = self._meaning
                self._config |= {change.name: change.new for change in event.changes}
                if self._meaning != meaning:
                    self._losses.clear()
            case StepsDone():
                self._losses.extend(math.inf if n is None else n for n in event.losses)
            case Evaluated():
                loss = math.inf if event.val_loss is None else event.val_loss
                self._evaluated = event.step, loss
                self._best_val = min(self._best_val, loss)
            case CheckpointSaved():
                self._save(event)
            case Diverged() if event.what != "weights":
                self._diverge(event.step - 1)
            case _:
                pass

    @property
    def train_loss(self) -> float | None:
        """The mean loss of the last steps, in nats; None where none is known or it is infinite."""
        mean = fmean(self._losses) if self._losses else math.inf
        return mean if math.isfinite(mean) else None

    @property
    def branch(self) -> list[Standing]:
        """The checkpoints that training came from, the newest first."""
        chain, name = [], self._head
        while name is not None:
            chain.append(self._known[name])
            name = chain[-1].parent
        return chain

    def find(self, path: str | Path) -> Standing | None:
        """Return what is known of a checkpoint; None where its events are lost."""
        return self._known.get(Path(path).name)

    def is_sane(self, path: str | Path) -> bool:
        """Tell whether the losses of a checkpoint are finite and not far above the run's best.

        One whose next step is not finite is not sane: it would be so again. Where one was
        evaluated well it is sane, whatever its training loss is; where it was not evaluated, or
        badly, the training loss decides, since a model that overfits is no broken one. The best
        is no worse than guessing evenly. What is not known counts as good.
        """
        found = self.find(path)
        if found is None:
            return True
        if found.diverges or found.val_loss == math.inf:
            return False
        best_val = min(self._best_val, self._chance)
        if found.val_loss is not None and not is_far_above(found.val_loss, best_val):
            return True
        best_train = min(self._best_train.get(found.meaning, math.inf), self._chance)
        return found.train_loss is None or not is_far_above(found.train_loss, best_train)

    def rank(self, path: str | Path) -> tuple[bool, bool]:
        """Return what orders checkpoints that are newest first: the ones to go on from lead.

        Sane ones come before others, and those on the branch in training before those that were
        left by going back.
        """
        found = self.find(path)
        on_branch = found is None or found in self.branch
        return not self.is_sane(path), not on_branch

    @property
    def _meaning(self) -> tuple[Value | None, ...]:
        return tuple(self._config.get(name) for name in MEANINGS)

    def _save(self, event: CheckpointSaved) -> None:
        name, loss = Path(event.path).name, event.train_loss
        step, val_loss = self._evaluated
        self._known[name] = Standing(
            name=name,
            step=event.step,
            parent=self._head,
            meaning=self._meaning,
            train_loss=loss,
            val_loss=val_loss if step == event.step else None,
            diverges=event.step == self._diverges_after,
        )
        self._head = name
        if loss is not None:
            best = self._best_train.get(self._meaning, math.inf)
            self._best_train[self._meaning] = min(best, loss)

    def _diverge(self, step: int) -> None:
        """Note the state after a step to diverge, unless it has led further before."""
        self._diverges_after = step
        head = self._known.get(self._head or "")
        has_led_on = any(past.parent == self._head for past in self._known.values())
        if head is not None and head.step == step and not has_led_on:
            head.diverges = True

    def _go_back(self, step: int, resumed_from: str) -> None:
        """Go on from a step: of the named checkpoint, else of the branch, else of any of it."""
        self._losses.clear()
        self._diverges_after, self._evaluated = None, (-1, math.inf)
        name = Path(resumed_from).name
        if name in self._known:
            self._head = name
            return
        near = next((past for past in self.branch if past.step <= step), None)
        if near is None or near.step < step:
            same = (past for past in reversed(self._known.values()) if past.step == step)
            near = next(same, near)
        self._head = near.name if near is not None else None
