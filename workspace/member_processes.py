"""The members of an experiment in child processes, some at a time, until all are over.

Call `advance` a few times a second and read the store between two calls; nothing here waits. The
command line and a screen drive it in the same way.
"""

import subprocess
from collections.abc import Callable
from types import TracebackType

from core.language import tr
from workspace.child_process import Child
from workspace.experiments import ExperimentStore, MemberState

PATIENCE_S = 60.0
"""How long members may take to save and end, once nobody drives them any more."""

Start = Callable[[int], Child]
"""Starts a program that trains a member, given its number: begins or resumes it, saves and ends by
SIGTERM, writes what is wrong on standard error, and ends with its parent."""


class MemberProcesses:
    """Train what is not over yet of an experiment; use it as a context manager.

    A member that another process trains is waited for. One that fails does not stop the others.

    Args:
        store: Where the experiment is.
        experiment: Its number.
        start: Starts what trains a member.
        parallel: How many to train at a time, at least 1.

    Raises:
        InputError: Another process sees to the experiment already.
    """

    def __init__(
        self, store: ExperimentStore, experiment: int, start: Start, *, parallel: int
    ) -> None:
        self._store = store
        self._experiment = experiment
        self._start = start
        self._parallel = parallel
        self._lock = store.lock(experiment)
        members = store.members(experiment)
        self._has_begun = any(member.run is not None for member in members)
        self._waiting = [member.member for member in members if not member.is_over]
        self._running: dict[int, Child] = {}
        self._endings: list[str] = []
        """What each child that has ended was refused for; empty where it was not."""
        self._stopping = False
        self.refusal = ""
        """Why the plan cannot begin at all, and was given up: what all members so far, two at least
        or the only one, were refused for. Empty while one may begin."""

    def __enter__(self) -> "MemberProcesses":
        """Begin; the first children start with the first `advance`."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Let the children save and end, and give back the right to the experiment."""
        self.stop()
        try:
            for child in self._running.values():
                try:
                    child.process.wait(PATIENCE_S)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()
                child.errors.close()
        finally:
            self._running.clear()
            self._lock.release()

    @property
    def running(self) -> list[int]:
        """Numbers of the members that children train now."""
        return list(self._running)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to wait for."""
        return not self._running and (self._stopping or not self._waiting)

    def advance(self) -> list[MemberState]:
        """Take in the children that have ended, start what there is room for.

        Returns:
            The members that ended since the last call, for whatever reason.

        Raises:
            RnnStudioError: The system has no room for another process.
        """
        ended = [self._reaped(member) for member in self._ended_children()]
        self._has_begun = self._has_begun or any(state.run is not None for state in ended)
        if not self._stopping and self._is_hopeless():
            self.refusal = self._endings[0]
            self.stop()
        return ended + self._begin_others()

    def stop(self) -> None:
        """Ask the children to save and end, and start no more; harmless when done twice."""
        if not self._stopping:
            self._stopping = True
            for child in self._running.values():
                child.process.terminate()

    def _is_hopeless(self) -> bool:
        """Tell whether all members so far were refused for one reason, and are enough to tell."""
        enough = len(self._endings) > 1 or not (self._waiting or self._running)
        same = len(set(self._endings)) == 1 and self._endings[0] != ""
        return enough and same and not self._has_begun

    def _ended_children(self) -> list[int]:
        return [n for n, child in self._running.items() if child.process.poll() is not None]

    def _begin_others(self) -> list[MemberState]:
        """Start members; return those that others have brought to their end meanwhile."""
        ended: list[MemberState] = []
        for member in list(self._waiting):
            if self._stopping or len(self._running) >= self._parallel:
                break
            state = self._store.member(self._experiment, member)
            if state.is_over:
                self._waiting.remove(member)
                ended.append(state)
            elif state.run is None or not state.run.is_live:
                self._waiting.remove(member)
                if state.failure:
                    self._store.note_failure(self._experiment, member, "")
                self._running[member] = self._start(member)
        return ended

    def _reaped(self, member: int) -> MemberState:
        """Take in a child that has ended; what went wrong is kept with its member."""
        child = self._running.pop(member)
        child.errors.seek(0)
        errors = child.errors.read().decode("utf-8", "replace").strip()
        child.errors.close()
        code = child.process.poll()
        state = self._store.member(self._experiment, member)
        if code and not state.is_over and not self._stopping:
            last = errors.rpartition("\n")[2].removeprefix("rnnstudio: ")
            message = last or tr("its process ended with code {code}", code=code)
            self._store.note_failure(self._experiment, member, message)
            state = self._store.member(self._experiment, member)
        self._endings.append(state.failure)
        return state
