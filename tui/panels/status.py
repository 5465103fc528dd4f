"""The lines that are always there: the status on top, and the two that stand in for panels."""

import math
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from core.language import tr
from tui.answer_text import answer_line
from tui.cells import fitting
from tui.history import History
from tui.names import finding_name, said
from tui.safe_text import displayable
from tui.widgets.axes import clock, short_number
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.plot import value_text
from tui.widgets.sparkline import spark_text

_PREPARATIONS = frozenset(
    {"loading_torch", "reading_text", "building_vocabulary", "measuring_baselines", "first_batch"}
)
"""Phases that have a word of their own; any other one before training is `preparing`."""

_SPARK_CELLS = 12
_SPARK_STEPS = 400
"""How many of the newest steps the small graphs show."""


class Part(NamedTuple):
    """Hold one piece of a line."""

    text: str
    style: str
    keep: int
    """The higher, the longer it stays when the line gets narrow."""


class StudioLine(Widget):
    """Show the last history as one or more lines; a subclass says how."""

    DEFAULT_CSS = """
    StudioLine { width: 1fr; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, glyphs: Glyphs = BRAILLE, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._history = History()

    def show(self, history: History) -> None:
        """Show the run's present state."""
        self._history = history
        self.refresh()


class StatusBar(StudioLine):
    """Show run, state, progress, speed, remaining time and device in one line."""

    DEFAULT_CSS = """
    StatusBar { height: 1; background: $panel; color: $text; }
    """

    _bench = ""

    def show_bench(self, headline: str) -> None:
        """Say what is trained beside the run on show; empty where nothing is."""
        self._bench = headline
        self.refresh()

    def render(self) -> Content:
        """Return as much of the line as there is room for."""
        parts = status_parts(self._history, self._bench)
        return fitted(parts, self.size.width, self._glyphs)


class MiniLine(StudioLine):
    """Show figures and the newest sample or answer, where there is no room for panels."""

    DEFAULT_CSS = """
    MiniLine { height: 2; color: $text-muted; }
    """

    def render(self) -> Content:
        """Return the figures and, in a line of its own if there is one, the sample."""
        figures = fitted(mini_parts(self._history), self.size.width, self._glyphs)
        newest = last_text(self._history, self.size.width - 2)
        if self.size.height < 2 or not newest:
            return figures
        sample = self._glyphs.text("▸ " + newest)
        return Content("\n").join([figures, Content.styled(sample, "$foreground")])


def state_sign(history: History) -> tuple[str, str, str]:
    """Return the sign, the word and the style of the run's state."""
    match history.state:
        case "idle":
            return "○", tr("READY"), "$text-muted"
        case "preparing":
            return "◌", _phase_word(history), "$text-warning"
        case "training":
            return "●", tr("TRAINING"), "bold $text-success"
        case "paused":
            return "‖", tr("PAUSED"), "bold $text-warning"
        case "evaluating":
            return "◆", tr("EVALUATING"), "bold $text-accent"
        case "saving":
            return "▼", tr("SAVING"), "bold $text-accent"
        case "elsewhere":
            return "◌", tr("RUNNING ELSEWHERE"), "bold $text-accent"
        case "ended":
            return _ending_sign(history)


def _phase_word(history: History) -> str:
    phase = history.phase or ""
    return said(phase if phase in _PREPARATIONS else "preparing").upper()


def _ending_sign(history: History) -> tuple[str, str, str]:
    match history.reason:
        case "diverged" | "failed" as reason:
            return "✗", said(reason).upper(), "bold $text-error"
        case "stopped" | "signal":
            return "■", tr("STOPPED"), "bold $text-warning"
        case None:
            return "■", tr("ENDED"), "$text-muted"
        case reason:
            return "✓", said(reason).upper(), "bold $text-success"


def status_parts(history: History, bench: str = "") -> list[Part]:
    """Return the pieces of the status line in their order.

    Args:
        history: The run on show.
        bench: What is trained beside it, if anything.
    """
    parts = [Part("rnnstudio", "bold $text-accent", 1)]
    if bench:
        parts.append(Part(f"● {bench}", "bold $text-success", 9))
        if history.state == "idle":
            return parts
    if history.started is not None:
        number = f"#{history.run} " if history.run is not None else ""
        parts.append(Part(number + displayable(history.name), "bold", 6))
    sign, word, style = state_sign(history)
    share = f" {history.phase_progress:.0%}" if history.phase_progress is not None else ""
    if history.pause_reason:
        # All that is left where it is narrow, cut at its end.
        why = displayable(history.pause_reason)
        what = tr("{what}: {more}", what=word, more=why)
        return [*parts, Part(f"{sign} {what}", "bold $text-error", 9)]
    parts.append(Part(f"{sign} {word}{share}", style, 9))
    if history.phase == "loading_torch":
        waiting = tr("every key works already; what needs a model begins once it is loaded")
        parts.append(Part(waiting, "$text-muted", 5))
    parts += _finding_parts(history)
    if history.started is None:
        detail = displayable(history.phase_detail)
        return [*parts, Part(detail, "$text-muted", 5)] if detail else parts
    of_steps = f"/{history.nearest_steps:,}" if history.nearest_steps else ""
    parts.append(Part(_epoch_text(history), "", 5))
    parts.append(Part(f"{history.step:,}{of_steps}", "", 8))
    if max_seconds := float(history.config.get("max_seconds", 0.0)):
        parts.append(Part(f"{clock(history.elapsed_s)}/{clock(max_seconds)}", "", 6))
    if history.classes.best_accuracy is not None:
        best = tr("best {accuracy:.1%}", accuracy=history.classes.best_accuracy)
        parts.append(Part(best, "bold", 6))
    if history.state not in ("elsewhere", "ended"):
        parts += _speed_parts(history)
    parts.append(Part(displayable(history.started.device), "$text-muted", 2))
    parts += _graph_parts(history)
    return parts


def _finding_parts(history: History) -> list[Part]:
    """Return what is wrong with the run, until it is over."""
    standing = history.findings.standing
    if not standing:
        return []
    more = f" +{len(standing) - 1}" if len(standing) > 1 else ""
    return [Part(f"! {finding_name(standing[-1].code)}{more}", "bold $text-warning", 7)]


def _epoch_text(history: History) -> str:
    if history.planned_epochs is None:
        return tr("ep {epoch}", epoch=history.epoch)
    return tr("ep {epoch}/{epochs}", epoch=history.epoch, epochs=history.planned_epochs)


def _speed_parts(history: History) -> list[Part]:
    parts = []
    if history.tokens_per_s is not None:
        parts.append(Part(f"{short_number(history.tokens_per_s)} {tr('tok/s')}", "", 4))
    if history.next_evaluation_s is not None:
        soon = tr("next evaluation in {time}", time=clock(history.next_evaluation_s))
        # Matters most while there is nothing else to see.
        parts.append(Part(soon, "$text-muted", 3 if len(history.validation) else 5))
    if history.eta_s is not None:
        parts.append(Part(tr("ETA {time}", time=clock(history.eta_s)), "", 7))
    return parts


def _graph_parts(history: History) -> list[Part]:
    """Return the small graphs of loss and speed."""
    parts = []
    for label, column, style, keep in (
        (tr("loss"), "loss", "$text-accent", 3),
        (tr("speed"), "tokens_per_s", "$text-primary", 0),
    ):
        graph = spark_text(history.training[column][-_SPARK_STEPS:], _SPARK_CELLS)
        if graph:
            parts.append(Part(f"{label} {graph}", style, keep))
    return parts


def mini_parts(history: History) -> list[Part]:
    """Return the pieces of the line of figures."""
    if history.loss is None:
        sign, word, _ = state_sign(history)
        return [Part(tr("no loss yet") if history.state != "ended" else f"{sign} {word}", "", 9)]
    parts = [Part(tr("loss {value}", value=value_text(history.loss)), "bold $text-accent", 9)]
    graph = spark_text(history.training["loss"][-_SPARK_STEPS:], _SPARK_CELLS)
    parts.append(Part(graph, "$text-accent", 5))
    if history.best_val_loss is not None:
        best = tr("best val {value}", value=value_text(history.best_val_loss))
        parts.append(Part(best, "$text-success", 8))
    parts += _accuracy_parts(history) if history.task == "classify" else _perplexity_parts(history)
    if history.grad_norm is not None:
        clipped = history.max_grad_norm and history.grad_norm > history.max_grad_norm
        norm = short_number(history.grad_norm)
        parts.append(
            Part(tr("‖g‖ {norm} ! clipped", norm=norm) if clipped else f"‖g‖ {norm}", "", 7)
        )
        graph = spark_text(history.training["grad_norm"][-_SPARK_STEPS:], _SPARK_CELLS)
        parts.append(Part(graph, "$text-primary", 3))
    if history.learning_rate is not None:
        parts.append(Part(tr("lr {rate:.3g}", rate=history.learning_rate), "", 6))
    return parts


def _perplexity_parts(history: History) -> list[Part]:
    perplexity = math.inf if history.perplexity is None else history.perplexity
    return [Part(tr("ppl {value}", value=value_text(perplexity)), "", 4)]


def _accuracy_parts(history: History) -> list[Part]:
    """Return how many training texts are classified right now, and how many by the best model."""
    classes = history.classes
    parts = []
    if classes.accuracy is not None:
        parts.append(Part(tr("train acc {accuracy:.1%}", accuracy=classes.accuracy), "", 4))
    if classes.best_accuracy is not None:
        parts.append(
            Part(tr("best acc {accuracy:.1%}", accuracy=classes.best_accuracy), "$text-success", 8)
        )
    return parts


def last_text(history: History, width: int) -> str:
    """Return the newest answer of a classifier, or the end of a language model's sample."""
    if history.task != "classify":
        return sample_text(history, width)
    answer = history.classes.answer
    return fitting(answer_line(answer), width) if answer is not None else ""


def sample_text(history: History, width: int) -> str:
    """Return the end of the newest training sample as one line of at most `width` cells."""
    if history.sample is None:
        return ""
    # A token has at least one character, so the last ones fill the line.
    whole = displayable("".join(history.sample.tokens[-width - 1 :]))
    text = whole[-width - 1 :]
    cut = len(whole) > len(text)
    while cell_len(text) > width - (1 if cut else 0):
        text, cut = text[1:], True
    return "…" * cut + text


def fitted(parts: list[Part], width: int, glyphs: Glyphs) -> Content:
    """Join the pieces that matter most among those that fit, in their order."""
    shown = [part for part in parts if part.text]
    while len(shown) > 1 and sum(cell_len(part.text) + 2 for part in shown) - 2 > width:
        shown.remove(min(shown, key=lambda part: part.keep))
    pieces = [Content.styled(glyphs.text(part.text), part.style) for part in shown]
    return Content("  ").join(pieces)
