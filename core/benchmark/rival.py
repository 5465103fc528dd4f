"""One rival in a process of its own, which waits while others take their turn."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import Config, make_config
from core.errors import BenchmarkError
from core.language import tr
from core.settings import Value
from core.text.corpora import BUILTIN_CORPORA

if TYPE_CHECKING:
    from core.events import Event
    from core.text.corpus import Corpus
    from core.training.trainer import Trainer

PRODUCT = 2048
"""Rows and columns of the large product."""

SPIN_COUNT = "GOMP_SPINCOUNT"
"""How OpenMP's threads wait, in the environment; the program sets it for itself, not for others."""

SYNTHETIC_LENGTH = 600_000
"""Characters of a text that is made up for its number of symbols."""


class Rival:
    """Start a process that takes steps on request; use it as a context manager.

    Args:
        kind: `plain`, `product`, or anything else for our own trainer.
        settings: Of the run.
        seconds: How long a turn takes.
        environment: What its environment has beside ours; None takes a variable away.
        symbols: Different characters of a text that is made up; 0 for the built-in corpus.
    """

    def __init__(
        self,
        kind: str,
        settings: Mapping[str, Value],
        *,
        seconds: float,
        environment: Mapping[str, str | None],
        symbols: int = 0,
    ) -> None:
        home = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
        given = {**os.environ, **environment, "PYTHONPATH": paths}
        words = [kind, json.dumps(dict(settings)), str(seconds), str(symbols)]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "core.benchmark.rival", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={name: value for name, value in given.items() if value is not None},
        )

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def rate(self) -> float:
        """Let it take its turn, and return steps a second.

        Raises:
            BenchmarkError: It has ended.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        try:
            stdin.write("\n")
            stdin.flush()
            return float(stdout.readline())
        except (OSError, ValueError):
            self._process.kill()
            raise BenchmarkError(
                tr("a rival ended before its turn: {reason}", reason=self._reason())
            ) from None

    def end(self) -> None:
        """Let the process end; harmless when done twice."""
        if self._process.poll() is None:
            self._process.communicate()

    def _reason(self) -> str:
        """Return the last line of what it complained."""
        _, complaints = self._process.communicate()
        return (complaints.strip().splitlines() or [f"code {self._process.returncode}"])[-1]


def serve(kind: str, config: Config, seconds: float, symbols: int) -> None:
    """Take steps for some seconds for each line of the input, and write how many a second."""
    # Imported here, since who starts this process needs no torch.
    import torch

    from core.cores import available_threads
    from core.text.corpus import make_corpus
    from core.training.device import pick_device

    torch.set_num_threads(config.threads or available_threads())
    text = made_up(symbols) if symbols else BUILTIN_CORPORA[config.corpus].text()
    corpus = make_corpus("benchmark", text, config)
    takes = {"plain": _plain, "product": _product}
    take = takes.get(kind, _ours)(config, corpus)
    waits = pick_device(config).type == "cuda"
    for _ in sys.stdin:
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            take()
            steps += 1
        if waits:
            torch.cuda.synchronize()
        spent = time.perf_counter() - start
        sys.stdout.write(f"{steps / spent}\n")
        sys.stdout.flush()


def made_up(symbols: int) -> str:
    """Return a text of so many different characters, each of which has a place in it."""
    known = [chr(code) for code in range(0x21, 0x21 + symbols + 0x900)]
    known = [char for char in known if char.isprintable()][:symbols]
    return "".join(known + random.Random(0).choices(known, k=SYNTHETIC_LENGTH))


def _plain(config: Config, corpus: "Corpus") -> Callable[[], None]:
    """Return what takes a step of the plain loop."""
    from core.benchmark.plain_loop import PlainLoop

    return PlainLoop(config, corpus).step


def make_trainer(config: Config, corpus: "Corpus") -> "Trainer":
    """Make a trainer whose events are encoded, as for a script that reads them."""
    from core.control import Control
    from core.events import CheckpointSaved, encode_event
    from core.training.checkpoint import Checkpoint
    from core.training.trainer import Trainer

    def emit(event: "Event") -> None:
        encode_event(event)

    def save(checkpoint: Checkpoint, is_best: bool) -> CheckpointSaved:
        raise AssertionError("no checkpoint falls into the measured steps")

    return Trainer(config, corpus, name="benchmark", emit=emit, control=Control(), save=save)


def _ours(config: Config, corpus: "Corpus") -> Callable[[], None]:
    """Return what takes a step of ours."""
    trainer = make_trainer(config, corpus)
    last = len(corpus.train) // (config.batch_size * config.seq_length) - 2

    def step() -> None:
        if trainer.progress.batch >= last:
            trainer.progress.batch = 1
        trainer._take_step()

    return step


def _product(config: Config, corpus: "Corpus") -> Callable[[], None]:
    """Return what multiplies two large matrices."""
    import torch

    from core.training.device import pick_device

    left, right = torch.randn(2, PRODUCT, PRODUCT, device=pick_device(config))

    def step() -> None:
        torch.mm(left, right)

    return step


if __name__ == "__main__":
    # ctrl+c is for who started this; when that one is gone, the input ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kind, settings, seconds, symbols = sys.argv[1:]
    serve(kind, make_config(json.loads(settings)), float(seconds), int(symbols))
