"""Completion of a path that is being typed, as shells do it."""

import os
from typing import NamedTuple

from core.home import expanded

MOST_ENTRIES = 10_000
"""Entries of a folder that are looked at; to list more would hold up the key."""


class Completion(NamedTuple):
    """Say how a typed path goes on."""

    text: str
    """The path as far as all that match agree."""
    names: list[str]
    """The files and folders that match, folders with a slash at their end."""


def completed(text: str) -> Completion:
    """Return how a typed path goes on; without names where nothing begins like it.

    A leading `~` stays as it was typed. Hidden files are offered once their dot is typed.
    """
    folder, begun = os.path.split(text)
    if text == "~":
        return Completion("~/", ["~/"])
    names = _names(str(expanded(folder)) if folder else ".", begun)
    if not names:
        return Completion(text, [])
    # By characters, not by folders: the names are of one folder.
    agreed = os.path.commonprefix(names)  # noqa: RUF071
    return Completion(os.path.join(folder, agreed), names)  # noqa: PTH118


def _names(folder: str, begun: str) -> list[str]:
    names = []
    try:
        with os.scandir(folder) as entries:
            for entry, _ in zip(entries, range(MOST_ENTRIES), strict=False):
                is_offered = entry.name.startswith(begun) and (begun or entry.name[0] != ".")
                if is_offered:
                    names.append(entry.name + "/" * entry.is_dir())
    except (OSError, ValueError):  # not there, not allowed, or a NUL in it
        return []
    return sorted(names)
