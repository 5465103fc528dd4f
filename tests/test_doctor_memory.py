"""The memory that a step takes, and sizes that fit while the next larger ones do not."""

from pathlib import Path

import pytest

from core.config import Config, make_config
from core.doctor.memory import LARGEST_CHUNK, Sizes, fitting, sizes_of, step_bytes
from core.events import RunStarted
from core.models import build_model, output_loss
from core.training.free_memory import free_memory
from diagnosis_cases import began, diagnoses


def run_of(config: Config, vocab_size: int = 104) -> RunStarted:
    """Return the start of a run with as many weights as its model has."""
    weights = sum(weight.numel() for weight in build_model(config, vocab_size).parameters())
    return began({}, parameters=weights, vocab_size=vocab_size)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_other_hidden_sizes_are_counted_right(cell: str) -> None:
    """The estimate at another hidden size is that of a run which has it, but for the weights."""
    small = make_config({"model_type": cell, "hidden_size": 64, "num_layers": 3})
    large = make_config({"model_type": cell, "hidden_size": 192, "num_layers": 3})
    at_large = step_bytes(run_of(large), large, Sizes(32, 64, 192))
    grown = step_bytes(run_of(small), small, Sizes(32, 64, 192))
    # The weights that a larger model has in addition are not there yet, and come on top.
    added = 4 * (run_of(large).parameters - run_of(small).parameters)
    assert grown == pytest.approx(at_large + added, rel=0.01)


def test_what_is_proposed_fits_and_no_more() -> None:
    """Each size that is proposed fits by itself, and one more would not."""
    config = make_config({"hidden_size": 512})
    run, sizes, budget = run_of(config), Sizes(64, 128, 512), 200e6
    found = fitting(run, config, sizes, budget)
    assert set(found) == {"batch_size", "length", "hidden_size"}
    for name, size in found.items():
        assert step_bytes(run, config, sizes._replace(**{name: size})) <= budget
        assert step_bytes(run, config, sizes._replace(**{name: size + 1})) > budget


def test_a_model_that_fits_at_no_batch_gets_a_smaller_one() -> None:
    """Where the weights alone are too many, fewer sequences do not help, and none is proposed."""
    config = make_config({"hidden_size": 2048})
    weights = run_of(config).parameters
    (said,) = diagnoses([began({"hidden_size": 2048}, parameters=weights, free_bytes=400_000_000)])
    assert set(said.fix) == {"hidden_size"} and int(said.fix["hidden_size"]) < 2048


def test_a_short_text_has_smaller_batches() -> None:
    """The estimate is of the sequences that there are, not of those that were asked for."""
    config = make_config({"batch_size": 1000, "seq_length": 50})
    assert sizes_of(began({}, train_tokens=500), config).batch_size == 10


def test_no_more_logits_are_counted_than_there_are() -> None:
    """The estimate knows the chunks of the loss: to a full one more words add no logits."""
    assert LARGEST_CHUNK == output_loss.LARGEST_CHUNK
    config = make_config({})
    few, many = run_of(config, 60_000), run_of(config, 60_001)
    added = (many.parameters - few.parameters) * 4 * 7
    sizes = Sizes(32, 64, config.hidden_size)
    assert step_bytes(many, config, sizes) == step_bytes(few, config, sizes) + added


def test_free_memory_is_the_least_that_is_told(tmp_path: Path) -> None:
    """The kernel and the container's limit both bound it; where nobody tells, it is unknown."""
    meminfo = tmp_path / "meminfo"
    assert free_memory(meminfo, tmp_path) is None
    meminfo.write_text("MemTotal: 9000 kB\nMemAvailable:    4000 kB\n")
    assert free_memory(meminfo, tmp_path) == 4_096_000
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert free_memory(meminfo, tmp_path) == 4_096_000
    (tmp_path / "memory.max").write_text("3000\n")
    assert free_memory(meminfo, tmp_path) == 2000
