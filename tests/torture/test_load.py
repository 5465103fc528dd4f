"""Load never hurts: no flood of events, no long run, no terminal that stalls, no storm of keys."""

from pathlib import Path

import pytest
from load_cases import flooded
from memory_cases import grown
from monkey_cases import stormed
from program_cases import served
from unread_speed import shares_kept


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


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_two_hours_of_dashboard(tmp_path: Path) -> None:
    """Memory grows by 10 MiB an hour at most, once it is warm; events come 24 times as often."""
    found = grown(tmp_path, 660, 24)
    print(found)
    assert found.rss_mib_per_hour <= 10


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_a_terminal_that_nobody_reads(tmp_path: Path) -> None:
    """Training keeps 95 % of its headless speed, whatever it would like to show."""
    with served(nice=False) as server:
        shares = shares_kept(server, tmp_path, ["display", "dashboard"], seconds=10, rounds=7)
    print(shares)
    assert min(shares.values()) >= 0.95


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_naive_programs_grow_and_stall(tmp_path: Path) -> None:
    """A history that keeps each event, a log and an engine that wait to be read."""
    assert grown(tmp_path / "1", 200, 24, "keep_everything").rss_mib_per_hour > 40
    with served(nice=False) as server:
        for naive, way in (("write_at_once", "display"), ("wait_to_be_seen", "dashboard")):
            root = tmp_path / naive
            (share,) = shares_kept(server, root, [way], seconds=5, rounds=1, naive=naive).values()
            assert share < 0.5
