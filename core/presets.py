"""The named presets over the training settings."""

import math
from collections.abc import Mapping

from core.settings import Value

FAST_SIZES: tuple[tuple[float, dict[str, Value]], ...] = (
    (
        20.0,
        {
            "hidden_size": 192,
            "batch_size": 16,
            "seq_length": 32,
            "learning_rate": 0.008,
            "dropout": 0.0,
        },
    ),
    (
        150.0,
        {
            "hidden_size": 384,
            "batch_size": 32,
            "seq_length": 64,
            "learning_rate": 0.004,
            "dropout": 0.2,
        },
    ),
    (
        math.inf,
        {
            "hidden_size": 512,
            "batch_size": 32,
            "seq_length": 64,
            "learning_rate": 0.003,
            "dropout": 0.4,
        },
    ),
)
"""What of the preset `fast` goes by the training time: the longest `max_seconds` that each suits.

In little time many small steps of a small model reach most; a longer run can afford a larger one,
and sees its text so often that it needs dropout.
"""


def _fast(max_seconds: float) -> dict[str, Value]:
    """Return what reaches a low loss in some seconds of training, on a CPU and a megabyte of text.

    One wide layer of the cell that costs least, and a rate that falls to zero with the time.
    """
    sizes = next(sizes for most, sizes in FAST_SIZES if max_seconds <= most)
    return {
        "model_type": "gru",
        "num_layers": 1,
        "embedding_dim": 64,
        **sizes,
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
