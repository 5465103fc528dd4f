"""The README says what is true: its tables are the program's, its examples run."""

import re
import shlex
from pathlib import Path

from readme_tables import README, renewed
from tui.cli.commands import root_parser


def text() -> str:
    """Return the README."""
    return README.read_text(encoding="utf-8")


def test_the_tables_are_the_programs_own() -> None:
    """Run `python tests/readme_tables.py` after a change of settings or keys."""
    assert renewed(text()) == text()


def test_links_inside_the_repository_lead_somewhere() -> None:
    """The picture and the files that the README points to are there."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text()):
        assert (Path(README).parent / target).exists(), target


def test_the_command_lines_are_understood() -> None:
    """Every `rnnstudio` line of the README parses."""
    lines = re.findall(r"^(?:pip install .* && )?rnnstudio(.*?)(?:[#|<].*)?$", text(), re.MULTILINE)
    assert len(lines) >= 10
    for line in lines:
        root_parser().parse_args(shlex.split(line))


def test_the_python_examples_compile() -> None:
    """Each Python block is valid Python."""
    blocks = re.findall(r"```python\n(.*?)```", text(), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        compile(block, "README.md", "exec")
