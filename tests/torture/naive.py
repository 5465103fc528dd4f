"""The program as somebody might have written it: each function breaks one promise of saving.

A harness that finds nothing wrong with its own naive variant proves nothing.
"""

import os
from collections.abc import Callable
from pathlib import Path

from core.events import Event


def in_place() -> None:
    """Write every checkpoint over the one before it, without a second file."""
    import core.durable
    import core.training.checkpoint
    import workspace.live_run

    def write(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    core.durable.write_durably = core.training.checkpoint.write_durably = write  # type: ignore[attr-defined]
    workspace.live_run.new_path = lambda run_dir, step: run_dir / "checkpoint.safetensors"  # type: ignore[attr-defined]


def announce_first() -> None:
    """Tell the world of an event, at once, and store it a moment later."""
    import time

    from workspace.live_run import LiveRun

    write_at_once()

    keep, pass_on = LiveRun.keep, LiveRun._pass_on

    def told_first(self: LiveRun, event: Event) -> None:
        pass_on(self, self._completed(event))
        time.sleep(0.001)
        keep(self, event)

    LiveRun.keep = told_first  # type: ignore[method-assign]
    LiveRun._pass_on = lambda self, event: setattr(self, "_ended", event)  # type: ignore[method-assign]


def lazy_rows() -> None:
    """Let evaluations and checkpoints wait to be stored, as reports of steps may."""
    from workspace.recording import Recorder

    flush: Callable[[Recorder], None] = Recorder.flush
    calls = 0

    def sometimes(self: Recorder) -> None:
        nonlocal calls
        calls += 1
        if calls % 10 == 0:
            flush(self)

    Recorder.flush = sometimes  # type: ignore[method-assign]


def prune_first() -> None:
    """Make room before the new checkpoint is written."""
    from core.training.checkpoint import Checkpoint
    from workspace.live_run import LiveRun

    write = LiveRun._write

    def make_room(self: LiveRun, checkpoint: Checkpoint) -> tuple[Path, str, int]:
        for old in self._store.checkpoints(self._number):
            old.path.unlink(missing_ok=True)
        return write(self, checkpoint)

    LiveRun._write = make_room  # type: ignore[method-assign]


def no_sync() -> None:
    """Never ask for a file or folder to be on the disk."""
    os.fsync = lambda fd: None


def no_file_sync() -> None:
    """Sync folders, but no files."""
    _sync_only(folders=True)


def no_folder_sync() -> None:
    """Sync files, but no folders."""
    _sync_only(folders=False)


def lazy_database() -> None:
    """Let the database leave its rows in memory."""
    import workspace.database

    transaction = workspace.database.transaction

    def hasty(connection: object, *, durable: bool = False) -> object:
        return transaction(connection, durable=False)  # type: ignore[arg-type]

    import workspace.recording

    workspace.recording.transaction = hasty  # type: ignore[assignment, attr-defined]


def leave_partial() -> None:
    """Leave what could not be written where it is, and give up at once."""
    import core.training.checkpoint
    import workspace.outage

    def write(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f".{path.name}.partial").open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.with_name(f".{path.name}.partial").replace(path)

    core.training.checkpoint.write_durably = write  # type: ignore[attr-defined]
    workspace.outage.Outage._waits_until = lambda self, give_up_at: False  # type: ignore[method-assign]


def no_lock() -> None:
    """Let whoever wants to train a run do so."""
    import workspace.runs

    class Nothing:
        def __init__(self, run_dir: Path) -> None:
            run_dir.mkdir(parents=True, exist_ok=True)

        def release(self) -> None:
            pass

    workspace.runs.RunLock = Nothing  # type: ignore[assignment, attr-defined]
    workspace.runs.is_locked = lambda run_dir: True  # type: ignore[attr-defined]


def lock_file() -> None:
    """Hold a run by a file that is there, and is removed at the end."""
    import workspace.runs

    class FileLock:
        def __init__(self, run_dir: Path) -> None:
            run_dir.mkdir(parents=True, exist_ok=True)
            self._path = run_dir / "lock"
            try:
                self._path.touch(exist_ok=False)
            except FileExistsError:
                raise BlockingIOError from None

        def release(self) -> None:
            self._path.unlink(missing_ok=True)

    workspace.runs.RunLock = FileLock  # type: ignore[assignment, attr-defined]
    workspace.runs.is_locked = lambda run_dir: (run_dir / "lock").exists()  # type: ignore[attr-defined]


def late_file() -> None:
    """Leave the writing of checkpoints to a thread, so that training need not wait."""
    import threading

    import core.training.checkpoint

    write = core.training.checkpoint.write_durably  # type: ignore[attr-defined]

    def later(path: Path, data: bytes) -> None:
        threading.Timer(0.02, write, (path, data)).start()

    core.training.checkpoint.write_durably = later  # type: ignore[attr-defined]


def _sync_only(*, folders: bool) -> None:
    fsync = os.fsync

    def some(fd: int) -> None:
        if Path(f"/proc/self/fd/{fd}").is_dir() == folders:
            fsync(fd)

    os.fsync = some  # type: ignore[assignment]


def forget_to_save() -> None:
    """End when asked to, without a checkpoint."""
    from core.control import Control

    stop = Control.stop

    def hasty(self: Control, reason: str = "stopped", *, save: bool = True) -> None:
        stop(self, reason, save=False)  # type: ignore[arg-type]

    Control.stop = hasty  # type: ignore[method-assign]


def leave_the_terminal() -> None:
    """End without a word to the terminal."""
    from textual.drivers.linux_driver import LinuxDriver

    LinuxDriver.stop_application_mode = LinuxDriver.disable_input  # type: ignore[method-assign]


def leave_children() -> None:
    """Start children that know nothing of who has started them."""
    import tui.cli.experiment_run
    from workspace.experiments import ExperimentStore

    words_of = tui.cli.experiment_run.member_words

    def unrelated(store: ExperimentStore, experiment: int, member: int, parent: int) -> list[str]:
        given = words_of(store, experiment, member, parent)
        where = given.index("--with_process")
        return given[:where] + given[where + 2 :]

    tui.cli.experiment_run.member_words = unrelated


def write_at_once() -> None:
    """Wait for whoever reads standard output, whatever happens meanwhile."""
    from tui.cli.output import write
    from tui.cli.steady_output import SteadyOutput

    def directly(self: SteadyOutput, data: str | bytes) -> int:
        write(data)
        return len(data)

    SteadyOutput.write = directly  # type: ignore[method-assign]


def wait_to_be_seen() -> None:
    """Let the engine wait until the screen has taken what it was told."""
    import time

    from tui.engine import Mailbox

    put = Mailbox.put

    def waiting(self: Mailbox, event: Event) -> None:
        put(self, event)
        while len(self):
            time.sleep(0.01)

    Mailbox.put = waiting  # type: ignore[method-assign]


def wait_for_the_screen() -> None:
    """Leave when the screen has drawn all that it wanted to."""
    from tui.signals import SignalGuard

    SignalGuard._on_alarm = lambda *_: None  # type: ignore[method-assign]


def count_suspensions() -> None:
    """Take the time of a suspension for time of work."""
    import time

    import core.stopwatch
    import core.training.trainer

    core.training.trainer.work_s = time.perf_counter  # type: ignore[attr-defined]
