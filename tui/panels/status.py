"""The lines that are always there: the status on top, and the two that stand in for panels."""

import math
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widget import Widget

from tui.answer_text import answer_line
from tui.history import History
from tui.safe_text import displayable
from tui.widgets.axes import clock, short_number
from tui.widgets.glyphs import BRAILLE, Glyphs
from tui.widgets.plot import value_text
from tui.widgets.sparkline import spark_text

_PHASE_WORDS = {
    "loading_torch": "loading torch",
    "reading_text": "reading text",
    "building_vocabulary": "building vocabulary",
    "measuring_baselines": "measuring baselines",
    "first_batch": "first batch",
}

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

    def render(self) -> Content:
        """Return as much of the line as there is room for."""
        return fitted(status_parts(self._history), self.size.width, self._glyphs)


class MiniLine(StudioLine):
    """Show figures and the newest sample or answer, where there is no room for panels."""

    DEFAULT_CSS = """
    MiniLine { height: 2; color: $text-muted; }
    """

    def render(self) -> Content:
        """Return the figures and, in a line of its own if there is one, the sample."""
        figures = fitted(mini_parts(self._history), self.size.width, self._glyphs)
        if self.size.height < 2:
            return figures
        sample = self._glyphs.text("▸ " + last_text(self._history, self.size.width - 2))
        return Content("\n").join([figures, Content.styled(sample, "$foreground")])


def state_sign(history: History) -> tuple[str, str, str]:
    """Return the sign, the word and the style of the run's state."""
    match history.state:
        case "idle":
            return "○", "READY", "$text-muted"
        case "preparing":
            word = _PHASE_WORDS.get(history.phase or "", "preparing").upper()
            return "◌", word, "$warning"
        case "training":
            return "●", "TRAINING", "bold $success"
        case "paused":
            return "‖", "PAUSED", "bold $warning"
        case "evaluating":
            return "◆", "EVALUATING", "bold $accent"
        case "saving":
            return "▼", "SAVING", "bold $accent"
        case "elsewhere":
            return "◌", "RUNNING ELSEWHERE", "bold $accent"
        case "ended":
            return _ending_sign(history)


def _ending_sign(history: History) -> tuple[str, str, str]:
    match history.reason:
        case "diverged" | "failed" as reason:
            return "✗", reason.upper(), "bold $error"
        case "stopped" | "signal":
            return "■", "STOPPED", "bold $warning"
        case None:
            return "■", "ENDED", "$text-muted"
        case reason:
            return "✓", reason.replace("_", " ").upper(), "bold $success"


def status_parts(history: History) -> list[Part]:
    """Return the pieces of the status line in their order."""
    parts = [Part("rnnstudio", "bold $accent", 1)]
    if history.started is not None:
        number = f"#{history.run} " if history.run is not None else ""
        parts.append(Part(number + displayable(history.name), "bold", 6))
    sign, word, style = state_sign(history)
    share = f" {history.phase_progress:.0%}" if history.phase_progress is not None else ""
    parts.append(Part(f"{sign} {word}{share}", style, 9))
    if history.started is None:
        detail = displayable(history.phase_detail)
        return [*parts, Part(detail, "$text-muted", 5)] if detail else parts
    epochs = history.config.get("epochs", 0)
    of_steps = f"/{history.planned_steps:,}" if history.planned_steps else ""
    parts.append(Part(f"ep {history.epoch}/{epochs}", "", 5))
    parts.append(Part(f"{history.step:,}{of_steps}", "", 8))
    if history.classes.best_accuracy is not None:
        parts.append(Part(f"best {history.classes.best_accuracy:.1%}", "bold", 6))
    if history.state not in ("elsewhere", "ended"):
        parts += _speed_parts(history)
    parts.append(Part(displayable(history.started.device), "$text-muted", 2))
    parts += _graph_parts(history)
    return parts


def _speed_parts(history: History) -> list[Part]:
    parts = []
    if history.tokens_per_s is not None:
        unit = "ch/s" if history.config.get("vocab_type") == "char" else "tok/s"
        parts.append(Part(f"{short_number(history.tokens_per_s)} {unit}", "", 4))
    if history.eta_s is not None:
        parts.append(Part(f"ETA {clock(history.eta_s)}", "", 7))
    return parts


def _graph_parts(history: History) -> list[Part]:
    """Return the small graphs of loss and speed."""
    parts = []
    for label, column, style, keep in (
        ("loss", "loss", "$accent", 3),
        ("speed", "tokens_per_s", "$primary", 0),
    ):
        graph = spark_text(history.training[column][-_SPARK_STEPS:], _SPARK_CELLS)
        if graph:
            parts.append(Part(f"{label} {graph}", style, keep))
    return parts


def mini_parts(history: History) -> list[Part]:
    """Return the pieces of the line of figures."""
    if history.loss is None:
        sign, word, _ = state_sign(history)
        return [Part("no loss yet" if history.state != "ended" else f"{sign} {word}", "", 9)]
    parts = [Part(f"loss {value_text(history.loss)}", "bold $accent", 9)]
    graph = spark_text(history.training["loss"][-_SPARK_STEPS:], _SPARK_CELLS)
    parts.append(Part(graph, "$accent", 5))
    if history.best_val_loss is not None:
        parts.append(Part(f"best val {value_text(history.best_val_loss)}", "$success", 8))
    parts += _accuracy_parts(history) if history.task == "classify" else _perplexity_parts(history)
    if history.grad_norm is not None:
        clipped = history.max_grad_norm and history.grad_norm > history.max_grad_norm
        mark = f" {'! clipped' if clipped else ''}".rstrip()
        parts.append(Part(f"‖g‖ {short_number(history.grad_norm)}{mark}", "", 7))
        graph = spark_text(history.training["grad_norm"][-_SPARK_STEPS:], _SPARK_CELLS)
        parts.append(Part(graph, "$primary", 3))
    if history.learning_rate is not None:
        parts.append(Part(f"lr {history.learning_rate:.3g}", "", 6))
    return parts


def _perplexity_parts(history: History) -> list[Part]:
    perplexity = math.inf if history.perplexity is None else history.perplexity
    return [Part(f"ppl {value_text(perplexity)}", "", 4)]


def _accuracy_parts(history: History) -> list[Part]:
    """Return how many training texts are classified right now, and how many by the best model."""
    classes = history.classes
    parts = []
    if classes.accuracy is not None:
        parts.append(Part(f"train acc {classes.accuracy:.1%}", "", 4))
    if classes.best_accuracy is not None:
        parts.append(Part(f"best acc {classes.best_accuracy:.1%}", "$success", 8))
    return parts


def last_text(history: History, width: int) -> str:
    """Return the newest answer of a classifier, or the end of a language model's sample."""
    if history.task != "classify":
        return sample_text(history, width)
    answer = history.classes.answer
    text = answer_line(answer) if answer is not None else ""
    return text if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)) + "…"


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
