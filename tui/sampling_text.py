"""What the console says in words: how it samples, and how probable a token was."""

import math

from textual.content import Content

from core.clamps import parse_clamps
from core.decoding import Decoding
from core.errors import InputError
from core.language import joined, tr
from tui.history import History
from tui.safe_text import displayable
from tui.samples import Sample, copied_text
from tui.signs import UNICODE, Signs


def decoding_facts(decoding: Decoding) -> list[str]:
    """Name the sampling settings shortly; those that change nothing are left out."""
    facts = [tr("greedy") if decoding.greedy else f"T {decoding.temperature:.2f}"]
    facts.append(f"k {decoding.top_k}" if decoding.top_k else tr("k all"))
    if decoding.top_p < 1:
        facts.append(f"p {decoding.top_p:g}")
    if decoding.min_p:
        facts.append(f"min-p {decoding.min_p:g}")
    if decoding.repetition_penalty != 1:
        facts.append(tr("rep {penalty:g}", penalty=decoding.repetition_penalty))
    if decoding.stop:
        facts.append(tr("stop {stop!r}", stop=displayable(decoding.stop)))
    if decoding.clamp:
        facts.append(tr("holds {units}", units=clamps_text(decoding.clamp)))
    return [*facts, tr("seed {seed}", seed=decoding.seed)]


def clamps_text(clamps: str) -> str:
    """Name the held units and their values; what cannot be read is shown as it was typed."""
    try:
        held = parse_clamps(clamps)
    except InputError:
        return displayable(clamps)
    return joined(
        tr("unit {unit} of layer {layer} at {value:g}", unit=unit + 1, layer=layer + 1, value=value)
        for layer, unit, value in held
    )


def source_of(history: History) -> str:
    """Say which weights a sample would be drawn from."""
    if history.state in ("training", "paused", "evaluating", "saving"):
        return tr("live")
    return tr("best") if history.run is not None else ""


def origin_text(sample: Sample, history: History) -> str:
    """Say of which step's weights a sample is, and of which run if not of the one on show."""
    if sample.run not in (None, history.run):
        return tr("run {run}, sampled at step {step:,}", run=sample.run, step=sample.step)
    return tr("sampled at step {step:,}", step=sample.step)


def token_text(sample: Sample, crosshair: int | None, signs: Signs = UNICODE) -> Content:
    """Read the token under the crosshair; without one explain the colours."""
    if crosshair is None or crosshair >= len(sample.tokens):
        copied = copied_text(sample.copied)
        return Content.assemble(
            tr("probability"),
            f" {signs.at_least} 50 %  ",
            (f"{signs.at_least} 20 %", "$text-success"),
            "  ",
            (f"{signs.at_least} 5 %", "$text-warning underline"),
            "  ",
            (tr("rarer"), "$text-error underline bold"),
            f"   {copied}" if copied else "",
        )
    probability = sample.probabilities[crosshair]
    surprisal = f"{-math.log(probability):.2f}" if probability > 0 else "inf"
    return Content(
        tr(
            "token {number}/{tokens}  {token!r}  p {probability:.4f}  surprisal {surprisal} nats",
            number=sample.dropped + crosshair + 1,
            tokens=sample.total,
            token=displayable(sample.tokens[crosshair]),
            probability=probability,
            surprisal=surprisal,
        )
    )
