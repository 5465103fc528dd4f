"""The properties of a text that units are compared with, character by character."""

import pytest

from core.insight.text_properties import PROPERTIES


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("inside quotes", 'a"bc"d', [0, 1, 1, 1, 0, 0]),
        ("inside quotes", "“a”b", [1, 1, 0, 0]),
        ("line position", "ab\nc", [0, 1, 2, 0]),
        ("bracket depth", "f(a[0])]", [0, 1, 1, 2, 2, 1, 0, 0]),
        ("after newline", "ab\ncd", [1, 0, 0, 1, 0]),
        ("digit", "a1٣", [0, 1, 1]),
        ("upper case", "aBÉ1", [0, 1, 1, 0]),
    ],
)
def test_each_character_has_a_value(name: str, text: str, expected: list[int]) -> None:
    """What a reader would say of each place, in a small written-out example."""
    assert PROPERTIES[name](text).tolist() == expected


def test_no_text_has_no_values() -> None:
    """An empty text is no special case."""
    assert all(len(values("")) == 0 for values in PROPERTIES.values())
