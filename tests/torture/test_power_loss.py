"""A power cut in the middle of training, on a real file system that has not written all yet."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mount_cases import mounted
from program_cases import SMALL, Server, broken_promises, served, start

WORDS = ["train", *SMALL, "--max_steps", "100000", "--eval_every", "16", "--checkpoint_every", "4"]

LATE = "loop,commit=300"
"""Options under which ext4 writes only what it is asked to, for as long as a run lasts."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return what forks the program."""
    with served() as server:
        yield server


def new_image(path: Path) -> None:
    """Make an empty ext4 file system in a file."""
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("needs mkfs.ext4")
    with path.open("wb") as file:
        file.truncate(32 * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(path)], check=True)


def snapshot(image: Path, copy: Path) -> None:
    """Copy a file that the kernel may still write to, until it holds still."""
    shutil.copyfile(image, copy)
    while copy.read_bytes() != (before := image.read_bytes()):
        copy.write_bytes(before)


def cut_power(server: Server, root: Path, seed: int, naive: str = "") -> list[str]:
    """Take the power from real training at a random instant; return what was lost."""
    dice, root = random.Random(seed), root / str(seed)
    root.mkdir()
    image, copy, disk = root / "image", root / "copy", root / "disk"
    new_image(image)
    with mounted(disk, "-o", LATE, str(image)):
        program = start(server, disk, WORDS, naive=naive, out=root)
        program.read_until("CheckpointSaved", dice.randrange(1, 12))
        time.sleep(dice.random() * 0.02)
        os.kill(program.pid, signal.SIGSTOP)
        while "State:\tT" not in Path(f"/proc/{program.pid}/status").read_text():
            time.sleep(0.001)
        snapshot(image, copy)
        program.kill()
        program.wait()
    with mounted(disk, "-o", "loop", str(copy)):
        found = broken_promises(disk, program.told, keep=3)
    image.unlink()
    copy.unlink()
    return found


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_50_power_cuts_tear_nothing(server: Server, tmp_path: Path) -> None:
    """What was announced is on the disk, as a copy of it taken at that instant shows."""
    assert [fault for seed in range(50) for fault in cut_power(server, tmp_path, seed)] == []


@pytest.mark.torture
@pytest.mark.parametrize("naive", ["no_sync", "no_file_sync", "lazy_database"])
def test_power_cuts_find_what_is_wrong_with_a_naive_program(
    server: Server, tmp_path: Path, naive: str
) -> None:
    """Without one of the syncs something that was announced is gone or empty."""
    assert any(cut_power(server, tmp_path, seed, naive) for seed in range(10))
