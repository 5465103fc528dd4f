"""The plain lines that stay in the terminal after the dashboard is gone."""

import math
import shlex
from pathlib import Path

from core.events import perplexity
from core.language import tr, trn
from core.plan import BOUND_OF, Plan
from core.settings import text_of
from tui.classes import baselines_text
from tui.cli.experiment_text import going_on_lines
from tui.fixes import options_text
from tui.history import History
from tui.laboratory import Laboratory
from tui.names import said
from tui.safe_text import displayable
from tui.way_back import way_back
from tui.yardsticks import comparison_text


def closing_lines(history: History, *, workspace: Path | None) -> list[str]:
    """Say where the run stands and how to go on; nothing where nothing was trained.

    Args:
        history: The run.
        workspace: The folder to name in the command; None where it is the usual one.
    """
    if history.run is None:
        return []
    lines = [_end_line(history)]
    if history.best_val_loss is not None:
        lines.append(_best_line(history, history.best_val_loss))
    if history.classes.baselines:
        reached = baselines_text(history.classes.baselines)
        lines.append(tr("baselines: {baselines}", baselines=reached))
    if history.yardsticks is not None:
        beside = comparison_text(history.yardsticks.yardsticks, history.best_val_loss)
        lines += [tr("beside baselines: {comparison}", comparison=beside)] if beside else []
    if history.checkpoint:
        lines.append(_checkpoint_line(history, history.checkpoint))
        option = f" --workspace {shlex.quote(str(workspace))}" if workspace else ""
        more = _longer_plan(history)
        command = f"rnnstudio resume {history.run}{more}{option}"
        back = way_back(history)
        if back is None:
            lines.append(tr("resume with: {command}", command=command))
        elif back.step is not None:
            text = tr("go back to step {step:,} with: {command}", step=back.step, command=command)
            lines.append(text)
    if (back := way_back(history)) is not None and back.step is None:
        settings = back.settings
        lines.append(
            tr("no good checkpoint is left; start a new run with {settings}", settings=settings)
        )
    return [displayable(line) for line in lines]


def experiment_lines(laboratory: Laboratory, *, workspace: Path | None) -> list[str]:
    """Say where the experiment stands that was begun last, and how to go on; nothing without one.

    Args:
        laboratory: What began it.
        workspace: The folder to name in the command; None where it is the usual one.
    """
    if laboratory.begun is None:
        return []
    experiment = laboratory.store.find(laboratory.begun)
    members = laboratory.store.members(laboratory.begun)
    going_on = going_on_lines(experiment, members, workspace)
    if not going_on:
        number = experiment.experiment
        going_on = [tr("see its table with: rnnstudio experiment show {number}", number=number)]
    title = tr("experiment {number} {name}", number=experiment.experiment, name=experiment.name)
    return [displayable(title), *going_on]


def _checkpoint_line(history: History, path: str) -> str:
    """Name the checkpoint; where the run went further, say from which step it would go on."""
    saved = history.checkpoint_step
    if saved is None or saved >= history.step:
        return tr("checkpoint {path}", path=path)
    return trn(
        "checkpoint of step {step:,}, without the last step: {path}",
        "checkpoint of step {step:,}, without the last {n} steps: {path}",
        history.step - saved,
        step=saved,
        path=path,
    )


def _end_line(history: History) -> str:
    """Say why the run ended, and at which step."""
    facts = {"run": history.run, "name": history.name, "step": history.step}
    reason = said(history.reason or "interrupted")
    if not history.nearest_steps:
        return tr("run {run} {name}: {reason} at step {step:,}", reason=reason, **facts)
    return tr(
        "run {run} {name}: {reason} at step {step:,} of {planned:,}",
        reason=reason,
        planned=history.nearest_steps,
        **facts,
    )


def can_go_on(history: History) -> bool:
    """Tell whether a run was ended by something else than its plan, and left a checkpoint."""
    ended = history.run is not None and history.state == "ended"
    return ended and history.checkpoint is not None and history.reason not in BOUND_OF


def _best_line(history: History, loss: float) -> str:
    """Say how good the best model is."""
    step = history.best_step
    at = tr(" (step {step:,})", step=step) if step is not None else ""
    accuracy = history.classes.best_accuracy
    if accuracy is not None:
        # The best model need not be the one of the lowest loss: `best_by` says what it is.
        return tr(
            "best model's validation accuracy {accuracy:.2f} %{at_step}, "
            "lowest loss {loss:.4f} nats",
            accuracy=100 * accuracy,
            at_step=at,
            loss=loss,
        )
    value = perplexity(loss)
    shown = "inf" if value is None else f"{value:.3f}"
    return tr(
        "best validation loss {loss:.4f} nats, perplexity {perplexity}{at_step}",
        loss=loss,
        perplexity=shown,
        at_step=at,
    )


def _longer_plan(history: History) -> str:
    """Return the options that a run needs to go on after its end; nothing where it needs none."""
    if (back := way_back(history)) is not None:
        return f" {options_text(back.values)}"
    if history.reason not in BOUND_OF:
        return ""
    plan, step, an_epoch = Plan.of(history.config), history.step, history.steps_per_epoch
    ends = plan.reached(step=step, elapsed_s=history.elapsed_s, steps_per_epoch=an_epoch)
    begun_epochs = math.ceil(step / an_epoch) if an_epoch else 0
    further = {
        "finished": 2 * max(plan.epochs, begun_epochs),
        "max_steps": 2 * step,
        "max_seconds": 2 * max(plan.max_seconds, math.floor(history.elapsed_s)),
        "early_stop": 0,
    }
    return "".join(
        f" --{BOUND_OF[reason]} {text_of(value)}"
        for reason, value in further.items()
        if reason == history.reason or reason in ends
    )
