"""The engine's thread: the only place where the dashboard and the training run side by side."""

import contextlib
import os
import queue
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from core.control import Control, StopRequested
from core.decoding import Decoding
from core.errors import RnnStudioError
from core.events import Emit, Event, Noticed, PhaseChanged, RunEnded, RunFailed
from core.language import tr
from core.memory_errors import is_out_of_memory
from tui.backend import Backend
from tui.jobs import Classify, Draw, Fragments, Inspect, Job, Train
from tui.merging import compact
from workspace.requests import Request

SWITCH_INTERVAL_S = 0.0005
"""How long the training thread may keep the interpreter while a key waits."""

NICENESS = 1
"""How far the engine's threads stand back behind the screen's where both want a processor.

More would give much of the training's time to other busy programs, which it stands back behind too.
"""

JOIN_S = 10.0
"""How long leaving waits for the engine's last step and checkpoint."""


CROWDED = 32
"""How many events at once show that the screen falls behind."""


class Mailbox:
    """Carry events from the engine to the screen: an append on one side, a timer on the other.

    When the screen falls behind, events merge that can (`tui.merging`); no other is lost.
    """

    def __init__(self, capacity: int = 256) -> None:
        self._capacity = capacity
        self._compact_at = capacity
        self._events: deque[Event] = deque()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Event) -> None:
        """Add an event; called from the engine's thread."""
        with self._lock:
            self._events.append(event)
            if len(self._events) > self._compact_at:
                self._events = deque(compact(self._events))
                # What is left cannot be merged; to look again at each event would be slow.
                self._compact_at = max(self._capacity, 2 * len(self._events))

    def drain(self) -> list[Event]:
        """Return all events since the last call, oldest first."""
        if not self._events:
            return []
        with self._lock:
            taken = list(self._events)
            self._events.clear()
            self._compact_at = self._capacity
        # To merge events is far cheaper than to take in each.
        return compact(taken) if len(taken) > CROWDED else taken


class Engine:
    """Own the one thread that loads torch, trains, samples and classifies.

    It is a daemon of our own, since Textual's thread workers would hold the exit until they
    finish. Its owner calls `close` before the interpreter ends: a thread that is inside torch at
    that moment aborts the process.
    """

    def __init__(self, backend: Backend, emit: Emit) -> None:
        self._backend = backend
        self._emit = emit
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._current: Job | None = None
        self._changing = threading.Lock()
        """Held while another job becomes the current one, or none does."""
        self.crash = ""
        """The traceback of an error of ours, to be shown once the screen is gone."""

    def start(self) -> None:
        """Begin to load torch; call it once the first frame is on screen."""
        self._thread.start()

    @property
    def training(self) -> bool:
        """Whether a run is being prepared or trained."""
        return isinstance(self._current, Train)

    @property
    def control(self) -> Control | None:
        """What steers the job in progress; None when there is none."""
        current = self._current
        return current.control if current is not None else None

    def train(self, request: Request) -> None:
        """Start or resume a run; a sample that is being drawn gives way."""
        self._submit(Train(request, Control()))

    def draw(self, run: int, sample: int, prompt: str, decoding: Decoding) -> None:
        """Draw a sample from a finished run; one that is being drawn gives way."""
        self._submit(Draw(run, sample, prompt, decoding, Control()))

    def classify(self, run: int, sample: int, text: str) -> None:
        """Classify a text with a finished run; an older text that still waits is passed over.

        A run in training is not disturbed: while there is one, nothing happens.
        """
        if not self.training:
            self._submit(Classify(run, sample, text, Control()))

    def inspect(self, run: int, sample: int, text: str, offset: int) -> None:
        """Put a text under a finished run's microscope; one that still waits is passed over.

        A run in training is not disturbed: while there is one, nothing happens.
        """
        if not self.training:
            self._submit(Inspect(run, sample, text, offset, Control()))

    def ask_to_end(self, *, save: bool = True, by_signal: bool = False) -> None:
        """Ask the job to end, saving first if it trains; returns at once."""
        control = self.control
        if control is not None:
            control.stop("signal" if by_signal else "stopped", save=save)

    def close(self, timeout_s: float = JOIN_S) -> bool:
        """End the thread, waiting for its last step and checkpoint.

        Returns:
            Whether it ended; where not, the process must end by `os._exit`.
        """
        if self._thread.ident is None:
            return True
        was_training = self.training
        self.ask_to_end()
        self._jobs.put(None)
        # Without a run nothing is lost, and the thread may be deep in loading torch.
        self._thread.join(timeout_s if was_training else min(timeout_s, 0.3))
        return not self._thread.is_alive()

    def _submit(self, job: Job) -> None:
        with self._changing:
            if self._current is not None and not isinstance(self._current, Train):
                self._current.control.stop()
            # Set here, not in the thread, so that two quick keys cannot start two runs.
            self._current = job
        self._jobs.put(job)

    def _work(self) -> None:
        _stand_back()
        self._emit(PhaseChanged(phase="loading_torch", step=0))
        message = self._guarded(self._backend.load)
        if message:
            told = tr("the engine could not be loaded: {error}", error=message)
            self._emit(RunFailed(message=told))
        self._emit(PhaseChanged(phase="ended", step=0))
        while (job := self._jobs.get()) is not None:
            match job:
                case Train():
                    self._train(job)
                case Draw():
                    self._draw(job)
                case Classify():
                    self._answer(
                        job, partial(self._backend.classify, job.run, job.sample, job.text)
                    )
                case Inspect():
                    question = job.run, job.sample, job.text, job.offset
                    self._answer(job, partial(self._backend.inspect, *question))
            with self._changing:
                if self._current is job:
                    self._current = None

    def _train(self, job: Train) -> None:
        ended = False

        def emit(event: Event) -> None:
            nonlocal ended
            ended = ended or isinstance(event, RunEnded)
            self._emit(event)

        with _quick_switches():
            message = self._guarded(lambda: self._backend.train(job.request, emit, job.control))
        if ended:
            return
        if message:
            self._emit(RunFailed(message=message))
        # A run that has begun ends by the session's own event; here none came to be.
        self._emit(PhaseChanged(phase="ended", step=0))

    def _draw(self, job: Draw) -> None:
        fragments = Fragments(job, self._emit)
        message = self._guarded(lambda: fragments.draw(self._backend))
        fragments.send(done=True)
        if message:
            self._emit(Noticed(message=message))

    def _answer(self, job: Job, ask: Callable[[Emit], None]) -> None:
        if job.control.should_stop():
            return
        message = self._guarded(lambda: ask(self._emit))
        if message:
            self._emit(Noticed(message=message))

    def _guarded(self, work: Callable[[], None]) -> str:
        """Do it, and return what went wrong in one line, or nothing."""
        try:
            work()
        except StopRequested:
            return ""
        except RnnStudioError as error:
            return str(error)
        except Exception as error:  # the screen and the thread live on
            if is_out_of_memory(error):
                return tr("out of memory; close other programs, or use a smaller model or text")
            self.crash = traceback.format_exc()
            return f"{type(error).__name__}: {error}"
        return ""


def _stand_back() -> None:
    """Let the screen's thread come first, before this one and all that it will start.

    Only Linux gives each thread a priority of its own, and to each new one that of its maker.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            thread = threading.get_native_id()
            niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
            os.setpriority(os.PRIO_PROCESS, thread, niceness)


@contextlib.contextmanager
def _quick_switches() -> Iterator[None]:
    """Let the screen have the interpreter soon after it asks for it."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
