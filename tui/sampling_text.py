"""What the console says in words: how it samples, and how probable a token was."""

import math

from textual.content import Content

from core.decoding import Decoding
from tui.history import History
from tui.safe_text import displayable
from tui.samples import Sample, copied_text


def decoding_facts(decoding: Decoding) -> list[str]:
    """Name the sampling settings shortly; those that change nothing are left out."""
    facts = ["greedy" if decoding.greedy else f"T {decoding.temperature:.2f}"]
    facts.append(f"k {decoding.top_k or 'all'}")
    if decoding.top_p < 1:
        facts.append(f"p {decoding.top_p:g}")
    if decoding.min_p:
        facts.append(f"min-p {decoding.min_p:g}")
    if decoding.repetition_penalty != 1:
        facts.append(f"rep {decoding.repetition_penalty:g}")
    if decoding.stop:
        facts.append(f"stop {displayable(decoding.stop)!r}")
    if decoding.clamp:
        facts.append(f"holds {displayable(decoding.clamp)}")
    return [*facts, f"seed {decoding.seed}"]


def source_of(history: History, sample: Sample | None) -> str:
    """Say which weights a sample is drawn from, or would be."""
    if history.state in ("training", "paused", "evaluating", "saving"):
        return f"live@{sample.step}" if sample is not None else "live"
    return "best" if history.run is not None else ""


def token_text(sample: Sample, crosshair: int | None) -> Content:
    """Read the token under the crosshair; without one explain the colours."""
    if crosshair is None or crosshair >= len(sample.tokens):
        where = "at step" if sample.origin == "training" else "asked at step"
        copied = copied_text(sample.copied)
        return Content.assemble(
            f"{where} {sample.step}  ",
            "p .5+ ",
            (".2+", "$text-success"),
            " ",
            (".05+", "$text-warning underline"),
            " ",
            ("less", "$text-error underline bold"),
            f"  {copied}" if copied else "",
        )
    probability = sample.probabilities[crosshair]
    surprisal = f"{-math.log(probability):.2f}" if probability > 0 else "inf"
    return Content(
        f"token {sample.dropped + crosshair + 1}/{sample.total}  "
        f"{displayable(sample.tokens[crosshair])!r}  p {probability:.4f}  "
        f"surprisal {surprisal} nats"
    )
