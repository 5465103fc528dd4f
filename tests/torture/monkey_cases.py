"""Random keys, clicks, pastes and sizes on the dashboard; it must still answer afterwards."""

import random
import time
from pathlib import Path

from awake_clock import awake_s
from load_cases import HERE, Studio

KEYS = [
    *(bytes([code]) for code in range(33, 127)), b" ", b"\r", b"\t", b"\x1b", b"\x7f",
    b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[H", b"\x1b[F", b"\x1b[5~", b"\x1b[6~",
    b"\x1b[Z", b"\x10", b"\xff", b"\xc3\xa9", "語".encode(),
]  # fmt: skip
"""What a keyboard sends; the keys that end the program come as answers to its questions only."""

LEAVING = (b"q",)

PASTES = ["x", "0.01", "two\nlines", "語" * 40, "\t\x7f", "a" * 5000, "[b]{}%s\\", ""]


def stormed(root: Path, seed: int, *, keys: int, sizes: int, naive: str = "") -> list[str]:
    """Send so many random keys, clicks and pastes, and sizes among them; say what is wrong."""
    chance, found, studio = random.Random(seed), [], _begun(root, naive)
    every = max(1, keys // sizes)
    for number in range(keys):
        if studio.process.poll() is not None:
            # A click on the key that quits, and an answer to the question, is a way to leave.
            found += _crash(studio, number)
            studio = _begun(root, naive)
        if number % every == 0:
            studio.terminal.resize(*_size(chance))
        studio.terminal.type(_typed(chance))
        time.sleep(0.02 if chance.random() < 0.1 else 0.001)
    if studio.process.poll() is None:
        studio.terminal.resize(120, 40)
        answers = _answers(studio)
        if studio.process.poll() == 0:
            return found  # the last of it led out
        if not answers:
            found.append(f"no answer within 10 s: {bytes(studio.terminal.sent[-500:])!r}")
        code = studio.end()
        if code != 143:
            found.append(f"exit code {code}: {bytes(studio.terminal.sent[-1500:])!r}")
    else:
        found += _crash(studio, keys)
    return found


def _begun(root: Path, naive: str) -> Studio:
    root.mkdir(parents=True, exist_ok=True)
    words = [str(HERE / "load_studio.py"), str(root), "1000000", "20", *([naive] if naive else [])]
    studio = Studio(*words)
    studio.until(b"READY")
    return studio


def _crash(studio: Studio, number: int) -> list[str]:
    code = studio.process.wait()
    time.sleep(0.2)
    said = bytes(studio.terminal.sent[-3000:])
    studio.terminal.hang_up()
    return [f"exit code {code} at {number}: {said!r}"] if code or b"Traceback" in said else []


def _answers(studio: Studio) -> bool:
    """Leave whatever is open, and look whether the palette opens."""
    begun = awake_s()
    while awake_s() - begun < 10:
        studio.terminal.type(b"\x1b")
        time.sleep(0.3)
        if studio.answers_within(b":", b"earch for commands", 1.0) < 1:
            return True
    return False


def _size(chance: random.Random) -> tuple[int, int]:
    """Return a size between 1×1 and 500×200, small ones as often as large ones."""
    return int(500 ** chance.random()), int(200 ** chance.random())


def _typed(chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.8:
        return chance.choice([key for key in KEYS if key not in LEAVING])
    if kind < 0.95:
        button = chance.choice((0, 0, 1, 2, 64, 65, 35))
        place = b"%d;%d;%d" % (button, *(chance.randint(1, limit) for limit in (130, 45)))
        return b"\x1b[<" + place + b"M" + b"\x1b[<" + place + b"m"
    return b"\x1b[200~" + chance.choice(PASTES).encode() + b"\x1b[201~"
