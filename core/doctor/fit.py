"""What the loss curves show: over- and under-fitting, and the settings that cause them."""

from core.doctor.findings import Finding, rounded
from core.doctor.observations import Observations
from core.events import GradientsThroughTime
from core.language import joined, tr
from core.settings import Value

RISE = 1.02
"""A validation loss this many times its best has risen, if two evaluations in a row say so."""
LEFT = 0.25
"""Share of the gradient that may be left at the far end of a sequence."""
SHORTEST = 5
"""Tokens; sequences up to this long are too short for any text."""
GAP = 0.9
"""A training loss below this share of the validation loss has a gap to it."""


def overfitting(seen: Observations) -> Finding | None:
    """Find a validation loss that rises while the training loss is far below it, and its best.

    Where the training loss is above that, the run has got worse on its own text, too.
    """
    if len(seen.trials) < 3:
        return None
    best = min(trial.val_loss for trial in seen.trials)
    newest = list(seen.trials)[-2:]
    if any(t.val_loss < RISE * best for t in newest):
        return None
    if not all(t.train_loss < min(best, GAP * t.val_loss) for t in newest):
        return None
    last, config = newest[-1], seen.config
    fix: dict[str, Value] = {}
    if config.dropout < 0.5:
        fix["dropout"] = 0.5
    if config.weight_decay < 1e-4:
        fix["weight_decay"] = 1e-4
    return Finding(
        _overfitting_text(can_regularise=bool(fix)),
        tr(
            "validation loss {val_loss:.3f} after a best of {best:.3f}, training loss "
            "{train_loss:.3f}",
            val_loss=last.val_loss,
            best=best,
            train_loss=last.train_loss,
        ),
        fix,
    )


def _overfitting_text(*, can_regularise: bool) -> str:
    if can_regularise:
        return tr(
            "The model over-fits: it learns the training text by heart, and gets worse on text "
            "that it has not seen. Drop more values and pull the weights to zero, or get more "
            "text; the best model so far is kept."
        )
    return tr(
        "The model over-fits: it learns the training text by heart, and gets worse on text that "
        "it has not seen. Stop, or get more text; the best model so far is kept."
    )


def underfitting(seen: Observations) -> Finding | None:
    """Find a model too small: no better on its own text than on others, and far from done."""
    hidden = seen.config.hidden_size
    too_narrow = 10 * hidden < min(seen.outputs, 256)
    is_small = seen.run.parameters < 0.02 * seen.run.train_tokens and seen.has_stalled
    if seen.steps_seen < 80 or not seen.trials or not (too_narrow or is_small):
        return None
    trial = seen.trials[-1]
    if trial.train_loss < GAP * trial.val_loss or trial.train_loss < 0.4 * seen.chance_loss:
        return None
    size = max(64, min(8192, 4 * hidden))
    return Finding(
        tr(
            "The model under-fits: it is too small for what there is to learn. A wider hidden "
            "state, in a new run, has room for it."
        ),
        tr(
            "training loss {train_loss:.2f}, validation loss {val_loss:.2f}; hidden_size "
            "{hidden}, {told_apart}",
            train_loss=trial.train_loss,
            val_loss=trial.val_loss,
            hidden=hidden,
            told_apart=_outputs_text(seen),
        ),
        {"hidden_size": size},
    )


def _outputs_text(seen: Observations) -> str:
    if seen.is_language:
        return tr("{tokens:,} tokens to tell apart", tokens=seen.outputs)
    return tr("{classes:,} classes to tell apart", classes=seen.outputs)


def dropout_too_high(seen: Observations) -> Finding | None:
    """Find so much dropout that training is worse than validation, which drops nothing."""
    config = seen.config
    dropped = {
        name: getattr(config, name)
        for name in ("dropout", *(() if seen.is_language else ("embedding_dropout",)))
        if getattr(config, name) >= 0.75
    }
    if not dropped or seen.steps_seen < 60 or not seen.trials:
        return None
    trial = seen.trials[-1]
    if trial.train_loss < 0.95 * trial.val_loss:
        return None
    shares = joined(f"{name} {share:g}" for name, share in dropped.items())
    return Finding(
        tr(
            "The model under-fits: dropout takes away so much that too little is left to learn "
            "from. Drop less."
        ),
        tr(
            "{shares}; training loss {train_loss:.2f}, validation loss {val_loss:.2f} without "
            "dropout",
            shares=shares,
            train_loss=trial.train_loss,
            val_loss=trial.val_loss,
        ),
        dict.fromkeys(dropped, 0.2),
    )


def teacher_forcing_too_low(seen: Observations) -> Finding | None:
    """Find a model that is fed its own mistakes before it has learned to predict."""
    ratio = seen.config.teacher_forcing_ratio
    newest, before = seen.recent_loss(40), seen.recent_loss(40, before=40)
    if not seen.is_language or ratio >= 0.5 or seen.steps_seen < 80:
        return None
    if not newest > 0.98 * before or newest < 0.4 * seen.chance_loss:
        return None
    return Finding(
        tr(
            "Teacher forcing is too low: the model is fed its own wrong guesses and learns "
            "from noise. Feed it the true tokens, at least until it predicts well."
        ),
        tr(
            "teacher_forcing_ratio {ratio:g}; loss {newest:.2f}, and {before:.2f} 40 steps before",
            ratio=ratio,
            newest=newest,
            before=before,
        ),
        {"teacher_forcing_ratio": 1.0},
    )


def weight_decay_too_high(seen: Observations) -> Finding | None:
    """Find weights pulled to zero faster than anything can be learned."""
    decay, loss = seen.config.weight_decay, seen.recent_loss(40)
    if decay < 0.01 or seen.steps_seen < 60 or not loss > 0.85 * seen.chance_loss:
        return None
    return Finding(
        tr(
            "Weight decay is too high: it pulls the weights to zero faster than they learn. "
            "Use little or none."
        ),
        tr(
            "weight_decay {decay:g}; loss {loss:.2f}, uniform guessing has {chance_loss:.2f}",
            decay=decay,
            loss=loss,
            chance_loss=seen.chance_loss,
        ),
        {
            "weight_decay": 0.0
            if seen.config.optimizer == "adam"
            else rounded(min(decay / 10, 0.01))
        },
    )


def _left_at_cut(look: GradientsThroughTime) -> float:
    """Return the share of the last token's gradient that reaches the first, in the top layer."""
    norms = [norm or 0.0 for norm in look.norms[-1]]
    return norms[-1] / norms[0] if norms[0] else 0.0


def sequence_too_short(seen: Observations) -> Finding | None:
    """Find gradients that are cut off while they are still strong."""
    length, looks = seen.config.seq_length, list(seen.gradients)[-2:]
    if not seen.is_language or seen.step < 20 or not looks or length > 64:
        return None
    share = min(_left_at_cut(look) for look in looks)
    # Windows so short are cut off within a word or two, whatever the gradient does.
    if length > SHORTEST and (share < LEFT or len(looks) < 2 or not seen.steps_seen):
        return None
    longer = min(64, seen.run.train_tokens // (2 * seen.config.batch_size))
    if longer < 2 * length:
        return None
    return Finding(
        tr(
            "Sequences are too short for what depends on what: gradients are cut off while "
            "they still matter, so that nothing further back is learned. Use longer ones in a "
            "new run."
        ),
        tr(
            "seq_length {length}; {share:.0%} of the gradient is left {back} tokens back",
            length=length,
            share=share,
            back=length - 1,
        ),
        {"seq_length": longer},
    )
