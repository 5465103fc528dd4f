"""Bad data and runs that are not there are refused before torch is loaded, which takes seconds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli_cases import SMALL_MODEL, is_one_line
from tui.cli.main import run_command_line

COMMAND = (
    "import sys; from tui.cli.main import run_command_line; "
    "code = run_command_line(sys.argv[1:]); sys.exit(99 if 'torch' in sys.modules else code)"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run, whose text is gone, and files that are not fit for anything."""
    root = tmp_path_factory.mktemp("refusals")
    text, studio = root / "gone.txt", str(root / "studio")
    text.write_text("the jug of milk\n" * 60)
    train = ["train", *SMALL_MODEL, "--data_file", str(text), "--workspace", studio]
    assert run_command_line([*train, "--max_steps", "2"]) == 0
    text.unlink()
    (root / "empty.txt").write_bytes(b"")
    (root / "binary.txt").write_bytes(bytes(range(256)) * 9)
    (root / "large.txt").write_bytes(bytes(range(256)) * 2**16)
    (root / "short.txt").write_text("short")
    (root / "one.csv").write_text("text,label\na,good\nb,good\n")
    return root


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("train --data_file missing.txt", "missing.txt does not exist"),
        ("train --data_file empty.txt", "empty.txt is empty"),
        ("train --data_file binary.txt", "seems to be no text"),
        ("train --data_file large.txt", "seems to be no text"),
        ("train --data_file short.txt", "only"),
        ("train --corpus delayed-copy --val_fraction 1e-9", "to validate with"),
        ("train --task classify --data_file one.csv", "has the class"),
        ("train --task classify --data_file short.txt", "short.txt"),
        ("lr-range --data_file empty.txt", "empty.txt is empty"),
        ("evaluate --data_file empty.txt", "empty.txt is empty"),
        ("evaluate --data_file binary.txt", "seems to be no text"),
        ("inspect --data_file binary.txt", "seems to be no text"),
        ("generate --prompt_file binary.txt", "seems to be no text"),
        ("generate 99", "there is no run '99'"),
        ("evaluate 99", "there is no run '99'"),
        ("inspect 99", "there is no run '99'"),
        ("classify 99 a", "there is no run '99'"),
        ("resume 99", "there is no run '99'"),
        ("replay 99", "there is no run '99'"),
        ("report 99", "there is no run '99'"),
        ("resume 1 --epochs 9", "--data_file says where that of"),
        ("replay 1", "--data_file says where that of"),
        ("replay 1 --data_file empty.txt", "empty.txt is empty"),
    ],
)
def test_what_cannot_work_is_refused_before_torch(root: Path, line: str, told: str) -> None:
    """One line says what is wrong, with exit code 2, and torch was never imported."""
    words = [*line.split(), "--workspace", str(root / "studio")]
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert is_one_line(done.stderr), done.stderr
    assert told in done.stderr
    assert done.returncode == 2
