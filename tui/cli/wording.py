"""How numbers and the turns of a run read in lines of text, ASCII but for what users wrote."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from core.config import cell_name
from core.events import (
    Baseline,
    BaselinesMeasured,
    CheckpointSaved,
    Diagnosed,
    DiagnosisEnded,
    Diverged,
    Evaluated,
    Paused,
    Previewed,
    ReplayCompared,
    RunStarted,
    SettingsChanged,
    YardsticksMeasured,
)
from core.language import joined, tr, trn
from core.settings import Value, text_of
from tui.classes import baselines_text
from tui.fixes import options_text
from tui.names import finding_name, said
from tui.safe_text import displayable
from tui.yardsticks import yardsticks_text
from workspace.reproducing import Recipe

LIVE = {"waiting": tr("waiting"), "running": tr("running"), "paused": tr("paused")}
"""What a run that has not ended is called; the others are called by why they ended."""


def status_text(status: str) -> str:
    """Write a run's status for people."""
    return LIVE.get(status) or said(status)


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
    return tr("not finite") if loss is None else f"{loss:.4f}"


def perplexity_text(value: float | None) -> str:
    """Write a perplexity; one too large for a number is `inf`."""
    if value is None:
        return "inf"
    return f"{value:.2f}" if value < 1000 else f"{value:.4g}"


def percent(share: float | None) -> str:
    """Write a share, such as an accuracy, in percent."""
    return tr("none") if share is None else f"{100 * share:.2f} %"


def moment(iso: str) -> str:
    """Write a moment of the store, which is UTC, in the user's own time zone.

    A row that holds something else is shown as it is.
    """
    try:
        return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError):
        return displayable(iso)


def run_title(run: int | None, name: str) -> str:
    """Name a run by number and name."""
    return displayable(name if run is None else tr("run {run} {name}", run=run, name=name))


def model_text(config: Mapping[str, Value]) -> str:
    """Name a model's cell and size, such as `bilstm 128 x 1`."""
    return f"{cell_name(config)} {config.get('hidden_size')} x {config.get('num_layers')}"


def started_line(event: RunStarted) -> str:
    """Say what is about to train on what."""
    where = [event.device, trn("{n} thread", "{n} threads", event.threads)]
    if event.start_step:
        where.append(tr("from step {step:,}", step=event.start_step))
    return displayable(
        tr(
            "{run}: {model}, {parameters} parameters, on {corpus} ({data}), {where}",
            run=run_title(event.run, event.name),
            model=model_text(event.config),
            parameters=compact(event.parameters),
            corpus=event.corpus_name,
            data=_data_text(event),
            where=joined(where),
        )
    )


def _data_text(event: RunStarted) -> str:
    """Count what is trained and validated on, and the tokens known."""
    is_chars = event.config["vocab_type"] == "char"
    if event.labels:
        known = (
            tr("{n:,} chars in the vocabulary", n=event.vocab_size)
            if is_chars
            else tr("{n:,} words in the vocabulary", n=event.vocab_size)
        )
        return tr(
            "{train:,} + {val:,} texts of {classes:,} classes, {known}",
            train=event.train_texts,
            val=event.val_texts,
            classes=len(event.labels),
            known=known,
        )
    counts = {
        "train": compact(event.train_tokens),
        "val": compact(event.val_tokens),
        "known": event.vocab_size,
    }
    if is_chars:
        return tr("{train} + {val} chars, {known:,} in the vocabulary", **counts)
    return tr("{train} + {val} words, {known:,} in the vocabulary", **counts)


def baselines_line(event: BaselinesMeasured) -> str:
    """Say what simple methods reach on the validation texts."""
    return displayable(tr("baselines: {baselines}", baselines=baselines_text(event.baselines)))


def yardsticks_line(event: YardsticksMeasured) -> str:
    """Say what counting and compressing reach on the validation text."""
    line = tr(
        "baselines, nats per token: {reached} ({measured} validation tokens, n-grams of "
        "{counted} training tokens)",
        reached=yardsticks_text(event.yardsticks),
        measured=compact(event.measured_tokens),
        counted=compact(event.counted_tokens),
    )
    return displayable(line)


def evaluated_line(event: Evaluated, baselines: Sequence[Baseline] = ()) -> str:
    """Say what an evaluation found, beside the best of some simple methods."""
    if event.accuracy is not None:
        best = max(baselines, key=lambda baseline: baseline.accuracy, default=None)
        beside = f" ({baselines_text([best])})" if best is not None else ""
        return displayable(_classes_evaluated_line(event, percent(event.accuracy) + beside))
    measured = [tr("perplexity {perplexity}", perplexity=perplexity_text(event.val_perplexity))]
    if event.bits_per_char is not None:
        measured.append(tr("{bits:.3f} bits/char", bits=event.bits_per_char))
    return tr(
        "step {step:,}: validation loss {loss}, {measured} ({verdict})",
        step=event.step,
        loss=loss_text(event.val_loss),
        measured=joined(measured),
        verdict=_verdict(event, loss_text(event.best_val_loss)),
    )


def previewed_line(event: Previewed) -> str:
    """Say what a first look at validation found, and that it is no evaluation."""
    if event.accuracy is not None:
        measured = tr("accuracy {accuracy}", accuracy=percent(event.accuracy))
    else:
        measured = tr("perplexity {perplexity}", perplexity=perplexity_text(event.val_perplexity))
    return tr(
        "step {step:,}: first look: validation loss {loss}, {measured} (on a part; no evaluation)",
        step=event.step,
        loss=loss_text(event.val_loss),
        measured=measured,
    )


def _classes_evaluated_line(event: Evaluated, accuracy: str) -> str:
    measured = [accuracy]
    if event.macro_f1 is not None:
        measured.append(tr("macro-F1 {score:.4f}", score=event.macro_f1))
    return tr(
        "step {step:,}: validation accuracy {measured}, loss {loss} ({verdict})",
        step=event.step,
        measured=joined(measured),
        loss=loss_text(event.val_loss),
        verdict=_verdict(event, percent(event.best_accuracy)),
    )


def _verdict(event: Evaluated, best: str) -> str:
    return tr("best so far") if event.is_best else tr("best {best}", best=best)


def saved_line(event: CheckpointSaved) -> str:
    """Say where a checkpoint went."""
    line = tr(
        "step {step:,}: checkpoint {path} ({size})",
        step=event.step,
        path=event.path,
        size=size_text(event.size),
    )
    return displayable(line)


def changed_line(event: SettingsChanged) -> str:
    """Say which settings changed."""
    changes = joined(
        f"{change.name} {text_of(change.old)} -> {text_of(change.new)}" for change in event.changes
    )
    return displayable(tr("step {step:,}: {changes}", step=event.step, changes=changes))


def recipe_lines(found: Recipe) -> list[str]:
    """Write the command that does a run again; what a shell must not read is a comment."""
    lines = [found.command]
    if found.from_step:
        lines.insert(
            0,
            tr(
                "# began from a checkpoint of another run at step {step:,}, which no "
                "command does again; from scratch with the same settings:",
                step=found.from_step,
            ),
        )
    if found.command != found.first_command:
        lines += [tr("# begun, without its live edits, by:"), f"# {found.first_command}"]
    if found.edits:
        lines.append(tr("# its live edits:"))
    for edit in found.edits:
        changes = joined(
            f"{name} {text_of(edit.old[name])} -> {text_of(value)}"
            for name, value in edit.new.items()
        )
        line = tr("# after step {step:,}: {changes}", step=edit.step, changes=changes)
        lines.append(displayable(line))
    return lines


def diagnosed_line(event: Diagnosed) -> str:
    """Say what is wrong with a run, how it can be seen, and what mends it."""
    where = tr("step {step:,}", step=event.step) if event.step else tr("before the first step")
    said = {"where": where, "message": event.message, "evidence": event.evidence}
    if not event.fix:
        return displayable(tr("doctor: {where}: {message} ({evidence})", **said))
    fix = options_text(event.fix)
    return displayable(tr("doctor: {where}: {message} ({evidence}) fix: {fix}", **said, fix=fix))


def diagnosis_ended_line(event: DiagnosisEnded) -> str:
    """Say that what was wrong with a run is over."""
    finding = finding_name(event.code)
    return displayable(
        tr("doctor: step {step:,}: over: {finding}", step=event.step, finding=finding)
    )


def diverged_line(event: Diverged) -> str:
    """Say what went out of the range of numbers."""
    return displayable(tr("diverged: {message}", message=event.message))


def paused_line(event: Paused) -> str:
    """Say that a run waits, and for what."""
    if not event.reason:
        return tr("step {step:,}: paused", step=event.step)
    return displayable(
        tr("step {step:,}: paused, and tries again: {why}", step=event.step, why=event.reason)
    )


def replay_line(event: ReplayCompared) -> str:
    """Say whether a replay was the run that it repeats."""
    if event.step is not None:
        return tr(
            "replay: step {step:,} is the first that differs from run {run}: loss "
            "{loss} here, {recorded} there",
            step=event.step,
            run=event.run,
            loss=_every_digit(event.loss),
            recorded=_every_digit(event.recorded_loss),
        )
    counts = {"run": event.run, "equal": event.equal_steps, "steps": event.recorded_steps}
    if event.equal_steps < event.recorded_steps:
        return tr(
            "replay: losses equal run {run}'s, bit for bit, in the {equal:,} of its "
            "{steps:,} steps that were taken",
            **counts,
        )
    return tr("replay: losses equal run {run}'s, bit for bit, in all {steps:,} steps", **counts)


def _every_digit(loss: float | None) -> str:
    return tr("not finite") if loss is None else repr(loss)


def unknown_text(unknown: int, tokens: int, spelling: float) -> str:
    """Say how much of a text a model does not know, and what spelling it takes.

    Args:
        unknown: Tokens of the text that the model does not know.
        tokens: All of them.
        spelling: Bits per character that spelling the unknown ones takes.
    """
    return tr(
        "{unknown:,} of {tokens:,} tokens, counted as <unk>; spelling them adds {bits:.4f} bits "
        "per char",
        unknown=unknown,
        tokens=tokens,
        bits=spelling,
    )


def unknown_tokens_text(unknown: int, tokens: int) -> str:
    """Say how many tokens of some texts a classifier does not know."""
    return tr("{unknown:,} of {tokens:,} tokens, read as <unk>", unknown=unknown, tokens=tokens)
