"""How an experiment that is being trained is shown: JSON, lines for a pipe, or a moving display."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, cast

from core.control import Control
from core.language import tr
from core.settings import text_of
from tui.cli.json_line import JsonLine, json_line
from tui.cli.output import is_terminal
from tui.cli.steady_output import SteadyOutput
from tui.cli.wording import clock, loss_text, percent
from tui.safe_text import displayable
from workspace.experiments import MemberState

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import RenderableType

REFRESHES_PER_S = 2
"""How often the moving part is drawn."""

BAR_WIDTH = 12


class Presenter(Protocol):
    """What shows an experiment."""

    def say(self, lines: Sequence[str]) -> None:
        """Print lines that a person reads."""

    def tell(self, event: JsonLine) -> None:
        """Print what a script reads."""

    def show(self, members: Sequence[MemberState]) -> None:
        """Take in where the members stand."""


class JsonPresenter:
    """Print one object a line."""

    def __init__(self, output: SteadyOutput) -> None:
        self._output = output

    def say(self, lines: Sequence[str]) -> None:
        """Leave out what a person reads."""

    def tell(self, event: JsonLine) -> None:
        """Print an object."""
        self._output.write(json_line(event))

    def show(self, members: Sequence[MemberState]) -> None:
        """Leave out what moves."""


class LinePresenter:
    """Print lines."""

    def __init__(self, output: SteadyOutput) -> None:
        self._output = output

    def say(self, lines: Sequence[str]) -> None:
        """Print lines."""
        for line in lines:
            self._output.write(line + "\n")

    def tell(self, event: JsonLine) -> None:
        """Leave out what a script reads."""

    def show(self, members: Sequence[MemberState]) -> None:
        """Leave out what moves."""


class LivePresenter:
    """Print lines on a terminal, and below them where each run stands."""

    def __init__(self, output: SteadyOutput, control: Control) -> None:
        from rich.console import Console
        from rich.live import Live

        self._control = control
        self._members: Sequence[MemberState] = ()
        self._console = Console(
            file=cast("TextIO", output), markup=False, highlight=False, emoji=False
        )
        self.live = Live(
            console=self._console,
            get_renderable=lambda: moving_part(self._members, stopping=control.should_stop()),
            refresh_per_second=REFRESHES_PER_S,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        """What moves."""

    def say(self, lines: Sequence[str]) -> None:
        """Print lines above what moves."""
        from rich.text import Text

        for line in lines:
            self._console.print(Text(line), soft_wrap=True)

    def tell(self, event: JsonLine) -> None:
        """Leave out what a script reads."""

    def show(self, members: Sequence[MemberState]) -> None:
        """Take in where the members stand."""
        self._members = members


@contextmanager
def presenter(*, as_json: bool, output: SteadyOutput, control: Control) -> Iterator[Presenter]:
    """Choose how an experiment is shown, while the block runs."""
    if as_json:
        yield JsonPresenter(output)
    elif is_terminal():
        shown = LivePresenter(output, control)
        with shown.live:
            yield shown
    else:
        yield LinePresenter(output)


def moving_part(members: Sequence[MemberState], *, stopping: bool) -> "RenderableType":
    """Draw where an experiment stands: how many runs are over, and a line for each that trains.

    Args:
        members: All members.
        stopping: Whether it was asked to stop.
    """
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    if not members:
        return Text("")
    counts = {"over": sum(member.is_over for member in members), "n": len(members)}
    if stopping:
        head = tr("stopping: saving (ctrl+c again ends at once): {over} of {n} runs done", **counts)
    else:
        head = tr("training: {over} of {n} runs done", **counts)
    live = [member for member in members if member.run is not None and member.run.is_live]
    several = len({member.seed for member in members}) > 1

    def seed_of(member: MemberState) -> list[str]:
        return [tr("seed {seed}", seed=member.seed)] if several else []

    grid = Table.grid(padding=(0, 2))
    for _ in range(4):
        grid.add_column(no_wrap=True, overflow="ellipsis")
    for member in live:
        run = member.run
        assert run is not None
        bar = ProgressBar(total=1.0, completed=member.share_done, width=BAR_WIDTH)
        label = displayable(", ".join([*map(text_of, member.values.values()), *seed_of(member)]))
        grid.add_row(label, bar, tr("step {step:,}", step=run.step), _measured(member))
    return Group(Text(head, style="bold"), grid)


def _measured(member: MemberState) -> str:
    run = member.run
    assert run is not None
    parts = [clock(run.elapsed_s)]
    if run.last_loss is not None:
        parts.append(tr("loss {loss}", loss=loss_text(run.last_loss)))
    if run.best_accuracy is not None:
        parts.append(tr("best {best}", best=percent(run.best_accuracy)))
    elif run.best_val_loss is not None:
        parts.append(tr("best {best}", best=loss_text(run.best_val_loss)))
    return "  ".join(parts)
