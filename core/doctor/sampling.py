"""What a sample shows: drawn too coldly, too hotly, or going in circles."""

import math

from core.decoding import Decoding
from core.doctor.findings import Finding
from core.doctor.observations import Observations
from core.doctor.samples import repeated_share, surprise
from core.language import tr

LEAST_TOKENS = 60
"""A shorter sample tells nothing."""
USUAL_TEMPERATURE = 0.8
COLD, HOT = 0.5, 1.2
"""Temperatures outside of which they are the cause; 0.7 to 1.2 is the usual range."""
MOST_REPEATED = 0.35
"""Share of 4-grams that stood in the sample before; natural text of this length has 0 to 0.2."""
CIRCLING = 0.6
"""The same where nothing but repetition can be the cause."""


def sampling_too_cold(seen: Observations) -> Finding | None:
    """Find a sample that repeats itself because it was drawn next to greedily."""
    drawn, decoding, repeated = _asked(seen)
    is_cold = decoding.greedy or decoding.top_k == 1 or decoding.temperature < COLD
    if not drawn or not is_cold or repeated < MOST_REPEATED:
        return None
    fix: dict[str, int | float | str | bool] = {"temperature": USUAL_TEMPERATURE}
    if decoding.greedy:
        fix["greedy"] = False
    if decoding.top_k == 1:
        fix["top_k"] = 0
    return Finding(
        tr(
            "Sampling is too cold: the most probable token wins nearly always, and the text "
            "goes in circles. Draw at a higher temperature."
        ),
        _cold_evidence(decoding, repeated),
        fix,
    )


def _cold_evidence(decoding: Decoding, repeated: float) -> str:
    if decoding.top_k == 1:
        return tr(
            "drawn with top_k 1; {repeated:.0%} of its 4-grams stood in it before",
            repeated=repeated,
        )
    if decoding.greedy:
        return tr(
            "drawn greedily; {repeated:.0%} of its 4-grams stood in it before", repeated=repeated
        )
    return tr(
        "drawn at temperature {temperature:g}; {repeated:.0%} of its 4-grams stood in it before",
        temperature=decoding.temperature,
        repeated=repeated,
    )


def sampling_too_hot(seen: Observations) -> Finding | None:
    """Find a sample that surprises the model far more than real text does."""
    drawn, decoding, _ = _asked(seen)
    loss = seen.trials[-1].val_loss if seen.trials else seen.recent_loss(50)
    if not drawn or decoding.temperature <= HOT or seen.sample is None or math.isnan(loss):
        return None
    found = surprise(seen.sample.probabilities)
    if found < loss + 0.5:
        return None
    return Finding(
        tr(
            "Sampling is too hot: tokens come up that the model itself deems improbable, and "
            "the text turns to noise. Draw at a lower temperature."
        ),
        tr(
            "temperature {temperature:g}; {found:.2f} nats a token of the sample, {loss:.2f} "
            "of real text",
            temperature=decoding.temperature,
            found=found,
            loss=loss,
        ),
        {"temperature": USUAL_TEMPERATURE},
    )


def sampling_repeats(seen: Observations) -> Finding | None:
    """Find a sample that goes in circles though it was not drawn coldly."""
    drawn, decoding, repeated = _asked(seen)
    is_cold = decoding.greedy or decoding.top_k == 1 or decoding.temperature < COLD
    if not drawn or is_cold or repeated < CIRCLING or decoding.repetition_penalty > 1:
        return None
    return Finding(
        tr(
            "The sample repeats itself: what it has said makes the same more probable. Make "
            "tokens that are there already less probable."
        ),
        tr(
            "{repeated:.0%} of its 4-grams stood in it before, at temperature {temperature:g}",
            repeated=repeated,
            temperature=decoding.temperature,
        ),
        {"repetition_penalty": 1.3},
    )


def _asked(seen: Observations) -> tuple[bool, Decoding, float]:
    """Return whether there is a whole sample that was asked for, how, and what of it repeats.

    Those drawn at evaluations have no settings that a user could change.
    """
    sample = seen.sample
    if sample is None or not sample.event.done or sample.event.origin != "console":
        return False, Decoding(), 0.0
    decoding = sample.event.decoding
    if decoding is None or len(sample.tokens) < LEAST_TOKENS:
        return False, Decoding(), 0.0
    return True, decoding, repeated_share(sample.tokens)
