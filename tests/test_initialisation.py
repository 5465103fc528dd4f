"""Training starts from weights that were set with care."""

import math

import pytest
import torch

from core.models import LanguageModel, SimpleGRU, SimpleLSTM, SimpleRNN
from core.models.initialisation import EMBEDDING_STD, TIED_EMBEDDING_STD
from core.models.recurrence import GATES

MODELS: list[type[LanguageModel]] = [SimpleRNN, SimpleLSTM, SimpleGRU]
V, E, H = 50, 24, 16


def make_model(model_type: type[LanguageModel], seed: int = 0) -> LanguageModel:
    """Make a small model from a seed."""
    torch.manual_seed(seed)
    return model_type(V, E, H, 2)


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("layer", [0, 1])
def test_recurrent_blocks_are_orthogonal(model_type: type[LanguageModel], layer: int) -> None:
    """Each gate's recurrent block, times its transpose, is the identity."""
    model = make_model(model_type)
    weight = model.get_parameter(f"recurrence.weight_hh_l{layer}")
    blocks = weight.chunk(GATES[model.cell])
    for block in blocks:
        assert block.shape == (H, H)
        torch.testing.assert_close(block @ block.T, torch.eye(H), rtol=0, atol=1e-5)
    assert len({block[0, 0].item() for block in blocks}) == len(blocks)


@pytest.mark.parametrize("layer", [0, 1])
def test_forget_gates_start_open(layer: int) -> None:
    """The two biases of an LSTM's forget gate add up to 1, those of the other gates to 0."""
    model = make_model(SimpleLSTM)
    both = [model.get_parameter(f"recurrence.bias_{side}_l{layer}") for side in ("ih", "hh")]
    bias = (both[0] + both[1]).view(4, H)
    assert torch.equal(bias, torch.tensor([0.0, 1.0, 0.0, 0.0])[:, None].expand(4, H))


@pytest.mark.parametrize("model_type", [SimpleRNN, SimpleGRU])
def test_other_biases_are_zero(model_type: type[LanguageModel]) -> None:
    """Cells without a forget gate, and the output, start without a bias."""
    model = make_model(model_type)
    biases = [p for name, p in model.named_parameters() if "bias" in name]
    assert len(biases) == 5
    assert not any(bias.any() for bias in biases)


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize(("layer", "fan_in"), [(0, E), (1, H)])
def test_input_blocks_have_the_variance_of_one_gate(
    model_type: type[LanguageModel], layer: int, fan_in: int
) -> None:
    """Each gate's input block fills Glorot's interval for its own fans, not for all gates'."""
    model = make_model(model_type)
    weight = model.get_parameter(f"recurrence.weight_ih_l{layer}")
    limit = math.sqrt(6 / (fan_in + H))
    for block in weight.chunk(GATES[model.cell]):
        assert 0.95 * limit < block.abs().max() <= limit


@pytest.mark.parametrize(("tie", "spread"), [(False, EMBEDDING_STD), (True, TIED_EMBEDDING_STD)])
def test_embedding_has_the_spread_written_down(tie: bool, spread: float) -> None:
    """Embeddings are drawn around 0, more narrowly where the output shares them."""
    torch.manual_seed(0)
    weight = SimpleLSTM(V, E, H, tie_weights=tie).embedding.weight
    assert abs(weight.std().item() / spread - 1) < 0.1
    assert abs(weight.mean().item()) < 0.1 * spread


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize(("embedding_dim", "tie", "excess"), [(128, False, 0.5), (256, True, 3)])
def test_a_fresh_model_is_nearly_undecided(
    model_type: type[LanguageModel], embedding_dim: int, tie: bool, excess: float
) -> None:
    """Before training the loss is near that of a guess, ln V; with tied weights not far above."""
    torch.manual_seed(0)
    model = model_type(V, embedding_dim, tie_weights=tie).eval()
    x = torch.randint(V, (8, 64))
    logits = model(x)[0][:, :-1].flatten(0, 1)
    loss = torch.nn.functional.cross_entropy(logits, x[:, 1:].flatten())
    assert -0.1 < loss.item() - math.log(V) < excess


@pytest.mark.parametrize("model_type", MODELS)
def test_weights_follow_the_seed(model_type: type[LanguageModel]) -> None:
    """The same seed gives the same weights, another seed others."""
    first, again, other = (make_model(model_type, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    drawn = [name for name in first if "weight" in name]
    assert not any(torch.equal(first[name], other[name]) for name in drawn)
