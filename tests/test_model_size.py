"""Parameter counts from settings alone equal those of the models that are built from them."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import Config, make_config
from core.model_size import BLOCKS, matching_hidden_size, parameter_count
from core.models import build_classifier, build_model
from core.models.recurrence import GATES
from core.settings import Value

V, C = 11, 3
CELLS = ("rnn", "lstm", "gru")


def real_count(config: Config) -> int:
    """Build the model and count its trainable numbers, shared ones once."""
    is_classifier = config.task == "classify"
    model = build_classifier(config, V, C) if is_classifier else build_model(config, V)
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def test_the_blocks_are_the_models_own() -> None:
    """The table here and that of the recurrence say the same."""
    assert BLOCKS == GATES


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("tie", [False, True])
@pytest.mark.parametrize(("size", "width", "layers"), [(5, 4, 1), (4, 4, 2), (7, 3, 3)])
def test_a_language_models_count_is_exact(
    cell: str, tie: bool, size: int, width: int, layers: int
) -> None:
    """For each cell, tied or not, with and without the projection of tied weights."""
    config = make_config(
        {"model_type": cell, "tie_weights": tie, "hidden_size": size, "embedding_dim": width,
         "num_layers": layers}
    )  # fmt: skip
    assert parameter_count(config, V) == real_count(config)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
@pytest.mark.parametrize("both_ways", [False, True])
def test_a_classifiers_count_is_exact(cell: str, pooling: str, both_ways: bool) -> None:
    """For each cell and pooling, in one direction and in two."""
    config = make_config(
        {"task": "classify", "model_type": cell, "pooling": pooling, "bidirectional": both_ways,
         "hidden_size": 5, "embedding_dim": 4, "num_layers": 2}
    )  # fmt: skip
    assert parameter_count(config, V, C) == real_count(config)


@settings(max_examples=20, deadline=None)
@given(
    cell=st.sampled_from(CELLS), tie=st.booleans(), width=st.integers(1, 40),
    layers=st.integers(1, 3), size=st.integers(1, 300),
)  # fmt: skip
def test_the_matching_width_is_the_nearest(
    cell: Value, tie: bool, width: int, layers: int, size: int
) -> None:
    """A model's own count gives its own count back, and no neighbour comes nearer to another."""
    config = make_config(
        {"model_type": cell, "tie_weights": tie, "embedding_dim": width, "num_layers": layers,
         "hidden_size": size}
    )  # fmt: skip
    wanted = parameter_count(config, V)
    found = matching_hidden_size(config, wanted, V)
    assert parameter_count(msgspec.structs.replace(config, hidden_size=found), V) == wanted
    for aim in (wanted - 3, wanted + 5):
        best = matching_hidden_size(config, aim, V)

        def distance(width: int, aim: int = aim) -> int:
            return abs(parameter_count(msgspec.structs.replace(config, hidden_size=width), V) - aim)

        assert all(distance(best) <= distance(w) for w in range(max(1, best - 2), best + 3))


def test_cells_of_one_count_differ_in_width() -> None:
    """A plain cell gets wider and a GRU in between, within a hundredth of the LSTM's count."""
    base = make_config({"hidden_size": 64, "embedding_dim": 16, "num_layers": 1})
    wanted = parameter_count(base, 90)
    widths = {}
    for cell in CELLS:
        config = make_config({"model_type": cell}, base=base)
        widths[cell] = matching_hidden_size(config, wanted, 90)
        matched = msgspec.structs.replace(config, hidden_size=widths[cell])
        assert abs(parameter_count(matched, 90) / wanted - 1) < 0.01
    assert widths["rnn"] > widths["gru"] > widths["lstm"] == 64
