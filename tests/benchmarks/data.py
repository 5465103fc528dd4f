"""How fast a large text is ready to train, the first time and again, and what that takes.

python tests/benchmarks/data.py [--text FILE | --megabytes 1000] [--levels char,word]
"""

import argparse
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import subject

from core.text import CharacterVocabulary
from core.text.corpora import BUILTIN_CORPORA
from core.text.reading import Reading
from core.text.text_file import TextFile
from core.text.tokens import narrowest

ROUNDS = 7
"""How often encoding is measured."""

CANCEL_AFTER_S = (0.3, 1.0, 2.0, 4.0)
"""When a start is cancelled, in seconds from its beginning."""


class Start(msgspec.Struct):
    """Hold what one start has taken."""

    seconds: float
    """From the order to load until the first batch, or until a cancelled start has ended."""
    peak_mib: float
    """Largest resident memory of the process, torch and mapped tokens included."""
    tokens: int
    """Tokens to train on; 0 where it was cancelled."""
    kept: bool
    """Whether the tokens were put into the workspace, or were there."""
    checked: str
    """What was found when they were checked."""
    slowest: str = ""
    """Each phase with the seconds that it took."""


def main() -> None:
    """Start three times by characters and by words, cancel some starts, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--levels", default="char,word")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        text, level, cancel_s = options.child
        print(msgspec.json.encode(_start(text, level, float(cancel_s))).decode())
        return
    with tempfile.TemporaryDirectory(prefix="rnnstudio-data-") as folder:
        text = options.text
        if text is None:
            text = Path(folder) / "text.txt"
            _write(text, options.megabytes * 10**6)
        megabytes = text.stat().st_size / 1e6
        print(f"characters to tokens: {_encoding_rate(text):,.0f} MB/s, median of {ROUNDS}")
        for level in options.levels.split(","):
            _measure(text, level, megabytes, Path(folder) / level)


def _encoding_rate(path: Path) -> float:
    """Return the MB/s at which decoded pieces of a text become tokens of the narrowest type."""
    vocabulary = CharacterVocabulary()
    with TextFile(str(path), Reading()) as file:
        pieces = [text for text, _ in islice(file.pieces(), 64)]
    vocabulary.build_vocabulary(pieces)
    tokens = np.empty(max(map(len, pieces)), dtype=narrowest(len(vocabulary)))
    megabytes = sum(len(piece.encode()) for piece in pieces) / 1e6
    rates = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for piece in pieces:
            vocabulary.number(piece, tokens[: len(piece)])
        rates.append(megabytes / (time.perf_counter() - began))
    return statistics.median(rates)


def _measure(text: Path, level: str, megabytes: float, home: Path) -> None:
    for name in ("first", "second", "third"):
        done = _in_child(text, level, 0.0, home)
        rate = megabytes / done.seconds
        print(
            f"{level}: {name} start {done.seconds:6.2f} s ({rate:,.0f} MB/s), peak "
            f"{done.peak_mib:,.0f} MiB, {done.tokens:,} tokens, kept {done.kept}"
            f"{', ' + done.checked if done.checked else ''}"
        )
        if done.slowest:
            print(f"    {done.slowest}")
    for after_s in CANCEL_AFTER_S:
        done = _in_child(text, level, after_s, home.with_name(f"{level}-cancelled"))
        late = "had ended before" if done.tokens else f"ended {done.seconds - after_s:.3f} s later"
        print(f"{level}: cancelled after {after_s} s, {late}")


def _in_child(text: Path, level: str, cancel_s: float, home: Path) -> Start:
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(text), level, str(cancel_s)],
        env={"RNNSTUDIO_HOME": str(home), "PATH": "", subject.SAID: "1"},
        check=True,
        capture_output=True,
    )
    return msgspec.json.decode(done.stdout, type=Start)


def _start(text: str, level: str, cancel_s: float) -> Start:
    from core.config import make_config
    from core.control import StopRequested
    from core.text.corpus import Corpus
    from core.text.loaders import StreamBatches
    from workspace.data import load_data
    from workspace.paths import Workspace

    began = time.perf_counter()
    phases: dict[str, float] = {}

    def told(_phase: str, detail: str, _done: float | None) -> None:
        phases.setdefault(detail.split(",", maxsplit=1)[0], time.perf_counter() - began)

    def should_stop() -> bool:
        return bool(cancel_s) and time.perf_counter() - began >= cancel_s

    config = make_config({"data_file": text, "vocab_type": level})
    tokens, kept, checked, corpus = 0, False, "", None
    try:
        corpus = load_data(Workspace.open(), config, report=told, should_stop=should_stop)
        assert isinstance(corpus, Corpus)
        StreamBatches(corpus.train, batch_size=32, seq_length=64).batch(0, 0)
        tokens = len(corpus.train)
    except StopRequested:
        pass
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if isinstance(corpus, Corpus) and corpus.beside is not None:
        kept = corpus.beside.end(120)
        checked = "".join(corpus.beside.take())
        phases["kept or checked"] = time.perf_counter() - began
    told_at = ", ".join(f"{name} at {at:.2f} s" for name, at in phases.items())
    return Start(seconds, peak, tokens, kept, checked, told_at)


def _write(path: Path, size: int) -> None:
    """Write a text of a size: a built-in one again and again, never quite the same."""
    lines = BUILTIN_CORPORA["python-reference"].text().encode().split(b"\n")
    draw = random.Random(1)
    with path.open("wb") as file:
        while file.tell() < size:
            turn = draw.randrange(len(lines))
            part = [b"Part word%x" % draw.getrandbits(32), *lines[turn:], *lines[:turn], b""]
            file.write(b"\n".join(part))


if __name__ == "__main__":
    main()
