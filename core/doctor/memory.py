"""How much memory a training step takes, by the sizes alone, and the largest sizes that fit."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from core.config import Config

BYTES = 4
"""Of a float32; weights, moments and most activations are that in every `precision`."""
COPIES = 7
"""Numbers kept for each weight beside itself: its gradient, Adam's two moments, one while groups
are measured, and three in the checkpoint that is being written."""
VALUES_PER_UNIT = {"lstm": 13.0, "gru": 11.0, "rnn": 4.5}
"""Numbers kept for the backward pass by token and hidden unit, as measured with torch 2.13."""
LARGEST_CHUNK = 2**23
"""Most logits in memory at a time, as in `core/models/output_loss.py`."""
LENGTH_SPREAD = 3
"""A batch's longest text, padded to which the batch is, beside the mean length of all."""


class Load(Protocol):
    """Say what the memory of a step depends on beside the settings, as `RunStarted` does."""

    @property
    def parameters(self) -> int:
        """Trainable numbers in the model."""

    @property
    def vocab_size(self) -> int:
        """Tokens known."""

    @property
    def train_tokens(self) -> int:
        """Tokens trained on."""

    @property
    def train_texts(self) -> int:
        """Labelled texts trained on; 0 for a language model."""

    @property
    def labels(self) -> Sequence[str]:
        """The classes, where texts are classified."""


class Sizes(NamedTuple):
    """Hold what the memory of a step depends on."""

    batch_size: int
    length: int
    """Tokens of a sequence, or of the longest text."""
    hidden_size: int


def sizes_of(run: Load, config: Config) -> Sizes:
    """Return the sizes that a step really has: a short text has fewer, or shorter, sequences."""
    if config.task == "classify":
        mean = run.train_tokens / max(1, run.train_texts)
        longest = min(config.max_text_length, round(LENGTH_SPREAD * mean) + 1)
        return Sizes(min(config.batch_size, max(1, run.train_texts)), longest, config.hidden_size)
    streams = max(1, run.train_tokens // config.seq_length)
    return Sizes(min(config.batch_size, streams), config.seq_length, config.hidden_size)


def step_bytes(run: Load, config: Config, sizes: Sizes) -> float:
    """Estimate what training takes beside the weights that are there already, in bytes.

    At other hidden sizes than the run's, the recurrent weights are counted anew.
    """
    hidden, directions = sizes.hidden_size, 1 + (config.task == "classify" and config.bidirectional)
    units = hidden * config.num_layers * directions
    tokens = sizes.batch_size * sizes.length
    logits = min(tokens * run.vocab_size, LARGEST_CHUNK) if config.task == "language" else 0
    per_token = VALUES_PER_UNIT[config.model_type] * units + 2 * config.embedding_dim
    grown = _weights(run, config, hidden) - _weights(run, config, config.hidden_size)
    weights = max(0.0, run.parameters + grown)
    return BYTES * (COPIES * weights + grown + per_token * tokens + logits)


def fitting(run: Load, config: Config, sizes: Sizes, budget: float) -> dict[str, int]:
    """Return the largest batch size, length and hidden size of which each alone fits.

    Args:
        run: Its vocabulary and weights.
        config: Its other settings.
        sizes: What it has now.
        budget: Bytes that there are.

    Returns:
        Values by the field of `Sizes`; a size that does not help at 1 is left out.
    """

    def fits(name: str, value: int) -> bool:
        return step_bytes(run, config, sizes._replace(**{name: value})) <= budget

    found = {}
    for name in Sizes._fields:
        largest = _largest(lambda value, name=name: fits(name, value), getattr(sizes, name))  # type: ignore[misc]
        if largest:
            found[name] = largest
    return found


def fitting_together(run: Load, config: Config, sizes: Sizes, budget: float) -> dict[str, int]:
    """Return a batch of one and the hidden size that fits with it; nothing where none does."""
    hidden = fitting(run, config, sizes._replace(batch_size=1), budget).get("hidden_size")
    return {"batch_size": 1, "hidden_size": hidden} if hidden else {}


def _largest(fits: Callable[[int], bool], high: int) -> int:
    """Return the largest value up to `high` that fits, 0 where not even 1 does."""
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _weights(run: Load, config: Config, hidden: int) -> float:
    """Count the weights that grow with the hidden size: recurrent layers and output."""
    gates = {"lstm": 4, "gru": 3, "rnn": 1}[config.model_type]
    directions = 1 + (config.task == "classify" and config.bidirectional)
    first = hidden + config.embedding_dim
    deeper = (config.num_layers - 1) * (1 + directions) * hidden
    out = run.vocab_size if config.task == "language" else len(run.labels)
    return directions * hidden * (gates * (first + deeper) + out)
