"""How fast the terminal takes what is drawn, so that a narrow line is not filled for seconds.

A report of the cursor's position is asked for behind what is drawn. The answer says that the
terminal has taken all before it, however much the kernel, SSH and the network hold on the way.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

ASK = "\x1b[6n"
"""Asks any terminal for a report of the cursor's position."""

BEHIND_S = 0.3
"""Seconds of drawing that may be on the way before the next is drawn."""

LEAST_BYTES = 512
"""Bytes that may be on the way over any line."""

UNSENT_BYTES = 8192
"""Bytes that the system may not have taken yet, where the terminal answers nothing."""

SLOW_BYTES_PER_S = 20_000.0
"""A line below this takes longer than half a second for a screen."""

LONGEST_REST_S = 3.0
"""Seconds for which news leave the line to keys at most, after news had it."""

FIRST_ANSWER_S = 0.5
"""Seconds for which drawing waits at the start for a terminal to show that it answers."""

LOST_S = 10.0
"""After so many seconds more than expected an answer is taken for lost."""

TELLING_BYTES = 256
"""Fewer bytes tell how far the terminal is, not how fast the line."""

OLD_RATE_WEIGHT = 0.7
"""Share of the rate so far that a slower report leaves: one frame may have had to wait."""


class _Asked(NamedTuple):
    written: int
    at: float


class Link:
    """Count what is written and what the terminal has confirmed; methods are safe in any thread.

    Args:
        clock: Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Begin anew: the terminal is another, or was another program's meanwhile."""
        self._written = self._passed = self._confirmed = self._written_before = 0
        self._asked: deque[_Asked] = deque()
        self._answers, self._is_idle = False, True
        self._rate = 0.0
        self._busy_since = self._idle_since = -LOST_S
        self._confirmed_at = -LOST_S

    def wrote(self, count: int) -> None:
        """Take in that so many characters were drawn."""
        if self._is_idle:
            self._busy_since, self._written_before = self._clock(), self._written
            self._is_idle = False
        self._written += count

    def passed(self, count: int) -> None:
        """Take in that the system has taken so many characters."""
        self._passed += count

    def asked(self) -> None:
        """Take in that a report was asked for behind all that was written."""
        self._asked.append(_Asked(self._written, self._clock()))

    def answered(self) -> bool:
        """Take in a report; tell whether it was asked for here."""
        if not self._asked:
            return False
        asked, now = self._asked.popleft(), self._clock()
        self._answers = True
        taken = asked.written - self._written_before
        if taken >= TELLING_BYTES:
            rate = taken / max(now - self._busy_since, 1e-4)
            self._rate = max(rate, self._rate * OLD_RATE_WEIGHT)
        self._confirmed, self._confirmed_at = max(asked.written, self._confirmed), now
        if not self._asked:
            self._idle_since, self._is_idle = now, True
        return True

    @property
    def wants_report(self) -> bool:
        """Whether enough was drawn since the last question, or the line is slow."""
        asked = self._asked[-1].written if self._asked else self._confirmed
        return self._written - asked > (0 if self.is_slow else LEAST_BYTES)

    @property
    def awaits_report(self) -> bool:
        """Whether a terminal that answers has not answered everything."""
        return self._answers and bool(self._asked)

    @property
    def is_slow(self) -> bool:
        """Whether a whole screen takes so long that it is better seen line by line."""
        return self._answers and self._rate < SLOW_BYTES_PER_S

    @property
    def room(self) -> float:
        """How many characters may be written at once, so that a key does not wait for long."""
        return max(LEAST_BYTES, self._rate * BEHIND_S) if self.is_slow else math.inf

    @property
    def is_behind(self) -> bool:
        """Whether more is on the way than the terminal takes soon: what is drawn now comes late."""
        if not self._answers:
            return self._may_answer or self._written - self._passed > UNSENT_BYTES
        on_the_way = self._written - self._confirmed
        if on_the_way <= max(LEAST_BYTES, self._rate * BEHIND_S):
            return False
        if self._clock() - self._confirmed_at > LOST_S + on_the_way / max(self._rate, 1.0):
            self._asked.clear()
            self._confirmed, self._answers, self._is_idle = self._written, False, True
            return False
        return True

    @property
    def _may_answer(self) -> bool:
        """Whether the first question is so new that its answer may be on the way."""
        return bool(self._asked) and self._clock() - self._asked[0].at < FIRST_ANSWER_S

    @property
    def has_room_for_news(self) -> bool:
        """Whether the line is free, and has been so for as long as it was busy before."""
        if not self._answers or not self.is_slow:
            return not self.is_behind
        if self._asked:
            return False
        busy_s = self._idle_since - self._busy_since
        return self._clock() - self._idle_since >= min(busy_s, LONGEST_REST_S)
