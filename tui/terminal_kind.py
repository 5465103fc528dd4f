"""The kind of terminal that the environment names: what it can draw, and with which characters."""

from collections.abc import Mapping

from core.errors import InputError
from core.language import tr

DUMB = ("dumb", "unknown")
"""Terminals that cannot move the cursor, as terminfo names them."""


def refuse_dumb_terminal(environ: Mapping[str, str]) -> None:
    """Refuse a terminal on which nothing can be drawn.

    Raises:
        InputError: It can only print lines.
    """
    kind = environ.get("TERM", "")
    if kind in DUMB:
        raise InputError(
            tr(
                "the dashboard cannot draw on a terminal of type {kind}; "
                "use `rnnstudio train`, or set TERM to what the terminal is",
                kind=kind,
            )
        )


def lacks_utf8(environ: Mapping[str, str]) -> bool:
    """Tell whether the locale says that the terminal's characters are not in UTF-8.

    Where it says nothing, as in many containers, terminals of today are taken for UTF-8.
    """
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environ[name] for name in names if environ.get(name)), "")
    language, _, encoding = locale.partition("@")[0].partition(".")
    if encoding:
        return encoding.replace("-", "").casefold() != "utf8"
    return language in ("C", "POSIX")
