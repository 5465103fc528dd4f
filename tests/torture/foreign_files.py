"""Files as strangers might send them: real ones, changed at random but repeatably."""

import io
import json
import os
import pickle
import random
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from cli_cases import SMALL_CLASSIFIER_MODEL, SMALL_MODEL
from training_cases import TEXT
from workspace.export import export_run
from workspace.paths import Workspace

NASTY: list[object] = [
    0, -1, 1, 999, 2**31, 2**32 - 1, 2**62, 2**63, 2**64, 10**9, 10**30, 1e308, float("nan"),
    True, None, "", [], {}, [[]], {"a": {}}, "../../x", "/etc/passwd", "/dev/zero", "\x1b[2J\x07",
    "[/]", "\u202e", "\ud800", "x\0y", "a" * 100_000, [0] * 10_000, [1, 2, 3], "NaN",
]  # fmt: skip
"""Values that somebody may put where another one belongs."""

NUMBERS = [0, 1, 127, 255, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1]


@dataclass(frozen=True)
class Originals:
    """Hold the real files, and the text that they were trained on."""

    root: Path

    @property
    def text(self) -> Path:
        """The text."""
        return self.root / "jugs.txt"

    def named(self, ending: str) -> list[Path]:
        """Return the files with an ending, in order."""
        return sorted(self.root.rglob(f"*{ending}"))


@dataclass(frozen=True)
class Case:
    """Say what to run on a changed file."""

    words: list[str]
    size: int
    """Bytes of the files that were changed."""


def make_originals(root: Path) -> Originals:
    """Train three small models with the program itself, and export them."""
    from tui.cli.main import run_command_line

    originals = Originals(root)
    originals.text.write_text(TEXT)
    (root / "reviews.tsv").write_text("fine and good\tgood\ndull and bad\tbad\n" * 20)
    kinds = (
        ["--data_file", str(originals.text)],
        ["--data_file", str(originals.text), "--model_type", "gru", "--vocab_type", "word"],
        ["--data_file", str(root / "reviews.tsv"), "--task", "classify"],
    )
    usual = ["--workspace", str(root / "studio"), "--max_steps", "2"]
    for words in kinds:
        small = SMALL_CLASSIFIER_MODEL if "classify" in words else SMALL_MODEL
        assert run_command_line(["train", *small, *words, *usual]) == 0
    workspace = Workspace(root / "studio")
    for run in (1, 2, 3):
        export_run(workspace, run, root / f"exported-{run}")
    database = sqlite3.connect(workspace.database_path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return originals


def change_bytes(data: bytes, rng: random.Random) -> bytes:
    """Change some bytes as a bad disk or a bored stranger would."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(changed) + 1)
        length = min(rng.choice([1, 2, 4, 8, 40]), len(changed) - at)
        match rng.randrange(7):
            case 0:
                changed[at : at + length] = rng.randbytes(length)
            case 1:
                changed[at:at] = rng.randbytes(rng.choice([1, 8, 400]))
            case 2:
                del changed[at : at + length]
            case 3:
                del changed[at:]
            case 4:
                number = rng.choice(NUMBERS)
                changed[at : at + 8] = struct.pack("<Q", number)
            case 5:
                other = rng.randrange(len(changed) + 1)
                changed[at : at + length] = changed[other : other + length]
            case 6:
                changed[at:at] = changed[at : at + rng.choice([10, 1000])]
    return bytes(changed)


def change_value(value: object, rng: random.Random) -> object:
    """Change one place of a JSON value."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        changed = dict(value)
        match rng.randrange(8):
            case 0:
                del changed[key]
            case 1:
                changed[str(rng.choice(NASTY))] = changed.pop(key)
            case 2:
                changed[key] = rng.choice(NASTY)
            case 3:
                changed[str(rng.choice(NASTY))] = rng.choice(NASTY)
            case 4:
                changed[key] = changed[rng.choice(list(value))]
            case _:
                changed[key] = change_value(changed[key], rng)
        return changed
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        changed_list = list(value)
        changed_list[at : at + rng.randrange(2)] = rng.choice(
            [[], [rng.choice(NASTY)], value[:3], [change_value(value[at], rng)]]
        )
        return changed_list
    return rng.choice(NASTY)


def change_json(text: str, rng: random.Random) -> str:
    """Change a JSON text, now and then below the level of JSON."""
    if rng.random() < 0.25:
        changed = change_bytes(text.encode(), rng)
        return changed.decode("utf-8", "replace")
    value = json.loads(text)
    for _ in range(rng.randint(1, 3)):
        value = change_value(value, rng)
    changed_text = json.dumps(value)
    if rng.random() < 0.1 and changed_text.startswith("{") and len(changed_text) > 2:
        changed_text = changed_text[:-1] + "," + changed_text[1:]  # Every key twice.
    return changed_text


def change_checkpoint(data: bytes, rng: random.Random) -> bytes:
    """Change a `.safetensors` file: its bytes, the list of tensors, or what it says of itself."""
    (length,) = struct.unpack("<Q", data[:8])
    header, tensors = data[8 : 8 + length].decode(), data[8 + length :]
    match rng.randrange(6):
        case 0:
            return change_bytes(data, rng)
        case 1:
            tensors = change_bytes(tensors, rng)
        case 2:
            header = change_json(header, rng)
        case 3:
            outer = json.loads(header)
            names = [name for name in outer if name != "__metadata__"]
            for name in rng.sample(names, rng.randint(1, 3)):
                outer[name] = change_value(outer[name], rng)
            header = json.dumps(outer)
        case _:
            outer = json.loads(header)
            inner = outer["__metadata__"]["rnnstudio"]
            outer["__metadata__"]["rnnstudio"] = change_json(inner, rng)
            header = json.dumps(outer)
    raw = header.encode("utf-8", "replace")
    return struct.pack("<Q", rng.choice([len(raw)] * 20 + NUMBERS)) + raw + tensors


class Trap:
    """Make a folder when it is unpickled without care."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.canary),)


def change_exported(data: bytes, rng: random.Random, canary: Path) -> bytes:
    """Change a `.pt` file: its bytes, its pickle, its storages, or how it is packed."""
    choice = rng.randrange(8)
    if choice == 0:
        return change_bytes(data, rng)
    if choice == 1:
        return pickle.dumps(Trap(canary), protocol=rng.randrange(5))
    if choice in (2, 3):
        return _resaved(data, rng, canary)
    source = zipfile.ZipFile(io.BytesIO(data))
    parts = [(info.filename, source.read(info)) for info in source.infolist()]
    if choice == 4:
        swollen = rng.choice([name for name, _ in parts])
        size = rng.choice([10**6, 3 * 10**8])
        parts = [(name, bytes(size) if name == swollen else part) for name, part in parts]
    elif choice == 5:
        names = [name for name, _ in parts]
        parts = [(rng.choice([name] * 9 + names + ["../x"]), part) for name, part in parts]
    else:
        parts = [
            (name, _changed_pickle(part, rng, canary) if name.endswith(".pkl") else part)
            for name, part in parts
        ]
    packed = io.BytesIO()
    how = rng.choice([zipfile.ZIP_STORED] * 3 + [zipfile.ZIP_DEFLATED])
    how = zipfile.ZIP_DEFLATED if choice == 4 else how
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", how, compresslevel=1) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice, on purpose
        for name, part in parts:
            archive.writestr(name, part)
    return packed.getvalue()


def _changed_pickle(data: bytes, rng: random.Random, canary: Path) -> bytes:
    """Change a pickle by opcodes that strangers like."""
    if rng.random() < 0.5:
        return change_bytes(data, rng)
    call = b"cos\nmkdir\n(X" + struct.pack("<I", len(str(canary))) + str(canary).encode() + b"tR0"
    pieces = [
        call,
        b"\x96" + struct.pack("<Q", 10**11),  # BYTEARRAY8
        b"r" + struct.pack("<I", 2**31 - 1),  # LONG_BINPUT
        b"\x8d" + struct.pack("<Q", 10**11),  # BINUNICODE8
        b"\x8b" + struct.pack("<i", 2**31 - 1),  # LONG4
        b"(" * 100_000,
        b"]" + b"(]" * 30_000,
        b"ctorch\nload\n",
        b"cbuiltins\neval\n",
        b"cnumpy._core.multiarray\n_reconstruct\n",
    ]
    at = rng.choice([2, rng.randrange(2, len(data))])
    return data[:at] + rng.choice(pieces) + data[at:]


def _resaved(data: bytes, rng: random.Random, canary: Path) -> bytes:
    """Save again what is in the file, with other values in it."""
    content = torch.load(io.BytesIO(data), weights_only=True)
    weights = content["model_state_dict"]
    name = rng.choice(list(weights))
    weight = weights[name]
    match rng.randrange(9):
        case 0:
            size = int(rng.choice([4096, 8192]))
            content["config"] |= {"hidden_size": size, "num_layers": 64}
            for key, value in weights.items():
                shape = [4 * size if n == 48 else size if n == 12 else n for n in value.shape]
                weights[key] = torch.zeros(1).expand(shape)
        case 1:
            weights[name] = torch.zeros(1).as_strided((10**9, 8), (0, 0))
        case 2:
            weights[name] = weight * float(rng.choice(["nan", "inf"]))
        case 3:
            kinds = [torch.float64, torch.float16, torch.int32, torch.bool, torch.complex64]
            weights[name] = weight.to(rng.choice(kinds))
        case 4:
            weights[name] = rng.choice([weight.to_sparse(), weight.t(), weight.to("meta"), 1])
        case 5:
            weights[str(rng.choice(NASTY))] = weights.pop(name)
        case 6:
            content["trap"] = Trap(canary)
        case 7:
            key = rng.choice([*content, "labels"])
            content[key] = rng.choice(NASTY)
        case 8:
            key = rng.choice(list(content["config"]))
            content["config"][key] = rng.choice(NASTY)
    packed = io.BytesIO()
    legacy = rng.random() < 0.3
    torch.save(content, packed, _use_new_zipfile_serialization=not legacy)
    return packed.getvalue()


TOML = """theme = "nord"
[keys]
"training.toggle" = "space,f5"
sample = ["s", "f6"]
[settings]
hidden_size = 128
dropout = 0.5
tie_weights = true
data_file = "x.txt"
"""

TOML_PIECES = [
    "a = " + "9" * 5000, "a = " + "[" * 50_000, "a." * 30_000 + "b = 1", "[" + "a." * 30_000 + "b]",
    "a = " + "{b=" * 20_000, "keys = 1", "[settings.hidden_size]", "hidden_size = nan",
    "hidden_size = 0x" + "f" * 9000, "epochs = 1979-05-27", 'theme = "\\u001b[2J"', "theme = 1",
    "dropout = -inf", '"\\u001b[2J" = 1', "[[settings]]", "seed = 1e400", '"" = 2', "\x1b[2J",
]  # fmt: skip
"""Lines that strain a reader of TOML."""


def change_toml(rng: random.Random) -> bytes:
    """Write a config file with something wrong in it."""
    if rng.random() < 0.4:
        return change_bytes(TOML.encode(), rng)
    lines = TOML.splitlines()
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(lines))
        lines[at : at + rng.randrange(2)] = [rng.choice(TOML_PIECES)]
    return "\n".join(lines).encode()


SCHEMAS = [
    "CREATE TRIGGER t AFTER UPDATE ON runs BEGIN DELETE FROM events; END",
    "ALTER TABLE runs ADD COLUMN extra TEXT",
    "ALTER TABLE runs RENAME TO gone; CREATE VIEW runs AS WITH RECURSIVE n(x) AS (SELECT 1 UNION"
    " ALL SELECT x + 1 FROM n) SELECT gone.* FROM gone, n",
    "ALTER TABLE runs RENAME TO gone; CREATE VIEW runs AS SELECT run, hex(zeroblob(400000000)) AS"
    " name, status, created, config, corpus_name, parameters, step, last_loss, best_val_loss,"
    " elapsed_s, pinned, pid, host, best_accuracy FROM gone",
    "DROP TABLE events",
    "PRAGMA user_version = 999",
    "PRAGMA application_id = 7",
]


def change_database(path: Path, rng: random.Random) -> None:
    """Change a database: its pages, a value of a row, or what its tables are."""
    if rng.random() < 0.4:
        path.write_bytes(change_bytes(path.read_bytes(), rng))
        return
    connection = sqlite3.connect(path)
    if rng.random() < 0.3:
        connection.executescript(rng.choice(SCHEMAS))
    else:
        for _ in range(rng.randint(1, 3)):
            table = rng.choice(["runs", "runs", "events", "checkpoints", "members"])
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            value = rng.choice(NASTY)
            if isinstance(value, dict | list):
                value = json.dumps(value)
            if isinstance(value, str) and rng.random() < 0.2:
                value = value.encode("utf-8", "replace")
            if isinstance(value, str):
                value = value.encode("utf-8", "replace").decode()
            if isinstance(value, int) and abs(value) >= 2**63:
                value = float(value)
            sql = f"UPDATE OR IGNORE {table} SET {rng.choice(columns)} = ?"
            try:
                connection.execute(sql, (value,))
            except sqlite3.IntegrityError:
                continue
    connection.commit()
    connection.close()


Maker = Callable[[Originals, Path, random.Random, Path], Case]


def _checkpoint_case(originals: Originals, folder: Path, rng: random.Random, _: Path) -> Case:
    path = folder / "sent.safetensors"
    data = change_checkpoint(rng.choice(originals.named(".safetensors")).read_bytes(), rng)
    path.write_bytes(data)
    words = rng.choice(
        [
            ["generate", str(path), "--max_length", "3"],
            ["classify", str(path), "fine"],
            ["evaluate", str(path), "--data_file", str(originals.text)],
            ["resume", str(path), "--max_steps", "3", "--data_file", str(originals.text)],
        ]
    )
    return Case(words, len(data))


def _exported_case(originals: Originals, folder: Path, rng: random.Random, canary: Path) -> Case:
    source = rng.choice(originals.named(".pt"))
    _copy(source.parent, folder)
    path = folder / source.name
    path.write_bytes(change_exported(source.read_bytes(), rng, canary))
    return Case(["generate", str(path), "--max_length", "3"], path.stat().st_size)


def _vocabulary_case(originals: Originals, folder: Path, rng: random.Random, _: Path) -> Case:
    source = rng.choice(originals.named(".pt"))
    _copy(source.parent, folder)
    (path,) = folder.glob("*.json")
    path.write_text(change_json(path.read_text(), rng), errors="replace")
    return Case(["generate", str(folder / source.name), "--max_length", "3"], path.stat().st_size)


def _config_case(originals: Originals, folder: Path, rng: random.Random, _: Path) -> Case:
    data = change_toml(rng)
    (folder / "config.toml").write_bytes(data)
    words = ["train", "--data_file", str(originals.root), "--workspace", str(folder)]
    return Case(words, len(data))


def _database_case(originals: Originals, folder: Path, rng: random.Random, _: Path) -> Case:
    path = folder / "rnnstudio.db"
    path.write_bytes((originals.root / "studio" / "rnnstudio.db").read_bytes())
    (folder / "runs").symlink_to(originals.root / "studio" / "runs")
    change_database(path, rng)
    words = rng.choice(
        [
            ["runs", "list"],
            ["runs", "list", "--json"],
            ["runs", "show", "1"],
            ["runs", "show", "2", "--json"],
            ["generate", "1", "--max_length", "3"],
            ["doctor", "1"],
            ["experiment", "list"],
        ]
    )
    return Case([*words, "--workspace", str(folder)], path.stat().st_size)


def _copy(source: Path, target: Path) -> None:
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())


KINDS: dict[str, Maker] = {
    "checkpoint": _checkpoint_case,
    "exported": _exported_case,
    "vocabulary": _vocabulary_case,
    "config": _config_case,
    "database": _database_case,
}
"""What makes the files of each kind, and the command that reads them."""
