"""Standard output beside a run, whose reader stalls."""

import sys
import threading

import pytest

from core.control import Control
from tui.cli import steady_output
from tui.cli.steady_output import MOST_LINES_WAITING, MOST_WAITING, SteadyOutput


class Reader:
    """Stand for what reads standard output, once it is let."""

    def __init__(self) -> None:
        self.reads = threading.Event()
        self.got: list[str | bytes] = []

    def write(self, data: str | bytes) -> None:
        """Take some data; wait where nobody reads."""
        self.reads.wait()
        self.got.append(data)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Return a reader that stalls."""
    reader = Reader()
    monkeypatch.setattr(steady_output, "write", reader.write)
    for stream in ("stdout", "__stdout__"):  # to be put back
        monkeypatch.setattr(sys, stream, getattr(sys, stream))
    return reader


def test_what_people_read_holds_nothing_up(reader: Reader) -> None:
    """More than is kept can be written; what is left out is the oldest of what waits."""
    pieces = [str(number) for number in range(2 * MOST_WAITING)]
    with SteadyOutput(Control(), keeps_all=False) as output:
        for piece in pieces:
            output.write(piece)
        reader.reads.set()
    # One more may have been about to be written.
    assert reader.got[-MOST_WAITING:] == pieces[-MOST_WAITING:]
    assert len(reader.got) <= MOST_WAITING + 1
    assert not output.is_stalled


def test_what_scripts_read_arrives_whole(reader: Reader) -> None:
    """More than is kept waits for the reader, and comes in order."""
    lines = [f"{number}\n".encode() for number in range(5 * MOST_LINES_WAITING)]
    threading.Timer(0.05, reader.reads.set).start()
    with SteadyOutput(Control(), keeps_all=True) as output:
        for line in lines:
            output.write(line)
    assert reader.got == lines


@pytest.mark.parametrize("keeps_all", [False, True])
def test_a_run_that_was_stopped_ends(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, *, keeps_all: bool
) -> None:
    """Once it was asked to stop, neither a line nor the end waits for ever."""
    monkeypatch.setattr(steady_output, "PATIENCE_S", 0.05)
    control = Control()
    with SteadyOutput(control, keeps_all=keeps_all) as output:
        control.stop("signal")
        for _ in range(2 * MOST_LINES_WAITING):
            output.write("line\n")
    assert output.is_stalled
    assert sys.stdout is None  # else the end of the interpreter would wait for the thread
    reader.reads.set()
    assert output._writer.end(10)  # else its lines would come to the next test's reader


def test_a_reader_that_is_slow_gets_the_end(reader: Reader) -> None:
    """A stop does not cut off what is read a moment later."""
    control = Control()
    threading.Timer(0.05, reader.reads.set).start()
    with SteadyOutput(control, keeps_all=True) as output:
        control.stop("signal")
        output.write("the end\n")
    assert (reader.got, output.is_stalled) == (["the end\n"], False)
