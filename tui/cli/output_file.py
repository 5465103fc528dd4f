"""The file that a command writes, as `-o` names it."""

import os
from pathlib import Path

from core.home import expanded
from core.language import tr
from tui.cli.parser import UsageError
from tui.safe_text import displayable


def output_file(word: str) -> Path:
    """Return where to write, or to replace what is there.

    Raises:
        UsageError: It is a folder or a device, or names nothing.
    """
    if word in ("", "-") or "\0" in word:
        raise UsageError(tr("-o must name a file, got {output!r}", output=word))
    path = expanded(word).absolute()
    if os.path.isdir(path):  # noqa: PTH112  a name that is too long is no folder
        raise UsageError(
            tr("{output} is a folder; name a file in it with -o", output=displayable(word))
        )
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
        raise UsageError(
            tr("{output} is no regular file; name another one with -o", output=displayable(word))
        )
    return path
