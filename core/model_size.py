"""How many numbers a model has, from its settings alone, and which width gives a wanted count."""

import msgspec

from core.config import SETTINGS, Config

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
"""Blocks of H rows in a cell's weights, by `model_type`; as `core.models.recurrence.GATES`."""


def parameter_count(config: Config, vocab_size: int, num_classes: int = 0) -> int:
    """Count the trainable numbers of the model that some settings make.

    The letters are those of `core/models/recurrent_model.py`. Each direction of each layer has
    G blocks of H (in + H + 2) numbers: two matrices and two biases.

    Args:
        config: The settings.
        vocab_size: Tokens known, special ones included, V.
        num_classes: Classes, C; without effect on a language model.
    """
    size, embedding = config.hidden_size, config.embedding_dim
    directions = 2 if config.task == "classify" and config.bidirectional else 1
    width = directions * size
    inputs = [embedding] + [width] * (config.num_layers - 1)
    recurrence = sum(
        directions * BLOCKS[config.model_type] * size * (below + size + 2) for below in inputs
    )
    if config.task == "classify":
        # Key matrix with bias, and the score (`core/models/pooling.py`).
        attention = width * width + 2 * width if config.pooling == "attention" else 0
        top = attention + num_classes * (width + 1)
    elif config.tie_weights:
        top = vocab_size + (size * embedding if size != embedding else 0)
    else:
        top = vocab_size * (size + 1)
    return vocab_size * embedding + recurrence + top


def matching_hidden_size(
    config: Config, parameters: int, vocab_size: int, num_classes: int = 0
) -> int:
    """Return the width whose model comes nearest to a number of parameters.

    Args:
        config: The settings; their own `hidden_size` is without effect.
        parameters: The count to come near to.
        vocab_size: Tokens known, special ones included.
        num_classes: Classes, where texts are classified.
    """
    about = SETTINGS["hidden_size"].about
    assert about.low is not None
    assert about.high is not None

    def distance(size: int) -> int:
        sized = msgspec.structs.replace(config, hidden_size=size)
        return abs(parameter_count(sized, vocab_size, num_classes) - parameters)

    # Tied weights make the count fall at one width, so that halving the range could miss the best.
    return min(range(int(about.low), int(about.high) + 1), key=distance)
