"""A process that reads what it is told to, a command line a line, and says how that went."""

import contextlib
import io
import json
import os
import resource
import sys
import time
import tomllib
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

MEMORY_LIMIT = 6 * 2**30
"""Bytes of address space, so that a harness that fails takes no machine with it."""


def peak_mib() -> float:
    """Return the most memory held since `forget_peak`."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def forget_peak() -> None:
    """Let the peak begin at what is held now (`man 5 proc`, clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def naive(words: Sequence[str]) -> int:
    """Read files as one does without a second thought."""
    import sqlite3
    import struct

    import torch

    if "--workspace" in words:
        folder = Path(words[-1])
        if (config := folder / "config.toml").exists():
            print(tomllib.loads(config.read_text())["settings"]["hidden_size"])
        else:
            database = sqlite3.connect(folder / "rnnstudio.db")
            rows = database.execute("SELECT * FROM runs, events USING (run)").fetchall()
            print(max(row[7] for row in rows), json.loads(rows[0][4])["hidden_size"])
        return 0
    path = Path(words[1])
    if path.suffix == ".pt":
        model = torch.load(path, weights_only=False)
        json.loads(next(path.parent.glob("*.json")).read_text())["tokens"][0]
        torch.zeros(model["config"]["num_layers"], model["config"]["hidden_size"] ** 2)
        return 0
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        for name, about in header.items():
            if name != "__metadata__":
                begin, end = about["data_offsets"]
                torch.zeros(about["shape"])
                file.read(end - begin)
    return 0


def answer(words: Sequence[str], do: Callable[[Sequence[str]], int]) -> dict[str, object]:
    """Run a command line and describe how it went."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    forget_peak()
    before, started = peak_mib(), time.monotonic()
    crash = ""
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = do(words)
        except BaseException:
            code, crash = -1, traceback.format_exc()[-1500:]
    elapsed_s = time.monotonic() - started
    for stream in (out, err):
        stream.flush()
    said = err.buffer.getvalue().decode()
    return {
        "code": code,
        "crash": crash,
        "said": said[:3000],
        "diverged": b"diverged: step" in out.buffer.getvalue(),
        "is_one_line": said.count("\n") == 1 and said[:-1].isprintable(),
        "seconds": elapsed_s,
        "mib": peak_mib() - before,
    }


def main() -> None:
    """Answer each line of standard input."""
    import torch

    from tui.cli.main import run_command_line

    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    answers, do = os.fdopen(os.dup(1), "w"), naive if "naive" in sys.argv else run_command_line
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line), do)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
