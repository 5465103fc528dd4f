"""The lanes of an experiment as lines of text: who runs, how far, how fast and how well."""

from collections.abc import Mapping

from rich.cells import cell_len
from textual.content import Content

from core.language import tr, trn
from tui.cells import cell_ljust, cell_rjust, fitting
from tui.names import said
from tui.race import Lane, Race
from tui.safe_text import displayable
from tui.signs import Signs
from tui.widgets.axes import clock, short_count, short_number
from tui.widgets.curve_looks import swatch_of
from tui.widgets.glyphs import Glyphs
from tui.widgets.meter import bar_text
from tui.widgets.plot import Role, value_text
from tui.widgets.row_list import Row
from workspace.experiments import ENDED_BY_PLAN

BAR_CELLS = 10
LABEL_CELLS = 24
COLUMN_CELLS = 9

MOST_NAMED = 3
"""Runs in training that are named one by one."""


def race_rows(
    race: Race, width: int, signs: Signs, glyphs: Glyphs, colours: Mapping[Role, str]
) -> list[Row]:
    """Return a heading and a row a lane, as many columns as there is room for.

    Args:
        race: The experiment.
        width: Cells of a row.
        signs: What to draw with.
        glyphs: What to draw with.
        colours: Of the curves, as `curve_colours` chose them.
    """
    labels = [displayable(race.label_of(lane)) for lane in race.lanes]
    room = min(max(map(cell_len, labels), default=0), LABEL_CELLS, max(width // 4, 6))
    leader = race.leader if len(race.lanes) > 1 else None
    states = [_state(lane, signs) for lane in race.lanes]
    tail = max(map(cell_len, states), default=0)
    columns = _fitting_columns(width - room - BAR_CELLS - 7 - tail)
    heading = " " * (room + BAR_CELLS + 5)
    heading += "".join(_column(column) for column in columns)
    rows = [Row("", Content.styled(heading, "$text-muted"))]
    for lane, label, state in zip(race.lanes, labels, states, strict=True):
        cells = _cells(lane)
        best, leads = columns[-1], lane is leader
        cells[best] = f"{signs.pinned} {cells[best]}" if leads else cells[best]
        measured = "".join(_column(cells[column]) for column in columns[:-1])
        role, stroke, sign = lane.look
        bar = cell_ljust(bar_text(lane.share_done, BAR_CELLS), BAR_CELLS)
        rows.append(
            Row(
                str(lane.member.member),
                Content.assemble(
                    (glyphs.text(swatch_of(stroke, sign)), f"{colours[role]} bold"),
                    f" {cell_ljust(fitting(label, room, signs.ellipsis), room)} ",
                    (glyphs.text(bar), colours[role]),
                    f" {measured}",
                    (_column(cells[best]), "$text-success bold" if leads else ""),
                    f" {state}",
                ),
            )
        )
    return rows


def _column(text: str) -> str:
    """Return what stands in a column, which never touches the one before it."""
    return f" {cell_rjust(text, COLUMN_CELLS - 1)}"


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
        step: f"{history.step:,}" if known else "",
        spent: clock(history.elapsed_s) if known else "",
        rate: short_number(history.mean_tokens_per_s) if history.mean_tokens_per_s else "",
        parameters: short_count(run.parameters) if run and run.parameters else "",
    }


def _best(lane: Lane) -> str:
    run = lane.member.run
    if run is None:
        return ""
    if run.best_accuracy is not None:
        return f"{run.best_accuracy:.1%}"
    return f"{run.best_val_loss:.3f}" if run.best_val_loss is not None else ""


def _state(lane: Lane, signs: Signs) -> str:
    """Say in a word what becomes of a lane."""
    status = lane.member.status
    if lane.run is None:
        return tr("queued") if status == "waiting" else said(status)
    if lane.member.run is not None and lane.member.run.is_live:
        word = tr("running") if _trains(lane) else tr("starting")
    else:
        word = tr("done") if status in ENDED_BY_PLAN else said(status)
    return f"{signs.status(status)} {word}"


def _trains(lane: Lane) -> bool:
    """Tell whether a lane's run is under way; before, what it needs is loaded and read."""
    under_way = lane.history.state in ("training", "evaluating", "saving", "paused")
    return under_way and lane.member.run is not None and lane.member.run.is_live


def state_text(race: Race, *, stopping: bool) -> str:
    """Say where an experiment stands, in a few words."""
    members = [lane.member for lane in race.lanes]
    failures = [member.failure for member in members if member.failure and not member.is_over]
    if failures:
        return displayable(failures[0])
    if not race.experiment.is_running:
        return "" if race.over == len(race.lanes) else tr("stopped; R resumes")
    return tr("saving and stopping") if stopping else _progress_text(race)


def _progress_text(race: Race) -> str:
    """Say which runs train; where none does yet, which one is next."""
    trained = [displayable(race.label_of(lane)) for lane in race.lanes if _trains(lane)]
    if len(trained) > MOST_NAMED:
        return trn("{n} run training", "{n} runs training", len(trained))
    if trained:
        return tr("training: {runs}", runs=", ".join(trained))
    left = [lane for lane in race.lanes if not lane.member.is_over]
    if not left:
        return tr("all runs have ended")
    return tr("being prepared: {run}", run=displayable(race.label_of(left[0])))
