"""Our own signs in plain ASCII, another of the same width in place of each."""

_ASCII_OF = {
    "-": "─╌╍┄┅—╸▃▏▎▍",
    "=": "━▄▌▋▊▉",
    "|": "│┃┊┤├‖╡",
    "+": "└┘┌┐┬┴┼✓▅▓",
    ":": "┆╎▒",
    ".": "┈·▂",
    ",": "░",
    "*": "•◆●▆",
    "o": "◇○◉◌",
    "#": "█■▇□",
    ">": "→▸⇥",
    "<": "←↵",
    "^": "↑▲△",
    "v": "↓▼▽",
    "x": "✗×✕",
    "~": "…≈↻",
    "_": "▁",
    "8": "∞",
}
"""The signs that we write, by the ASCII character that stands for them."""

_TO_ASCII = str.maketrans({sign: plain for plain, signs in _ASCII_OF.items() for sign in signs})


def as_ascii(text: str) -> str:
    """Return a text with our own signs in ASCII; the length stays."""
    return text.translate(_TO_ASCII)
