"""How much a sample copied, found in little time however long it and the training text are."""

import re

from core.events import Copied
from core.insight.memorisation import longest_match

LONGEST_SAMPLE = 2000
"""Characters of a sample that are compared."""

MOST_WORK = 2**31
"""Characters of the sample times characters of the text; about a tenth of a second."""

_REPEATED = re.compile(r"(\s)\1+")
"""A blank that is repeated; str.isspace and `\\s` agree on what is one."""


def copied_from(sample: str, text: str, *, text_chars: int, whole: bool = False) -> Copied:
    """Compare a sample with the training text; of a blank that is repeated, one counts.

    Else a table's empty columns, or an indentation, would be copies of any other. Whole lines are
    counted beside the pieces, since those of a list are too short to be pieces.

    Args:
        sample: What a model wrote, without the prompt.
        text: The training text, or its end.
        text_chars: Characters of all of the training text.
        whole: Whether to compare all of a long sample with all of the text, whatever it takes.
    """
    compared, seen = sample, text
    if not whole:
        compared = sample[:LONGEST_SAMPLE]
        seen = text[-(MOST_WORK // max(1, len(compared))) :]
    counted = [0, *(at for at in range(1, len(compared)) if not _is_repeated(compared, at))]
    found = longest_match(_without_repeats(compared), _without_repeats(seen))
    lines, copied_lines = whole_lines(compared, seen)
    return Copied(
        longest=found.length,
        start=counted[found.start],
        share=found.copied,
        is_partial=len(compared) < len(sample) or len(seen) < text_chars,
        lines=lines,
        copied_lines=copied_lines,
    )


def whole_lines(sample: str, text: str) -> tuple[int, int]:
    """Count the lines of a sample, and those among them that are lines of a text.

    Blank ones do not count, nor the sample's last one, which may be cut; of a line, the blanks
    around it make no difference.
    """
    lines = [line for line in map(str.strip, sample.split("\n")[:-1]) if line]
    known = set(map(str.strip, text.split("\n"))) if lines else set()
    return len(lines), sum(line in known for line in lines)


def _without_repeats(text: str) -> str:
    return _REPEATED.sub(r"\1", text)


def _is_repeated(text: str, at: int) -> bool:
    return text[at].isspace() and text[at] == text[at - 1]
