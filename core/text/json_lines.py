"""Texts and their classes from JSON Lines: one JSON object a line."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from core.config import Config
from core.control import StopRequested
from core.errors import DataError
from core.language import tr
from core.text.excerpts import listed, quoted

LINES_A_LOOK = 10_000
"""Lines read between two looks at `should_stop`."""

_decode = msgspec.json.Decoder(dict[str, object]).decode


class Record(NamedTuple):
    """Hold what a line says."""

    number: int
    """Of the line, from 1."""
    text: str
    """Empty where it is null."""
    label: str
    """Empty where it is null."""


def read_json_lines(
    text: str, name: str, config: Config, should_stop: Callable[[], bool] | None = None
) -> list[Record]:
    """Read the fields that `text_column` and `label_column` name, in whatever case.

    A text is a string; a class is a string, a whole number or a boolean. Blank lines are skipped.

    Args:
        text: The lines.
        name: Of the file, fit for a message.
        config: Names the fields.
        should_stop: Asked from time to time whether to give up.

    Raises:
        DataError: A line is no JSON object, or lacks a field, or a field is of another kind; or
            every line is blank.
        StopRequested: `should_stop` became true.
    """
    records = []
    # Only at line feeds: other line ends may stand in a JSON string as they are.
    for number, line in enumerate(text.split("\n"), 1):
        if number % LINES_A_LOOK == 1 and should_stop is not None and should_stop():
            raise StopRequested
        if line.strip():
            where = tr("line {number} of {name}", number=number, name=name)
            fields = _object(line, where)
            text_field = _field(fields, "text_column", config.text_column, where)
            label_field = _field(fields, "label_column", config.label_column, where)
            records.append(
                Record(
                    number,
                    _as_text(text_field, config.text_column, where),
                    _as_label(label_field, config.label_column, where),
                )
            )
    if not records:
        raise DataError(
            tr("{name} holds nothing but blank lines; name a file of texts and classes", name=name)
        )
    return records


def _object(line: str, where: str) -> dict[str, object]:
    try:
        return _decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise DataError(
            tr(
                '{where} is not a JSON object; write one a line, such as {{"text": "so good", '
                '"label": "positive"}}',
                where=where,
            )
        ) from None


def _field(fields: dict[str, object], setting: str, column: str, where: str) -> object:
    if column in fields:
        return fields[column]
    for field, value in fields.items():
        if field.strip().casefold() == column.strip().casefold():
            return value
    known = listed(fields) or tr("none")
    raise DataError(
        tr(
            "{where} has no field {column}, it has {known}; name the right one with --{setting}",
            where=where,
            column=quoted(column),
            known=known,
            setting=setting,
        )
    )


def _as_text(value: object, column: str, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise DataError(
        tr(
            "{where}: the field {column} is {kind}, not a string; correct it or name another "
            "one with --text_column",
            where=where,
            column=quoted(column),
            kind=_kind(value),
        )
    )


def _as_label(value: object, column: str, where: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() | int():
            return str(value)
    raise DataError(
        tr(
            "{where}: the field {column} is {kind}, not a string, a whole number or a boolean; "
            "correct it or name another one with --label_column",
            where=where,
            column=quoted(column),
            kind=_kind(value),
        )
    )


def _kind(value: object) -> str:
    match value:
        case bool():
            return tr("a boolean")
        case int():
            return tr("a number")
        case float():
            return tr("a fraction")
        case list():
            return tr("a list")
        case _:
            return tr("an object")
