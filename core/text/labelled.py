"""Reading texts and their classes from a file or folder, or saying in one line why not."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from core.config import Config
from core.control import ShouldStop
from core.errors import DataError
from core.home import expanded
from core.language import tr
from core.text.base import is_text
from core.text.excerpts import excerpt, listed
from core.text.json_lines import read_json_lines
from core.text.newlines import newline_notice, normalized
from core.text.reading import printable, read_text
from core.text.separators import BY_ENDING, separated
from core.text.tables import check_widths, find_columns, read_rows

JSON_ENDINGS = (".jsonl", ".ndjson", ".json")
"""Endings of files with one JSON object a line."""


class FirstRow(str):
    """Name the first row of a table that was read as data, though it may be a header."""

    __slots__ = ()


class LabelledTexts(NamedTuple):
    """Hold texts and their classes."""

    texts: list[str]
    labels: list[str]
    """The class of each text."""
    places: list[str]
    """Where each text is from, such as `row 17` or `pos/a.txt`; fit for a message."""


def read_labelled(
    path: str | os.PathLike[str], config: Config, should_stop: ShouldStop | None = None
) -> tuple[LabelledTexts, list[str]]:
    """Read labelled texts: a folder a class, JSON Lines, or a table.

    A folder has a folder for each class, and in it a text file for each text. A file is JSON
    Lines by its ending or first character, else a table, whose separator is said by the settings
    or by a line `sep=;`, or is found by counting. A table's columns are those that the settings
    name or give by position; its first row is a header only if it names them.

    Args:
        path: The file or folder; a leading `~` is the user's home.
        config: `encoding`, `delimiter`, `text_column` and `label_column`.
        should_stop: Asked from time to time whether to give up.

    Returns:
        The texts, at least one, none of them blank; and what the user should know.

    Raises:
        DataError: It cannot be read or decoded, has no such columns, or a text or class is empty.
        StopRequested: `should_stop` became true.
    """
    name = printable(path)
    folder = _as_folder(path)
    if folder is not None:
        data, notices = _read_folder(folder, name, config, should_stop)
    else:
        # Line ends between rows are the table's own affair, so only those in texts are told.
        text = read_text(path, config.encoding, should_stop)
        ending = Path(path).suffix.lower()
        if ending in JSON_ENDINGS or (ending not in BY_ENDING and text.lstrip()[:1] == "{"):
            records = read_json_lines(text, name, config, should_stop)
            data = LabelledTexts(
                [record.text for record in records],
                [record.label.strip() for record in records],
                [tr("line {number}", number=record.number) for record in records],
            )
            notices = []
        else:
            separator, table = separated(text, ending, config)
            data, notices = _read_table(table, separator, name, config, should_stop)
    if config.newlines == "normalize":
        data, line_ends = _with_line_feeds(data)
        notices += [newline_notice(name, line_ends)] if line_ends else []
    _check(data, name)
    return data, notices


def header_hint(place: str) -> str:
    """Return a way out, to be added to a message, where a header may have been taken for data.

    Args:
        place: Of the text that the message is about.
    """
    if not isinstance(place, FirstRow):
        return ""
    return tr(
        "; if {place} is a header, name its columns with --text_column and --label_column",
        place=place,
    )


def _read_table(
    text: str, separator: str, name: str, config: Config, should_stop: ShouldStop | None
) -> tuple[LabelledTexts, list[str]]:
    rows, notices = read_rows(text, separator, name, should_stop)
    columns = find_columns(rows[0], config, name)
    check_widths(rows, columns, separator, name)
    if columns.has_header:
        rows = rows[1:]
        if not rows:
            raise DataError(
                tr(
                    "{name} has a header and no row after it; add texts and their classes",
                    name=name,
                )
            )
    data = LabelledTexts(
        [row.fields[columns.text] for row in rows],
        [row.fields[columns.label].strip() for row in rows],
        [_row_place(row.number) for row in rows],
    )
    if not columns.has_header and _may_be_header(data.labels):
        place = data.places[0]
        notices.append(
            tr(
                "{place} of {name} is the only text of its class{hint}",
                place=place,
                name=name,
                hint=header_hint(place),
            )
        )
    return data, notices


def _row_place(number: int) -> str:
    place = tr("row {number}", number=number)
    return FirstRow(place) if number == 1 else place


def _may_be_header(labels: list[str]) -> bool:
    """Tell whether the first row is the only one of its class, and others are not."""
    return labels.count(labels[0]) == 1 and len(set(labels)) < len(labels)


def _as_folder(path: str | os.PathLike[str]) -> Path | None:
    """Return the folder that a path names; None if it names something else, or nothing."""
    try:
        place = expanded(path)
        return place if place.is_dir() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _read_folder(
    folder: Path, name: str, config: Config, should_stop: ShouldStop | None
) -> tuple[LabelledTexts, list[str]]:
    """Read the regular files of the folders in a folder; neither deeper ones nor links."""
    data = LabelledTexts([], [], [])
    left_out: list[str] = []
    for class_folder in _visible(folder):
        if not class_folder.is_dir(follow_symlinks=False):
            left_out.append(class_folder.name)
            continue
        for file in _visible(Path(class_folder.path)):
            place = f"{class_folder.name}/{file.name}"
            if not file.is_file(follow_symlinks=False):
                left_out.append(place)
                continue
            data.texts.append(_file_text(file, config, should_stop))
            data.labels.append(class_folder.name.strip())
            data.places.append(printable(place))
    if not data.texts:
        raise DataError(
            tr(
                "{name} is a folder without a folder for each class and text files in that, such "
                "as {folder}/positive/1.txt; name such a folder, or a file",
                name=name,
                folder=excerpt(folder.name),
            )
        )
    if not left_out:
        return data, []
    return data, [
        tr(
            "{count:,} in {name} are no text files in the folder of a class, and are left out: "
            "{left_out}",
            count=len(left_out),
            name=name,
            left_out=listed(left_out),
        )
    ]


def _visible(folder: Path) -> list["os.DirEntry[str]"]:
    """Return what is in a folder, by name, without what is hidden."""
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise DataError(
            tr(
                "the folder {folder} cannot be read: {strerror}; check its permissions",
                folder=printable(folder),
                strerror=error.strerror,
            )
        ) from None
    return sorted(visible, key=lambda entry: entry.name)


def _file_text(file: "os.DirEntry[str]", config: Config, should_stop: ShouldStop | None) -> str:
    """Read a file without the white space at its end; an empty one is a blank text like others."""
    with suppress(OSError):  # what cannot be looked at cannot be read either, which is told then
        if file.stat().st_size == 0:
            return ""
    return read_text(file.path, config.encoding, should_stop).rstrip()


def _with_line_feeds(data: LabelledTexts) -> tuple[LabelledTexts, str]:
    """Return the texts with a line feed for each line end, and the names of other ones."""
    whole = [normalized(text) for text in data.texts]
    found = {kind for _, line_ends in whole for kind in line_ends.split()}
    return data._replace(texts=[text for text, _ in whole]), " ".join(sorted(found, reverse=True))


def _check(data: LabelledTexts, name: str) -> None:
    """Refuse blank texts and classes, and characters that no file of ours can hold."""
    blank = list(_blank(data))
    if blank:
        place, what = blank[0]
        more = (
            tr(", and {count:,} more lack theirs", count=len(blank) - 1) if len(blank) > 1 else ""
        )
        raise DataError(
            tr(
                "{place} of {name} has no {what}{more}; fill in or remove what is empty",
                place=place,
                name=name,
                what=what,
                more=more,
            )
        )
    for text, label, place in zip(*data, strict=True):
        if not is_text(text) or not is_text(label):
            raise DataError(
                tr(
                    "{place} of {name} holds half a surrogate pair, which is no character; "
                    "correct it or name the right --encoding",
                    place=place,
                    name=name,
                )
            )


def _blank(data: LabelledTexts) -> Iterator[tuple[str, str]]:
    """Yield where a text or its class is missing, and which of them."""
    for text, label, place in zip(*data, strict=True):
        if not text.strip():
            yield place, tr("text")
        elif not label:
            yield place, tr("class")
