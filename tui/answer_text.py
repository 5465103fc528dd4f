"""What the console says of a classified text in words: its class, and what a token did to it."""

from textual.content import Content

from core.events import TextClassified
from core.language import tr
from tui.history import History
from tui.safe_text import displayable
from tui.widgets.bars import Bar
from tui.widgets.shaded_view import ATTENTION


def answer_bars(answer: TextClassified) -> list[Bar]:
    """Return the probability of each class."""
    pairs = zip(answer.labels, answer.probabilities, strict=False)
    return [Bar(displayable(label), probability) for label, probability in pairs]


def top_class(answer: TextClassified) -> Bar:
    """Return the class that the text was given, with its probability."""
    return max(answer_bars(answer), key=lambda bar: bar.share, default=Bar("", 0.0))


def answer_line(answer: TextClassified) -> str:
    """Say what the model made of a text in one line."""
    top = top_class(answer)
    what = f"{top.label} {top.share:.1%}"
    return tr("{what}: {more}", what=what, more=displayable(answer.text))


def token_reading(answer: TextClassified, crosshair: int | None, limit: int = 0) -> Content:
    """Read the token under the crosshair; without one explain the shades.

    Args:
        answer: What the model said.
        crosshair: The token's number from 0.
        limit: How many tokens of a text are read; 0 for all of them.
    """
    label = top_class(answer).label
    if crosshair is None or crosshair >= len(answer.tokens):
        return _legend(answer, label, limit)
    weight = answer.weights[crosshair] if crosshair < len(answer.weights) else 0.0
    token = displayable(answer.tokens[crosshair].strip()) or displayable(answer.tokens[crosshair])
    place = tr(
        "token {number}/{tokens}  {token!r}  ",
        number=crosshair + 1,
        tokens=len(answer.tokens),
        token=token,
    )
    if answer.method == ATTENTION:
        weighed = tr("attention {weight:.2f} of the largest", weight=weight)
    elif weight >= 0:
        weighed = tr("{weight:+.3g} towards {label}", weight=weight, label=label)
    else:
        weighed = tr("{weight:+.3g} against {label}", weight=weight, label=label)
    return Content(place + weighed)


def _legend(answer: TextClassified, label: str, limit: int) -> Content:
    is_cut = 0 < limit <= len(answer.tokens)
    cut = tr("  only the first {limit} tokens are read", limit=limit) if is_cut else ""
    if answer.method == ATTENTION:
        return Content.assemble((tr("looked at"), "bold on $success 25%"), cut)
    return Content.assemble(
        (tr("towards"), "bold on $success 25%"),
        tr(" and "),
        (tr("against"), "underline on $error 25%"),
        f" {label}{cut}",
    )


def weights_named(history: History, answer: TextClassified | None) -> str:
    """Say which weights answer."""
    if history.run is None:
        return ""
    live = history.state in ("training", "paused", "evaluating", "saving", "preparing")
    name = tr("live") if live else tr("best")
    return f"{name}@{answer.step}" if answer is not None else name


def obstacle(history: History, *, aside: bool) -> str:
    """Say why no model can answer now; nothing where one can.

    Args:
        history: The run on show.
        aside: Whether another run than the one on show is in training.
    """
    if history.state == "preparing":
        return tr("the model answers once training has begun")
    if history.run is None:
        return tr("there is no model yet: start training, or open a run")
    if aside:
        return tr("another run is still training; this one's model answers once that has ended")
    if history.state == "evaluating":
        return tr("the model answers once it has been evaluated")
    return ""
