"""The database on a full disk, in a read-only folder, of another version, or damaged."""

import errno
import itertools
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Timer

import pytest

from core.config import make_config
from core.errors import WorkspaceError
from core.events import Noticed
from store_cases import ended, finished_run, new_store, read_only, started
from store_cases import steps_done as steps
from workspace import database
from workspace.database import APPLICATION_ID, MIGRATIONS
from workspace.paths import Workspace
from workspace.runs import RunStore


def test_a_read_only_workspace_can_be_browsed(tmp_path: Path) -> None:
    """A folder that cannot be written lists and replays its runs, and refuses to change them."""
    store = new_store(tmp_path)
    finished_run(store)
    store.close()
    with read_only(store.workspace.root):
        reader = RunStore(store.workspace)
        assert reader.find(None).status == "finished"
        assert list(reader.events(1)) == [started(), ended()]
        with pytest.raises(WorkspaceError, match=r"rnnstudio\.db: .*make it writable"):
            reader.set_pinned(1, True)
        reader.close()


def test_a_full_disk_loses_no_event(tmp_path: Path) -> None:
    """What could not be written is said in one line and written once there is room."""
    store = new_store(tmp_path)
    number = store.create_run(None, make_config()).run
    store.record(number, started())
    connection = store.database.writer()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    notice = Noticed(message="long " * 5000)
    with pytest.raises(WorkspaceError, match="full; make room on the disk"):
        store.record(number, notice)
    connection.execute("PRAGMA max_page_count = 100000")
    store.record(number, ended())
    assert list(store.events(number)) == [started(), notice, ended()]


def test_a_newer_or_foreign_database_is_refused_by_name(tmp_path: Path) -> None:
    """A file of a newer format, of another program, or no database at all, is left alone."""
    store = new_store(tmp_path)
    path = store.workspace.database_path
    finished_run(store)
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    newer = f"has format {len(MIGRATIONS) + 1}, and this rnnstudio knows {len(MIGRATIONS)}; update"
    with pytest.raises(WorkspaceError, match=newer):
        RunStore(store.workspace).list_runs()
    with pytest.raises(WorkspaceError, match=newer):
        RunStore(store.workspace).create_run(None, make_config())

    for content in ("a text, not a database " * 100, None):
        path.unlink()
        if content is None:
            with sqlite3.connect(path) as connection:
                connection.execute("CREATE TABLE recipes (name TEXT)")
            connection.close()
        else:
            path.write_text(content)
        before = path.read_bytes()
        for attempt in (RunStore.list_runs, lambda s: RunStore.create_run(s, None, make_config())):
            with pytest.raises(WorkspaceError, match="is not a database of rnnstudio"):
                attempt(RunStore(store.workspace))
        assert path.read_bytes() == before


def test_an_older_format_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later version's migration runs once, keeps the rows, and marks the new format."""
    store = new_store(tmp_path)
    finished_run(store, "old")
    store.close()
    later = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN note TEXT",))
    monkeypatch.setattr(database, "MIGRATIONS", later)
    for _ in range(2):
        connection = database.open_for_writing(store.workspace.database_path)
        row = connection.execute("SELECT name, note FROM runs").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        connection.close()
        assert (*row, version, application) == ("old", None, len(MIGRATIONS) + 1, APPLICATION_ID)


def older_workspace(tmp_path: Path, journal: str) -> Path:
    """Return the path of a database of the first format, with a run in its write-ahead log."""
    store = new_store(tmp_path)
    path = store.workspace.database_path
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        for statement in MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO runs (name, status, created, config, corpus_name)"
            " VALUES ('old', 'finished', '', '{}', 'text')"
        )
    connection.close()
    return path


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_an_older_format_is_copied_before_it_is_changed(tmp_path: Path, journal: str) -> None:
    """The copy stands on its own, in the old format, with every row; a second look makes none."""
    path = older_workspace(tmp_path, journal)
    for _ in range(2):
        database.open_for_writing(path).close()
    copies = sorted(path.parent.glob("*format*"))
    assert [copy.name for copy in copies] == ["rnnstudio-format-1.db"]
    with sqlite3.connect(copies[0]) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT name FROM runs").fetchall() == [("old",)]
        columns = {row[1] for row in connection.execute("PRAGMA table_info(runs)")}
    connection.close()
    assert "best_accuracy" not in columns


def test_what_cannot_be_copied_is_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room for the copy the database stays as it was, and nothing remains of the copy."""

    def no_room(partial: Path, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    path = older_workspace(tmp_path, "WAL")
    monkeypatch.setattr("workspace.backup.settle", no_room)
    with pytest.raises(WorkspaceError, match="No space left on device"):
        database.open_for_writing(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()
    assert not list(path.parent.glob("*format*")) + list(path.parent.glob(".*partial*"))


def test_an_event_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    """A damaged row is named in a notice; what stands before and after it is there."""
    store = new_store(tmp_path)
    number = finished_run(store, events=(steps(1),))
    with sqlite3.connect(store.workspace.database_path) as connection:
        connection.execute("UPDATE events SET body = '{}' WHERE type = 'StepsDone'")
    connection.close()
    damaged = Noticed(message=f"a StepsDone of run {number} cannot be read")
    assert list(store.events(number)) == [started(), damaged, ended()]


def test_damage_inside_the_database_is_a_sentence(tmp_path: Path) -> None:
    """Text that is no UTF-8, which SQLite hands to Python unseen, ends in one line."""
    store = new_store(tmp_path)
    finished_run(store)
    with sqlite3.connect(store.workspace.database_path) as connection:
        connection.execute("UPDATE runs SET name = CAST(x'ff41' AS TEXT)")
    connection.close()
    with pytest.raises(WorkspaceError, match="check --repair` mends it"):
        store.list_runs()


def test_a_lock_file_that_is_none_holds_nothing(tmp_path: Path) -> None:
    """Damage to a run's lock hides no run, and is named by whoever wants the lock."""
    store = new_store(tmp_path)
    number = store.create_run(None, make_config()).run
    store.close()
    lock = store.workspace.run_dir(number) / "trainer.lock"
    lock.write_text("no lock " * 200)
    assert store.find(number).status == "interrupted"
    with closing(sqlite3.connect(lock)) as opened, pytest.raises(sqlite3.Error) as theirs:
        opened.execute("PRAGMA schema_version")
    with pytest.raises(WorkspaceError, match=re.escape(f"trainer.lock: {theirs.value}")):
        store.claim(number)


def test_many_that_begin_a_workspace_at_once_all_get_it(tmp_path: Path) -> None:
    """No program that meets others in a new folder is told that the database is locked or foreign.

    SQLite neither waits while it changes the journal, nor reads two pragmas at one moment.
    """
    together = Barrier(8)

    def begin(path: Path, writes: bool) -> str:
        together.wait()
        if writes:
            connection = database.open_for_writing(path)
        else:
            looks = (database.open_for_reading(path) for _ in range(100_000))
            connection = next(found for found in looks if found is not None)
        with closing(connection):
            return str(connection.execute("PRAGMA journal_mode").fetchone()[0])

    with ThreadPoolExecutor(8) as threads:
        for turn in range(20):
            paths = [tmp_path / str(turn) / "rnnstudio.db"] * 8
            assert list(threads.map(begin, paths, [True, True, True, False] * 2)) == ["wal"] * 8


def test_a_new_database_that_is_in_use_for_a_moment_has_the_write_ahead_log_all_the_same(
    tmp_path: Path,
) -> None:
    """Whoever meets another program that just looks at the new file waits for it."""
    path = tmp_path / "rnnstudio.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        letting_go = Timer(0.3, other.execute, ["ROLLBACK"])
        letting_go.start()
        with closing(database.open_for_writing(path)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        letting_go.join()


def test_runs_of_an_older_format_are_listed_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A workspace from before notes and tags is read as it is; its runs have none."""
    path = tmp_path / "rnnstudio.db"
    with closing(sqlite3.connect(path)) as connection:
        for statement in itertools.chain.from_iterable(MIGRATIONS[:3]):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO runs (name, status, created, config, corpus_name)"
            " VALUES ('old', 'finished', '2026-01-01T00:00:00+00:00', '{}', 'tiny')"
        )
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 3")
        connection.commit()
    store = RunStore(Workspace(tmp_path))
    (run,) = store.list_runs()
    assert (run.name, run.notes, run.tags) == ("old", "", ())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    store.annotate(run.run, tags="kept")
    assert store.find("old").tags == ("kept",)
    store.close()
