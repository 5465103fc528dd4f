"""A workspace put right as far as that can be done, while nothing of it is deleted.

What is in the way is moved to a folder of its own, `aside/N`, where a copy of the database as it
was lies too.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path

import msgspec

from core.durable import make_folder, sync_folder
from core.language import tr
from workspace.backup import back_up
from workspace.checking import check
from workspace.connection import Database
from workspace.database import explained, transaction
from workspace.faults import Change, Checked, Fault
from workspace.folders import lockable_folders
from workspace.locks import RunLock, is_locked
from workspace.paths import Workspace
from workspace.rebuilding import rebuild

ROUNDS = 4
"""Looks and repairs after each other: a database made anew shows what else is wrong."""


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what a repair has done."""

    mended: list[Fault]
    left: Checked
    """What a look after the repair has found."""
    aside: Path | None
    """Where that is which was in the way; None where nothing was moved or changed."""


def repair(workspace: Workspace) -> Repaired:
    """Mend what can be mended; a second repair finds nothing more to do.

    Runs and experiments that a living process holds are passed over.

    Raises:
        WorkspaceError: The workspace cannot be written, is of a newer format, or is another
            program's.
    """
    workspace.require_writable()
    with explained(workspace.database_path), _locked(lockable_folders(workspace)) as held:
        aside = _Aside(workspace.root)
        left, found = check(workspace, held), dict[tuple[str, str], Fault]()
        is_used = _is_used(workspace, held)
        for _ in range(ROUNDS):
            faults = [f for f in left.faults if not (f.rebuilds and is_used)]
            if not any(fault.remedy for fault in faults):
                break
            found |= {_key(fault): fault for fault in faults}
            _mend(workspace, aside, faults)
            left = check(workspace, held)
    still = {_key(fault) for fault in left.faults}
    if is_used and any(fault.rebuilds for fault in left.faults):
        note = tr("a run is being trained; the database is made anew once that has ended")
        left = msgspec.structs.replace(left, notes=[*left.notes, note])
    mended = [fault for key, fault in found.items() if key not in still]
    return Repaired(mended=mended, left=left, aside=aside.used)


def _key(fault: Fault) -> tuple[str, str]:
    return fault.code, fault.message


def _mend(workspace: Workspace, aside: "_Aside", faults: list[Fault]) -> None:
    if any(fault.rebuilds for fault in faults):
        rebuild(workspace.database_path, aside.folder())
    _change_rows(workspace, aside, [change for fault in faults for change in fault.changes])
    for path in {path: None for fault in faults for path in fault.moves}:
        aside.take(path)


@contextmanager
def _locked(folders: Iterable[Path]) -> Iterator[set[Path]]:
    """Take every lock that is free while the block lasts; yield the folders of those."""
    held: set[Path] = set()
    with ExitStack() as locks:
        for folder in folders:
            try:
                locks.callback(RunLock(folder).release)
            except BlockingIOError:
                continue
            except OSError:
                pass  # What cannot be a lock holds nobody; it is one of the faults.
            held.add(folder)
        yield held


def _is_used(workspace: Workspace, held: set[Path]) -> bool:
    """Tell whether somebody else holds a run or an experiment."""
    return any(folder not in held and is_locked(folder) for folder in lockable_folders(workspace))


def _change_rows(workspace: Workspace, aside: "_Aside", changes: list[Change]) -> None:
    if not changes:
        return
    back_up(workspace.database_path, aside.folder() / workspace.database_path.name)
    with closing(Database(workspace.database_path)) as database:
        connection = database.writer()
        with transaction(connection, durable=True):
            for change in dict.fromkeys(changes):
                connection.execute(change.sql, change.values)


class _Aside:
    """Take what is in the way; the folder is made when it is first needed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.used: Path | None = None

    def folder(self) -> Path:
        """Return the folder of this repair."""
        if self.used is None:
            parent = self._root / "aside"
            self.used = next(path for n in count(1) if not (path := parent / str(n)).exists())
            make_folder(self.used)
        return self.used

    def take(self, path: Path) -> None:
        """Move a file or folder, keeping its place below the workspace."""
        target = self.folder() / path.relative_to(self._root)
        make_folder(target.parent)
        path.rename(target)
        sync_folder(target.parent)
        sync_folder(path.parent)
