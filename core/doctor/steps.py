"""What the steps show: learning rates that are off, gradients that explode, vanish or are cut."""

import math

from core.doctor.findings import Finding, rounded, usual_rate
from core.doctor.gradient_levels import explodes, recent_norm
from core.doctor.observations import Observations
from core.doctor.remedy import gentler_steps
from core.events import Diverged
from core.language import tr
from core.lineage import is_far_above

HIGH_FIRST_RATIO = 0.4
"""‖update‖ / ‖weights‖ of recurrent weights in a first step that is as large as they are.

Adam's first update is the learning rate in every weight, so that this hardly depends on the text;
healthy runs have 0.01 to 0.05. Half of `HIGH_RATIO` confirms it later on.
"""
LATE_STEPS = 1000
"""After so many steps at the full rate, update ratios no longer tell whether it is too high."""
HIGH_RATIO = 0.03
"""‖update‖ / ‖weights‖ that is too high at step 100; healthy runs have 0.004 to 0.013 there.

Weights that are thrown about grow like a random walk, so that later it is lower by √(100 / step),
up to `GROWN_STEPS`.
"""
GROWN_STEPS = 200
"""Steps after which the ratio of a healthy run falls no further: many small ones have 0.018."""
HIGH_EMBEDDING_RATIO = 0.018
"""The same of an embedding whose own rate was raised."""
LOW_RATIO = 3e-4
"""‖update‖ / ‖weights‖ of the fastest group below which training stands still."""
UNLEARNED = 0.85
"""A loss above this share of chance has learned next to nothing."""
WILD_NORM, WILD_TIMES = 20.0, 5.0
"""A gradient norm above the one, and the other times the usual, is a spike."""
TIGHT_CLIP = 10.0
"""A usual norm this many times the threshold leaves nothing of the gradient's size."""
FADED = 0.01
"""A lowest layer with less than this share of the highest one's gradient hardly learns."""
FADED_TOKENS = 3.0
"""A half-life below this many tokens, of sequences far longer, cannot connect what is apart."""


WORSE = 1.1
"""A loss this many times that of guessing evenly is worse than knowing nothing."""


def spoiled_weights(seen: Observations) -> Finding | None:
    """Find a loss far worse than it was, or than chance, and so since before these settings."""
    worst = min(WORSE * seen.chance_loss, _far_above(seen.reached))
    newest, rate_is_sane = (
        seen.recent_loss(10),
        seen.config.learning_rate <= usual_rate(seen.config),
    )
    is_inherited = seen.settled > 0 and seen.first_loss > worst
    if not (is_inherited and rate_is_sane) or len(seen.losses) < 10 or not newest > worst:
        return None
    return Finding(
        tr(
            "The weights are spoiled: earlier settings have undone what was learned, and those of "
            "now would have to learn it again. Go back to a checkpoint from before."
        ),
        _spoiled_evidence(seen, newest),
        {},
    )


def _spoiled_evidence(seen: Observations, newest: float) -> str:
    if seen.reached < seen.chance_loss:
        return tr(
            "loss {newest:.2f}, at the first step with these settings {first_loss:.2f}, after a "
            "best of {best_loss:.2f}",
            newest=newest,
            first_loss=seen.first_loss,
            best_loss=seen.reached,
        )
    return tr(
        "loss {newest:.2f}, at the first step with these settings {first_loss:.2f}; uniform "
        "guessing has {chance_loss:.2f}",
        newest=newest,
        first_loss=seen.first_loss,
        chance_loss=seen.chance_loss,
    )


def _far_above(best_loss: float) -> float:
    """Return a loss that is worse than a best by more than chance and other batches explain."""
    return 1.3 * best_loss + 0.3


def learning_rate_too_high(seen: Observations) -> Finding | None:
    """Find a loss worse than chance, far above its best, or updates that shake the weights."""
    rate = seen.config.learning_rate
    cause = _worse_loss(seen) or _wild_gradient(seen)
    group, ratio = _shaken_group(seen)
    too_high = seen.edits.have_raised_the_rate or rate > usual_rate(seen.config)
    if seen.diverged is not None and too_high:
        cause = _divergence_text(seen.diverged, rate)
    if cause is None and group == "embedding" and seen.config.embedding_rate > 1:
        return Finding(
            tr(
                "The embedding's step size is too high: tokens are thrown about instead of finding "
                "their place. Use the same rate as for the other weights."
            ),
            tr(
                "update/weights {ratio:.2g} of the embedding, rate {rate:g} x {embedding_rate:g}",
                ratio=ratio,
                rate=rate,
                embedding_rate=seen.config.embedding_rate,
            ),
            {"embedding_rate": 1.0},
        )
    if cause is None and group:
        cause = tr(
            "update/weights {ratio:.2g} in {group}, about 0.005 is usual; rate {rate:g}",
            ratio=ratio,
            group=group,
            rate=rate,
        )
    if cause is None:
        return None
    return Finding(
        tr(
            "The learning rate is too high: steps overshoot, and the loss jumps or gets stuck "
            "instead of falling. Take smaller steps."
        ),
        cause,
        gentler_steps(seen),
    )


def _divergence_text(diverged: Diverged, rate: float) -> str:
    if diverged.what == "loss":
        return tr("loss not finite at step {step:,}, rate {rate:g}", step=diverged.step, rate=rate)
    if diverged.what == "weights":
        return tr(
            "weights not finite at step {step:,}, rate {rate:g}", step=diverged.step, rate=rate
        )
    return tr("gradient not finite at step {step:,}, rate {rate:g}", step=diverged.step, rate=rate)


def _worse_loss(seen: Observations) -> str | None:
    """Say that the loss is worse than chance, or worse than it was, if for 40 steps it is."""
    if seen.steps_seen < 40 or _moves_little(seen):
        return None  # steps that are too small cannot have made it so
    newest = seen.recent_loss(10)
    lower = min(seen.recent_loss(10, before=before) for before in (0, 10, 20, 30))
    if lower > WORSE * seen.chance_loss:
        return tr(
            "loss {newest:.2f}, uniform guessing has {chance_loss:.2f}",
            newest=newest,
            chance_loss=seen.chance_loss,
        )
    if is_far_above(lower, seen.best_loss):
        return tr(
            "loss {newest:.2f} after a best of {best_loss:.2f}",
            newest=newest,
            best_loss=seen.best_loss,
        )
    return None


def _wild_gradient(seen: Observations) -> str | None:
    """Say that gradients explode though they are clipped, where the steps are larger than usual."""
    limit, rate, norms = seen.config.max_grad_norm, seen.config.learning_rate, seen.whole_norms()
    if not _clips(seen) or rate <= usual_rate(seen.config) or not explodes(norms, limit):
        return None
    return tr(
        "gradient norm {norm:.3g} before it is clipped to {limit:g}; rate {rate:g}",
        norm=recent_norm(seen.whole_norms()),
        limit=limit,
        rate=rate,
    )


def _clips(seen: Observations) -> bool:
    """Tell whether what is far too large is clipped."""
    return 0 < seen.config.max_grad_norm < WILD_NORM


def _moves_little(seen: Observations) -> bool:
    """Tell whether updates are too small for the weights to move."""
    return max(seen.update_ratios().values(), default=math.nan) < LOW_RATIO


def _shaken_group(seen: Observations) -> tuple[str, float]:
    """Return the group whose weights move too fast, and how fast; an empty name where none is."""
    if seen.steps_seen > LATE_STEPS or len(seen.measured_settled) < 2:
        return "", 0.0
    allowed = min(1.0, math.sqrt(100 / min(seen.steps_seen, GROWN_STEPS)))
    first = max((r for g, r in seen.first_ratios.items() if "recurrent" in g), default=0.0)
    if first > HIGH_FIRST_RATIO:
        allowed /= 2
    for group, ratio in seen.update_ratios().items():
        own_rate = group == "embedding" and seen.config.embedding_rate > 1
        if ratio > allowed * (HIGH_EMBEDDING_RATIO if own_rate else HIGH_RATIO):
            # Decayed weights are small, so that any step is large beside them.
            decayed = seen.config.optimizer == "adam" and seen.config.weight_decay >= 0.01
            return ("", 0.0) if decayed else (group, ratio)
    return "", 0.0


def learning_rate_too_low(seen: Observations) -> Finding | None:
    """Find updates too small to matter while nothing is learned yet."""
    rate = seen.config.learning_rate
    if seen.steps_seen < 40 or rate >= usual_rate(seen.config):
        return None
    ratio, loss = max(seen.update_ratios().values(), default=math.nan), seen.recent_loss(40)
    if not _moves_little(seen) or not UNLEARNED <= loss / seen.chance_loss <= WORSE:
        return None
    return Finding(
        tr(
            "The learning rate is too low: the weights hardly move, and the loss stays where "
            "it began. Take larger steps."
        ),
        tr(
            "update/weights at most {ratio:.1g}, about 0.005 is usual; rate {rate:g}; "
            "loss {loss:.2f}, uniform guessing has {chance_loss:.2f}",
            ratio=ratio,
            rate=rate,
            loss=loss,
            chance_loss=seen.chance_loss,
        ),
        {"learning_rate": usual_rate(seen.config)},
    )


def exploding_gradients(seen: Observations) -> Finding | None:
    """Find gradients that are not finite, or spike, where nothing clips them, or all too large."""
    limit = seen.config.max_grad_norm
    usual = seen.grad_norm(200)
    spikes = [
        report.largest_grad_norm
        for report in seen.recent_reports(200)
        if report.grad_norm is None
        or (report.largest_grad_norm or 0.0) > max(WILD_NORM, WILD_TIMES * usual)
    ]
    blown = seen.diverged is not None and seen.diverged.what == "gradient"
    is_lasting = explodes(seen.whole_norms(), limit)
    if _clips(seen):
        return _exploding_all_the_same(seen) if is_lasting else None
    if not (blown or is_lasting or (len(spikes) >= 2 and seen.steps_seen >= 20)):
        return None
    largest = max((spike for spike in spikes if spike is not None), default=math.inf)
    fix = gentler_steps(seen)
    return Finding(
        _exploding_text(smaller_steps="learning_rate" in fix),
        _exploding_evidence(largest, usual, limit),
        fix,
    )


def _exploding_all_the_same(seen: Observations) -> Finding | None:
    """Find gradients that stay far too large though clipped, at a rate that is not the cause."""
    rate = seen.config.learning_rate
    if rate > usual_rate(seen.config):
        return None  # the rate is what is named
    return Finding(
        tr(
            "Gradients explode: step after step they are many times too large, so that clipping "
            "leaves only their direction. Take smaller steps."
        ),
        tr(
            "gradient norm {norm:.3g} before it is clipped to {limit:g}; rate {rate:g}",
            norm=recent_norm(seen.whole_norms()),
            limit=seen.config.max_grad_norm,
            rate=rate,
        ),
        gentler_steps(seen),
    )


def _exploding_text(*, smaller_steps: bool) -> str:
    if smaller_steps:
        return tr(
            "Gradients explode: now and then one step is many times too large and undoes what "
            "was learned. Clip them, and take smaller steps."
        )
    return tr(
        "Gradients explode: now and then one step is many times too large and undoes what was "
        "learned. Clip them."
    )


def _exploding_evidence(largest: float, usual: float, limit: float) -> str:
    if limit:
        return tr(
            "gradient norm up to {largest:.3g} in 200 steps, {usual:.2g} is usual here; clipped "
            "at {limit:g}",
            largest=largest,
            usual=usual,
            limit=limit,
        )
    return tr(
        "gradient norm up to {largest:.3g} in 200 steps, {usual:.2g} is usual here; no clipping",
        largest=largest,
        usual=usual,
    )


def vanishing_gradients(seen: Observations) -> Finding | None:
    """Find layers, or tokens further back, that the gradient does not reach."""
    return _vanishing_in_depth(seen) or _vanishing_in_time(seen)


def _vanishing_in_depth(seen: Observations) -> Finding | None:
    norms = seen.group_norms()
    lowest = norms.get("l0.recurrent")
    highest = norms.get(f"l{seen.config.num_layers - 1}.recurrent")
    if seen.steps_seen < 40 or lowest is None or not highest or len(seen.measured_settled) < 2:
        return None
    if seen.config.num_layers < 3 or lowest > FADED * highest:
        return None
    return Finding(
        tr(
            "Gradients vanish on their way down: the lower layers hardly learn. Fewer layers "
            "in a new run train better."
        ),
        tr(
            "gradient norm {lowest:.1g} in layer 1, {highest:.1g} in layer {num_layers}",
            lowest=lowest,
            highest=highest,
            num_layers=seen.config.num_layers,
        ),
        {"num_layers": 2},
    )


def _vanishing_in_time(seen: Observations) -> Finding | None:
    """Look only where training has stalled: a plain RNN forgets fast and may learn all the same."""
    if seen.config.model_type != "rnn" or len(seen.gradients) < 2 or not seen.has_stalled:
        return None
    lives = [min(life or math.inf for life in look.half_lives) for look in seen.gradients]
    length = seen.config.seq_length
    if max(lives) > FADED_TOKENS or length < 16 * FADED_TOKENS:
        return None
    return Finding(
        tr(
            "Gradients vanish through time: the network cannot connect what is a few tokens "
            "apart, and the loss has stopped falling. An LSTM keeps them, in a new run."
        ),
        tr(
            "the gradient halves every {half_life:.1f} tokens, a sequence has {length}",
            half_life=max(lives),
            length=length,
        ),
        {"model_type": "lstm"},
    )


def clipping_every_step(seen: Observations) -> Finding | None:
    """Find a threshold far below the usual norm, so that every step is cut to the same length."""
    limit, usual = seen.config.max_grad_norm, seen.grad_norm(100)
    if not limit or seen.steps_seen < 40:
        return None
    share = seen.clipped_share(100)
    if share < 0.95 or not usual > TIGHT_CLIP * limit:
        return None
    return Finding(
        tr(
            "Almost every step is clipped, so that the gradient's size counts for nothing: the "
            "threshold is far below what is usual. Clip only what is exceptional."
        ),
        tr(
            "{share:.0%} of the last steps were clipped to {limit:g}, the norm is usually "
            "{usual:.2g}",
            share=share,
            limit=limit,
            usual=usual,
        ),
        {"max_grad_norm": min(5.0, max(0.25, rounded(2 * usual)))},
    )
