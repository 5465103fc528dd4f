"""What to say when memory runs out: what a step takes, what is free, and which sizes fit."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch

from core.config import Config
from core.doctor.memory import BYTES, fitting, fitting_together, sizes_of, step_bytes
from core.errors import InputError
from core.kernels.buffers import forget_free
from core.language import tr
from core.memory_errors import is_out_of_memory
from core.model_size import parameter_count
from core.text.corpus import Corpus
from core.training.device import free_bytes, pick_device
from core.training.tasks import Data

FILLED = 0.75
"""Share of the memory that there is, and of what was too much, that a proposal may take: the
estimate is up to a fifth too small for narrow models."""
RESERVED = 200_000_000
"""Bytes that the program takes for itself in its first steps, whatever it trains."""


class Load(NamedTuple):
    """Hold what the memory of a step depends on beside the settings."""

    parameters: int
    """Trainable numbers."""
    vocab_size: int
    train_tokens: int
    train_texts: int
    """0 for a language model."""
    labels: list[str]


def load_of(config: Config, data: Data) -> Load:
    """Return what training on some data means, without making the model."""
    size = len(data.vocabulary)
    if isinstance(data, Corpus):
        return Load(parameter_count(config, size), size, len(data.train), 0, [])
    count = parameter_count(config, size, len(data.labels))
    return Load(count, size, len(data.train.ids), len(data.train), list(data.labels))


def ran_out(error: BaseException, config: Config, load: Load, device: torch.device) -> str:
    """Say that memory ran out in training, having let go of what the failed step held.

    Args:
        error: What was raised.
        config: Settings in force.
        load: What is trained.
        device: Where it is trained.
    """
    # The functions that the error has ended still hold their tensors, which may be gigabytes.
    traceback.clear_frames(error.__traceback__)
    forget_free()
    return out_of_memory(config, load, free_bytes(device), has_weights=True)


def out_of_memory(config: Config, load: Load, free: int | None, *, has_weights: bool) -> str:
    """Say that memory ran out, and the largest sizes that fit, each by itself.

    Args:
        config: Settings in force.
        load: What is trained.
        free: Bytes that there are now; None where nobody tells.
        has_weights: Whether the model was there already.
    """
    sizes = sizes_of(load, config)
    weights = 0 if has_weights else BYTES * load.parameters
    need = step_bytes(load, config, sizes) + weights
    # What was refused is too much, whatever the estimate says.
    there_is = need if free is None else max(free - RESERVED, free / 2)
    budget = FILLED * min(need, there_is) - weights
    fits = fitting(load, config, sizes, budget)
    length = "seq_length" if config.task == "language" else "max_text_length"
    names = {"batch_size": "batch_size", "length": length, "hidden_size": "hidden_size"}
    ways = [
        tr("{name} {size} (now {now})", name=names[name], size=size, now=getattr(sizes, name))
        for name, size in fits.items()
    ]
    if not ways and (together := fitting_together(load, config, sizes, budget)):
        ways = [" ".join(f"{name} {size}" for name, size in together.items())]
    facts = tr("a step takes about {needed_gb:.2g} GB", needed_gb=need / 1e9)
    if free is not None:
        facts = tr(
            "a step takes about {needed_gb:.2g} GB, {free_gb:.2g} GB are free",
            needed_gb=need / 1e9,
            free_gb=free / 1e9,
        )
    if not ways:
        return tr("out of memory: {facts}; close other programs", facts=facts)
    return tr("out of memory: {facts}; {way_out} fits", facts=facts, way_out=tr(" or ").join(ways))


@contextmanager
def memory_explained(config: Config, data: Data | None) -> Iterator[None]:
    """Say in one sentence that memory ran out before the first step.

    Args:
        config: The settings.
        data: What is to be trained on; None while it is being read.

    Raises:
        InputError: In place of what the block ran into.
    """
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)
        if data is None:
            raise InputError(
                tr("out of memory while the data was read; train on a part of it")
            ) from None
        load, free = load_of(config, data), free_bytes(pick_device(config))
        raise InputError(out_of_memory(config, load, free, has_weights=False)) from None
