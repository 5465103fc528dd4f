"""Nothing that a stranger wrote controls the terminal, wherever the program shows it."""

import os
from pathlib import Path

import pytest
from hostile_session import Met, meet_on_the_command_line, meet_on_the_dashboard
from hostile_texts import FEW, PAYLOADS, faults, naughty_strings

TASKS = ("language", "classify")

NAUGHTY = "RNNSTUDIO_NAUGHTY_STRINGS"
"""Names the file of the Big List of Naughty Strings."""

AT_ONCE = 120
"""Texts that one workspace holds."""

NOTHING = Met([], [], [])


def texts_of(source: str) -> list[str]:
    """Return the payloads, or the naughty strings where their file is named."""
    if source == "payloads":
        return PAYLOADS
    if NAUGHTY not in os.environ:
        pytest.skip(f"{NAUGHTY} names no file")
    return naughty_strings(Path(os.environ[NAUGHTY]))


def test_there_are_enough_payloads() -> None:
    """Over 500, each of which the harness would see, or which is markup."""
    assert len(PAYLOADS) > 500
    seen = [text for text in PAYLOADS if faults(text.encode("utf-8", "replace"))]
    assert len(seen) > 500


def test_a_few_on_the_command_line(tmp_path: Path) -> None:
    """Arguments, names of runs, and all that is stored of them, as text and as JSON."""
    assert meet_on_the_command_line(tmp_path, FEW, "short") == NOTHING


def test_a_few_on_the_dashboard(tmp_path: Path) -> None:
    """Every panel and dialog, with bytes on standard input that are no UTF-8."""
    assert meet_on_the_dashboard(tmp_path, FEW, "language") == NOTHING


@pytest.mark.torture
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("source", ["payloads", "naughty"])
@pytest.mark.parametrize("words", [["short"], []], ids=["short", "models"])
def test_all_on_the_command_line(tmp_path: Path, source: str, words: list[str]) -> None:
    """Prompts, corpora, file names, generated texts, labels and errors, with real models."""
    texts = texts_of(source)
    for begin in range(0, len(texts), AT_ONCE):
        root = tmp_path / str(begin)
        root.mkdir()
        assert meet_on_the_command_line(root, texts[begin : begin + AT_ONCE], *words) == NOTHING


@pytest.mark.torture
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("source", ["payloads", "naughty"])
@pytest.mark.parametrize("task", TASKS)
def test_all_on_the_dashboard(tmp_path: Path, source: str, task: str) -> None:
    """Every panel, dialog and notification, in both tasks."""
    texts = texts_of(source)
    for begin in range(0, len(texts), AT_ONCE):
        root = tmp_path / str(begin)
        root.mkdir()
        assert meet_on_the_dashboard(root, texts[begin : begin + AT_ONCE], task) == NOTHING


@pytest.mark.torture
def test_the_harness_catches_a_program_that_trusts(tmp_path: Path) -> None:
    """Without what makes texts safe, both are full of sequences that a terminal obeys."""
    for name in ("cli", *TASKS):
        (tmp_path / name).mkdir()
    assert len(meet_on_the_command_line(tmp_path / "cli", FEW, "short", "naive").faults) > 100
    for task in TASKS:
        found = meet_on_the_dashboard(tmp_path / task, FEW, task, "naive")
        assert len(found.faults) > 100
