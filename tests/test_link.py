"""The link to the terminal: it tells a narrow line from a far one, and from one that is silent."""

import math

import pytest

from core.errors import InputError
from tui.link import FIRST_ANSWER_S, LEAST_BYTES, LONGEST_REST_S, LOST_S, UNSENT_BYTES, Link
from tui.terminal_kind import lacks_utf8, refuse_dumb_terminal


class Line:
    """A line that carries so many bytes a second, and is so long; time passes when it is told."""

    def __init__(self, bytes_per_s: float, away_s: float = 0.0) -> None:
        self.now = 100.0
        self.link = Link(lambda: self.now)
        self._bytes_per_s, self._away_s = bytes_per_s, away_s
        self._free_at = self.now
        self._answers: list[float] = []

    def draw(self, count: int) -> None:
        """Write a frame and ask behind it."""
        self.link.wrote(count)
        self._free_at = max(self._free_at, self.now) + count / self._bytes_per_s
        self.link.asked()
        self._answers.append(self._free_at + self._away_s)

    def wait(self, seconds: float) -> None:
        """Let time pass, and answers come."""
        until = self.now + seconds
        while self._answers and self._answers[0] <= until:
            self.now = max(self._answers.pop(0), self.now)
            assert self.link.answered()
        self.now = until


def test_a_narrow_line_is_not_filled() -> None:
    """The next frame waits for the last one, in small parts; news leave half of it to keys."""
    line = Line(2500)
    line.draw(100)
    line.wait(0.1)
    line.draw(5000)
    assert line.link.is_behind
    line.wait(1.9)
    assert line.link.is_behind
    line.wait(0.2)
    assert not line.link.is_behind
    assert line.link.is_slow
    assert LEAST_BYTES <= line.link.room <= 1000
    assert not line.link.has_room_for_news
    line.wait(2.0)
    assert line.link.has_room_for_news


def test_a_far_but_wide_line_is_used() -> None:
    """Answers that take long do not make a line narrow: many frames are on the way at once."""
    line = Line(1e6, away_s=0.2)
    line.draw(100)
    line.wait(0.3)
    line.draw(20_000)
    line.wait(0.3)
    assert not line.link.is_slow
    assert line.link.room == math.inf
    for _ in range(10):
        line.draw(2000)
        line.wait(0.02)
        assert not line.link.is_behind
        assert line.link.has_room_for_news


def test_rest_after_news_has_an_end() -> None:
    """However long a frame took, news come again after some seconds."""
    line = Line(2500)
    line.draw(100)
    line.wait(0.1)
    line.draw(50_000)
    line.wait(20.5)
    line.wait(LONGEST_REST_S)
    assert line.link.has_room_for_news


def test_a_terminal_that_answers_nothing_is_drawn_on() -> None:
    """It is waited for at the start only; what the system has not taken is all that counts."""
    now = [0.0]
    link = Link(lambda: now[0])
    link.wrote(100)
    link.asked()
    assert link.is_behind
    now[0] = FIRST_ANSWER_S
    assert not link.is_behind
    link.wrote(UNSENT_BYTES + 1)
    assert link.is_behind
    link.passed(2000)
    assert not link.is_behind
    assert not link.awaits_report


def test_an_answer_that_is_lost_does_not_stop_the_screen() -> None:
    """As where somebody else's program was attached to the terminal meanwhile."""
    line = Line(1e5)
    line.draw(10_000)
    line.wait(1)
    line.link.wrote(100_000)
    line.link.asked()
    assert line.link.is_behind
    line.wait(LOST_S + 5)
    assert not line.link.is_behind
    assert not line.link.answered()


def test_a_report_that_nobody_asked_for_is_somebody_elses() -> None:
    """It is passed on."""
    assert not Link().answered()


@pytest.mark.parametrize(
    ("environ", "lacks"),
    [
        ({}, False),
        ({"LANG": "en_GB.UTF-8"}, False),
        ({"LANG": "en_GB.utf8"}, False),
        ({"LANG": "de_DE"}, False),
        ({"LANG": "de_DE.ISO-8859-1@euro"}, True),
        ({"LANG": "zh_CN.GB18030"}, True),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_ALL": "", "LANG": "POSIX"}, True),
    ],
)
def test_a_locale_without_utf8_is_known(environ: dict[str, str], lacks: bool) -> None:
    """The variables count in the order in which the C library reads them."""
    assert lacks_utf8(environ) == lacks


def test_a_dumb_terminal_is_refused() -> None:
    """The sentence says what to use there."""
    refuse_dumb_terminal({"TERM": "xterm-256color"})
    refuse_dumb_terminal({})
    with pytest.raises(InputError, match="type dumb; use `rnnstudio train`"):
        refuse_dumb_terminal({"TERM": "dumb"})
