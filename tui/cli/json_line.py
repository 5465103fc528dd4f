"""Objects of `--json`, one a line, which no terminal that shows them obeys."""

import msgspec

from tui.safe_text import json_escaped


class JsonLine(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="type"):
    """Carry the tag that tells the objects of a command apart, `type` first."""


def json_line(value: object) -> bytes:
    """Write a value as a line of JSON."""
    return escaped_line(msgspec.json.encode(value))


def escaped_line(encoded: bytes) -> bytes:
    """End a line of JSON, having escaped in it what JSON allows and a terminal would obey."""
    if not encoded.isascii() or b"\x7f" in encoded:
        encoded = json_escaped(encoded.decode()).encode()
    return encoded + b"\n"
