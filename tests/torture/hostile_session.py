"""Programs that meet hostile texts in a terminal, driven to every place that shows them."""

import json
import re
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hostile_texts import faults
from terminal_cases import Terminal

HERE = Path(__file__).parent

ESCAPE, ENTER, RIGHT, TAB = b"\x1b", b"\r", b"\x1b[C", b"\t"

KEYS: tuple[bytes, ...] = (
    *(key for number in b"1234567890E" for key in (bytes([number]), b"z", b"z")),
    b"5", b"j", b"j", ENTER, b"d", ESCAPE, b"o", b"p", b"D", ESCAPE, b"/", b"PWN", ENTER,
    b"6", b"v", RIGHT, RIGHT, ESCAPE, b"r", b"r", b"r", b"s", ESCAPE,
    b"9", b"m", b"w", b"v", RIGHT, RIGHT, ESCAPE, b"s", b"f", b"x",
    b"4", RIGHT, ENTER, ENTER, ESCAPE, b"w", b"E", ENTER, b"e", ESCAPE, b"0", b"j", b"a",
    b"1", ENTER, ESCAPE, b"n", TAB, TAB, ESCAPE, b":", b"r", b"u", ESCAPE, b"?", ESCAPE,
)  # fmt: skip
"""Keys that open every panel, and every dialog that shows a text of a run."""


class Met(NamedTuple):
    """Say what came of it."""

    faults: list[str]
    """What acted on the terminal."""
    crashes: list[str]
    no_json: list[str]
    """Lines of `--json` that are none."""


def meet_on_the_command_line(root: Path, texts: Sequence[str], *words: str) -> Met:
    """Run command lines with these texts; words may hold `short` and `naive`."""
    terminal = Terminal(str(HERE / "hostile_cli.py"), str(root), _file(root, texts), *words)
    terminal.end(3000)
    crashes = root / "crashes.json"
    found = json.loads(crashes.read_text()) if crashes.exists() else [_end_of(terminal)]
    parts = re.split(rb"@@(\[.*?\])@@\r?\n", terminal.sent)
    no_json = [
        line
        for said, command in zip(parts[::2], parts[1::2], strict=False)
        if b'"--json"' in command
        for line in said.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        if line.strip() and not line.startswith("rnnstudio: ") and not _is_json(line)
    ]
    return Met(faults(terminal.sent), found, no_json)


def meet_on_the_dashboard(root: Path, texts: Sequence[str], task: str, *words: str) -> Met:
    """Open the dashboard over these texts, press every key, paste them, type bad bytes, leave."""
    terminal = Terminal(
        str(HERE / "hostile_studio.py"), str(root), _file(root, texts), task, *words
    )
    terminal.until(b"READY")
    terminal.type(b" ")
    terminal.until(b"TRAINING")
    for key in KEYS:
        terminal.type(key)
        terminal.settle(0.04, 0.5)
    for text in texts[:3]:
        pasted = text.replace("\x1b", "").encode("utf-8", "replace")
        for key in (b"g", b"\x1b[200~" + pasted + b"\x1b[201~", b"\xff\xc3", ENTER, ESCAPE):
            terminal.type(key)
            terminal.settle(0.04, 0.5)
    lives = terminal.process.poll() is None
    terminal.process.send_signal(signal.SIGTERM)
    code = terminal.end(30)
    crashes = [] if lives and code == 143 else [f"{code}: {_end_of(terminal)}"]
    return Met(faults(terminal.sent), crashes, [])


def _file(root: Path, texts: Sequence[str]) -> str:
    path = root / "texts.json"
    path.write_text(json.dumps(list(texts)))
    return str(path)


def _end_of(terminal: Terminal) -> str:
    return terminal.sent.decode("utf-8", "replace")[-2000:]


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
