"""The six lessons as data: what to read, what to start from, and when a goal is reached."""

import math
from collections.abc import Callable, Mapping

import msgspec

from core.language import tr
from core.settings import Value
from tui.lessons.watch import Watch


class Goal(msgspec.Struct, frozen=True):
    """Name one thing to do, and tell when it is done."""

    text: str
    is_reached: Callable[[Watch], bool]


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one lesson."""

    title: str
    text: str
    """What it is about, in two sentences or three."""
    preset: str
    settings: Mapping[str, Value]
    """What its run has besides the preset's."""
    goals: tuple[Goal, ...]
    hint: str
    look_at: str
    """Which panels show it."""


def _cools(watch: Watch) -> bool:
    return any(decoding.temperature <= 0.5 for decoding in watch.samples)


def _heats(watch: Watch) -> bool:
    return any(decoding.temperature >= 1.2 for decoding in watch.samples)


def _predicts(watch: Watch) -> bool:
    return any(run.best_val_loss < 2.08 for run in watch.runs)  # perplexity 8


def _rnn_forgets(watch: Watch) -> bool:
    return any(run.cell == "rnn" and run.half_lives for run in watch.runs)


def _lstm_remembers(watch: Watch) -> bool:
    """Compare runs at the same step: an RNN's half-life may grow when it trains long."""
    rnns = [run for run in watch.runs if run.cell == "rnn"]
    return any(
        _is_twice(half_life, rnn.half_life_at(step))
        for lstm in watch.runs
        if lstm.cell == "lstm"
        for step, half_life in list(lstm.half_lives.items())[-1:]
        for rnn in rnns
    )


def _is_twice(half_life: float, other: float) -> bool:
    return 0 < other < math.inf and half_life >= 2 * other


def _explodes(watch: Watch) -> bool:
    return watch.has_exploded


def _is_tamed(watch: Watch) -> bool:
    return any(run.clipped_since >= 5 and run.loss < 0.8 * run.first_loss for run in watch.runs)


def _over_fits(watch: Watch) -> bool:
    return any(
        run.number("dropout") < 0.3 and run.val_loss > 1.03 * run.best_val_loss
        for run in watch.runs
    )


def _dropout_helps(watch: Watch) -> bool:
    without = [run.best_val_loss for run in watch.runs if run.number("dropout") < 0.3]
    with_it = [run.best_val_loss for run in watch.runs if run.number("dropout") >= 0.3]
    return _over_fits(watch) and bool(with_it) and min(with_it) < min(without)


def _feeds_itself(watch: Watch) -> bool:
    return any(run.number("teacher_forcing_ratio") <= 0.5 for run in watch.runs)


def _measured_so(watch: Watch) -> bool:
    return any(
        run.number("teacher_forcing_ratio") <= 0.5
        and "teacher_forcing_ratio" in run.evaluated_after
        for run in watch.runs
    )


def _finds_a_unit(watch: Watch) -> bool:
    return any(size >= 0.5 and size >= 3 * by_chance for size, by_chance in watch.trackers)


def _holds_a_unit(watch: Watch) -> bool:
    return any(decoding.clamp for decoding in watch.samples)


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        title=tr("Perplexity and temperature"),
        text=tr(
            "Perplexity is how many tokens the model hesitates between, on average; "
            "temperature sharpens or flattens that choice when it writes."
        ),
        preset="tiny",
        settings={},
        goals=(
            Goal(tr("bring the validation perplexity below 8"), _predicts),
            Goal(tr("draw a sample at temperature 0.5 or below"), _cools),
            Goal(tr("draw a sample at temperature 1.2 or above"), _heats),
        ),
        hint=tr("in 6 Generate, t and T change the temperature and r draws again"),
        look_at=tr("3 Perplexity, 6 Generate"),
    ),
    Lesson(
        title=tr("Vanishing gradients"),
        text=tr(
            "To repeat letters after a delay, a gradient has to reach far back. In a plain RNN "
            "it halves every few tokens; the cell of an LSTM carries it on."
        ),
        preset="tiny",
        settings={
            "corpus": "delayed-copy",
            "model_type": "rnn",
            "learning_rate": 0.003,
            "epochs": 100,
            "eval_every": 200,
        },
        goals=(
            Goal(tr("train the RNN until its half-life is known"), _rnn_forgets),
            Goal(
                tr("train an LSTM whose half-life at the same step is at least twice as long"),
                _lstm_remembers,
            ),
        ),
        hint=tr("in 1 Params set model_type to lstm, then A starts a new run with it"),
        look_at=tr("7 Through time; o in 5 Runs lays the RNN's curve beside the LSTM's"),
    ),
    Lesson(
        title=tr("Exploding gradients and clipping"),
        text=tr(
            "A step that is too large throws the weights far off, and the loss jumps. Clipping "
            "shortens any gradient longer than max_grad_norm, so that no step is too large."
        ),
        preset="tiny",
        settings={
            "model_type": "rnn",
            "learning_rate": 3.0,
            "max_grad_norm": 0.0,
            "warmup_steps": 0,
        },
        goals=(
            Goal(tr("make it explode: the loss at twice its start, or not finite"), _explodes),
            Goal(tr("tame it: clipped steps, and a loss 20 % below its start"), _is_tamed),
        ),
        hint=tr("set max_grad_norm to 0.25 and learning_rate to 0.003, then A starts a new run"),
        look_at=tr("2 Loss, 4 Gradients"),
    ),
    Lesson(
        title=tr("Over-fitting and dropout"),
        text=tr(
            "With little text a model learns it by heart: the training loss falls on while the "
            "validation loss rises. Dropout hides random units, so that none is relied upon."
        ),
        preset="tiny",
        settings={
            "hidden_size": 128,
            "val_fraction": 0.9,
            "dropout": 0.0,
            "epochs": 100,
            "eval_every": 100,
            "schedule": "constant",
        },
        goals=(
            Goal(tr("over-fit: the validation loss 3 % above its best"), _over_fits),
            Goal(tr("with dropout of 0.3 or more, reach a better one"), _dropout_helps),
        ),
        hint=tr("set dropout to 0.5, then A starts a new run with it"),
        look_at=tr("2 Loss: training against validation"),
    ),
    Lesson(
        title=tr("Teacher forcing"),
        text=tr(
            "In training the model is fed the true text; when it writes, it is fed what it wrote. "
            "Below 1, teacher_forcing_ratio feeds it its own predictions in training, too."
        ),
        preset="tiny",
        settings={"epochs": 100, "eval_every": 50},
        goals=(
            Goal(tr("lower teacher_forcing_ratio to 0.5 or below while it trains"), _feeds_itself),
            Goal(tr("wait for an evaluation after that"), _measured_so),
        ),
        hint=tr(
            "in 1 Params go down to teacher_forcing_ratio; Enter, 0.3, Enter, then a applies it"
        ),
        look_at=tr("2 Loss: the training loss rises, for the task has become harder"),
    ),
    Lesson(
        title=tr("What a unit learns"),
        text=tr(
            "Nobody tells a hidden unit what to do, yet some follow quotes, lines or brackets. "
            "Held at a value, such a unit changes what the model writes."
        ),
        preset="tiny",
        settings={},
        goals=(
            Goal(
                tr("find a unit of correlation 0.5 or more, three times what chance finds"),
                _finds_a_unit,
            ),
            Goal(tr("draw a sample with a unit held"), _holds_a_unit),
        ),
        hint=tr("train a while; in 9 Microscope F finds units, X holds one, then g draws"),
        look_at=tr("9 Microscope, 6 Generate"),
    ),
)
"""In the order of the tour."""
