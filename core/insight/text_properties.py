"""Properties of the places of a text that a hidden unit may have learned to track.

They are those in which Karpathy, Johnson & Fei-Fei 2015 (arXiv:1506.02078, section 4.2) found
cells of character models interested.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

_OPENING, _CLOSING = "([{", ")]}"


def inside_quotes(text: str) -> Values:
    """Return 1 from an opening double quote up to its closing one, by character."""
    inside, values = False, []
    for character in text:
        if character == '"':
            inside = not inside
        elif character in "“”":
            inside = character == "“"
        values.append(inside)
    return np.array(values, dtype=np.float64)


def line_position(text: str) -> Values:
    """Return how many characters of its line stand before each one."""
    places, place = [], 0
    for character in text:
        places.append(place)
        place = 0 if character == "\n" else place + 1
    return np.array(places, dtype=np.float64)


def bracket_depth(text: str) -> Values:
    """Return how many brackets are open after each character."""
    depths, depth = [], 0
    for character in text:
        depth = max(0, depth + (character in _OPENING) - (character in _CLOSING))
        depths.append(depth)
    return np.array(depths, dtype=np.float64)


def after_newline(text: str) -> Values:
    """Return 1 where a line begins, by character."""
    return np.array([before == "\n" for before in f"\n{text}"[: len(text)]], dtype=np.float64)


def is_digit(text: str) -> Values:
    """Return 1 for digits, by character."""
    return np.array([character.isdigit() for character in text], dtype=np.float64)


def is_upper(text: str) -> Values:
    """Return 1 for capitals, by character."""
    return np.array([character.isupper() for character in text], dtype=np.float64)


PROPERTIES: dict[str, Callable[[str], Values]] = {
    "inside quotes": inside_quotes,
    "line position": line_position,
    "bracket depth": bracket_depth,
    "after newline": after_newline,
    "digit": is_digit,
    "upper case": is_upper,
}
"""What is looked for, by name: each gives a number for each character of a text, (N,)."""
