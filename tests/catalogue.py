"""The catalogue of translations beside the sources: `python tests/catalogue.py` renews it.

Texts that the sources no longer hold go away, new ones come in without a translation, and the
compiled form is written anew. What is left to translate is told.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.language import CATALOGUES, DOMAIN, LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "tui", "workspace")
KEYWORDS = {"tr": None, "trn": (1, 2)}
TRANSLATED = tuple(code for code in LANGUAGES if code != "en")


def texts_of_the_sources() -> Catalog:
    """Return every text that the sources mark, with the files that it is in."""
    found = Catalog(domain=DOMAIN)
    for room in ROOMS:
        for name, line, text, comments, _context in extract_from_dir(
            ROOT / room, keywords=KEYWORDS, comment_tags=("Translators:",)
        ):
            place = (f"{room}/{Path(name).as_posix()}", line)
            found.add(text, locations=[place], auto_comments=comments)
    for line, text, comments, _context in extract_from_file(
        "python", ROOT / "rnnstudio.py", keywords=KEYWORDS
    ):
        found.add(text, locations=[("rnnstudio.py", line)], auto_comments=comments)
    return found


def po_path(language: str) -> Path:
    """Return where the translations into a language are written by hand."""
    return CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


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
    return [message.string or ""] if isinstance(message.string, str) else list(message.string or ())


if __name__ == "__main__":
    for language in TRANSLATED:
        sys.stdout.write(f"{language}: {renew(language)} texts to translate\n")
