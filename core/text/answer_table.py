"""A table whose texts are answered: every row keeps its place, and gets a field more."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.config import Config, make_config
from core.errors import DataError
from core.language import tr
from core.settings import Value
from core.text.base import is_text
from core.text.labelled import JSON_ENDINGS
from core.text.reading import byte_order_mark, open_regular, printable, read_text
from core.text.separators import asked_separator, separated, split_separator_line
from core.text.tables import Columns, Row, check_widths, column_position, no_column, read_rows

ANSWER_COLUMN = "predicted"
"""Name of the column that is added; numbered where the table has one of that name."""


@dataclass(frozen=True)
class AnswerTable:
    """Hold a table and where its texts are."""

    rows: list[Row]
    """All of them: the header, where there is one, and blank rows too."""
    column: int
    """That of the texts, from 0."""
    has_header: bool
    separator: str
    separator_line: str
    """The line above the table that says the separator; empty where there is none."""
    line_end: str
    marked: bool
    """Whether the file began with a byte-order mark, by which spreadsheet programs tell UTF-8."""
    notices: list[str]
    """What the user should know."""

    @property
    def header_at(self) -> int | None:
        """Index of the header; None where there is none."""
        if not self.has_header:
            return None
        return next(index for index, row in enumerate(self.rows) if not row.is_blank)

    @property
    def texts(self) -> list[str]:
        """A text for each row but the header; empty where it has none."""
        texts = [
            row.fields[self.column] if len(row.fields) > self.column else "" for row in self.rows
        ]
        if self.has_header:
            del texts[self.header_at or 0]
        return texts

    def answered(self, answers: Sequence[str]) -> bytes:
        """Return the table with a column for the answers, in UTF-8.

        Args:
            answers: One for each text.
        """
        file = io.StringIO(newline="")
        file.write(self.separator_line)
        writer = csv.writer(file, delimiter=self.separator, lineterminator=self.line_end)
        width = max(len(row.fields) for row in self.rows)
        cells = list(answers)
        if self.header_at is not None:
            cells.insert(self.header_at, self._name())
        for row, cell in zip(self.rows, cells, strict=True):
            padding = [""] * (width - len(row.fields))
            writer.writerow([] if row.is_blank else [*row.fields, *padding, cell])
        return file.getvalue().encode("utf-8-sig" if self.marked else "utf-8")

    def _name(self) -> str:
        taken = self.rows[self.header_at or 0].fields
        name, number = ANSWER_COLUMN, 2
        while name in taken:
            name, number = f"{ANSWER_COLUMN}_{number}", number + 1
        return name


def read_answer_table(
    path: str | os.PathLike[str], trained_on: Config, given: Mapping[str, Value]
) -> AnswerTable:
    """Read a table of texts that may lack their classes.

    Args:
        path: The file.
        trained_on: Says how the training data were read, which is tried first.
        given: Settings that hold whatever the file has.

    Raises:
        DataError: It is no table, cannot be read, or has no such column.
    """
    name = printable(path)
    ending = Path(path).suffix.lower()
    if ending in JSON_ENDINGS:
        raise DataError(tr("{name} is not a table; name a .csv or .tsv", name=name))
    config = make_config(given, base=trained_on)
    text = read_text(path, config.encoding)
    if not is_text(text):
        raise DataError(
            tr(
                "{name} holds half a surrogate pair, which is no character; correct it or name "
                "the right --encoding",
                name=name,
            )
        )
    if "delimiter" not in given and asked_separator(config.delimiter) not in text:
        config = make_config({"delimiter": ""}, base=config)
    separator, table = separated(text, ending, config)
    rows, notices = read_rows(table, separator, name, keep_blank=True)
    first = next(row for row in rows if not row.is_blank)
    column, has_header = _find_texts(first, config, name, asked="text_column" in given)
    found = column or 0
    # A row that ends before its text is answered by nothing; one with a field too many is refused.
    long_enough = [row for row in rows if len(row.fields) > found]
    check_widths(long_enough, Columns(found, found, has_header), separator, name)
    if column is None and len(first.fields) > 1:
        notices.append(
            tr(
                "the first column of {name} is read as the texts; name another one with "
                "--text_column",
                name=name,
            )
        )
    with open_regular(path) as file:
        marked = bool(byte_order_mark(file.read(4))[0])
    return AnswerTable(
        rows,
        found,
        has_header,
        separator,
        separator_line=split_separator_line(text)[1],
        line_end="\r\n" if "\r\n" in table else "\n",
        marked=marked,
        notices=notices,
    )


def _find_texts(first: Row, config: Config, name: str, *, asked: bool) -> tuple[int | None, bool]:
    """Return the column of the texts, None where none is known, and whether there is a header."""
    names = [field.strip().casefold() for field in first.fields]
    default = Config()
    has_header = any(
        label.strip().casefold() in names for label in (config.label_column, default.label_column)
    )
    for wanted in [config.text_column] if asked else [config.text_column, default.text_column]:
        position = column_position(wanted)
        if position is None and wanted.strip().casefold() in names:
            return names.index(wanted.strip().casefold()), True
        if position is not None and position < len(names):
            return position, has_header
    if asked:
        raise no_column(first, config.text_column, "text_column", name)
    return None, has_header
