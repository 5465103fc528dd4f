"""Between the screen and the engine: wishes go in, events come out and are folded."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from core.config import Config
from core.decoding import Decoding
from core.errors import InputError
from core.events import (
    CheckpointSaved,
    Event,
    PhaseChanged,
    RunEnded,
    RunStarted,
    TextClassified,
    TextInspected,
    TextSampled,
)
from core.language import tr
from core.settings import Value
from tui.asking import Asking
from tui.backend import Backend
from tui.engine import Engine, Mailbox
from tui.history import History
from tui.laboratory import Laboratory
from tui.questions import ClassQuestion, LookQuestion, is_of_walk
from tui.tasks import Task, task_of
from workspace.requests import Request, ResumeRequest, StartRequest
from workspace.runs import RunStore

SLICE_S = 0.008
"""How long replaying a run may keep the screen waiting at a time."""


class Desk:
    """Hold the engine, the run in training, and the run on show; no widget in it."""

    def __init__(self, backend: Backend, store: RunStore) -> None:
        self._mailbox = Mailbox()
        self.engine = Engine(backend, self._mailbox.put)
        self.store = store
        """The screen's own reader of the runs."""
        self.laboratory = Laboratory(store)
        """What trains beside the engine: experiments, each run in a process of its own."""
        self.live = History()
        """The run in training, or the one that was trained last."""
        self.shown = self.live
        """What the panels show: the live run, or an opened one."""
        self._next: tuple[Request, History] | None = None
        self._before: tuple[History, History] | None = None
        """`live` and `shown` from before a start of which it is not known yet whether it is one."""
        self._wants_pause = False
        self._drawn_for: dict[int, History] = {}
        self._classifying = Asking(self.engine, "classify")
        self._inspecting = Asking(self.engine, "language")
        self._walking = Asking(self.engine, "language", of_walk=True)

    @property
    def training(self) -> bool:
        """Whether a run is in training or about to be."""
        return self.engine.training or self._next is not None

    @property
    def preparing(self) -> bool:
        """Whether a run was asked for that has not begun yet."""
        return self._before is not None

    @property
    def shows_other(self) -> bool:
        """Whether the panels show another run than the one in training."""
        return self.training and self.shown is not self.live

    def pump(self) -> list[Event]:
        """Fold what has come from the engine and return it; begin the run that is to follow."""
        # Asked before the mailbox is emptied, so that no last event goes to the next run.
        free, control = not self.engine.training, self.engine.control
        events = self._mailbox.drain()
        for event in events:
            self._history_of(event).fold(event)
            if isinstance(event, RunStarted | RunEnded):
                self._before = None
            elif isinstance(event, TextClassified):
                self._classifying.take(event)
            elif isinstance(event, TextInspected):
                self._looking(event).take(event)
        if free:
            self._go_back()
            self._train_next()
        for asking in (self._classifying, self._inspecting):
            asking.advance(self.live, self.shown, control)
        if self.engine.training or self.engine.control is None:  # it lets all others go before
            self._walking.advance(self.live, self.shown, control)
        return events

    def prepare_for(self, task: Task) -> None:
        """Say what the first run will learn, while there is none."""
        if self.live.run is None and self.live.task != task:
            self.live.task = task
            self.live.version += 1

    def begin(self, config: Config, name: str | None = None) -> None:
        """Start a new run; one in training is saved and stopped first."""
        history = History(task_of({"task": config.task}))
        self._begin(StartRequest(config=config, name=name), history)

    async def resume(
        self, run: int, changes: Mapping[str, Value], checkpoint: str | None = None
    ) -> None:
        """Go on training a run; one in training is saved and stopped first.

        Args:
            run: Its number.
            changes: Live settings that are to be others from its next step on.
            checkpoint: Path of the checkpoint to go on from; None for the newest.
        """
        history = await self.replayed(run)
        self._begin(ResumeRequest(target=checkpoint or str(run), changes=changes), history)

    def toggle_pause(self) -> bool:
        """Pause the run in training or let it go on; return whether it will be paused.

        A run that waits for the disk tries again at once.
        """
        control = self.engine.control
        if self.live.pause_reason and control is not None:
            control.retry()
            return self._wants_pause
        self._wants_pause = not self._wants_pause
        if control is not None:
            (control.pause if self._wants_pause else control.resume)()
        return self._wants_pause

    def stop(self, *, save: bool) -> None:
        """Stop the run in training, and what should follow it."""
        self._next = None
        self.engine.ask_to_end(save=save)

    def save_checkpoint(self) -> None:
        """Save the run in training at its next step."""
        control = self.engine.control
        if self.engine.training and control is not None:
            control.save()

    def change(self, values: Mapping[str, Value]) -> bool:
        """Change live settings of the run in training; return whether there is one."""
        control = self.engine.control
        if not self.engine.training or control is None:
            return False
        control.change(values)
        return True

    def draw(self, prompt: str, decoding: Decoding) -> int:
        """Ask for a sample of the weights in training, else of the shown run's best ones.

        Returns:
            The number that its fragments carry.

        Raises:
            InputError: There is no model to draw from.
        """
        history = self.live if self.engine.training else self.shown
        known = [s.number for h in (self.live, self.shown) for s in h.samples if s.is_asked_for]
        number = max([*known, *self._drawn_for], default=0) + 1
        if history.task == "classify":
            raise InputError(
                tr(
                    "run {run} is still training and classifies texts; stop it first to draw "
                    "from this one",
                    run=history.run,
                )
            )
        control = self.engine.control
        if self.engine.training and control is not None:
            if history.started is None or history.state == "preparing":
                raise InputError(
                    tr("the model is not ready yet; try again once training has begun")
                )
            control.sample(number, prompt, decoding)
        elif history.run is not None:
            self.engine.draw(history.run, number, prompt, decoding)
        else:
            raise InputError(tr("there is no model yet: start training, or open a run"))
        self._drawn_for = {number: history}
        return number

    def cancel_sample(self) -> None:
        """End the sample that is being drawn."""
        control = self.engine.control
        if control is not None:
            if self.engine.training:
                control.cancel_sample()
            else:
                control.stop()

    def classify(self, text: str) -> None:
        """Ask for the class of a text from now on; the answers come as events, in their time."""
        self._classifying.question = ClassQuestion(text) if text.strip() else None

    def inspect(self, question: LookQuestion | None) -> None:
        """Ask for a text under the microscope from now on, or for none any more."""
        self._inspecting.question = question

    def walk(self, text: str) -> None:
        """Ask once for a text that is walked along; an empty one ends the asking."""
        self._walking.question = LookQuestion(text) if text else None

    async def open(self, run: int, until: str | None = None) -> None:
        """Show a run: the live one as it is, another as its stored events tell it.

        Args:
            run: Its number.
            until: Path of the checkpoint to show it at; None for as it is now.
        """
        is_live = run == self.live.run and until is None
        self.shown = self.live if is_live else await self.replayed(run, until)

    async def come_back(self, run: int) -> None:
        """Show a stored run as the one trained last, unless something else was begun meanwhile."""
        history = await self.replayed(run)
        if history.run is None or self.training or self.shown.run is not None:
            return  # of a damaged run not even the beginning may be readable
        self.shown = history
        if history.state != "elsewhere":
            self.live = history

    def show_live(self) -> None:
        """Show the run in training again."""
        self.shown = self.live

    def forget_shown(self) -> None:
        """Show nothing of a run that is gone."""
        if self.shown is self.live:
            self.live = History(self.live.task)
        self.shown = self.live

    async def replayed(self, run: int, until: str | None = None) -> History:
        """Fold a stored run up to a checkpoint or the end, letting the screen work in between."""
        history = History()
        elsewhere = self.store.find(run).is_live and run != self.live.run and until is None
        pause_at = time.monotonic() + SLICE_S
        name = Path(until).name if until is not None else ""
        for event in self.store.events(run):
            history.fold(event)
            if isinstance(event, CheckpointSaved) and Path(event.path).name == name:
                history.opened_at = until
                break
            if time.monotonic() > pause_at:
                await asyncio.sleep(0)
                pause_at = time.monotonic() + SLICE_S
        if elsewhere:
            history.leave_to_others()
        else:
            # A run whose process died has no end of its own; what it was doing is long over.
            history.fold(PhaseChanged(phase="ended", step=history.step))
        return history

    def _begin(self, request: Request, history: History) -> None:
        self.engine.ask_to_end()
        self._next = (request, history)
        self._wants_pause = False

    def _go_back(self) -> None:
        """Show what was shown before a start that was refused or given up."""
        if self._before is not None:
            self.live, self.shown = self._before
            self._before = None
            self.live.fold(PhaseChanged(phase="ended", step=self.live.step))

    def _train_next(self) -> None:
        if self._next is not None:
            self._before = self.live, self.shown
            request, self.live = self._next
            self.shown, self._next = self.live, None
            self.engine.train(request)

    def _looking(self, event: TextInspected) -> Asking:
        """Return who asked for a look."""
        return self._walking if is_of_walk(event) else self._inspecting

    def _history_of(self, event: Event) -> History:
        """Return whom an event belongs to: an answer to the run that was asked."""
        match event:
            case TextSampled(origin="console"):
                return self._drawn_for.get(event.sample, self.live)
            case TextClassified():
                return self._classifying.history_of(event) or self.live
            case TextInspected():
                return self._looking(event).history_of(event) or self.live
            case _:
                return self.live
