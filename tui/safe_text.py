"""Hostile text made fit for a terminal: what would act on it is shown instead of obeyed.

A corpus, a prompt, a file name or a model's output may hold escape sequences (which write the
clipboard or wipe the screen), line breaks that Unicode hides, or bidirectional controls that
reorder what is read. `displayable` maps each character on its own, so a stream can be made safe
fragment by fragment: the pieces join to what the whole would have given.
"""

import re

_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # formats
    "\ud800-\udfff]"  # lone surrogates, which no encoding can write
)

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_NAMED = {
    "\n": "↵",
    "\t": "⇥",
    "\x7f": "␡",
    "\u00ad": "‹SHY›",
    "\u061c": "‹ALM›",
    "\u200b": "‹ZWSP›",
    "\u200e": "‹LRM›",
    "\u200f": "‹RLM›",
    "\u2028": "‹LS›",
    "\u2029": "‹PS›",
    "\u202a": "‹LRE›",
    "\u202b": "‹RLE›",
    "\u202c": "‹PDF›",
    "\u202d": "‹LRO›",
    "\u202e": "‹RLO›",
    "\u2060": "‹WJ›",
    "\u2066": "‹LRI›",
    "\u2067": "‹RLI›",
    "\u2068": "‹FSI›",
    "\u2069": "‹PDI›",
    "\ufeff": "‹BOM›",
}
"""What stands for the characters that have a sign or an abbreviation of their own."""

_TAB = "    "


def harmless(text: str) -> str:
    """Return a text of the same length with a sign in place of each character that would act."""
    return _HOSTILE.sub(_sign, text)


def displayable(text: str, *, keep_newlines: bool = False) -> str:
    """Return the text with every character that a terminal would act on made visible.

    Printable Unicode stays as it is, combining marks and joined emoji included.

    Args:
        text: Any string, lone surrogates included.
        keep_newlines: Whether a line feed stays one and a TAB becomes four spaces; otherwise both
            are shown as a sign, and the answer is a single line.
    """
    if text.isprintable():
        return text
    if not keep_newlines:
        return _HOSTILE.sub(_visible, text)
    lines = text.replace("\t", _TAB).split("\n")
    return "\n".join(_HOSTILE.sub(_visible, line) for line in lines)


def json_escaped(line: str) -> str:
    """Return a line of JSON that means the same and has no such character in it."""
    return _HOSTILE.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def _sign(match: re.Match[str]) -> str:
    sign = _NAMED.get(match[0], "")
    return sign if len(sign) == 1 else _REPLACEMENT


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)  # The block of control pictures follows the order of C0.
    if 0xD800 <= code <= 0xDFFF:
        return _REPLACEMENT
    return f"‹U+{code:04X}›"
