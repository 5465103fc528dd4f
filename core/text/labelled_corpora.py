"""The built-in labelled texts: what every Python brings, and a task that needs two directions."""

import ast
import random
import re
import sysconfig
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from core.language import tr
from core.text.labelled import LabelledTexts

LEAST_WORDS = 8
"""Words that a text has at least; shorter ones are headings and stubs."""

MOST_LINES = 40
"""Lines of a function that are kept."""

TASK_TEXTS = 8_000
"""Texts of the generated task."""

TASK_SEED = 20_240_229
"""Seed of the generated task, so that everyone has the same one."""

TOPICS = {
    "compound statements": "async class compound context-managers else for function if try while "
    "with",
    "containers": "dict lists typesmapping typesseq typesseq-mutable",
    "debugger": "debugger",
    "expressions": "atom-identifiers attribute-references await binary bitwise booleans calls "
    "comparisons conversions exprlists in lambda operator-summary power shifting slicings "
    "subscriptions truth unary yield",
    "lexical analysis": "atom-literals floating id-classes identifiers imaginary integers numbers "
    "strings",
    "names and imports": "dynamic-features exceptions execmodel import naming",
    "simple statements": "assert assignment augassign break continue del global nonlocal pass "
    "raise return",
    "special methods": "attribute-access callable-types customization numeric-types "
    "sequence-types specialnames",
    "string formatting": "formatstrings string-methods",
    "types": "bltin-code-objects bltin-ellipsis-object bltin-null-object bltin-type-objects "
    "objects specialattrs types typesfunctions typesmethods typesmodules",
}
"""The topics of the language reference, by chapter."""

MODULES = {
    "argparse": "argparse",
    "http.cookiejar": "http/cookiejar",
    "inspect": "inspect",
    "ipaddress": "ipaddress",
    "logging": "logging/__init__",
    "mailbox": "mailbox",
    "tarfile": "tarfile",
    "threading": "threading",
    "typing": "typing",
    "unittest.mock": "unittest/mock",
}
"""Modules with many functions, and where their source is in the library."""

_PARAGRAPH_END = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class BuiltinLabelled:
    """Describe labelled texts that can be made here and now, without a download."""

    name: str
    description: str
    """One line."""
    texts: Callable[[], LabelledTexts]
    """Makes the texts, the same ones each time."""


def python_topics() -> LabelledTexts:
    """Return the paragraphs of the language reference; the class of each is its chapter.

    They are about one subject in one style, so that the classes differ by what is said and not by
    a word alone. A paragraph that occurs in several topics is the first one's.

    Raises:
        DataError: This Python was built without it.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise DataError(
            tr(
                "this Python comes without its language reference; name labelled texts with "
                "data_file"
            )
        ) from None
    found = _Found()
    for chapter, names in TOPICS.items():
        # Pythons differ in their topics.
        for name in names.split():
            for number, paragraph in enumerate(_PARAGRAPH_END.split(topics.get(name, "")), 1):
                found.add(
                    paragraph.strip(),
                    chapter,
                    tr("{name}, paragraph {number}", name=name, number=number),
                )
    return found.data


def python_modules() -> LabelledTexts:
    """Return functions of the standard library; the class of each is its module.

    Code tells its module by what it calls and how it is written. Where a function says its
    module's name, that is replaced, as it would be too easy.

    Raises:
        DataError: This Python comes without source files.
    """
    found = _Found()
    for module, path in MODULES.items():
        source = _source(Path(sysconfig.get_path("stdlib"), f"{path}.py"))
        names = re.compile("|".join(rf"\b{part}\b" for part in module.split(".")), re.IGNORECASE)
        lines = source.split("\n")
        for first, last in _functions(ast.parse(source)):
            function = textwrap.dedent("\n".join(lines[first - 1 : last][:MOST_LINES]))
            found.add(
                names.sub("module", function),
                module,
                tr("{module}, line {first}", module=module, first=first),
            )
    return found.data


def lookup() -> LabelledTexts:
    """Return lists of 10 to 12 keys with their values and one query; the class is its value.

    The query is the first thing in half of the texts and the last one in the other half. Read
    forward, the latter need a memory of every pair; read in both directions, no text needs more
    than a memory of the query. With many more keys than these, so few texts are learned by heart
    before the rule is found.
    """
    draw = random.Random(TASK_SEED).random
    data = LabelledTexts([], [], [])
    for number in range(1, TASK_TEXTS + 1):
        keys = list("abcdefghijkl")
        count = 10 + int(draw() * 3)
        pairs = [(keys.pop(int(draw() * len(keys))), int(draw() * 4)) for _ in range(count)]
        key, value = pairs[int(draw() * count)]
        listed = " ".join(f"{key}{value}" for key, value in pairs)
        data.texts.append(f"? {key} {listed}" if number % 2 else f"{listed} ? {key}")
        data.labels.append(str(value))
        data.places.append(tr("text {number}", number=number))
    return data


class _Found:
    """Collect texts that are long enough, each once."""

    def __init__(self) -> None:
        self.data = LabelledTexts([], [], [])
        self._seen: set[str] = set()

    def add(self, text: str, label: str, place: str) -> None:
        if len(text.split()) >= LEAST_WORDS and text not in self._seen:
            self._seen.add(text)
            for values, value in zip(self.data, (text, label, place), strict=True):
                values.append(value)


def _functions(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of the functions that are not part of another one."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.end_lineno or node.lineno
        elif not isinstance(node, ast.expr):
            yield from _functions(node)


def _source(path: Path) -> str:
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise DataError(
            tr(
                "this Python comes without the source of its {stem} ({kind}); name labelled "
                "texts with data_file",
                stem=path.stem,
                kind=type(error).__name__,
            )
        ) from None


BUILTIN_LABELLED: dict[str, BuiltinLabelled] = {
    corpus.name: corpus
    for corpus in (
        BuiltinLabelled(
            "python-topics",
            tr("Paragraphs of the Python language reference: which of 10 chapters is it from?"),
            python_topics,
        ),
        BuiltinLabelled(
            "python-modules",
            tr("Functions of Python's standard library: which of 10 modules is it from?"),
            python_modules,
        ),
        BuiltinLabelled(
            "lookup",
            tr("Keys, values and a query, first or last: its value needs both directions"),
            lookup,
        ),
    )
}
"""All built-in labelled texts by name."""
