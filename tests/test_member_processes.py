"""Children that train members: how many at a time, what stops them, and what they leave."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InputError, RnnStudioError
from experiment_cases import measured, planned_experiment, train_member
from store_cases import new_store
from tui.child_program import ChildProgram
from tui.cli.experiment_text import ended_line
from workspace.child_process import Child, start_child
from workspace.experiments import ExperimentStore, MemberState
from workspace.member_processes import MemberProcesses

WIDTHS = {"hidden_size": [1, 2, 3, 4]}

WAITING = (
    "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(143)); {}; time.sleep(60)"
)
REFUSED = "import sys; sys.exit('rnnstudio: no GPU here')"
QUICK = "pass"


@pytest.fixture
def store(tmp_path: Path) -> ExperimentStore:
    """Return a store with one experiment of four members."""
    store = ExperimentStore(new_store(tmp_path))
    planned_experiment(store, WIDTHS)
    return store


def processes(
    store: ExperimentStore, code: str | Callable[[int], str], parallel: int = 2
) -> MemberProcesses:
    """Return children that run some Python instead of training."""

    def start(member: int) -> Child:
        words = [sys.executable, "-c", code if isinstance(code, str) else code(member)]
        return Child(*start_child(words, stdout=subprocess.DEVNULL))

    return MemberProcesses(store, 1, start, parallel=parallel)


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def all_ended(children: MemberProcesses) -> list[MemberState]:
    """Drive children until nothing is left to wait for."""
    ended: list[MemberState] = []

    def is_done() -> bool:
        ended.extend(children.advance())
        return children.is_done

    until(is_done)
    return ended


def test_no_room_for_a_child_is_a_sentence(
    store: ExperimentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the disk of temporary files is full; the experiment can be gone on with."""

    def refused() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    with pytest.raises(RnnStudioError, match="no other process can be started: No usable"):
        ChildProgram(["lr-range"])
    with (
        processes(store, QUICK) as children,
        pytest.raises(RnnStudioError, match="no other process can be started"),
    ):
        children.advance()
    store.lock(1).release()


def test_so_many_at_a_time_and_each_once(store: ExperimentStore, tmp_path: Path) -> None:
    """Members start in their order as others end, never more than asked for."""
    log = tmp_path / "log"
    code = f"open({str(log)!r}, 'a').write('%s ')"
    most = 0
    with processes(store, lambda member: code % member) as children:
        while not children.is_done:
            children.advance()
            most = max(most, len(children.running))
            time.sleep(0.01)
    assert most == 2
    assert sorted(log.read_text().split()) == ["1", "2", "3", "4"]
    assert not store.find(1).is_running


def test_what_is_over_is_left_alone(store: ExperimentStore, tmp_path: Path) -> None:
    """Members that ended by their plan or diverged are not trained again."""
    train_member(store, 1, 1, *measured(2.0))
    train_member(store, 1, 3, reason="diverged")
    log = tmp_path / "log"
    with processes(store, lambda m: f"open({str(log)!r}, 'a').write('{m} ')", 1) as children:
        all_ended(children)
    assert log.read_text() == "2 4 "


def test_stopping_leaves_no_child(store: ExperimentStore, tmp_path: Path) -> None:
    """Children are asked to save, none starts any more, and the experiment can go on."""
    ready = [tmp_path / str(member) for member in (1, 2)]

    def code(member: int) -> str:
        return WAITING.format(
            f"open({str(tmp_path / str(member))!r}, 'w').write(str(__import__('os').getpid()))"
        )

    with processes(store, code) as children:
        children.advance()
        until(lambda: all(path.exists() and path.read_text() for path in ready))
        children.stop()
        ended = all_ended(children)
    assert sorted(state.member for state in ended) == [1, 2]
    assert [state.failure for state in store.members(1)] == [""] * 4
    for path in ready:
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.read_text()), 0)


def test_an_error_leaves_no_child(store: ExperimentStore, tmp_path: Path) -> None:
    """Whatever ends the block, the children end before it does, and the lock is free."""
    path = tmp_path / "pid"
    code = WAITING.format(f"open({str(path)!r}, 'w').write(str(__import__('os').getpid()))")
    with pytest.raises(KeyError), processes(store, code, 1) as children:
        children.advance()
        until(lambda: path.exists() and bool(path.read_text()))
        raise KeyError
    with pytest.raises(ProcessLookupError):
        os.kill(int(path.read_text()), 0)
    assert not store.find(1).is_running


def test_one_refusal_stops_no_other(store: ExperimentStore) -> None:
    """It is kept with its member, and the others are tried."""
    with processes(store, lambda m: REFUSED if m == 2 else QUICK) as children:
        ended = all_ended(children)
        assert children.refusal == ""
    assert sorted(state.member for state in ended) == [1, 2, 3, 4]
    failures = [state.failure for state in store.members(1)]
    assert failures == ["", "no GPU here", "", ""]


def test_why_a_run_does_not_go_on_is_kept_until_it_does(store: ExperimentStore) -> None:
    """A run whose text has changed, say, would else stand still without a reason."""
    train_member(store, 1, 1, reason="stopped")
    train_member(store, 1, 2, reason="diverged")
    with processes(store, lambda m: REFUSED if m == 1 else QUICK) as children:
        (state,) = [state for state in all_ended(children) if state.member == 1]
    assert (state.status, state.failure) == ("stopped", "no GPU here")
    assert ended_line(state, 1).endswith("stopped at step 9, 0:03: no GPU here")
    with processes(store, QUICK) as children:
        all_ended(children)
    assert [state.failure for state in store.members(1)] == [""] * 4


def test_what_all_are_refused_for_is_the_experiments_own(store: ExperimentStore) -> None:
    """Two members that cannot begin for one reason tell that none can."""
    with processes(store, REFUSED, 1) as children:
        assert [state.member for state in all_ended(children)] == [1, 2]
        assert children.refusal == "no GPU here"
    train_member(store, 1, 4)
    with processes(store, REFUSED, 1) as children:
        all_ended(children)
        assert children.refusal == ""


def test_a_second_driver_is_refused(store: ExperimentStore) -> None:
    """Two processes would train the same members."""
    with processes(store, QUICK), pytest.raises(InputError, match="another process"):
        processes(store, QUICK)
