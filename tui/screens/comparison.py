"""Begin a comparison: what varies, what all models get equally, how many are trained at a time."""

from typing import ClassVar, get_args

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from core.cores import available_threads
from core.experiment import COMPARISONS, By
from core.language import tr
from tui.safe_text import displayable
from tui.screens.dialog import Dialog
from tui.widgets.row_list import Row, RowList

KEYS = dict(zip(COMPARISONS, "mhsdc", strict=True))
"""A letter for each comparison, which begins it at once."""

EQUAL: tuple[By, ...] = get_args(By)


class Comparison(msgspec.Struct, frozen=True):
    """Answer what is compared."""

    name: str
    """One of the named comparisons."""
    by: By
    """What all models get equally."""
    parallel: int
    """How many runs are trained at a time."""


class ComparisonDialog(Dialog[Comparison]):
    """Let the user pick a comparison, by its letter or with the arrow keys and Enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "row(1)", show=False),
        Binding("up,k", "row(-1)", show=False),
        Binding("right", "turn_equal(1)", show=False),
        Binding("left", "turn_equal(-1)", show=False),
        Binding("p", "turn_parallel", show=False),
        Binding("enter,space", "accept", show=False),
    ]
    DEFAULT_CSS = """
    ComparisonDialog RowList { height: 5; margin: 1 0; }
    ComparisonDialog #how { height: 2; }
    """

    def __init__(self, data: str, beside: str) -> None:
        """Make the dialog.

        Args:
            data: What the models learn from, displayable.
            beside: The name of the run that trains meanwhile; none if empty.
        """
        intro = [tr("Several runs on {data} with the settings of Params.", data=data)]
        if beside:
            intro.append(tr("Meanwhile {run} goes on, and takes its share.", run=beside))
        super().__init__(
            tr("Compare"),
            intro="\n".join(intro),
            keys=tr("Enter start  ↑↓ choose  ←→ equal  p parallel  Esc cancel"),
        )
        self._by: By = EQUAL[0]
        self._parallel = 1

    def compose_body(self) -> ComposeResult:
        """Lay out the comparisons above how they are run."""
        rows = RowList(signs=self.signs)
        rows.set_rows([Row(name, _line(name)) for name in COMPARISONS])
        yield rows
        yield Static(id="how", markup=False)

    def on_mount(self) -> None:
        """Say how the runs are run."""
        self._tell()

    def on_key(self, event: events.Key) -> None:
        """Begin a comparison by its letter."""
        for name, key in KEYS.items():
            if event.key == key:
                event.stop()
                self._answer(name)

    def on_row_list_chosen(self) -> None:
        """Take the clicked comparison."""
        self.action_accept()

    def action_row(self, direction: int) -> None:
        """Go to another comparison."""
        self.query_one(RowList).move(direction)

    def action_turn_equal(self, direction: int) -> None:
        """Let the models have something else equally."""
        self._by = EQUAL[(EQUAL.index(self._by) + direction) % len(EQUAL)]
        self._tell()

    def action_turn_parallel(self) -> None:
        """Train one run more at a time; after as many as there are threads, one again."""
        self._parallel = self._parallel % max(available_threads(), 1) + 1
        self._tell()

    def action_accept(self) -> None:
        """Begin the comparison under the cursor."""
        self._answer(self.query_one(RowList).selected)

    def _answer(self, name: str) -> None:
        self.dismiss(Comparison(name, self._by, self._parallel))

    def _tell(self) -> None:
        equal = {
            "steps": tr("as many steps"),
            "seconds": tr("as many seconds of training"),
            "parameters": tr("as many parameters and steps"),
        }[self._by]
        in_turn = tr("in turn, one run at a time")
        how = in_turn if self._parallel == 1 else tr("{n} runs at a time", n=self._parallel)
        lines = [tr("All get: {equal}", equal=equal), tr("Trained: {how}", how=how)]
        self.query_one("#how", Static).update(Content(self.written("\n".join(lines))))


def _line(name: str) -> Content:
    return Content.assemble(
        (f" {KEYS[name]} ", "$accent bold"), displayable(COMPARISONS[name].summary)
    )
