"""Load never hurts: no flood of events, and nothing that is typed, clicked, pasted and resized."""

from pathlib import Path

import pytest
from load_cases import flooded
from monkey_cases import stormed


def test_a_few_keys_and_sizes(tmp_path: Path) -> None:
    """A short storm of keys, clicks, pastes and sizes crashes nothing."""
    faults = stormed(tmp_path, 1, keys=100, sizes=10)
    assert [fault for fault in faults if fault.startswith("exit code")] == []


@pytest.mark.torture
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_thousands_of_keys_and_sizes(tmp_path: Path, seed: int) -> None:
    """5,000 keys, clicks and pastes and 400 sizes: no crash, and an answer within 10 s."""
    assert stormed(tmp_path, seed, keys=5000, sizes=400) == []


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_a_flood_of_events(tmp_path: Path) -> None:
    """100,000 events a second: keys answer within 250 ms, and memory grows by 50 MiB at most."""
    found = flooded(tmp_path, 15)
    assert found.grown_mib <= 50
    assert max(found.answers_s) <= 0.25


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_the_harness_catches_naive_programs(tmp_path: Path) -> None:
    """A mailbox that keeps all it gets, and a screen that trusts its size."""
    found = flooded(tmp_path / "1", 15, 100_000, "keep_everything")
    assert found.grown_mib > 50
    assert max(found.answers_s) > 0.25
    assert stormed(tmp_path / "2", 1, keys=300, sizes=100, naive="trust_sizes")
