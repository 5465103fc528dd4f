"""A run on a terminal: lines that stay, and below them a progress display that moves."""

from types import TracebackType
from typing import TextIO, cast

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from core.control import Control
from core.events import Diagnosed, Event, Noticed, RunEnded
from core.language import tr
from tui.cli.steady_output import SteadyOutput
from tui.cli.training_log import TrainingLog, metrics_text
from tui.cli.wording import clock, compact, loss_text, percent
from tui.history import History
from tui.names import said
from tui.safe_text import displayable

REFRESHES_PER_S = 4
"""How often the moving part is drawn; each drawing takes time from the training."""

BAR_WIDTH = 30


class ProgressDisplay:
    """Show a run's events on a terminal; use it as a context manager.

    Args:
        output: The terminal.
        control: Tells whether the user has asked the run to stop.
        log: Makes the lines that stay.
    """

    def __init__(self, output: SteadyOutput, control: Control, log: TrainingLog) -> None:
        self._log = log
        self._control = control
        self._console = Console(
            file=cast("TextIO", output), markup=False, highlight=False, emoji=False
        )
        self._live = Live(
            console=self._console,
            get_renderable=self._moving_part,
            refresh_per_second=REFRESHES_PER_S,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> "ProgressDisplay":
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Take the moving part away and give the cursor back."""
        self._live.stop()

    def show(self, event: Event) -> None:
        """Take in the next event."""
        lines = self._log.lines(event)
        if isinstance(event, RunEnded):
            self._live.stop()
        style = "yellow" if isinstance(event, Noticed | Diagnosed) else ""
        for line in lines:
            self._console.print(Text(line, style=style), soft_wrap=True)

    def _moving_part(self) -> RenderableType:
        return moving_part(self._log.history, stopping=self._control.should_stop())


def moving_part(history: History, *, stopping: bool) -> RenderableType:
    """Draw where a run stands: a line with a bar, and a line with the measurements.

    Args:
        history: The run so far.
        stopping: Whether it was asked to stop.
    """
    if history.state == "ended":
        return Text("")
    head = Table.grid(padding=(0, 2))
    cells: list[RenderableType] = [
        Text(_phase_text(history, stopping), style="bold"),
        _bar(history),
    ]
    if history.nearest_steps is not None:
        cells.append(f"{history.step:,}/{history.nearest_steps:,}")
    elif history.step:
        cells.append(tr("step {step:,}", step=history.step))
    if history.tokens_per_s:
        cells.append(tr("{rate} tok/s", rate=compact(history.tokens_per_s)))
    if history.eta_s is not None:
        cells.append(tr("eta {clock}", clock=clock(history.eta_s)))
    for _ in cells:
        head.add_column(no_wrap=True, overflow="ellipsis")
    head.add_row(*cells)
    if history.started is None or history.learning_rate is None:
        return head
    measured = metrics_text(history) + _best_text(history)
    return Group(head, Text(measured, no_wrap=True, overflow="ellipsis"))


def _best_text(history: History) -> str:
    if history.classes.best_accuracy is not None:
        accuracy = percent(history.classes.best_accuracy)
        return tr("  best validation accuracy {accuracy}", accuracy=accuracy)
    if history.best_val_loss is not None and history.task == "language":
        return tr("  best validation {loss}", loss=loss_text(history.best_val_loss))
    return ""


def _phase_text(history: History, stopping: bool) -> str:
    if stopping:
        return tr("stopping: saving (ctrl+c again ends at once)")
    if history.state == "paused":
        return tr("waiting for the disk") if history.pause_reason else tr("paused")
    if history.phase is None:
        return tr("starting")
    text = said(history.phase)
    if history.phase == "training" and history.epoch:
        epochs = history.planned_epochs
        of_epochs = f"/{epochs}" if epochs is not None else ""
        text = tr("training epoch {epoch}", epoch=f"{history.epoch}{of_epochs}")
    if not history.phase_detail:
        return text
    return tr("{what}: {more}", what=text, more=displayable(history.phase_detail))


def _bar(history: History) -> RenderableType:
    if history.phase_progress is not None:
        done: float | None = history.phase_progress
    elif history.state not in ("idle", "preparing"):
        done = history.share_done
    else:
        done = None
    return ProgressBar(
        total=1.0 if done is not None else None,
        completed=min(1.0, done or 0.0),
        width=BAR_WIDTH,
        pulse=done is None,
    )
