"""The lanes of an experiment as lines of text: who runs, how far, how fast and how well."""

from collections.abc import Sequence

from textual.content import Content

from core.language import tr
from tui.cells import cell_ljust, cell_rjust, fitting
from tui.history import History
from tui.race import Lane, Race
from tui.safe_text import displayable
from tui.signs import Signs
from tui.widgets.axes import clock, short_number
from tui.widgets.curve_looks import SWATCHES
from tui.widgets.glyphs import Glyphs
from tui.widgets.meter import bar_text
from tui.widgets.plot import Role, value_text
from tui.widgets.row_list import Row

COLOURS: dict[Role, str] = {
    "train": "$accent",
    "val": "$success",
    "overlay-1": "$text-secondary",
    "overlay-2": "$text-warning",
    "overlay-3": "$foreground 60%",
    "overlay-4": "$text-error",
}
"""The colours of the chart's curves."""

BAR_CELLS = 10
LABEL_CELLS = 24
COLUMN_CELLS = 9


def race_rows(race: Race, width: int, signs: Signs, glyphs: Glyphs) -> list[Row]:
    """Return a heading and a row a lane, as many columns as there is room for.

    Args:
        race: The experiment.
        width: Cells of a row.
        signs: What to draw with.
        glyphs: What to draw with.
    """
    labels = [displayable(race.label_of(lane)) for lane in race.lanes]
    room = min(max(map(len, labels), default=0), LABEL_CELLS, max(width // 4, 6))
    columns = _fitting_columns(width - room - BAR_CELLS - 9)
    leader = race.leader
    heading = " " * (room + BAR_CELLS + 5)
    heading += "".join(cell_rjust(column, COLUMN_CELLS) for column in columns)
    rows = [Row("", Content.styled(heading, "$text-muted"))]
    for lane, label in zip(race.lanes, labels, strict=True):
        cells = _cells(lane)
        measured = "".join(cell_rjust(cells[column], COLUMN_CELLS) for column in columns)
        role, stroke = lane.look
        bar = cell_ljust(bar_text(lane.share_done, BAR_CELLS), BAR_CELLS)
        status = signs.status(lane.member.status) if lane.run is not None else " "
        first = f" {signs.pinned}" if lane is leader and len(race.lanes) > 1 else ""
        rows.append(
            Row(
                str(lane.member.member),
                Content.assemble(
                    (glyphs.text(SWATCHES[stroke]), f"{COLOURS[role]} bold"),
                    f" {cell_ljust(fitting(label, room, signs.ellipsis), room)} ",
                    (glyphs.text(bar), COLOURS[role]),
                    f" {measured}",
                    f" {status}",
                    (first, "$success bold"),
                ),
            )
        )
    return rows


def _columns() -> list[str]:
    """Return the headings, the most wanted first."""
    return [tr("best val"), tr("loss"), tr("step"), tr("time"), tr("tok/s"), tr("params")]


def _fitting_columns(room: int) -> list[str]:
    """Return the headings that fit, in the order of the line."""
    known = _columns()
    wanted = known[: max(room // COLUMN_CELLS, 1)]
    order = [known[2], known[3], known[4], known[5], known[1], known[0]]
    return [heading for heading in order if heading in wanted]


def _cells(lane: Lane) -> dict[str, str]:
    """Return a lane's columns by their headings."""
    history, run = lane.history, lane.member.run
    best, loss, step, spent, rate, parameters = _columns()
    known = run is not None
    return {
        best: _best(lane),
        loss: value_text(history.loss) if history.loss is not None else "",
        step: f"{history.step:,}" if known else tr("waits") if not lane.member.failure else "",
        spent: clock(history.elapsed_s) if known else "",
        rate: short_number(history.tokens_per_s) if history.tokens_per_s is not None else "",
        parameters: short_number(run.parameters) if run and run.parameters else "",
    }


def _best(lane: Lane) -> str:
    run = lane.member.run
    if run is None:
        return ""
    if run.best_accuracy is not None:
        return f"{run.best_accuracy:.1%}"
    return f"{run.best_val_loss:.3f}" if run.best_val_loss is not None else ""


def state_text(race: Race, *, stopping: bool) -> str:
    """Say where an experiment stands, in a few words."""
    failures = [lane.member.failure for lane in race.lanes if lane.member.failure]
    if failures:
        return displayable(failures[0])
    live = [lane for lane in race.lanes if lane.member.run is not None and lane.member.run.is_live]
    if stopping and race.experiment.is_running:
        return tr("saving and stopping")
    if race.experiment.is_running:
        return _preparing_text([lane.history for lane in live]) or tr("{n} at a time", n=len(live))
    return "" if race.over == len(race.lanes) else tr("stopped; it can go on")


def _preparing_text(histories: Sequence[History]) -> str:
    """Say that nothing is trained yet, where that is so."""
    if all(history.step == 0 for history in histories):
        return tr("the first run is being prepared")
    return ""
