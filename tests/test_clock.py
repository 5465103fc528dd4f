"""The machine's clock may go backwards: no rate, no order and no end of a run depends on it."""

import ast
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.events import CheckpointSaved, Evaluated, RunEnded, StepsDone
from session_cases import Studio

ROOT = Path(__file__).resolve().parents[1]

WALL_CLOCK = {"time.time", "time.time_ns", "time.localtime", "datetime.now", "datetime.utcnow"}

TELL_WHEN = {"workspace/runs.py", "workspace/experiments.py", "tui/panels/run_table.py"}
"""Files that note, or show, when something was made, for people to read."""

FORGIVING = {"workspace/token_cache.py"}
"""Files that tell by it what is abandoned; what they remove too soon is made again."""


def calls(path: Path) -> Iterator[str]:
    """Yield what a file calls, such as `time.time`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


class Backwards(datetime):
    """A wall clock that is an hour earlier whenever it is asked."""

    asked = itertools.count()

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        """Return the next moment, which is earlier."""
        return datetime(2026, 1, 1, tzinfo=UTC) - timedelta(hours=next(cls.asked))


def what_is_wrong(studio: Studio) -> list[str]:
    """Train twice with pauses of the clock's own; return what does not grow as it should."""
    found, runs = [], []
    for name in ("first", "second"):
        studio.start(name, max_steps=12, checkpoint_every=3, eval_every=6, keep_checkpoints=9)
        reports = studio.of(StepsDone)
        spent = [event.elapsed_s for event in reports]
        if spent != sorted(spent) or spent[0] <= 0:
            found.append(f"elapsed {spent}")
        rates = [event.tokens_per_s for event in reports]
        # The smallest divisor there is stands for 'no time at all'.
        if not all(0 < rate < 1e9 for rate in rates):
            found.append(f"rates {rates}")
        if any(event.eval_s <= 0 for event in studio.of(Evaluated)):
            found.append("an evaluation took no time")
        runs.append(studio.of(RunEnded)[0].run)
    store = studio.store
    if [run.run for run in store.list_runs()] != sorted(filter(None, runs), reverse=True):
        found.append("the newest run is not first")
    if store.find(None).name != "second":
        found.append("the newest run is another one")
    if [saved.step for saved in store.checkpoints(1)] != [12, 9, 6, 3]:
        found.append("the newest checkpoint is not first")
    if [event.step for event in store.of_kind(1, CheckpointSaved)] != [3, 6, 9, 12]:
        found.append("events come in another order")
    store.close()
    return found


def falling(by: float) -> Callable[[], float]:
    """Return a clock that falls by some seconds whenever it is asked."""
    ticks = itertools.count()
    return lambda: 1e6 - by * next(ticks)


def test_a_clock_that_goes_backwards_spoils_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rates and times come from a clock that only grows, order from steps and numbers."""
    monkeypatch.setattr("time.time", falling(3600.0))
    for module in ("runs", "experiments"):
        monkeypatch.setattr(f"workspace.{module}.datetime", Backwards)
    assert what_is_wrong(Studio(tmp_path)) == []
    created = [run.created for run in Studio(tmp_path).store.list_runs()]
    assert created == sorted(created), "the clock did go backwards"


def test_rates_by_such_a_clock_would_be_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trainer that measured by it would tell times that fall and rates without end."""
    for module in ("trainer", "judging"):
        monkeypatch.setattr(f"core.training.{module}.work_s", falling(0.01))
    found = " ".join(what_is_wrong(Studio(tmp_path)))
    assert "elapsed" in found and "rates" in found and "took no time" in found


def test_only_what_people_read_asks_the_wall_clock() -> None:
    """No other file can come to depend on it unseen."""
    asking = {
        path.relative_to(ROOT).as_posix()
        for room in ("core", "workspace", "tui")
        for path in (ROOT / room).rglob("*.py")
        if WALL_CLOCK & {*calls(path)}
    }
    assert asking == TELL_WHEN | FORGIVING
