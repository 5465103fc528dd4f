"""Begin a comparison: what varies, what all models get equally, how long and how many of them."""

from typing import ClassVar, get_args

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from core.config import SETTINGS, Config
from core.cores import available_threads
from core.experiment import COMPARISONS, By
from core.experiment_budget import DEFAULT_SECONDS, DEFAULT_STEPS
from core.language import tr
from tui.cells import cell_ljust
from tui.comparison import Comparison, amount_text, parallel_text, summary_text
from tui.nudge import nudge
from tui.safe_text import displayable
from tui.screens.dialog import Dialog
from tui.widgets.row_list import Row, RowList
from workspace.records import Run

KEYS = dict(zip(COMPARISONS, "mhsdc", strict=True))
"""A letter for each comparison, which chooses it."""

EQUAL: tuple[By, ...] = get_args(By)

MOST_SEEDS = 10
MOST_DIGITS = 7

OPTIONS = ("by", "amount", "seeds", "parallel")
"""What can be set below the comparisons, in the order of the rows."""


class ComparisonDialog(Dialog[Comparison]):
    """Let the user choose a comparison and how it is run.

    The cursor chooses nothing: on another comparison, Enter chooses that; anywhere else, it begins.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j,tab", "row(1)", show=False),
        Binding("up,k,shift+tab", "row(-1)", show=False),
        Binding("right,plus", "turn(1)", show=False),
        Binding("left,minus", "turn(-1)", show=False),
        Binding("p", "turn_parallel", show=False),
        Binding("backspace", "erase", show=False),
        Binding("space", "choose", show=False),
        Binding("enter", "accept", show=False),
    ]
    DEFAULT_CSS = """
    ComparisonDialog RowList { height: 11; margin: 1 0; }
    ComparisonDialog #how { height: 2; }
    """

    def __init__(self, data: str, beside: str, config: Config, runs: list[Run]) -> None:
        """Make the dialog.

        Args:
            data: What the models learn from, displayable.
            beside: The name of the run that trains meanwhile; none if empty.
            config: The settings that do not vary.
            runs: The runs in the store, whose speed tells how long it will take.
        """
        intro = [tr("Several runs on {data} with the settings of Params.", data=data)]
        if beside:
            intro.append(tr("{run} keeps training and shares the CPU.", run=beside))
        super().__init__(
            tr("Compare"),
            intro="\n".join(intro),
            keys=_keys(chooses=False),
        )
        self._config, self._runs = config, runs
        self._chosen = Comparison(
            next(iter(COMPARISONS)),
            steps=config.max_steps or DEFAULT_STEPS,
            seconds=config.max_seconds or DEFAULT_SECONDS,
        )
        self._typed = ""
        """Digits typed for the amount since it was turned to."""

    def compose_body(self) -> ComposeResult:
        """Lay out the comparisons above how they are run."""
        yield RowList(signs=self.signs)
        yield Static(id="how", markup=False)

    def on_mount(self) -> None:
        """Show what would begin."""
        self._redraw()

    def on_key(self, event: events.Key) -> None:
        """Choose a comparison by its letter; type the amount."""
        if event.character is not None and event.character.isdecimal():
            event.stop()
            self._type(self._typed + event.character)
            return
        for name, key in KEYS.items():
            if event.key == key:
                event.stop()
                self._rows.select(name)
                self.action_choose()

    def on_row_list_chosen(self) -> None:
        """Take the clicked row."""
        self.action_choose()

    def on_row_list_moved(self) -> None:
        """Say what the keys do on this row."""
        self._redraw()

    def action_row(self, direction: int) -> None:
        """Go to another row, which changes nothing else."""
        self._typed = ""
        self._rows.move(direction)

    def action_choose(self) -> None:
        """Compare what the cursor is on."""
        self._typed = ""
        if self._rows.selected in COMPARISONS:
            self._change(name=self._rows.selected)
        self._redraw()

    def action_turn(self, direction: int) -> None:
        """Take the next value of the row."""
        self._typed = ""
        chosen = self._chosen
        match self._rows.selected:
            case "by":
                self._change(by=EQUAL[(EQUAL.index(chosen.by) + direction) % len(EQUAL)])
            case "seeds":
                self._change(seeds=min(max(chosen.seeds + direction, 1), MOST_SEEDS))
            case "parallel":
                self._turn_parallel(direction)
            case "amount":
                name = "max_seconds" if chosen.by == "seconds" else "max_steps"
                self._set_amount(float(nudge(SETTINGS[name], chosen.amount, direction)))
        self._redraw()

    def action_turn_parallel(self) -> None:
        """Train one run more at a time; after as many as there are threads, one again."""
        self._turn_parallel(1)
        self._redraw()

    def action_erase(self) -> None:
        """Take back a digit of the amount."""
        self._type(self._typed[:-1])

    def action_accept(self) -> None:
        """Begin what is chosen; on a comparison that is not, choose it."""
        if self._chooses:
            self.action_choose()
        else:
            self.dismiss(self._chosen)

    @property
    def _chooses(self) -> bool:
        """Whether the cursor is on a comparison that is not the chosen one."""
        return self._rows.selected in COMPARISONS and self._rows.selected != self._chosen.name

    @property
    def _rows(self) -> RowList:
        return self.query_one(RowList)

    def _change(self, **changes: object) -> None:
        self._chosen = msgspec.structs.replace(self._chosen, **changes)

    def _turn_parallel(self, direction: int) -> None:
        most = max(available_threads(), 1)
        self._change(parallel=(self._chosen.parallel - 1 + direction) % most + 1)

    def _type(self, digits: str) -> None:
        """Take the amount as typed; the cursor shows where it is."""
        self._rows.select("amount")
        self._typed = digits.lstrip("0")[:MOST_DIGITS]
        if self._typed:
            self._set_amount(float(self._typed))
        self._redraw()

    def _set_amount(self, amount: float) -> None:
        if self._chosen.by == "seconds":
            self._change(seconds=max(amount, 1.0))
        else:
            self._change(steps=max(int(amount), 1))

    def _redraw(self) -> None:
        rows = [Row(name, self._comparison_line(name)) for name in COMPARISONS]
        rows.append(Row("", Content("")))
        chosen = self._chosen
        texts = {
            "by": (tr("Equal"), self._equal_text()),
            "amount": (tr("Each trains"), amount_text(chosen.by, chosen.amount)),
            "seeds": (tr("Seeds"), str(chosen.seeds)),
            "parallel": (tr("Parallel runs"), parallel_text(chosen.parallel)),
        }
        rows += [Row(name, self._option_line(name, *texts[name])) for name in OPTIONS]
        self._rows.set_rows(rows)
        self.query_one("#how", Static).update(
            Content(self.written(summary_text(chosen, self._config, self._runs)))
        )
        self.say_keys(_keys(chooses=self._chooses))

    def _comparison_line(self, name: str) -> Content:
        is_chosen = name == self._chosen.name
        sign = self.signs.shown if is_chosen else " "
        return Content.assemble(
            (f" {KEYS[name]} ", "$text-accent bold"),
            (f"{sign} ", "$text-success bold"),
            (displayable(COMPARISONS[name].summary), "bold" if is_chosen else ""),
        )

    def _option_line(self, name: str, label: str, value: str) -> Content:
        key = "p" if name == "parallel" else " "
        at_cursor = self._rows.selected == name
        arrows = ("← ", " →") if at_cursor else ("  ", "  ")
        return Content.assemble(
            (f" {key}   ", "$text-accent bold"),
            cell_ljust(label, 14),
            (self.written(arrows[0]), "$text-muted"),
            (value, "bold"),
            (self.written(arrows[1]), "$text-muted"),
        )

    def _equal_text(self) -> str:
        match self._chosen.by:
            case "steps":
                return tr("steps")
            case "seconds":
                return tr("seconds of training")
            case "parameters":
                return tr("parameters and steps")


def _keys(*, chooses: bool) -> str:
    """Say what the keys do, by what Enter does on this row."""
    if chooses:
        return tr("Enter choose  ↑↓ row  0-9 type  Esc cancel")
    return tr("Enter start  ↑↓ row  ←→ change  0-9 type  Esc cancel")
