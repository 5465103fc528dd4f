"""Labelled texts beside those of a training: read the same way, where that fits them."""

import os
from collections.abc import Iterable, Mapping

from core.config import SETTINGS, Config, make_config
from core.control import ShouldStop
from core.errors import DataError
from core.settings import Value
from core.text.labelled import LabelledTexts, read_labelled

TABLE_SETTINGS = ("text_column", "label_column", "delimiter")
"""Settings that say how a table is read."""


def read_like_training(
    path: str | os.PathLike[str],
    trained_on: Config,
    classes: Iterable[str],
    given: Mapping[str, Value] | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[LabelledTexts, list[str]]:
    """Read a file as the training data were read, and only where that does not fit by default.

    It fits where no class is a new one. Where some are new either way, the first way counts that
    finds anything.

    Args:
        path: The file or folder.
        trained_on: Says how the training data were read.
        classes: Those of the training data.
        given: Settings that hold either way.
        should_stop: Asked from time to time whether to give up.

    Raises:
        DataError: It can be read neither way; says what is wrong with the first.
        StopRequested: `should_stop` became true.
    """
    defaults = {name: SETTINGS[name].default for name in TABLE_SETTINGS}
    known = set(classes)
    ways = [
        make_config(given, base=trained_on),
        make_config({**defaults, **(given or {})}, base=trained_on),
    ]
    found: list[tuple[LabelledTexts, list[str]]] = []
    problems = []
    for way in ways[: 1 + (ways[1] != ways[0])]:
        try:
            found.append(read_labelled(path, way, should_stop))
        except DataError as error:
            problems.append(error)
            continue
        if set(found[-1][0].labels) <= known:
            return found[-1]
    if not found:
        raise problems[0]
    return found[0]
