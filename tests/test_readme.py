"""The README says what is true: its tables are the program's, its examples run."""

import re
import shlex

import pytest

from readme_tables import READMES, renewed_in
from tui.cli.commands import root_parser


def text(language: str) -> str:
    """Return the README of a language."""
    return READMES[language].read_text(encoding="utf-8")


@pytest.mark.parametrize("language", READMES)
def test_the_tables_are_the_programs_own(language: str) -> None:
    """Run `python tests/readme_tables.py` after a change of settings, keys or translations."""
    assert renewed_in(language) == text(language)


@pytest.mark.parametrize("language", READMES)
def test_links_inside_the_repository_lead_somewhere(language: str) -> None:
    """The picture and the files that the README points to are there."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text(language)):
        assert (READMES[language].parent / target).exists(), target


def test_the_translation_has_the_same_structure() -> None:
    """Heading by heading and block by block; what is typed is the same in every language."""

    def structure(language: str) -> list[str]:
        plain = re.sub(
            r"<!-- (\w+): begin -->.*?<!-- \1: end -->", r"(\1)", text(language), flags=re.S
        )
        marks = re.findall(r"^#+ |^```\w*|^- |^\(\w+\)$|^!\[", plain, re.MULTILINE)
        return [mark.strip() for mark in marks]

    assert structure("zh_CN") == structure("en")
    assert commands_of("zh_CN") == commands_of("en")


def commands_of(language: str) -> list[str]:
    """Return what follows `rnnstudio` in the lines of a README that are typed."""
    pattern = r"^(?:pip install .* && )?rnnstudio(.*?)(?:[#|<].*)?$"
    return [found.strip() for found in re.findall(pattern, text(language), re.MULTILINE)]


def test_the_command_lines_are_understood() -> None:
    """Every `rnnstudio` line of the README parses."""
    lines = commands_of("en")
    assert len(lines) >= 10
    for line in lines:
        root_parser().parse_args(shlex.split(line))


def test_the_python_examples_compile() -> None:
    """Each Python block is valid Python."""
    blocks = re.findall(r"```python\n(.*?)```", text("en"), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        compile(block, "README.md", "exec")
