"""The table of rules: what can be wrong, after which events it is looked for, what explains it."""

from core.doctor import data, fit, sampling, steps, units
from core.doctor.findings import Rule
from core.events import (
    Diverged,
    Evaluated,
    Event,
    GatesMeasured,
    GradientsThroughTime,
    RunStarted,
    StepsDone,
    TextSampled,
)

START: tuple[type[Event], ...] = (RunStarted,)
STEPS: tuple[type[Event], ...] = (StepsDone,)
STEPS_OR_END: tuple[type[Event], ...] = (StepsDone, Diverged)
TRIALS: tuple[type[Event], ...] = (Evaluated,)
LOOKS: tuple[type[Event], ...] = (GatesMeasured,)
SAMPLES: tuple[type[Event], ...] = (TextSampled,)

SPOILED = frozenset({"spoiled_weights"})
EXPLODING = SPOILED | {"exploding_gradients"}
HIGH_RATE = EXPLODING | {"learning_rate_too_high"}
STUCK = HIGH_RATE | {"learning_rate_too_low", "weight_decay_too_high"}

RULES: tuple[Rule, ...] = (
    Rule("memory_runs_out", START, data.memory_runs_out),
    Rule("too_little_data", START, data.too_little_data),
    Rule("vocabulary_too_large", START, data.vocabulary_too_large),
    Rule("spoiled_weights", STEPS, steps.spoiled_weights),
    Rule("exploding_gradients", STEPS_OR_END, steps.exploding_gradients, SPOILED),
    Rule("learning_rate_too_high", STEPS_OR_END, steps.learning_rate_too_high, EXPLODING),
    Rule("learning_rate_too_low", STEPS, steps.learning_rate_too_low, HIGH_RATE),
    Rule("vanishing_gradients", (StepsDone, GradientsThroughTime), steps.vanishing_gradients,
         HIGH_RATE),
    Rule("clipping_every_step", STEPS, steps.clipping_every_step, HIGH_RATE),
    Rule("weight_decay_too_high", STEPS, fit.weight_decay_too_high, HIGH_RATE),
    Rule("dropout_too_high", TRIALS, fit.dropout_too_high, STUCK),
    Rule("teacher_forcing_too_low", STEPS, fit.teacher_forcing_too_low, STUCK),
    Rule("overfitting", TRIALS, fit.overfitting, HIGH_RATE),
    Rule("underfitting", TRIALS, fit.underfitting,
         STUCK | {"dropout_too_high", "teacher_forcing_too_low"}),
    Rule("sequence_too_short", (GradientsThroughTime, Evaluated), fit.sequence_too_short,
         HIGH_RATE),
    Rule("dead_units", LOOKS, units.dead_units, STUCK),
    Rule("saturated_units", LOOKS, units.saturated_units, STUCK | {"dead_units"}),
    Rule("sampling_too_cold", SAMPLES, sampling.sampling_too_cold),
    Rule("sampling_too_hot", SAMPLES, sampling.sampling_too_hot),
    Rule("sampling_repeats", SAMPLES, sampling.sampling_repeats),
)  # fmt: skip
"""Every rule, causes before what they bring about."""

BY_CODE = {rule.code: rule for rule in RULES}
"""Every rule by its code."""
