"""An experiment with its children, told to stop or killed; none of them may stay."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from awake_clock import awake_s
from program_cases import ROOT, SMALL
from pseudo_terminal import PseudoTerminal

from training_cases import TEXT
from workspace.checkpoints import is_intact
from workspace.paths import Workspace
from workspace.runs import RunStore

LIMIT_S = 10.0
"""How long saving and leaving may take, of all processes together."""

MOMENTS = ("loading", "training", "evaluating")


def prepared(root: Path, moment: str) -> Path:
    """Return a folder with a text; where evaluations are looked for, one that makes them long."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "jugs.txt").write_text(TEXT * (4000 if moment == "evaluating" else 40))
    return root


def words_of(root: Path, moment: str) -> list[str]:
    """Return the options of the experiment."""
    every = "40" if moment == "evaluating" else "1000000"
    return [
        *SMALL, "--max_steps", "1000000", "--eval_every", every,
        "--data_file", str(root / "jugs.txt"), "--workspace", str(root / "studio"),
    ]  # fmt: skip


def processes_of(root: Path) -> list[int]:
    """Return the processes whose command line names a folder; those that have ended have none."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(root).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def stopped_experiment(
    root: Path,
    moment: str,
    number: signal.Signals,
    *,
    on_screen: bool = False,
    naive: str = "",
) -> list[str]:
    """Stop an experiment at a moment of its children, and say what is wrong then."""
    prepared(root, moment)
    begin = f"import naive; naive.{naive}(); " if naive else ""
    code = f"import sys; {begin}import rnnstudio; sys.exit(rnnstudio.main(sys.argv[1:]))"
    program = [sys.executable, "-c", code]
    folders = (ROOT, ROOT / "tests", ROOT / "tests" / "torture")
    terminal = PseudoTerminal() if on_screen else None
    where = terminal.open() if terminal is not None else subprocess.DEVNULL
    first = [] if on_screen else ["experiment", "model-types", "--parallel", "2"]
    parent = subprocess.Popen(
        [*program, *first, *words_of(root, moment)],
        stdin=where, stdout=where, stderr=where, start_new_session=True, cwd=ROOT,
        env={**os.environ, "LANGUAGE": "en", "TERM": "xterm-256color",
             "PYTHONPATH": os.pathsep.join(map(str, folders))},
    )  # fmt: skip
    try:
        if terminal is not None:
            assert terminal.until(lambda sent: b"READY" in sent)
            for key in b"Eem\r":
                terminal.type(bytes([key]))
                time.sleep(0.5)
        assert _reached(root, moment, parent.pid), "the moment has not come"
        parent.send_signal(number)
        return _faults(root, parent, number)
    finally:
        if terminal is not None:
            os.close(where)
            terminal.hang_up()
        for process in processes_of(root):
            os.kill(process, signal.SIGKILL)
        parent.wait()


def _reached(root: Path, moment: str, parent: int, limit_s: float = 120) -> bool:
    """Wait until a child is where it is to be; tell whether it came there."""
    limit = time.monotonic() + limit_s
    while time.monotonic() < limit:
        time.sleep(0.1)
        children = [pid for pid in processes_of(root) if pid != parent]
        if moment == "loading" and children:
            time.sleep(1)
            return True
        if moment != "loading" and (root / "studio").exists():
            store = RunStore(Workspace(root / "studio"))
            try:
                steps = [run.step for run in store.list_runs()]
            finally:
                store.close()
            if max(steps, default=0) >= (39 if moment == "evaluating" else 1):
                return True
    return False


def _faults(root: Path, parent: "subprocess.Popen[bytes]", number: signal.Signals) -> list[str]:
    began = awake_s()
    try:
        code = parent.wait(60)
    except subprocess.TimeoutExpired:
        return ["the parent did not end within a minute"]
    found = []
    due = -signal.SIGKILL if number == signal.SIGKILL else 128 + number
    if code != due:
        found.append(f"exit code {code}, not {due}")
    while processes_of(root) and awake_s() - began < 60:
        time.sleep(0.05)
    took_s = awake_s() - began
    if took_s > LIMIT_S:
        found.append(f"it took {took_s:.1f} s until all were gone")
    return found + unsaved(root)


def unsaved(root: Path) -> list[str]:
    """Say which runs of a folder's workspace are not saved where they ended."""
    store = RunStore(Workspace(root / "studio"))
    try:
        found = []
        for run in store.list_runs():
            saved = store.checkpoints(run.run)
            if not saved or saved[0].step != run.step or not is_intact(saved[0]):
                found.append(f"run {run.run} is at {run.step}, saved at {saved[:1]}")
        return found
    finally:
        store.close()
