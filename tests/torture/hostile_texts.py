"""Texts that would act on a terminal, and what of them a terminal was sent."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

MARK = 7137
"""A number that no program of ours sends, in the sequences of the payloads."""

WORD = "PWNED"
"""A word in the payloads that are strings to the terminal."""

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

MARKUP = [
    "[/]", "[", "]", "[/b]", "[bold]", "[red]x", "[@click=app.quit]x[/]", "[link=x]y[/link]", "\\[",
    "[bold red on blue]", "[$error]", "[0]", "{x}", "{0}", "{", "}", "%s", "%(x)s", "%n", "${x}",
    "[on]", "[reverse]x[/reverse]", ":smile:", "[not a tag", "[=", "[/=]", "[a=\"b\"]", "[#ff0000]",
]  # fmt: skip
"""What the markup of a library, or a template, would take for itself."""


def _payloads() -> Iterator[str]:
    for introducer in ("\x1b[", "\x9b"):
        for final in "ABCDEFGHIJKLMPSTXZ`abcdefghilmnopqrstuvwxyz@~":
            yield f"{introducer}{MARK}{final}"
            yield f"{introducer}?{MARK};2{final}"
            yield f"{introducer}{MARK}\n{final}"
        yield from (f"{introducer}{MARK} q", f"{introducer}>{MARK}c", f"{introducer}!p{MARK}")
    for introducer in ("\x1b]", "\x9d"):
        for number in (0, 1, 2, 4, 8, 9, 10, 11, 12, 22, 50, 52, 104, 112, 133, 777, 1337):
            for end in ("\x07", "\x1b\\", "\x9c", ""):
                yield f"{introducer}{number};{WORD};{WORD}{end}"
    for introducer in ("\x1bP", "\x90", "\x1b_", "\x9f", "\x1b^", "\x9e", "\x1bX", "\x98"):
        for end in ("\x1b\\", "\x9c", ""):
            yield f"{introducer}{WORD}{end}"
            yield f"{introducer}$q{WORD}{end}"
    for end in (*"cDEHMNOZ78=><lmno|}~", "#8", "#3", "(0", ")0", "%G", "%@", " F", " G", "6", "9"):
        yield f"{WORD}\x1b{end}{WORD}"
    for code in (*range(0x20), *range(0x7F, 0xA0)):
        yield f"{WORD}{chr(code)}{WORD}"
    for mark in (*BIDI, "\u2028", "\u2029", "\u200b", "\ufeff", "\u00ad", "\ufff9", "\U000e0001"):
        yield f"{WORD}{mark}{WORD}"
    yield from (f"{WORD}{text}{WORD}" for text in MARKUP)
    yield from MARKUP


PAYLOADS = list(dict.fromkeys(_payloads()))
"""More than 500 texts."""

FEW = PAYLOADS[::61]
"""Some of every kind."""


def naughty_strings(path: Path) -> list[str]:
    """Read the Big List of Naughty Strings: a text a line, comments after `#`."""
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    return [line for line in lines if line and not line.startswith("#")]


_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # strings
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_PARAMETERS = re.compile(r"[0-9;:]+")
_HOSTILE = re.compile(
    "[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


USUAL = frozenset(
    {
        "\x1b[#m", "\x1b[?#h", "\x1b[?#l",  # colours and modes
        "\x1b[#A", "\x1b[#K", "\x1b[#H",  # lines written again, places on the screen
        "\x1b[#n",  # asked behind each frame
        "\x1b[>#u", "\x1b[<u", "\x1b[?#$p", "\x1b]22;default\x07",  # Textual's questions
    }
)  # fmt: skip
"""Kinds of control sequences that the program itself sends; numbers stand as `#`."""


def faults(sent: bytes, usual: Iterable[str] = USUAL) -> list[str]:
    """Return what acts on the terminal, and is none of the kinds that the program itself sends."""
    text = sent.decode("utf-8", "replace")
    found = [
        sequence
        for sequence in _SEQUENCE.findall(text)
        if str(MARK) in sequence or WORD in sequence or _shape(sequence) not in usual
    ]
    return found + _HOSTILE.findall(_SEQUENCE.sub("", text))


def _shape(sequence: str) -> str:
    return _PARAMETERS.sub("#", sequence) if sequence.startswith("\x1b[") else sequence
