r"""Escapes of typed text: \n, \t, \r, \\ and \uXXXX, read and written."""

import re

_NAMED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}

_ESCAPE = re.compile(r"\\(?:([ntr\\])|u([0-9a-fA-F]{4}))")


def unescaped(text: str) -> str:
    r"""Return the text that was typed; a backslash before anything else stands for itself.

    A `\uXXXX` of half a surrogate pair stays as it was typed, since it is no character.
    """

    def character(found: re.Match[str]) -> str:
        if found[1]:
            return _NAMED[found[1]]
        made = chr(int(found[2], 16))
        return found[0] if "\ud800" <= made <= "\udfff" else made

    return _ESCAPE.sub(character, text)


def escaped(text: str) -> str:
    """Return how a text is typed, so that `unescaped` gives it back."""
    written = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return "".join(written.get(character, character) for character in text)
