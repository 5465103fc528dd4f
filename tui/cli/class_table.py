"""How classes fared and what they were taken for, as tables of text."""

from collections.abc import Sequence

from core.confusion import ClassScore, Confusion, class_scores
from core.events import Mistake
from core.language import tr
from tui.cli.tables import Column, table_lines
from tui.cli.wording import percent
from tui.safe_text import displayable

MOST_IN_MATRIX = 10
"""Classes up to which a confusion matrix can be read at a glance."""

LONGEST_LABEL = 30
"""Characters of a class's name that are shown."""

LONGEST_TEXT = 160
"""Characters of a mistake's text that are shown."""

NAMED_WIDTH = 56
"""Cells up to which all classes' names together stand over a matrix; else numbers do."""


def class_lines(
    labels: Sequence[str], confusion: Confusion, *, most: int | None = None
) -> list[str]:
    """Lay out precision, recall and F1 of each class, and the confusion matrix of a few classes.

    Args:
        labels: The classes in their order.
        confusion: Texts by class (row) and by what the model gave them (column).
        most: How many classes to list, those of the lowest F1 if there are more; None for all.
    """
    return [*_score_lines(labels, confusion, most), *_matrix_lines(labels, confusion)]


def mistake_lines(mistakes: Sequence[Mistake], most: int) -> list[str]:
    """Lay out the first few mistakes, a line each."""
    return [
        tr(
            "  {label}, taken for {predicted} ({probability}): {quoted}",
            label=label_text(mistake.label),
            predicted=label_text(mistake.predicted),
            probability=percent(mistake.probability),
            quoted=_cut(mistake.text, LONGEST_TEXT),
        )
        for mistake in mistakes[:most]
    ]


def label_text(label: str) -> str:
    """Write a class's name, which may be anything, fit for a line."""
    return _cut(label, LONGEST_LABEL)


def _cut(text: str, longest: int) -> str:
    return displayable(text if len(text) <= longest else text[: longest - 3] + "...")


def _score_lines(labels: Sequence[str], confusion: Confusion, most: int | None) -> list[str]:
    columns = [Column(tr("class")), *(Column(name, "right") for name in _MEASURES)]
    scored = list(zip(labels, class_scores(confusion), strict=True))
    heading = []
    if most is not None and len(scored) > most:
        heading = [tr("the {most} of {n:,} classes with the lowest F1:", most=most, n=len(scored))]
        scored = sorted(scored, key=lambda pair: pair[1].f1)[:most]
    rows = [[label_text(label), *_measures(score)] for label, score in scored]
    return [*heading, *table_lines(columns, rows)]


_MEASURES = (tr("precision"), tr("recall"), "F1", tr("texts"))


def _measures(score: ClassScore) -> list[str]:
    """Write what is known of a class; a share of nothing as a dash."""
    return [
        f"{score.precision:.4f}" if score.given else "-",
        f"{score.recall:.4f}" if score.texts else "-",
        f"{score.f1:.4f}" if score.given or score.texts else "-",
        f"{score.texts:,}",
    ]


def _matrix_lines(labels: Sequence[str], confusion: Confusion) -> list[str]:
    from rich.cells import cell_len

    if len(labels) > MOST_IN_MATRIX:
        return []
    names = [label_text(label) for label in labels]
    if sum(map(cell_len, names)) > NAMED_WIDTH:
        names = [f"{number} {name}" for number, name in enumerate(names, 1)]
        headings = [str(number) for number, _ in enumerate(names, 1)]
    else:
        headings = names
    columns = [Column(""), *(Column(heading, "right") for heading in headings)]
    rows = [
        [name, *(f"{texts:,}" for texts in row)] for name, row in zip(names, confusion, strict=True)
    ]
    return ["", tr("texts by class (rows) and answer (columns):"), *table_lines(columns, rows)]
