"""The compiled part that reads texts: plain C++ called through ctypes, where it was built."""

import ctypes
import importlib.util
import os
import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from core.kernels.library import VARIABLE
from core.text.words import CLOSING, OPENING, letter_pattern

CODE_POINTS = 0x110000
"""How many code points Unicode has."""

SURROGATES = slice(0xD800, 0xE000)
"""Code points that are halves of characters, and characters in no text."""

_BLANK, _LINE_END, _LETTER, _OPENING, _CLOSING = (1 << bit for bit in range(5))


@lru_cache(maxsize=1)
def compiled() -> ctypes.CDLL | None:
    """Return the compiled part; None where it was not built, or torch alone is asked for."""
    if os.environ.get(VARIABLE) == "torch":
        return None
    try:
        spec = importlib.util.find_spec("core.text._compiled")
        return _load(spec.origin) if spec is not None and spec.origin else None
    except OSError:
        return None


@lru_cache(maxsize=1)
def character_classes() -> npt.NDArray[np.uint8]:
    """Say of each code point whether it is a blank, a line end, a letter or a joining mark.

    The classes are this Python's own, so that both ways to split a text agree.
    """
    every = "".join(map(chr, range(CODE_POINTS)))
    classes = np.zeros(CODE_POINTS, dtype=np.uint8)
    for pattern, bit in ((r"[^\S\n]+", _BLANK), (rf"{letter_pattern()}+", _LETTER)):
        for run in re.finditer(pattern, every):
            classes[run.start() : run.end()] |= bit
    classes[ord("\n")] = _LINE_END
    for marks, bit in ((OPENING, _OPENING), (CLOSING, _CLOSING)):
        classes[[ord(mark) for mark in marks]] |= bit
    return classes


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """Return a text's code points, (N,)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _load(file: str) -> ctypes.CDLL:
    """Load the compiled part from a file and declare its functions.

    Raises:
        OSError: It cannot be loaded, or it is another version's.
    """
    library = ctypes.CDLL(file)
    number, pointer = ctypes.c_int64, ctypes.c_void_p
    signatures: dict[str, tuple[type | None, list[type]]] = {
        "mark": (None, [pointer, number, pointer]),
        "number": (None, [pointer, number, pointer, number, pointer, number]),
        "words": (pointer, [pointer, number]),
        "words_free": (None, [pointer]),
        "words_split": (number, [pointer, pointer, number, pointer, number, pointer]),
        "words_distinct": (number, [pointer]),
        "words_counts": (None, [pointer, pointer]),
        "words_token": (pointer, [pointer, number, pointer]),
        "words_find": (number, [pointer, pointer, number]),
    }
    try:
        for name, (result, arguments) in signatures.items():
            function = getattr(library, f"rnnstudio_{name}")
            function.restype, function.argtypes = result, arguments
    except AttributeError as error:
        raise OSError(str(error)) from error
    return library
