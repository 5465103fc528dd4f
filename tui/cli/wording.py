"""How numbers and the turns of a run read in lines of text, ASCII but for what users wrote."""

from datetime import datetime

from core.events import (
    CheckpointSaved,
    Diverged,
    Evaluated,
    Phase,
    RunStarted,
    SettingsChanged,
)
from core.settings import text_of
from tui.safe_text import displayable

PHASES: dict[Phase, str] = {
    "loading_torch": "loading torch",
    "reading_text": "reading text",
    "building_vocabulary": "building vocabulary",
    "first_batch": "first batch",
    "training": "training",
    "evaluating": "evaluating",
    "saving": "saving",
    "sampling": "sampling",
    "ended": "ended",
}
"""A phase as a person reads it."""


def clock(seconds: float) -> str:
    """Write a duration as m:ss or h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def compact(number: float) -> str:
    """Write a number in about three digits: 950, 31.2k, 1.11M."""
    for divisor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # From 999.5 on, three digits round up to the next unit.
        if number >= divisor * 0.9995:
            return f"{number / divisor:.3g}{unit}"
    return f"{number:.0f}"


def size_text(size: float) -> str:
    """Write a number of bytes: 512 B, 4.2 MB."""
    number = compact(size)
    unit = number[-1] if number[-1].isalpha() else ""
    return f"{number.removesuffix(unit)} {unit}B"


def loss_text(loss: float | None) -> str:
    """Write a loss in nats."""
    return "not finite" if loss is None else f"{loss:.4f}"


def perplexity_text(value: float | None) -> str:
    """Write a perplexity; one too large for a number is `inf`."""
    if value is None:
        return "inf"
    return f"{value:.2f}" if value < 1000 else f"{value:.4g}"


def moment(iso: str) -> str:
    """Write a moment of the store, which is UTC, in the user's own time zone."""
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M")


def run_title(run: int | None, name: str) -> str:
    """Name a run by number and name."""
    return displayable(f"run {run} {name}" if run is not None else name)


def started_line(event: RunStarted) -> str:
    """Say what is about to train on what."""
    config = event.config
    tokens = f"{compact(event.train_tokens)} + {compact(event.val_tokens)} {config['vocab_type']}s"
    threads = f", {event.threads} thread{'' if event.threads == 1 else 's'}"
    start = f", from step {event.start_step:,}" if event.start_step else ""
    return displayable(
        f"{run_title(event.run, event.name)}: {config['model_type']} "
        f"{config['hidden_size']} x {config['num_layers']}, "
        f"{compact(event.parameters)} parameters, on {event.corpus_name} ({tokens}, "
        f"{event.vocab_size:,} in the vocabulary), {event.device}{threads}{start}"
    )


def evaluated_line(event: Evaluated) -> str:
    """Say what an evaluation found."""
    parts = [
        f"step {event.step:,}: validation loss {loss_text(event.val_loss)}",
        f"perplexity {perplexity_text(event.val_perplexity)}",
    ]
    if event.bits_per_char is not None:
        parts.append(f"{event.bits_per_char:.3f} bits/char")
    verdict = " (best so far)" if event.is_best else f" (best {loss_text(event.best_val_loss)})"
    return ", ".join(parts) + verdict


def saved_line(event: CheckpointSaved) -> str:
    """Say where a checkpoint went."""
    return displayable(f"step {event.step:,}: checkpoint {event.path} ({size_text(event.size)})")


def changed_line(event: SettingsChanged) -> str:
    """Say which settings changed."""
    changes = ", ".join(
        f"{change.name} {text_of(change.old)} -> {text_of(change.new)}" for change in event.changes
    )
    return displayable(f"step {event.step:,}: {changes}")


def diverged_line(event: Diverged) -> str:
    """Say what went out of the range of numbers."""
    return displayable(f"diverged: {event.message}")
