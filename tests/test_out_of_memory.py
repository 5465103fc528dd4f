"""Memory that runs out ends a run in a sentence, which names sizes that do fit."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli_cases import Shell, options_of
from core.config import make_config
from core.doctor.memory import sizes_of, step_bytes
from core.events import RunFailed
from core.training.free_memory import free_memory
from core.training.learner import Learner
from core.training.out_of_memory import Load, out_of_memory
from session_cases import Studio
from training_cases import TEXT

REFUSALS = (
    MemoryError(),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes"),
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
)

LIMITED = """
import contextlib, io, re, resource, sys
from pathlib import Path
import workspace.session
from tui.cli.main import run_command_line
mib, *words = sys.argv[1:]
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
limit = taken + int(mib) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
with contextlib.redirect_stderr(io.StringIO()) as told:
    code = run_command_line([*words, "--batch_size", "4096"])
print(told.getvalue(), file=sys.stderr, end="")
assert code == 1
fitting = re.search(r"batch_size (\\d+)", told.getvalue())[1]
sys.exit(run_command_line([*words, "--batch_size", fitting]))
"""
"""The program with so many MiB beside what it takes once it is loaded: too much, then as told."""


@pytest.mark.parametrize("refusal", REFUSALS, ids=["python", "cpu", "gpu"])
def test_a_step_without_memory_ends_the_run_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    """The run fails with the sizes to take instead; what was saved before is there."""
    studio, steps = Studio(tmp_path), Learner.step

    def refuse(self: Learner, *args: object, **kwargs: object) -> object:
        if self.optimizer.state and studio.store.checkpoints(1):
            raise refusal
        return steps(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Learner, "step", refuse)
    ended = studio.start(max_steps=12, checkpoint_every=3)
    assert (ended.reason, ended.step) == ("failed", 3)
    assert ended.checkpoint is not None
    (failed,) = studio.of(RunFailed)
    assert re.search(r"batch_size [1-3] \(now 4\) or seq_length \d+ \(now 16\)", failed.message)


def test_a_model_without_memory_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, one line, and no run; so does a learning-rate test."""

    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("core.training.language_task.build_model", refuse)
    shell = Shell(tmp_path, capsys)
    for done in (shell.train(), shell.run("lr-range", "--data_file", str(shell.text))):
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert "out of memory: a step takes about" in done.err
    assert shell.run("runs", "--json").out == "[]\n"


def test_data_without_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Other sizes of the model would not help there, and none are named."""

    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("workspace.data.load_text", refuse)
    done = Shell(tmp_path, capsys).train()
    assert done.code == 2
    assert done.err == "rnnstudio: out of memory while the data was read; train on a part of it\n"


def test_a_command_without_memory_fails_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there are no sizes to choose, exit 1 and no traceback."""
    shell = Shell(tmp_path, capsys)
    assert shell.train("--max_steps", "2").code == 0

    def refuse(*_: object, **__: object) -> None:
        raise REFUSALS[1]

    monkeypatch.setattr("workspace.inference.open_model", refuse)
    done = shell.run("generate")
    assert (done.code, done.err.count("\n"), "out of memory" in done.err) == (1, 1, True)


@pytest.mark.parametrize("free", [None, 400_000_000, 1_000_000_000, 10**15])
@pytest.mark.parametrize("task", ["language", "classify"])
def test_each_proposed_size_fits_and_is_smaller(task: str, free: int | None) -> None:
    """By the estimate that the doctor uses too, and less than what was refused in any case."""
    config = make_config({"task": task, "hidden_size": 2048, "batch_size": 512, "num_layers": 1})
    texts, labels = (9000, ["a", "b"]) if task == "classify" else (0, [])
    load = Load(2_000_000, 80, 10**6, texts, labels)
    told = out_of_memory(config, load, free, has_weights=True)
    proposed = re.findall(r"(\w+) (\d+) \(now (\d+)\)", told)
    assert proposed
    assert ("are free" in told) == (free is not None)
    need = step_bytes(load, config, sizes_of(load, config))
    for name, size, now in proposed:
        field = name if name in ("batch_size", "hidden_size") else "length"
        sizes = sizes_of(load, config)._replace(**{field: int(size)})
        assert int(size) < int(now)
        assert step_bytes(load, config, sizes) <= min(need, free or need)


def test_the_limit_of_a_process_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `ulimit -v` leaves bounds what is free."""
    resource = pytest.importorskip("resource")
    statm = tmp_path / "statm"
    statm.write_text("10 2 3\n")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (11 * resource.getpagesize(), -1))
    assert free_memory(tmp_path / "none", tmp_path, statm) == resource.getpagesize()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_under_a_real_limit_what_is_proposed_trains(tmp_path: Path) -> None:
    """A batch that is refused names one that the very same limit lets through."""
    text = tmp_path / "text.txt"
    text.write_text(TEXT * 200)
    usual = {"hidden_size": 64, "num_layers": 1, "embedding_dim": 8, "threads": 1, "max_steps": 2}
    words = [
        "train", *options_of(usual), "--no_probes", "--no_doctor", "--sample_length", "0",
        "--data_file", str(text), "--workspace", str(tmp_path / "studio"),
    ]  # fmt: skip

    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "600", *words],
        capture_output=True, text=True, check=False, env={**os.environ, "LANGUAGE": "en"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("rnnstudio: out of memory: ")
    assert done.stderr.count("\n") == 1
