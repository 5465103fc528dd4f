"""The dashboard over a small model whose events come many times as often as a usual run's.

Words: a folder, how many times as often, and the name of a naive variant, if any. What it holds
and what it was told stands in `memory.jsonl` in the folder, a line every few seconds.
"""

import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import core.training.probes as probes
import core.training.report as report
from core.config import make_config
from core.events import Event, StepsDone
from tui.app import run_dashboard
from tui.engine import Mailbox
from tui.history import History
from workspace.paths import Workspace

LOOK_EVERY_S = 2.0

EVALUATE_EVERY = 500
"""Steps in an epoch of Tiny Shakespeare, at the usual batch size and length."""


def memory_kib(kind: str) -> int:
    """Return what this process holds, in KiB: `Rss` or `Pss`."""
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return int(rollup.split(f"{kind}:")[1].split()[0])


def hurry(times: float) -> None:
    """Let all that happens every so often happen so many times as often."""
    report.REPORT_EVERY_S /= times
    report.MEASURE_EVERY_S /= times
    probes.LEAST_S /= times
    probes.SHARE *= times
    probes.LOOKS_A_RUN = int(probes.LOOKS_A_RUN * times)


def keep_count(path: Path) -> None:
    """Write down again and again what has passed, and what is held."""
    passed: Counter[str] = Counter()
    put = Mailbox.put

    def counted(self: Mailbox, event: Event) -> None:
        passed[type(event).__name__] += 1
        if isinstance(event, StepsDone):
            passed["steps"] = event.step
        put(self, event)

    Mailbox.put = counted  # type: ignore[method-assign]
    began = time.monotonic()

    def run() -> None:
        with path.open("w", buffering=1) as file:
            while True:
                held = {"rss": memory_kib("Rss"), "pss": memory_kib("Pss")}
                told = {"s": time.monotonic() - began, **held, "passed": dict(passed)}
                file.write(json.dumps(told) + "\n")
                time.sleep(LOOK_EVERY_S)

    threading.Thread(target=run, daemon=True).start()


def keep_everything() -> None:
    """Keep each event that was folded."""
    fold, kept = History.fold, []

    def keeping(self: History, event: Event) -> None:
        kept.append(event)
        fold(self, event)

    History.fold = keeping  # type: ignore[method-assign]


def main(root: Path, times: float) -> int:
    """Open the dashboard."""
    hurry(times)
    keep_count(root / "memory.jsonl")
    config = make_config(
        {
            "data_file": str(root / "text.txt"), "hidden_size": 16, "num_layers": 1,
            "embedding_dim": 8, "batch_size": 2, "seq_length": 16, "threads": 1,
            "epochs": 100_000, "eval_every": EVALUATE_EVERY,
        }
    )  # fmt: skip
    return run_dashboard(config, Workspace(root / "studio"))


if __name__ == "__main__":
    for name in sys.argv[3:]:
        {"keep_everything": keep_everything}[name]()
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
