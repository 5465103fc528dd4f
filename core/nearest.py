"""Which known name was probably meant."""

import difflib
from collections.abc import Iterable

LEAST_ALIKE = 0.65
"""Twice the characters that two names share, over those of both; `bash` is no `fish` (0.5)."""

LEAST_PART = 3
"""Characters of a word that is looked for among the parts of longer names."""


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like this one, if any is; options may have dashes."""
    bare = {full.lstrip("-"): full for full in known}
    word = name.lstrip("-")
    near = difflib.get_close_matches(word, list(bare), n=1, cutoff=LEAST_ALIKE)
    if not near and len(word) >= LEAST_PART:
        near = [full for full in bare if word in full.split("_")]
    return bare[near[0]] if near else None
