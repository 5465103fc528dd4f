"""Rows and columns of a text with a separator, or one line that says what is wrong."""

import csv
import io
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from core.config import Config
from core.control import ShouldStop, StopRequested
from core.errors import DataError
from core.language import tr, trn
from core.text.excerpts import listed, quoted

FIELD_LIMIT = 2**31 - 1
"""Most characters of a field: csv's own limit of 131,072 would refuse long texts."""

ROWS_A_LOOK = 10_000
"""Rows read between two looks at `should_stop`."""

POSITION_DIGITS = 9
"""A column given by more digits than this is taken for a name."""

UNQUOTED = "\t|"
"""Separators of tables that are often written without any quoting."""

_DEFAULTS = Config()
_NAMES = {
    ",": tr("commas"),
    ";": tr("semicolons"),
    "\t": tr("tabs"),
    "|": tr("vertical bars"),
}


class Row(NamedTuple):
    """Hold a row."""

    number: int
    """From 1, with the header and blank rows, as a spreadsheet counts."""
    fields: list[str]

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it but white space."""
        return not any(map(str.strip, self.fields))


class Columns(NamedTuple):
    """Say where the texts and their classes are."""

    text: int
    """Column of the texts, from 0."""
    label: int
    """Column of the classes, from 0."""
    has_header: bool
    """Whether the first row names the columns."""


def read_rows(
    text: str,
    separator: str,
    name: str,
    should_stop: ShouldStop | None = None,
    *,
    keep_blank: bool = False,
) -> tuple[list[Row], list[str]]:
    """Split a text into rows, as Python's csv library does.

    Files with tabs or vertical bars are often written without any quoting. Where the quotes of
    one do not fit, they are ordinary characters; in other files they are refused.

    Args:
        text: The table, its line ends as they are in the file.
        separator: One character.
        name: Of the file, fit for a message.
        should_stop: Asked from time to time whether to give up.
        keep_blank: Whether blank rows are returned too.

    Returns:
        The rows, and what the user should know.

    Raises:
        DataError: A quote does not fit where there should be quoting, or every row is blank.
        StopRequested: `should_stop` became true.
    """
    rows, problem = parsed(text, separator, should_stop, quotes=True, keep_blank=keep_blank)
    notices = []
    if problem and separator not in UNQUOTED:
        raise DataError(
            tr(
                "{name}, {problem}; put double quotes around the whole field and write those "
                'inside of it as ""',
                name=name,
                problem=problem,
            )
        )
    if problem or (separator in UNQUOTED and any(_spans_rows(row, separator) for row in rows)):
        plain, _ = parsed(text, separator, should_stop, quotes=False, keep_blank=keep_blank)
        # A quoted field may hold tabs and line ends. That a stray quote has swallowed rows shows
        # in these being of the same width as all others.
        if problem or len({len(row.fields) for row in plain if not row.is_blank}) == 1:
            rows = plain
            notices.append(
                tr("the quotes in {name} do not pair up, so they are read as they stand", name=name)
            )
    if all(row.is_blank for row in rows):
        raise DataError(
            tr("{name} holds nothing but blank rows; name a file of texts and classes", name=name)
        )
    return rows, notices


def find_columns(first: Row, config: Config, name: str) -> Columns:
    """Find the columns of the texts and of their classes.

    The first row is a header only if it has a column of a name that is asked for, in whatever
    case. Where both columns are given by position there is no header: every row is data. Without
    a header, a column that is left at its default is the first one for texts, and the second one
    for classes.

    Args:
        first: The first row that is not blank.
        config: Names the columns or gives their positions.
        name: Of the file, fit for a message.

    Raises:
        DataError: A column is not there, or both are the same.
    """
    wanted = {"text_column": config.text_column, "label_column": config.label_column}
    names = [field.strip().casefold() for field in first.fields]
    positions = {setting: column_position(value) for setting, value in wanted.items()}
    named = {
        setting: names.index(value.strip().casefold())
        for setting, value in wanted.items()
        if positions[setting] is None and value.strip().casefold() in names
    }
    found: dict[str, int] = {}
    for default, (setting, value) in enumerate(wanted.items()):
        position = named.get(setting, positions[setting])
        if position is None:
            if named or value != getattr(_DEFAULTS, setting):
                raise no_column(first, value, setting, name)
            position = default
        found[setting] = position
    columns = Columns(found["text_column"], found["label_column"], has_header=bool(named))
    if columns.text == columns.label:
        raise DataError(
            tr(
                "text_column {text_column} and label_column {label_column} are both column "
                "{column} of {name}; give --text_column and --label_column",
                text_column=quoted(config.text_column),
                label_column=quoted(config.label_column),
                column=columns.text + 1,
                name=name,
            )
        )
    return columns


def no_column(first: Row, value: str, setting: str, name: str) -> DataError:
    """Make the error that says that the first row lacks a column, and what it has.

    Args:
        first: The first row that is not blank.
        value: The column that was looked for.
        setting: Where it was named.
        name: Of the file, fit for a message.
    """
    return DataError(
        tr(
            "the first row of {name} has no column {value}, it has {fields}; name the right one "
            "with --{setting}, or give its number from 1",
            name=name,
            value=quoted(value),
            fields=listed(first.fields),
            setting=setting,
        )
    )


def check_widths(rows: Sequence[Row], columns: Columns, separator: str, name: str) -> None:
    """Refuse rows that lack a column, or have fields that the first row has no room for.

    The latter is what a separator inside of a text makes of a row: its class would be read from
    the middle of the text.

    Raises:
        DataError: Names the first such row.
    """
    least = max(columns.text, columns.label) + 1
    most = len(rows[0].fields)
    for row in rows:
        width = len(row.fields)
        if width < least and row is rows[0]:
            raise DataError(
                tr(
                    "the first row of {name} has {fields}, and no column {least}; name a table of "
                    "texts and classes, or the right columns with --text_column and --label_column",
                    name=name,
                    fields=_fields(width, separator),
                    least=least,
                )
            )
        if width < least:
            raise DataError(
                tr(
                    "row {number} of {name} has {fields}, and column {least} is needed; complete "
                    "or remove the row",
                    number=row.number,
                    name=name,
                    fields=_fields(width, separator),
                    least=least,
                )
            )
        if width > most and any(map(str.strip, row.fields[most:])):
            raise DataError(
                tr(
                    "row {number} of {name} has {fields}, and the first row has {most}; {way_out}",
                    number=row.number,
                    name=name,
                    fields=_fields(width, separator),
                    most=most,
                    way_out=_way_out(separator),
                )
            )


def parsed(
    text: str,
    separator: str,
    should_stop: ShouldStop | None = None,
    *,
    quotes: bool,
    keep_blank: bool = False,
    most: int | None = None,
) -> tuple[list[Row], str]:
    """Return the rows, and what is wrong with the quotes: nothing, or where and what.

    Args:
        text: The table, its line ends as they are in the file.
        separator: One character.
        should_stop: Asked from time to time whether to give up.
        quotes: Whether double quotes may hold a field together.
        keep_blank: Whether blank rows are returned too.
        most: Rows after which to end.

    Raises:
        StopRequested: `should_stop` became true.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
        strict=True,
    )
    rows: list[Row] = []
    number, line = 0, 0
    # The limit is one for the whole process, so it is put back.
    limit = csv.field_size_limit(FIELD_LIMIT)
    try:
        for number, fields in enumerate(islice(reader, most), 1):
            if number % ROWS_A_LOOK == 1 and should_stop is not None and should_stop():
                raise StopRequested
            line = reader.line_num
            row = Row(number, fields)
            if keep_blank or not row.is_blank:
                rows.append(row)
    except csv.Error as error:
        # What Python's csv library says is English, whatever the language spoken here.
        is_open = "end of data" in str(error)
        return rows, _quote_problem(number + 1, line + 1, is_open=is_open)
    finally:
        csv.field_size_limit(limit)
    return rows, ""


def _spans_rows(row: Row, separator: str) -> bool:
    """Tell whether a field could be several rows that a stray quote made one."""
    return any(separator in field and ("\n" in field or "\r" in field) for field in row.fields)


def column_position(value: str) -> int | None:
    """Return the column that a number from 1 means, from 0; None if it is a name."""
    if not (value.isascii() and value.isdigit()) or len(value) > POSITION_DIGITS:
        return None
    if int(value) == 0:
        raise DataError(
            tr("columns are numbered from 1, so there is no column 0; name another one")
        )
    return int(value) - 1


def _quote_problem(row: int, line: int, *, is_open: bool) -> str:
    """Say where a quote is wrong, and whether it is never closed or too early."""
    where = (
        tr("row {number}", number=row)
        if line == row
        else tr("row {row} (line {line})", row=row, line=line)
    )
    if is_open:
        return tr("{where}: a quote is never closed", where=where)
    return tr("{where}: a quote closes inside of a field", where=where)


def _fields(count: int, separator: str) -> str:
    return trn(
        "{n} field separated by {what}",
        "{n} fields separated by {what}",
        count,
        what=_named(separator),
    )


def _named(separator: str) -> str:
    return _NAMES.get(separator, quoted(separator))


def _way_out(separator: str) -> str:
    if separator in UNQUOTED:
        return tr("remove the {what} inside of its fields", what=_named(separator))
    return tr("put double quotes around a field with {what} in it", what=_named(separator))
