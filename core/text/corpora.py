"""The built-in corpora: text that every Python brings, and tasks that show what memory is for."""

import random
import sysconfig
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from core.language import tr

TASK_LINES = 12_000
"""Lines of a generated task; about a megabyte."""

TASK_SEED = 20_240_229
"""Seed of the generated tasks, so that everyone has the same ones."""


@dataclass(frozen=True)
class BuiltinCorpus:
    """Describe a text that can be made here and now, without a download."""

    name: str
    description: str
    """One line."""
    text: Callable[[], str]
    """Makes the text, the same one each time."""


def python_reference() -> str:
    """Return the language reference that `help()` shows, topic after topic.

    Raises:
        DataError: This Python was built without it.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise DataError(
            tr("this Python comes without its language reference; name a text with data_file")
        ) from None
    return "\n\n".join(topics[name].strip() for name in sorted(topics)) + "\n"


def python_source() -> str:
    """Return the source of the standard library's public top-level modules, by name.

    Raises:
        DataError: This Python comes without source files.
    """
    folder = Path(sysconfig.get_path("stdlib"))
    paths = sorted(path for path in folder.glob("[!_]*.py") if not path.name.startswith("test"))
    if not paths:
        raise DataError(
            tr("this Python comes without the source of its library; name a text with data_file")
        )
    return "\n".join(map(_source, paths))


def brackets() -> str:
    """Return lines of balanced brackets of four kinds, nested up to 12 deep.

    Which bracket closes is decided by one that may stand far back, so that its probability tells
    what the model remembers (the Dyck languages of formal language theory).
    """
    draw = random.Random(TASK_SEED).random
    return "".join(_balanced_line(draw) for _ in range(TASK_LINES))


def delayed_copy() -> str:
    """Return lines of ten random letters, a delay of up to 60 dots, and the same letters again.

    Hochreiter and Schmidhuber (1997) use such delays to show what a memory cell is good for.
    """
    draw = random.Random(TASK_SEED).random
    lines = []
    for _ in range(TASK_LINES):
        letters = "".join("abcdefghijklmnop"[int(draw() * 16)] for _ in range(10))
        lines.append(f"{letters}{'.' * int(draw() * 61)}>{letters}\n")
    return "".join(lines)


def _balanced_line(draw: Callable[[], float]) -> str:
    """Return one line, from `random()` alone: its numbers are the same in every Python."""
    line: list[str] = []
    closing: list[str] = []
    length = 10 + int(draw() * 120)
    while len(line) + len(closing) < length:
        if closing and (len(closing) == 12 or draw() < 0.45):
            line.append(closing.pop())
        else:
            kind = int(draw() * 4)
            line.append("([{<"[kind])
            closing.append(")]}>"[kind])
    return "".join(line + closing[::-1]) + "\n"


def _source(path: Path) -> str:
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise DataError(
            tr(
                "{name} of the standard library cannot be read: {error}",
                name=path.name,
                error=error,
            )
        ) from None


BUILTIN_CORPORA: dict[str, BuiltinCorpus] = {
    corpus.name: corpus
    for corpus in (
        BuiltinCorpus(
            "python-reference",
            tr("The Python language reference that help() shows: prose and grammar"),
            python_reference,
        ),
        BuiltinCorpus(
            "python-source",
            tr("The source of Python's standard library: code with indentation"),
            python_source,
        ),
        BuiltinCorpus(
            "brackets",
            tr("Balanced brackets of four kinds: closing them needs a stack in memory"),
            brackets,
        ),
        BuiltinCorpus(
            "delayed-copy",
            tr("Random letters, a delay, the same letters: repeating them needs long memory"),
            delayed_copy,
        ),
    )
}
"""Every built-in corpus by name."""
