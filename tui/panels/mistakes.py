"""The worst mistakes as rows: how sure the model was, the true class, the given one, the text."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from core.events import Mistake
from core.language import tr
from tui.cells import cell_ljust, fitting
from tui.safe_text import displayable
from tui.signs import Signs
from tui.widgets.row_list import Row

_SURE_CELLS = 4
_MOST_LABEL = 22
_LEAST_LABEL = 6


def mistake_rows(mistakes: Sequence[Mistake], width: int, signs: Signs) -> list[Row]:
    """Write mistakes for a list of some cells' width; the keys are their numbers from 0."""
    longest = max(
        (cell_len(displayable(label)) for m in mistakes for label in (m.label, m.predicted)),
        default=0,
    )
    # About half of the line is the text's.
    room = (width - _SURE_CELLS - 2) // 4
    label = min(longest, max(min(room, _MOST_LABEL), _LEAST_LABEL))
    return [Row(str(n), _line(mistake, label, signs)) for n, mistake in enumerate(mistakes)]


def mistake_heading(mistake: Mistake, signs: Signs) -> Content:
    """Say what went wrong in one line."""
    return Content.assemble(
        (displayable(mistake.label), "bold $text-success"),
        f" {signs.arrow} ",
        (displayable(mistake.predicted), "bold $text-error"),
        tr("  {probability:.1%} sure", probability=mistake.probability),
    )


def _line(mistake: Mistake, label: int, signs: Signs) -> Content:
    true, given = (_fitted(name, label, signs) for name in (mistake.label, mistake.predicted))
    return Content.assemble(
        (f"{mistake.probability:>{_SURE_CELLS}.0%} ", "$text-muted"),
        (true, "$text-success"),
        signs.arrow,
        (given, "$text-error"),
        f" {displayable(mistake.text)}",
    )


def _fitted(name: str, width: int, signs: Signs) -> str:
    """Bring a class's name to a width."""
    shown = displayable(name)
    if cell_len(shown) > width:
        return fitting(shown, width, signs.ellipsis[:1])
    return cell_ljust(shown, width)
