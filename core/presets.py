"""The named presets over the training settings."""

import math
from collections.abc import Mapping

from core.settings import Value

FAST_SECONDS = (5.0, 300.0)
"""The training times between which the preset `fast` changes; below and above it stays."""

FAST_SIZES: dict[str, tuple[int, int, int]] = {
    "hidden_size": (192, 512, 64),
    "batch_size": (16, 32, 16),
    "seq_length": (32, 64, 32),
}
"""Sizes of the preset `fast` at both of `FAST_SECONDS`, and what the ones in between are multiples
of.

In little time many small steps of a small model reach most; a longer run can afford a larger one.
"""

FAST_RATES = (0.008, 0.003)
"""Learning rates of the preset `fast` at both of `FAST_SECONDS`."""

FAST_DROPOUT = 0.5
"""Dropout of the preset `fast` at the last of `FAST_SECONDS`, where it sees its text often."""

FAST_WEIGHT_DECAY = 0.1
"""Weight decay of the preset `fast` there, of AdamW."""

FAST_LSTM_FROM = 150.0
"""The training time from which the preset `fast` takes an LSTM, seconds.

A GRU costs a quarter less and learns faster at first; where a text is seen often, an LSTM of the
same width generalises better.
"""


def fast_sizes(max_seconds: float) -> dict[str, Value]:
    """Return what of the preset `fast` goes by the training time.

    Sizes and rate move by equal factors when the time does, from one of `FAST_SECONDS` to the
    other. Dropout and weight decay come later, as text that has been seen does: with the square
    of that way.
    """
    shortest, longest = FAST_SECONDS
    seconds = min(max(max_seconds, shortest), longest)
    share = math.log(seconds / shortest) / math.log(longest / shortest)
    sizes = {
        name: round(_between(first, last, share) / step) * step
        for name, (first, last, step) in FAST_SIZES.items()
    }
    return {
        "model_type": "gru" if seconds < FAST_LSTM_FROM else "lstm",
        **sizes,
        "learning_rate": round(_between(*FAST_RATES, share), 4),
        "dropout": round(FAST_DROPOUT * share**2, 2),
        "weight_decay": round(FAST_WEIGHT_DECAY * share**2, 3),
    }


def _between(first: float, last: float, share: float) -> float:
    """Return the value at a share of the way from one to the other, by equal factors."""
    return float(first * (last / first) ** share)


def _fast(max_seconds: float) -> dict[str, Value]:
    """Return what reaches a low loss in some seconds of training, on a CPU and a megabyte of text.

    One wide layer, and a rate that falls to zero with the time.
    """
    return {
        "num_layers": 1,
        "embedding_dim": 64,
        **fast_sizes(max_seconds),
        "optimizer": "adamw",
        "schedule": "cosine",
        "lr_floor": 0.0,
        "warmup_steps": 50,
        "precision": "bf16",
        "epochs": 1000,
        "max_seconds": max_seconds,
    }


PRESETS: dict[str, dict[str, Value]] = {
    "chapter": {},
    "tiny": {
        "model_type": "gru",
        "hidden_size": 64,
        "num_layers": 1,
        "embedding_dim": 32,
        "dropout": 0.0,
        "learning_rate": 0.005,
        "epochs": 5,
    },
    "fast": _fast(60.0),
    "classifier": {
        "task": "classify",
        "corpus": "python-topics",
        "vocab_type": "word",
        "hidden_size": 128,
        "num_layers": 1,
        "dropout": 0.5,
        "embedding_dropout": 0.3,
        "word_dropout": 0.1,
        "learning_rate": 0.003,
        "embedding_rate": 2.0,
        "schedule": "cosine",
        "best_by": "accuracy",
        "epochs": 10,
    },
    "sst2": {
        "task": "classify",
        "corpus": "python-topics",
        "vocab_type": "word",
        "word_split": "whitespace",
        "max_vocab_size": 20_000,
        "hidden_size": 128,
        "num_layers": 1,
        "dropout": 0.5,
        "embedding_dropout": 0.5,
        "word_dropout": 0.1,
        "adversarial": 0.3,
        "learning_rate": 0.001,
        "embedding_rate": 3.0,
        "schedule": "cosine",
        "lr_floor": 0.0,
        "warmup_steps": 0,
        "best_by": "accuracy",
        "epochs": 8,
    },
}
"""Named sets of settings; what a preset leaves out keeps its default."""

PRESET_OF_TASK = {"language": "chapter", "classify": "classifier"}
"""What a user's run of each task starts from when no preset is named."""


def preset_values(preset: str, given: Mapping[str, object]) -> dict[str, Value]:
    """Return the settings of a preset; those of `fast` suit the training time that is given.

    Args:
        preset: A name of `PRESETS`.
        given: Settings that will go before the preset's, such as `max_seconds`.
    """
    seconds = given.get("max_seconds")
    if preset == "fast" and isinstance(seconds, int | float) and seconds > 0:
        return _fast(float(seconds))
    return PRESETS[preset]
