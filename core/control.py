"""What the world tells the engine: commands that it reads between two steps."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from core.decoding import Decoding
from core.settings import Value

ShouldStop = Callable[[], bool]
"""Asked from time to time whether to give up."""

Cue = Callable[[int], None]
"""Told the steps taken, before the engine looks for commands; it may give some itself."""


class Pause(msgspec.Struct, frozen=True):
    """Wait before the next step."""


class Resume(msgspec.Struct, frozen=True):
    """Go on after a pause."""


class Change(msgspec.Struct, frozen=True):
    """Change live settings before the next step."""

    values: dict[str, Value]
    """New values by name."""


class Save(msgspec.Struct, frozen=True):
    """Write a checkpoint before the next step."""


class Sample(msgspec.Struct, frozen=True):
    """Draw a sample from the weights as they are, while training goes on."""

    sample: int
    """Number that the fragments of the answer carry."""
    prompt: str
    decoding: Decoding


class Classify(msgspec.Struct, frozen=True):
    """Classify a text with the weights as they are."""

    sample: int
    """Number that the answer carries."""
    text: str


class Inspect(msgspec.Struct, frozen=True):
    """Put a text under the microscope, with the weights as they are."""

    sample: int
    """Number that the answer carries."""
    text: str
    """What to read; empty for held-out text."""
    offset: int = 0
    """The token of the held-out text to begin at."""


class CancelSample(msgspec.Struct, frozen=True):
    """End the sample that is being drawn."""


Command = Pause | Resume | Change | Save | Sample | Classify | Inspect | CancelSample
"""Everything that can be asked of a running engine, but for stopping."""


class StopRequested(Exception):  # noqa: N818 - a request, not an error
    """Unwind a long phase because `Control.should_stop` became true; never shown to a user."""


class Control:
    """Pass commands from any thread to the engine's.

    Stopping is not a command in the queue but a state, since long phases (reading a text, an
    evaluation, a sample) look at it too and end early.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._commands: deque[Command] = deque()
        self._stop_reason: Literal["", "stopped", "signal"] = ""
        self._save_on_stop = True
        self._cue: Cue | None = None
        self._retry = False

    def follow(self, cue: Cue) -> None:
        """Let `cue` give commands at exact steps, on the engine's thread."""
        self._cue = cue

    def pause(self) -> None:
        """Ask the engine to wait before its next step."""
        self._put(Pause())

    def resume(self) -> None:
        """Ask the engine to go on."""
        self._put(Resume())

    def retry(self) -> None:
        """Ask the engine, which waits for the disk, to try again at once."""
        with self._changed:
            self._retry = True
            self._changed.notify_all()

    def change(self, values: Mapping[str, Value]) -> None:
        """Ask for new values of live settings."""
        self._put(Change(dict(values)))

    def save(self) -> None:
        """Ask for a checkpoint."""
        self._put(Save())

    def sample(self, number: int, prompt: str, decoding: Decoding) -> None:
        """Ask for a sample; a running one is replaced."""
        self._put(Sample(number, prompt, decoding))

    def classify(self, number: int, text: str) -> None:
        """Ask which class a text has; the answer is a `TextClassified`."""
        self._put(Classify(number, text))

    def inspect(self, number: int, text: str, offset: int) -> None:
        """Ask for a text, or for held-out text from a token on, under the microscope."""
        self._put(Inspect(number, text, offset))

    def cancel_sample(self) -> None:
        """Ask the running sample to end."""
        self._put(CancelSample())

    def stop(self, reason: Literal["stopped", "signal"] = "stopped", *, save: bool = True) -> None:
        """Ask the engine to finish its step, save and end.

        Args:
            reason: `stopped` for a user's wish, `signal` for a signal; the first one stays.
            save: Whether to write a checkpoint before ending.
        """
        with self._changed:
            if not self._stop_reason:
                self._stop_reason, self._save_on_stop = reason, save
            self._changed.notify_all()

    @property
    def save_on_stop(self) -> bool:
        """Whether to write a checkpoint before ending."""
        return self._save_on_stop

    @property
    def stop_reason(self) -> Literal["", "stopped", "signal"]:
        """Why the engine was asked to stop; empty while it was not."""
        return self._stop_reason

    def should_stop(self) -> bool:
        """Tell whether the engine was asked to stop."""
        return bool(self._stop_reason)

    def take(self, step: int = 0) -> list[Command]:
        """Return the commands since the last call, oldest first, without waiting.

        Args:
            step: Steps taken, for the cue that is followed.
        """
        if self._cue is not None:
            self._cue(step)
        if not self._commands:
            return []
        with self._changed:
            taken = list(self._commands)
            self._commands.clear()
            return taken

    def wait(self, timeout_s: float) -> None:
        """Wait until there is a command or a wish to stop, at most `timeout_s` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._commands or self._stop_reason, timeout_s)

    def wait_for_retry(self, timeout_s: float) -> None:
        """Wait until `retry` or `stop` was asked for, at most `timeout_s` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._retry or self._stop_reason, timeout_s)
            self._retry = False

    def _put(self, command: Command) -> None:
        with self._changed:
            self._commands.append(command)
            self._changed.notify_all()
