"""What a chart says in words: why there is no curve yet, and how the run came to its end."""

import numpy as np
from rich.cells import cell_len

from core.language import tr
from tui.history import History
from tui.names import said
from tui.safe_text import displayable
from tui.series import Floats
from tui.way_back import way_back


def waiting_text(history: History) -> str:
    """Say why there is no curve yet."""
    if history.state == "ended":
        return tr("no steps in this run")
    if history.phase is None or history.state == "idle":
        return tr("space starts training")
    share = f" {history.phase_progress:.0%}" if history.phase_progress is not None else ""
    detail = f" · {displayable(history.phase_detail)}" if history.phase_detail else ""
    return f"{said(history.phase)}{share}{detail}…"


def looking_text(history: History) -> str:
    """Say why nothing has been seen inside of the model yet."""
    if not history.config.get("probes", True):
        return tr("probes is off, so that nothing is looked at")
    if history.state == "ended":
        return tr("this run was not looked into")
    if history.state in ("training", "paused", "evaluating", "saving"):
        return tr("looks inside about once a second")
    return waiting_text(history)


def ending_text(history: History, room: int) -> str:
    """Say where the run diverged and the way out, in at most `room` cells if that can be."""
    if history.diverged is None:
        return ""
    step = history.diverged.step
    if history.diverged.what == "loss":
        text = tr("✗ loss not finite at step {step:,}", step=step)
    else:
        text = tr("✗ gradient not finite at step {step:,}", step=step)
    back = way_back(history)
    offers = [back.label] if back is not None else []
    for way_out in (*offers, tr("Resume in Runs")):
        if cell_len(f"{text} · {way_out}") <= room:
            return f"{text} · {way_out}"
    return text


def visible_rows(positions: Floats, start: float, end: float) -> slice:
    """Return the rows in the window and one beyond either edge."""
    first = int(np.searchsorted(positions, start)) - 1
    last = int(np.searchsorted(positions, end, side="right")) + 1
    return slice(max(first, 0), last)
