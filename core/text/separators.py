"""The separator of a table: said by the user or by the file itself, or found by counting."""

import re

from core.config import Config
from core.errors import DataError
from core.language import tr
from core.text.excerpts import quoted
from core.text.tables import UNQUOTED, parsed

CANDIDATES = "\t,;|"
"""Separators that are looked for; of equally good ones the first."""

BY_ENDING = {".tsv": "\t", ".tab": "\t", ".csv": ","}
"""Separator that is taken where another one fits no better, by the file's ending."""

LOOKED_AT_CHARS = 2**20
"""Characters of a table that are looked at."""

LOOKED_AT_ROWS = 1000
"""Rows that are looked at."""

_SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)


def separated(text: str, ending: str, config: Config) -> tuple[str, str]:
    """Return what separates the fields of a table, and the table without a line that says so.

    Args:
        text: Of the file.
        ending: Of the file's name, in small letters.
        config: Its `delimiter` is taken where it is given.

    Raises:
        DataError: The setting is no separator.
    """
    said, _, table = split_separator_line(text)
    separator = asked_separator(config.delimiter) or said or guessed_separator(table, ending)
    return separator, table


def split_separator_line(text: str) -> tuple[str, str, str]:
    """Take off a first line such as `sep=;`, by which spreadsheet programs say the separator.

    Returns:
        The separator that it says, the line with its end, and the rest; the first two are empty
        where there is no such line.
    """
    said = _SEPARATOR_LINE.match(text)
    return (said[1], said[0], text[said.end() :]) if said else ("", "", text)


def asked_separator(delimiter: str) -> str:
    r"""Return the character that the setting means; `\t` and `tab` are tabs.

    Raises:
        DataError: It is not one character, or one that cannot separate fields.
    """
    separator = "\t" if delimiter.casefold() in (r"\t", "tab") else delimiter
    if len(separator) > 1 or separator in ('"', "\n", "\r"):
        raise DataError(
            tr(
                "--delimiter must be one character such as ; or tab, got {value}",
                value=quoted(delimiter),
            )
        )
    return separator


def guessed_separator(text: str, ending: str) -> str:
    """Return what separates the fields of most rows alike, outside of quotes.

    Args:
        text: The table without a line that says the separator.
        ending: Of the file, in small letters; it decides between equally good ones.
    """
    expected = BY_ENDING.get(ending, "")
    candidates = [*expected, *CANDIDATES.replace(expected, "")] if expected else [*CANDIDATES]
    shares = {separator: _fitting_share(text, separator) for separator in candidates}
    best = max(candidates, key=shares.__getitem__)
    return best if shares[best] else expected or _plain_guess(text)


def _fitting_share(text: str, separator: str) -> float:
    """Return the share of rows that have two fields or more, and none that the first one lacks."""
    shares = [_share(text, separator, quotes=True)]
    if separator in UNQUOTED and shares[0] < 1:
        shares.append(_share(text, separator, quotes=False))
    return max(shares)


def _share(text: str, separator: str, *, quotes: bool) -> float:
    looked_at = text[:LOOKED_AT_CHARS]
    is_cut = len(looked_at) < len(text)
    if separator not in looked_at:
        return 0.0
    rows, problem = parsed(looked_at, separator, quotes=quotes, most=LOOKED_AT_ROWS)
    if is_cut and not problem and len(rows) > 1:
        rows.pop()  # It may be a part of one.
    if not rows:
        return 0.0
    width = len(rows[0].fields)
    fitting = sum(
        len(row.fields) >= 2 and not any(map(str.strip, row.fields[width:])) for row in rows
    )
    return fitting * (width > 1) / (len(rows) + bool(problem and not is_cut))


def _plain_guess(text: str) -> str:
    return "\t" if "\t" in text.lstrip("\r\n").partition("\n")[0] else ","
