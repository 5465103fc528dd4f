"""A path as a user types it: a leading `~` is a home."""

import os
from contextlib import suppress
from pathlib import Path


def expanded(path: str | os.PathLike[str]) -> Path:
    """Return a path with a leading `~` or `~user` spelt out; where there is no such user, as it is.

    A file that is called so can be there, and if it is not, the path is refused as any other one.
    """
    place = Path(path)
    with suppress(RuntimeError):
        return place.expanduser()
    return place
