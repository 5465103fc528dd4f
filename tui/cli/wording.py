"""How numbers and the turns of a run read in lines of text, ASCII but for what users wrote."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.config import cell_name
from core.events import (
    Baseline,
    BaselinesMeasured,
    CheckpointSaved,
    Diagnosed,
    Diverged,
    Evaluated,
    Phase,
    ReplayCompared,
    RunStarted,
    SettingsChanged,
    YardsticksMeasured,
)
from core.settings import Value, text_of
from tui.classes import baselines_text
from tui.fixes import options_text
from tui.safe_text import displayable
from tui.yardsticks import yardsticks_text
from workspace.reproducing import Recipe

PHASES: dict[Phase, str] = {
    "loading_torch": "loading torch",
    "reading_text": "reading text",
    "building_vocabulary": "building vocabulary",
    "measuring_baselines": "measuring baselines",
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


def percent(share: float | None) -> str:
    """Write a share, such as an accuracy, in percent."""
    return "none" if share is None else f"{100 * share:.2f} %"


def moment(iso: str) -> str:
    """Write a moment of the store, which is UTC, in the user's own time zone."""
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M")


def run_title(run: int | None, name: str) -> str:
    """Name a run by number and name."""
    return displayable(f"run {run} {name}" if run is not None else name)


def model_text(config: Mapping[str, Value]) -> str:
    """Name a model's cell and size, such as `bilstm 128 x 1`."""
    return f"{cell_name(config)} {config.get('hidden_size')} x {config.get('num_layers')}"


def started_line(event: RunStarted) -> str:
    """Say what is about to train on what."""
    threads = f", {event.threads} thread{'' if event.threads == 1 else 's'}"
    start = f", from step {event.start_step:,}" if event.start_step else ""
    return displayable(
        f"{run_title(event.run, event.name)}: {model_text(event.config)}, "
        f"{compact(event.parameters)} parameters, on {event.corpus_name} ({_data_text(event)} "
        f"in the vocabulary), {event.device}{threads}{start}"
    )


def _data_text(event: RunStarted) -> str:
    """Count what is trained and validated on, and the tokens known."""
    tokens = f"{event.config['vocab_type']}s"
    if event.labels:
        return (
            f"{event.train_texts:,} + {event.val_texts:,} texts of {len(event.labels):,} classes, "
            f"{event.vocab_size:,} {tokens}"
        )
    return (
        f"{compact(event.train_tokens)} + {compact(event.val_tokens)} {tokens}, "
        f"{event.vocab_size:,}"
    )


def baselines_line(event: BaselinesMeasured) -> str:
    """Say what simple methods reach on the validation texts."""
    return displayable(f"baselines: {baselines_text(event.baselines)}")


def yardsticks_line(event: YardsticksMeasured) -> str:
    """Say what counting and compressing reach on the validation text."""
    reached = yardsticks_text(event.yardsticks)
    measured = compact(event.measured_tokens), compact(event.counted_tokens)
    counted = "{} validation tokens, n-grams of {} training tokens".format(*measured)
    return displayable(f"yardsticks, nats per token: {reached} ({counted})")


def evaluated_line(event: Evaluated, baselines: Sequence[Baseline] = ()) -> str:
    """Say what an evaluation found, beside the best of some simple methods."""
    if event.accuracy is not None:
        best = max(baselines, key=lambda baseline: baseline.accuracy, default=None)
        beside = f" ({baselines_text([best])})" if best is not None else ""
        return displayable(_classes_evaluated_line(event, percent(event.accuracy) + beside))
    parts = [
        f"step {event.step:,}: validation loss {loss_text(event.val_loss)}",
        f"perplexity {perplexity_text(event.val_perplexity)}",
    ]
    if event.bits_per_char is not None:
        parts.append(f"{event.bits_per_char:.3f} bits/char")
    verdict = " (best so far)" if event.is_best else f" (best {loss_text(event.best_val_loss)})"
    return ", ".join(parts) + verdict


def _classes_evaluated_line(event: Evaluated, accuracy: str) -> str:
    macro_f1 = "" if event.macro_f1 is None else f", macro-F1 {event.macro_f1:.4f}"
    verdict = "best so far" if event.is_best else f"best {percent(event.best_accuracy)}"
    return (
        f"step {event.step:,}: validation accuracy {accuracy}{macro_f1}, "
        f"loss {loss_text(event.val_loss)} ({verdict})"
    )


def saved_line(event: CheckpointSaved) -> str:
    """Say where a checkpoint went."""
    return displayable(f"step {event.step:,}: checkpoint {event.path} ({size_text(event.size)})")


def changed_line(event: SettingsChanged) -> str:
    """Say which settings changed."""
    changes = ", ".join(
        f"{change.name} {text_of(change.old)} -> {text_of(change.new)}" for change in event.changes
    )
    return displayable(f"step {event.step:,}: {changes}")


def recipe_lines(found: Recipe) -> list[str]:
    """Write the command that does a run again; what a shell must not read is a comment."""
    lines = [found.command]
    if found.from_step:
        lines.insert(
            0,
            f"# began from a checkpoint of another run at step {found.from_step:,}, which no "
            "command does again; from scratch with the same settings:",
        )
    if found.command != found.first_command:
        lines += ["# begun, without its live edits, by:", f"# {found.first_command}"]
    if found.edits:
        lines.append("# its live edits:")
    for edit in found.edits:
        changes = ", ".join(
            f"{name} {text_of(edit.old[name])} -> {text_of(value)}"
            for name, value in edit.new.items()
        )
        lines.append(displayable(f"# after step {edit.step:,}: {changes}"))
    return lines


def diagnosed_line(event: Diagnosed) -> str:
    """Say what is wrong with a run, how it can be seen, and what mends it."""
    fix = f" fix: {options_text(event.fix)}" if event.fix else ""
    return displayable(f"doctor: step {event.step:,}: {event.message} ({event.evidence}){fix}")


def diverged_line(event: Diverged) -> str:
    """Say what went out of the range of numbers."""
    return displayable(f"diverged: {event.message}")


def replay_line(event: ReplayCompared) -> str:
    """Say whether a replay was the run that it repeats."""
    run, steps = f"run {event.run}", f"{event.recorded_steps:,}"
    if event.step is not None:
        return (
            f"replay: step {event.step:,} is the first that differs from {run}: loss "
            f"{_every_digit(event.loss)} here, {_every_digit(event.recorded_loss)} there"
        )
    if event.equal_steps < event.recorded_steps:
        return (
            f"replay: losses equal {run}'s, bit for bit, in the {event.equal_steps:,} of its "
            f"{steps} steps that were taken"
        )
    return f"replay: losses equal {run}'s, bit for bit, in all {steps} steps"


def _every_digit(loss: float | None) -> str:
    return "not finite" if loss is None else repr(loss)
