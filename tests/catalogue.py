"""The catalogue of translations beside the sources: `python tests/catalogue.py` renews it.

Texts that the sources no longer hold go away, new ones come in without a translation, and the
compiled form of this source tree is written anew (an installation compiles its own). What is left
to translate is told.
"""

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if __name__ == "__main__":  # then the program is found here, whatever is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.language import DOMAIN, LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "tui", "workspace")
KEYWORDS = {"tr": 1, "trn": 2}
"""How many of the first arguments are texts."""
TRANSLATED = tuple(code for code in LANGUAGES if code != "en")


def texts_of_the_sources() -> Catalog:
    """Return every text that the sources mark, with the files that it is in."""
    found = Catalog(domain=DOMAIN)
    for path in [
        ROOT / "rnnstudio.py",
        *(p for room in ROOMS for p in (ROOT / room).rglob("*.py")),
    ]:
        name = path.relative_to(ROOT).as_posix()
        for line, text in marked_texts(path.read_text(encoding="utf-8"), name):
            found.add(text, locations=[(name, line)])
    return found


def marked_texts(source: str, name: str) -> Iterator[tuple[int, str | tuple[str, ...]]]:
    """Yield the line and the text of every `tr` and `trn`, also of one inside of another.

    Raises:
        ValueError: A text is no literal, so that it could not be found when it is looked up.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            count = KEYWORDS.get(node.func.id, 0)
            texts = [arg.value for arg in node.args[:count] if isinstance(arg, ast.Constant)]
            if len(texts) < count or not all(isinstance(text, str) for text in texts):
                raise ValueError(f"{name}:{node.lineno}: the text of {node.func.id} is no literal")
            if count:
                yield node.lineno, str(texts[0]) if count == 1 else tuple(map(str, texts))


def po_path(language: str) -> Path:
    """Return where the translations into a language are written by hand."""
    return ROOT / "core" / "translations" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogue(language: str) -> Catalog:
    """Return the translations into a language."""
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as the program reads it."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def renew(language: str) -> int:
    """Bring a language's files in step with the sources; return how many texts wait for words."""
    path = po_path(language)
    catalogue = read_catalogue(language)
    texts = texts_of_the_sources()
    texts.creation_date = catalogue.creation_date
    catalogue.update(texts, no_fuzzy_matching=True)
    with path.open("wb") as file:
        write_po(
            file,
            catalogue,
            width=100,
            sort_output=True,
            ignore_obsolete=True,
            include_lineno=False,
        )
    path.with_suffix(".mo").write_bytes(compiled(read_catalogue(language)))
    return sum(1 for message in catalogue if message.id and not all(forms(message)))


def forms(message: Message) -> list[str]:
    """Return a message's translation in each plural form; empty ones wait for words."""
    string = message.string or ""
    return [string] if isinstance(string, str) else list(string)


if __name__ == "__main__":
    for language in TRANSLATED:
        sys.stdout.write(f"{language}: {renew(language)} texts to translate\n")
