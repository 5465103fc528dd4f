"""A damaged newest checkpoint never blocks a resume, whatever has become of the file."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import CheckpointError
from core.events import Noticed, RunStarted
from session_cases import Studio


def _flip(path: Path, dice: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    path.write_bytes(data)


def _cut(path: Path, dice: random.Random) -> None:
    os.truncate(path, dice.randrange(path.stat().st_size))


def _zero(path: Path, dice: random.Random) -> None:
    """Leave what ext4 leaves of a file whose length was written and whose blocks were not."""
    data = path.read_bytes()
    at = dice.randrange(len(data) - 4096)
    path.write_bytes(data[:at] + bytes(4096) + data[at + 4096 :])


def _lengthen(path: Path, dice: random.Random) -> None:
    path.write_bytes(path.read_bytes() + dice.randbytes(dice.randrange(1, 5000)))


def _swap(path: Path, dice: random.Random) -> None:
    """Put another checkpoint of the same run in its place."""
    others = [other for other in path.parent.glob("*.safetensors") if other != path]
    path.write_bytes(dice.choice(sorted(others)).read_bytes())


def _folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path, _: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def _loop(path: Path, _: random.Random) -> None:
    path.unlink()
    path.symlink_to(path)


DAMAGES: tuple[Callable[[Path, random.Random], None], ...] = (
    _flip, _cut, _zero, _lengthen, _swap, _folder, _pipe, _loop, lambda path, _: path.unlink(),
)  # fmt: skip


def resumed_past(root: Path, seeds: range) -> list[str]:
    """Damage the newest checkpoint in many ways and resume; return what is wrong with it."""
    studio, found = Studio(root), []
    studio.start(max_steps=12, checkpoint_every=3, eval_every=50, keep_checkpoints=9)
    whole = studio.losses
    for seed in seeds:
        dice = random.Random(seed)
        copy = Studio(root / str(seed))
        copy.root.mkdir()
        copy.start(max_steps=10, checkpoint_every=3, eval_every=50, keep_checkpoints=9)
        newest, *_ = copy.store.checkpoints(1)
        DAMAGES[seed % len(DAMAGES)](newest.path, dice)
        ended = copy.resume(max_steps=12)
        warnings = [told for told in copy.of(Noticed) if "damaged or missing" in told.message]
        start = copy.of(RunStarted)[0].start_step
        if (ended.step, start, len(warnings)) != (12, 9, 1) or copy.losses != whole[9:]:
            found.append(f"{seed}: from {start} to {ended.step} with {len(warnings)} warnings")
    return found


def test_each_kind_of_damage_costs_one_warning(tmp_path: Path) -> None:
    """Each kind once: the run goes on from the checkpoint before, with the losses it had."""
    assert resumed_past(tmp_path, range(len(DAMAGES))) == []


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_two_hundred_damages_cost_one_warning_each(tmp_path: Path) -> None:
    """At random places in the file."""
    assert resumed_past(tmp_path, range(200)) == []


def test_a_program_that_trusts_its_files_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a look at the hash, a damaged file is used or blocks the resume."""
    monkeypatch.setattr("workspace.checkpoints.is_intact", lambda saved: saved.path.is_file())
    monkeypatch.setattr("workspace.resuming._sha256_of", lambda *_: None)
    for seed in range(4):
        root = tmp_path / str(seed)
        root.mkdir()
        try:
            assert resumed_past(root, range(seed, seed + 1)), seed
        except CheckpointError:
            continue  # the damaged file was opened, and blocks the resume
