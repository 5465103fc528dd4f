"""Files made to hurt: each is refused in one line before it costs room, time or another file."""

import io
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import torch

from core.config import make_config
from core.errors import CheckpointError, InputError, SettingsError, WorkspaceError
from core.training.checkpoint import read_header
from session_cases import Studio
from workspace.connection import Database
from workspace.export import export_run
from workspace.inference import open_model
from workspace.preferences import load_preferences
from workspace.requests import ResumeRequest
from workspace.runs import RunStore


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """Return a studio with a run of one step."""
    studio = Studio(tmp_path)
    studio.start(max_steps=1)
    return studio


def repacked(path: Path, change: Callable[[zipfile.ZipFile, str, bytes], None]) -> None:
    """Pack an archive again, each part as `change` writes it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w") as new:
        for part in old.infolist():
            change(new, part.filename, old.read(part))
    path.write_bytes(packed.getvalue())


def in_bombs(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Write a part that unpacks to a thousand times its size."""
    archive.writestr(name, data + bytes(2**20), zipfile.ZIP_DEFLATED)


def with_a_large_pickle(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Write a pickle that takes long to read."""
    archive.writestr(name, data + bytes(2**24) if name.endswith(".pkl") else data)


@pytest.mark.parametrize("change", [in_bombs, with_a_large_pickle])
def test_an_archive_is_looked_at_before_it_is_unpacked(
    studio: Studio, change: Callable[[zipfile.ZipFile, str, bytes], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A zip bomb and a pickle of megabytes never reach torch's reader."""
    path = export_run(studio.workspace, 1, studio.root / "out")[0]
    repacked(path, change)
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was unpacked"))
    with pytest.raises(CheckpointError, match="not packed as"):
        open_model(studio.workspace, str(path))


def test_weights_no_larger_than_their_file(studio: Studio) -> None:
    """Tensors whose rows are all the same place claim any size, as their settings do."""
    path = export_run(studio.workspace, 1, studio.root / "out")[0]
    content = torch.load(path, weights_only=True)
    content["config"] |= {"hidden_size": 8192, "num_layers": 64}
    weights = content["model_state_dict"]
    for name, weight in weights.items():
        sizes = {48: 4 * 8192, 12: 8192}
        weights[name] = torch.zeros(1).expand([sizes.get(size, size) for size in weight.shape])
    torch.save(content, path)
    with pytest.raises(CheckpointError, match="weights are larger than the file"):
        open_model(studio.workspace, str(path))


def test_a_header_lists_no_more_tensors_than_a_model_has(studio: Studio) -> None:
    """Each of a million empty tensors would cost a kilobyte; they are not even listed."""
    data = next(studio.workspace.run_dir(1).glob("*.safetensors")).read_bytes()
    length = int.from_bytes(data[:8], "little")
    entries = "".join(
        f'"x{at}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}},' for at in range(30_000)
    )
    header = b"{" + entries.encode() + data[9 : 8 + length]
    path = studio.root / "many.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + data[8 + length :])
    with pytest.raises(CheckpointError, match="more tensors than a model has"):
        read_header(path)


@pytest.mark.parametrize(
    "statements",
    [
        "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM runs; END",
        "ALTER TABLE runs RENAME TO gone; CREATE VIEW runs AS SELECT * FROM gone",
        "ALTER TABLE events ADD COLUMN big AS (hex(zeroblob(500000000)))",
        "CREATE INDEX slow ON events (hex(body))",
        "DROP TABLE events",
    ],
)
def test_a_database_has_our_tables_alone(studio: Studio, statements: str) -> None:
    """Triggers, views, computed columns and the like are refused, for reading and for writing."""
    with closing(sqlite3.connect(studio.workspace.database_path)) as connection:
        connection.executescript(statements)
    for use in (RunStore.list_runs, lambda store: store.set_pinned(1, True)):
        with pytest.raises(WorkspaceError, match="other tables than rnnstudio makes"):
            use(studio.store)


def test_a_complaint_of_sqlite_may_hold_bytes_that_are_no_text(studio: Studio) -> None:
    """It quotes the name of a table; one that is not UTF-8 is told without the name."""
    with closing(sqlite3.connect(studio.workspace.database_path)) as connection:
        connection.executescript(
            "PRAGMA writable_schema = ON;"
            "UPDATE sqlite_master SET sql = 'x', name = CAST(x'f8' AS TEXT) WHERE name = 'runs'"
        )
    with pytest.raises(WorkspaceError, match="malformed database schema; `rnnstudio check"):
        studio.store.list_runs()


@pytest.mark.parametrize("file", ["../../../jugs.txt", "/etc/passwd", "", "..", "a/b", b"x"])
def test_a_checkpoint_lies_in_its_runs_folder(studio: Studio, file: object) -> None:
    """A row that names another place is refused, since what is pruned is removed."""
    studio.store.database.execute("UPDATE checkpoints SET file = ?", (file,))  # type: ignore[arg-type]
    with pytest.raises(WorkspaceError, match="row 1 of checkpoints in the database is damaged"):
        open_model(studio.workspace, "1")
    assert (studio.root / "jugs.txt").exists()


@pytest.mark.parametrize(
    ("column", "value"), [("config", "[1]"), ("config", "{"), ("step", "x"), ("name", b"\xff")]
)
def test_a_row_of_another_kind_is_refused(studio: Studio, column: str, value: object) -> None:
    """SQLite keeps any value in any column; what is none of ours is named, not shown."""
    studio.store.database.execute(f"UPDATE runs SET {column} = ?", (value,))  # type: ignore[arg-type]
    with pytest.raises(WorkspaceError, match="row 1 of runs in the database is damaged"):
        studio.store.list_runs()


def test_a_query_ends(tmp_path: Path) -> None:
    """One that does more than the file is large for is ended, and the next one works."""
    database = Database(tmp_path / "rnnstudio.db")
    database.writer()
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with pytest.raises(WorkspaceError, match="interrupted"):
        database.select(endless)
    assert database.select("SELECT 1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed = " + "9" * 5000, "is not valid TOML"),
        ("[settings]\nseed = 0x" + "f" * 9000, "is not valid TOML"),
        ("[keys]\na = 0x" + "f" * 9000, "is not valid TOML"),
        ("a." * 30_000 + "b = 1", "nested too deeply"),
        ("a = " + "[" * 50_000, "nested too deeply"),
        ("#" * 70_000, "larger than a config file can be"),
    ],
    ids=["digits", "hexadecimal", "key", "dots", "brackets", "size"],
)
def test_a_config_file_that_strains_its_reader(tmp_path: Path, text: str, said: str) -> None:
    """Each is one sentence, at once."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        load_preferences(path)


def test_a_foreign_checkpoint_names_no_place_to_write(studio: Studio) -> None:
    """What a file from outside says of `save_dir` is told and not done, unless it is given."""
    studio.start(max_steps=1, save_dir=str(studio.root / "theirs"))
    found = next(studio.workspace.run_dir(2).glob("*.safetensors"))
    path = studio.root / "sent.safetensors"
    path.write_bytes(found.read_bytes())
    other = Studio(studio.root / "other")
    for file in (studio.root / "theirs").iterdir():
        file.unlink()
    other.run(ResumeRequest(target=str(path), changes={"max_steps": 2}))
    assert list((studio.root / "theirs").iterdir()) == []
    assert any("save_dir" in str(event) for event in other.events)


def test_a_setting_of_thousands_of_digits_is_refused() -> None:
    """Python refuses to write such a number, so the message says how long it is."""
    with pytest.raises(SettingsError, match="got a number of 36000 bits"):
        make_config({"seed": 16**9000 - 1})
