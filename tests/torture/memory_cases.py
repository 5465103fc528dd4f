"""How much the dashboard's memory grows while hours of events pass in minutes."""

import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from load_cases import HERE, MIB, Studio

from training_cases import TEXT

STEPS_PER_S = 15
"""Of a run at the default size on two cores."""

REPORTS_PER_S = 10

KEYS = (b"1", b"2", b"3", b"4", b"5", b"z", b"z")
"""What is pressed now and then: panels get the focus, one is enlarged and made small again."""


class Grown(NamedTuple):
    """Say what the passing of events has done to the memory."""

    hours: float
    """How long a usual run takes for as many events as have passed after the warm-up."""
    rss_mib_per_hour: float
    pss_mib_per_hour: float
    passed: dict[str, int]
    """How many events of each kind, and steps, all in all."""


def grown(root: Path, seconds: float, times: float, *naive: str, warm_up: float = 0.3) -> Grown:
    """Let a dashboard run.

    Args:
        root: A folder.
        seconds: How long.
        times: How many times as often as usual events come.
        naive: A variant of `memory_studio.py`.
        warm_up: Share of the time that does not count.
    """
    root.mkdir(parents=True, exist_ok=True)
    (root / "text.txt").write_text(TEXT * 20)
    studio = Studio(str(HERE / "memory_studio.py"), str(root), str(times), *naive)
    try:
        studio.until(b"READY", 120)
        studio.terminal.type(b" ")
        until, pressed = time.monotonic() + seconds, 0
        while time.monotonic() < until and studio.process.poll() is None:
            time.sleep(1)
            studio.terminal.type(KEYS[pressed % len(KEYS)])
            pressed += 1
            studio.terminal.sent.clear()
    finally:
        code = studio.end()
    assert code == 143, code
    return measured(root / "memory.jsonl", warm_up)


def measured(path: Path, warm_up: float) -> Grown:
    """Fit lines through what was held after the warm-up."""
    looks = [json.loads(line) for line in path.read_text().splitlines()]
    looks = [look for look in looks if look["passed"].get("steps")]
    looks = [look for look in looks if look["s"] >= warm_up * looks[-1]["s"]]
    hours = np.array([usual_hours(look["passed"]) for look in looks])
    rss, pss = (np.polyfit(hours, [look[kind] / MIB for look in looks], 1)[0]
                for kind in ("rss", "pss"))  # fmt: skip
    return Grown(float(hours[-1] - hours[0]), float(rss), float(pss), looks[-1]["passed"])


def usual_hours(passed: dict[str, int]) -> float:
    """Return how long a usual run takes for as many steps and reports, whichever is less."""
    reports = passed.get("StepsDone", 0)
    return min(passed["steps"] / STEPS_PER_S, reports / REPORTS_PER_S) / 3600


if __name__ == "__main__":
    print(grown(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:]))
