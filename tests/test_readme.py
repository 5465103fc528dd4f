"""The README says what is true: its tables are the program's, its examples run."""

from pathlib import Path

import pytest

from core.config import make_config
from readme_tables import README, renewed
from tui.cli.parser import make_parser


def text() -> str:
    """Return the README."""
    return README.read_text(encoding="utf-8")


def test_the_tables_are_the_programs_own() -> None:
    """Run `python tests/readme_tables.py` after a change of settings or keys."""
    assert renewed(text()) == text()


def test_links_inside_the_repository_lead_somewhere() -> None:
    """The picture and the files that the README points to are there."""
    import re

    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text()):
        assert (Path(README).parent / target).exists(), target
