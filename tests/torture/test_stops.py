"""A request to stop saves, wherever the program is, and leaves the terminal as it was."""

import itertools
import random
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from orphan_cases import MOMENTS, stopped_experiment
from program_cases import Server, served
from stalled_cases import WAYS as UNREAD_WAYS
from stalled_cases import stopped_unread
from stop_cases import (
    PHASES,
    SIGNALS,
    by_hanging_up,
    by_keys,
    by_signal,
    stopped_headless,
    stopped_in_terminal,
    undisturbed,
)
from suspend_cases import suspended

WAYS = [*map(by_signal, SIGNALS), by_hanging_up, by_keys]

RUNS = 105
"""How often the program is stopped: each way in each phase, as often as that goes into it."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return what forks the program."""
    with served(nice=False) as server:
        yield server


def test_a_few_stops(server: Server, tmp_path: Path) -> None:
    """A signal while a model is evaluated, and a terminal that is closed over one in training."""
    chance, term = random.Random(1), by_signal(signal.SIGTERM)
    found = [
        *stopped_headless(server, tmp_path / "1", "evaluating", term, chance),
        *stopped_in_terminal(server, tmp_path / "2", "training", by_hanging_up, chance),
    ]
    assert [fault for fault in found if not fault.startswith("it took")] == []


@pytest.mark.torture
@pytest.mark.timeout(7200)
def test_a_hundred_times_headless(server: Server, tmp_path: Path) -> None:
    """Each signal in each phase, at random moments of it."""
    cases = itertools.cycle(itertools.product(PHASES, map(by_signal, SIGNALS)))
    for number, (phase, stop) in enumerate(itertools.islice(cases, RUNS)):
        attempt = partial(
            stopped_headless, server, phase=phase, stop=stop, chance=random.Random(number)
        )
        assert undisturbed(attempt, tmp_path / str(number)) == [], (number, phase, stop.__name__)


@pytest.mark.torture
@pytest.mark.timeout(7200)
def test_a_hundred_times_on_the_dashboard(server: Server, tmp_path: Path) -> None:
    """Each signal, a closed terminal and ctrl+c in each phase, at random moments of it."""
    cases = itertools.cycle(itertools.product(PHASES, WAYS))
    for number, (phase, stop) in enumerate(itertools.islice(cases, RUNS)):
        attempt = partial(
            stopped_in_terminal, server, phase=phase, stop=stop, chance=random.Random(number)
        )
        assert undisturbed(attempt, tmp_path / str(number)) == [], (number, phase, stop.__name__)


@pytest.mark.torture
@pytest.mark.timeout(7200)
def test_a_hundred_times_unread(server: Server, tmp_path: Path) -> None:
    """Each signal, over a terminal or a pipe that nobody reads any more."""
    cases = itertools.cycle(itertools.product(UNREAD_WAYS, SIGNALS))
    for number, (way, stop) in enumerate(itertools.islice(cases, RUNS)):
        attempt = partial(
            stopped_unread, server, way=way, number=stop, chance=random.Random(number)
        )
        assert undisturbed(attempt, tmp_path / str(number)) == [], (number, way, stop)


@pytest.mark.torture
@pytest.mark.parametrize("way", UNREAD_WAYS)
def test_the_harness_catches_who_waits_for_a_reader(
    server: Server, tmp_path: Path, way: str
) -> None:
    """One that writes in the thread that trains, and one that leaves when all is drawn."""
    naive = "wait_for_the_screen" if way == "dashboard" else "write_at_once"
    for number in range(5):  # before the pipe is full it may end in time
        root = tmp_path / str(number)
        if stopped_unread(server, root, way, signal.SIGTERM, random.Random(number), naive):
            return
    pytest.fail("nothing was found")


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("on_screen", [False, True], ids=["headless", "dashboard"])
@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGKILL])
@pytest.mark.parametrize("moment", MOMENTS)
def test_no_child_stays(
    tmp_path: Path, moment: str, number: signal.Signals, *, on_screen: bool
) -> None:
    """An experiment's children save and end with it, also where it is killed."""
    attempt = partial(stopped_experiment, moment=moment, number=number, on_screen=on_screen)
    assert undisturbed(attempt, tmp_path) == []


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_the_harness_catches_children_that_stay(tmp_path: Path) -> None:
    """Those that do not look for their parent outlive its being killed."""
    found = stopped_experiment(tmp_path, "training", signal.SIGKILL, naive="leave_children")
    assert any("until all were gone" in fault for fault in found)


@pytest.mark.torture
@pytest.mark.parametrize("on_screen", [False, True], ids=["headless", "dashboard"])
def test_a_suspension_is_no_work(tmp_path: Path, *, on_screen: bool) -> None:
    """After ctrl+z the shell has its terminal; after `fg` training goes on, and no time is lost."""
    assert suspended(tmp_path / "1", on_screen=on_screen) == []


@pytest.mark.torture
def test_the_harness_catches_naive_programs(server: Server, tmp_path: Path) -> None:
    """One that saves nothing, one that leaves the terminal as it is, one that counts its pauses."""
    chance, term = random.Random(1), by_signal(signal.SIGTERM)
    for number, run in enumerate((stopped_headless, stopped_in_terminal)):
        root = tmp_path / str(number)
        found = run(server, root, "training", term, chance, "forget_to_save")
        assert any("saved at" in fault for fault in found)
    found = stopped_in_terminal(
        server, tmp_path / "2", "training", term, chance, "leave_the_terminal"
    )
    assert "stty is another" in found
    for number, on_screen in enumerate((False, True), start=3):
        root = tmp_path / str(number)
        found = suspended(root, on_screen=on_screen, naive="count_suspensions")
        assert any("a report of" in fault for fault in found)
