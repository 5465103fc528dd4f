"""The program under a shell that has job control: ctrl+z, a while of nothing, `fg`."""

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

from program_cases import ROOT, SMALL
from pseudo_terminal import PseudoTerminal

from core.events import StepsDone
from training_cases import TEXT
from workspace.paths import Workspace
from workspace.runs import RunStore

PAUSE_S = 4.0

PROMPT = b"what-next? "

MODES = ("mode 1049", "mode 25", "mode 7", "mode 1000", "mode 1003", "mode 1006")
"""What must be as before while the shell has the terminal, which has others of its own."""


def suspended(root: Path, *, on_screen: bool, naive: str = "") -> list[str]:
    """Suspend and continue a training, end it, and say what is wrong."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "jugs.txt").write_text(TEXT * 40)
    terminal = PseudoTerminal()
    folders = (ROOT, ROOT / "tests", ROOT / "tests" / "torture")
    shell = subprocess.Popen(
        [sys.executable, "-c", "import os, sys; f = os.open(sys.argv[1], os.O_RDWR); "
         "[os.dup2(f, n) for n in range(3)]; "
         "os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])", terminal.name],
        start_new_session=True,
        env={**os.environ, "PS1": PROMPT.decode(), "TERM": "xterm-256color", "LANGUAGE": "en",
             "PYTHONPATH": os.pathsep.join(map(str, folders))},
    )  # fmt: skip
    try:
        return _faults(terminal, root, on_screen=on_screen, naive=naive)
    finally:
        terminal.hang_up()
        shell.wait(60)


def _faults(terminal: PseudoTerminal, root: Path, *, on_screen: bool, naive: str) -> list[str]:
    begin = f"import naive; naive.{naive}(); " if naive else ""
    program = f"import sys; {begin}import rnnstudio; sys.exit(rnnstudio.main(sys.argv[1:]))"
    words = [
        *([] if on_screen else ["train"]), *SMALL, "--eval_every", "1000000",
        "--data_file", str(root / "jugs.txt"), "--workspace", str(root / "studio"),
    ]  # fmt: skip
    assert terminal.until(lambda sent: PROMPT in sent)
    terminal.type(f"'{sys.executable}' -c '{program}' {' '.join(words)}\n".encode())
    assert terminal.until(lambda sent: (b"READY" if on_screen else b"tok/s") in sent)
    if on_screen:
        terminal.type(b" ")
        assert terminal.until(lambda sent: b"TRAINING" in sent)
    time.sleep(2)
    begun = len(terminal.sent)
    terminal.type(b"\x1a")
    assert terminal.until(lambda sent: b"Stopped" in sent and PROMPT in sent, start=begun)
    found = [fault for fault in terminal.left_over() if fault.startswith(MODES)]
    time.sleep(PAUSE_S)
    begun = len(terminal.sent)
    terminal.type(b"fg\n")
    back = b"TRAINING" if on_screen else b"tok/s"
    if not terminal.until(lambda sent: back in sent, start=begun):
        found.append("it does not draw again")
    time.sleep(2)
    terminal.type(b"\x03")
    if on_screen:
        time.sleep(1)
        terminal.type(b"\x03")
    if not terminal.until(lambda sent: sent.endswith(PROMPT), start=begun):
        return [*found, "it does not end"]
    return (
        found + [fault for fault in terminal.left_over() if fault.startswith(MODES)] + _rates(root)
    )


def _rates(root: Path) -> list[str]:
    """Say where the pause is counted as training."""
    store = RunStore(Workspace(root / "studio"))
    try:
        reports = [event for event in store.events(1) if isinstance(event, StepsDone)]
    finally:
        store.close()
    longest_s = max(newer.elapsed_s - older.elapsed_s for older, newer in pairwise(reports))
    return [f"a report of {longest_s:.1f} s"] if longest_s > PAUSE_S - 1 else []
