"""A disk that refuses costs a pause, not the run: it waits, says why, and goes on where it was."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.control import Control
from core.errors import SaveError
from core.events import CheckpointSaved, Event, Paused, Resumed, RunEnded, RunFailed, StepsDone
from core.training.checkpoint import Checkpoint, write_checkpoint
from scripted_backend import ScriptedBackend
from session_cases import Studio
from store_cases import new_store
from studio_cases import open_studio
from tui.widgets.key_line import KeyLine
from workspace.outage import Outage
from workspace.recording import Recorder


def start(studio: Studio, on_event: Callable[[Event], None] | None = None) -> RunEnded:
    """Train twelve steps, with a checkpoint every four."""
    return studio.start(None, on_event=on_event, max_steps=12, checkpoint_every=4, eval_every=50)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """Return a studio whose runs wait for the disk without end."""
    return Studio(tmp_path, patience_s=1e9)


def refuse_checkpoints(monkeypatch: pytest.MonkeyPatch, refusals: Iterator[bool]) -> None:
    """Let writes of checkpoints fail where the next of `refusals` is true."""

    def write(path: Path, checkpoint: Checkpoint) -> tuple[str, int]:
        if next(refusals, False):
            raise SaveError("no room")
        return write_checkpoint(path, checkpoint)

    monkeypatch.setattr("workspace.live_run.write_checkpoint", write)


def on_pause(act: Callable[[], None]) -> Callable[[Event], None]:
    """Return what acts whenever the disk makes the run wait."""

    def look(event: Event) -> None:
        if isinstance(event, Paused) and event.reason:
            act()

    return look


def test_a_checkpoint_that_is_refused_is_saved_once_there_is_room(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run says why it waits, tries again when asked, and loses no step and no checkpoint."""
    start(studio)
    undisturbed, saved = studio.losses, [event.step for event in studio.of(CheckpointSaved)]
    refuse_checkpoints(monkeypatch, iter([False, True, True]))
    ended = start(studio, on_pause(lambda: studio.control.retry()))
    assert ended.reason == "max_steps"
    assert studio.losses == undisturbed
    assert [event.step for event in studio.of(CheckpointSaved)] == saved
    assert [(event.step, event.reason) for event in studio.of(Paused)] == [(8, "no room")]
    assert [event.step for event in studio.of(Resumed)] == [8]
    store = studio.store
    assert not [event for event in store.events(2) if isinstance(event, Paused)]


def test_a_database_that_is_refused_loses_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be stored is stored once, in its order, when the disk has room again."""
    flush = Recorder.flush
    refusals: Iterator[bool] = iter([False] * 12 + [True] * 3)

    def refused(self: Recorder) -> None:
        if self._waiting and bool(next(refusals, False)):
            raise sqlite3.OperationalError("database or disk is full")
        flush(self)

    monkeypatch.setattr(Recorder, "flush", refused)
    ended = start(studio, on_pause(lambda: studio.control.retry()))
    assert ended.reason == "max_steps"
    assert studio.of(Paused)
    told = [e for e in studio.events if isinstance(e, StepsDone | CheckpointSaved | RunEnded)]
    kinds = StepsDone | CheckpointSaved | RunEnded
    assert [event for event in studio.store.events(1) if isinstance(event, kinds)] == told
    assert studio.store.find(1).status == "max_steps"
    assert studio.resume(max_steps=14).step == 14


def test_a_run_that_waited_in_vain_names_the_last_good_checkpoint(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails with the reason, how long it tried, and what there is to go on from."""
    monkeypatch.setattr("workspace.outage.FIRST_WAIT_S", 0.01)
    studio.patience_s = 0.05
    refuse_checkpoints(monkeypatch, iter([False] + [True] * 1000))
    ended = start(studio)
    assert (ended.reason, ended.step) == ("failed", 8)
    (failed,) = studio.of(RunFailed)
    good = studio.store.checkpoints(1)[0]
    assert (good.step, ended.checkpoint) == (4, str(good.path))
    assert failed.message.startswith("no room; gave up after 0 s; the last good checkpoint is")
    assert str(good.path) in failed.message
    assert not list(studio.workspace.run_dir(1).glob(".*.partial"))


def test_the_pauses_grow_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without anybody to ask, attempts come after 1, 2, 4, 8, 16 and 29 s, and then no more."""
    now, control = 100.0, Control()
    waits: list[float] = []
    told: list[int] = []

    def wait(timeout_s: float) -> None:
        nonlocal now
        now += timeout_s
        waits.append(timeout_s)

    def fail() -> None:
        raise SaveError("no room")

    monkeypatch.setattr("workspace.outage.time.monotonic", lambda: now)
    monkeypatch.setattr(control, "wait_for_retry", wait)
    outage = Outage(control, 60.0)
    with pytest.raises(SaveError):
        outage.outlast(SaveError("no room"), fail, lambda: told.append(1))
    assert waits == [1, 2, 4, 8, 16, 29]
    with pytest.raises(SaveError):
        outage.outlast(SaveError("no room"), fail, lambda: told.append(2))
    assert told == [1]
    assert len(waits) == 6


def test_a_request_to_stop_ends_the_wait(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping while the disk refuses tries once more and ends the run at once, as failed."""
    refuse_checkpoints(monkeypatch, iter([False] + [True] * 1000))
    ended = start(studio, on_pause(lambda: studio.control.stop("signal")))
    assert (ended.reason, ended.step) == ("failed", 8)
    assert "the last good checkpoint is" in studio.of(RunFailed)[0].message


def test_a_run_that_the_user_has_paused_stays_paused(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the disk works again, the pause that was asked for is told again, and holds."""
    refuse_checkpoints(monkeypatch, iter([True]))
    told: list[str] = []

    def act(event: Event) -> None:
        if isinstance(event, StepsDone) and not told:
            told.append("steps")
            studio.control.pause()
            studio.control.save()
        if isinstance(event, Paused):
            told.append(event.reason or "paused")
            if event.reason:
                studio.control.retry()
            elif told.count("paused") == 2:
                studio.control.resume()

    assert start(studio, act).reason == "max_steps"
    assert told == ["steps", "paused", "no room", "paused"]
    assert len(studio.of(Resumed)) == 1


async def test_the_dashboard_says_why_and_offers_retry(tmp_path: Path) -> None:
    """The status line tells the reason, and the key that goes on tries again."""
    backend = ScriptedBackend()
    async with open_studio(new_store(tmp_path).workspace.root, backend) as studio:
        await studio.press("space")
        await studio.until(lambda: studio.desk.live.step > 2, "steps")
        studio.desk._mailbox.put(Paused(step=3, reason="cannot save: no [/] room"))
        line = studio.dashboard.query_one(KeyLine)
        await studio.until(lambda: "space Retry" in line.render().plain, "the label")
        await studio.until(lambda: "no [/] room" in studio.messages(), "the message")
        await studio.press("space")
        assert backend.controls[0]._retry
        assert studio.desk.live.state == "paused"
        studio.desk._mailbox.put(Resumed(step=3))
        await studio.until(lambda: "space Pause" in line.render().plain, "the label")
