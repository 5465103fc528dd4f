"""The models compute their cells' equations, exactly, and every option changes the maths."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from core.config import SETTINGS, make_config
from core.kernels.dropping import dropout
from core.models import LanguageModel, SimpleGRU, SimpleLSTM, SimpleRNN, build_model
from core.models.recurrence import Cell, State, detach, state_from_tensors, state_tensors

MODELS: list[type[LanguageModel]] = [SimpleRNN, SimpleLSTM, SimpleGRU]
V, E, H = 7, 5, 4
Weights = dict[str, Tensor]
Step = Callable[[Tensor, list[Tensor], Weights, int], list[Tensor]]


def make_model(
    model_type: type[LanguageModel], *, layers: int = 2, tie: bool = False, dropout: float = 0.3
) -> LanguageModel:
    """Make a small float64 model whose every weight and bias differs from 0."""
    torch.manual_seed(3)
    model = model_type(V, E, H, layers, dropout=dropout, tie_weights=tie).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def tokens(batch: int = 3, time: int = 6) -> Tensor:
    """Draw token indices (B, T)."""
    return torch.randint(V, (batch, time), generator=torch.Generator().manual_seed(5))


def blocks(weights: Weights, side: str, layer: int, gates: int) -> list[tuple[Tensor, Tensor]]:
    """Cut a layer's weights and bias for one side into those of each gate."""
    weight = weights[f"recurrence.weight_{side}_l{layer}"]
    bias = weights[f"recurrence.bias_{side}_l{layer}"]
    rows = weight.shape[0] // gates
    cuts = [slice(gate * rows, (gate + 1) * rows) for gate in range(gates)]
    return [(weight[cut], bias[cut]) for cut in cuts]


def affine(x: Tensor, gate: tuple[Tensor, Tensor]) -> Tensor:
    """Return W x + b for each row of x."""
    weight, bias = gate
    return torch.einsum("be,he->bh", x, weight) + bias


def logistic(x: Tensor) -> Tensor:
    """Return σ(x) from its definition."""
    return 1 / (1 + torch.exp(-x))


def rnn_step(x: Tensor, state: list[Tensor], weights: Weights, layer: int) -> list[Tensor]:
    """Step the plain cell: h' = tanh(W_ih x + b_ih + W_hh h + b_hh)."""
    (of_input,), (of_hidden,) = (blocks(weights, side, layer, 1) for side in ("ih", "hh"))
    return [torch.tanh(affine(x, of_input) + affine(state[0], of_hidden))]


def lstm_step(x: Tensor, state: list[Tensor], weights: Weights, layer: int) -> list[Tensor]:
    """Step the LSTM: c' = f c + i g and h' = o tanh(c'); gates in the order i, f, g, o."""
    of_input, of_hidden = (blocks(weights, side, layer, 4) for side in ("ih", "hh"))
    hidden, cell = state
    sums = [affine(x, a) + affine(hidden, b) for a, b in zip(of_input, of_hidden, strict=True)]
    i, f, g, o = logistic(sums[0]), logistic(sums[1]), torch.tanh(sums[2]), logistic(sums[3])
    cell = f * cell + i * g
    return [o * torch.tanh(cell), cell]


def gru_step(x: Tensor, state: list[Tensor], weights: Weights, layer: int) -> list[Tensor]:
    """Step the GRU: h' = (1 - z) n + z h; gates in the order r, z, n."""
    of_input, of_hidden = (blocks(weights, side, layer, 3) for side in ("ih", "hh"))
    (hidden,) = state
    r = logistic(affine(x, of_input[0]) + affine(hidden, of_hidden[0]))
    z = logistic(affine(x, of_input[1]) + affine(hidden, of_hidden[1]))
    n = torch.tanh(affine(x, of_input[2]) + r * affine(hidden, of_hidden[2]))
    return [(1 - z) * n + z * hidden]


STEPS: dict[Cell, Step] = {"rnn": rnn_step, "lstm": lstm_step, "gru": gru_step}


def reference(
    model: LanguageModel, weights: Weights, x: Tensor, state: State | None = None
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Compute the logits and the state one token and one layer at a time, without dropout."""
    layers, parts = model.recurrence.num_layers, 2 if model.cell == "lstm" else 1
    at: list[list[Tensor]] = [
        [torch.zeros(len(x), H, dtype=torch.float64) for _ in range(parts)] for _ in range(layers)
    ]
    if state is not None:
        at = [[part[layer] for part in state_tensors(state)] for layer in range(layers)]
    logits = []
    for time in range(x.shape[1]):
        below = weights["embedding.weight"][x[:, time]]
        for layer in range(layers):
            at[layer] = STEPS[model.cell](below, at[layer], weights, layer)
            below = at[layer][0]
        if "projection.weight" in weights:
            below = torch.einsum("bh,eh->be", below, weights["projection.weight"])
        output = weights.get("output.weight", weights["embedding.weight"])
        logits.append(affine(below, (output, weights["output.bias"])))
    after = tuple(
        torch.stack([at[layer][part] for layer in range(layers)]) for part in range(parts)
    )
    return torch.stack(logits, dim=1), after


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("tie", [False, True])
def test_forward_and_gradients_follow_the_equations(
    model_type: type[LanguageModel], layers: int, tie: bool
) -> None:
    """Logits, state and every gradient equal a step-by-step float64 reference, state included."""
    model = make_model(model_type, layers=layers, tie=tie).eval()
    _, state = model(tokens(time=3))
    state = state_from_tensors([part.detach().requires_grad_() for part in state_tensors(state)])
    weights = {name: p.detach().clone().requires_grad_() for name, p in model.named_parameters()}
    x, target = tokens(), tokens(time=6).flip(1)

    logits, after = model(x, state)
    expected, expected_after = reference(model, weights, x, state)
    torch.testing.assert_close(logits, expected, rtol=1e-12, atol=1e-12)
    for got, wanted in zip(state_tensors(after), expected_after, strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-12)

    carried = state_tensors(state)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten())
    loss = loss + state_tensors(after)[-1].square().sum()
    wanted_loss = nn.functional.cross_entropy(expected.flatten(0, 1), target.flatten())
    wanted_loss = wanted_loss + expected_after[-1].square().sum()
    gradients = torch.autograd.grad(loss, [*model.parameters(), *carried])
    wanted_gradients = torch.autograd.grad(wanted_loss, [*weights.values(), *carried])
    for gradient, wanted in zip(gradients, wanted_gradients, strict=True):
        assert wanted.abs().max() > 1e-8, "a gradient that is 0 proves nothing"
        torch.testing.assert_close(gradient, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("model_type", MODELS)
def test_gradients_equal_finite_differences(model_type: type[LanguageModel]) -> None:
    """Gradients by autograd equal numeric ones, for every weight of a tiny model."""
    torch.manual_seed(1)
    model = model_type(3, 2, 2, 2, dropout=0.0, tie_weights=False).double()
    names = [name for name, _ in model.named_parameters()]
    x = torch.tensor([[0, 2, 1]])

    def logits_of(*values: Tensor) -> Tensor:
        weights = dict(zip(names, values, strict=True))
        logits, _ = torch.func.functional_call(model, weights, (x,))
        assert isinstance(logits, Tensor)
        return logits

    inputs = tuple(parameter.detach().requires_grad_() for parameter in model.parameters())
    assert torch.autograd.gradcheck(logits_of, inputs)


@pytest.mark.parametrize("model_type", MODELS)
def test_a_carried_state_continues_the_sequence(model_type: type[LanguageModel]) -> None:
    """A text in two pieces gives the logits of the text in one, if the state is carried."""
    model = make_model(model_type).eval()
    x = tokens(time=9)
    whole, end = model(x)
    first, state = model(x[:, :4])
    second, state = model(x[:, 4:], detach(state))
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
    for got, wanted in zip(state_tensors(state), state_tensors(end), strict=True):
        torch.testing.assert_close(got, wanted)
    forgotten, _ = model(x[:, 4:])
    assert not torch.allclose(forgotten, whole[:, 4:])


@pytest.mark.parametrize("model_type", MODELS)
def test_detach_lets_no_gradient_pass(model_type: type[LanguageModel]) -> None:
    """A detached state has the same values and no history; there is one pair for an LSTM."""
    model = make_model(model_type)
    _, state = model(tokens())
    cut = detach(state)
    assert type(cut) is type(state)
    for before, after in zip(state_tensors(state), state_tensors(cut), strict=True):
        assert before.requires_grad and not after.requires_grad
        assert torch.equal(before, after)
        assert after.shape == (2, 3, H)
    with pytest.raises(ValueError, match="1 or 2 tensors, got 3"):
        state_from_tensors([torch.zeros(1)] * 3)


@pytest.mark.parametrize("model_type", MODELS)
def test_dropout_spares_embedding_and_recurrence(model_type: type[LanguageModel]) -> None:
    """What layer 0 computes never depends on dropout; the layer above and the logits do."""
    model = make_model(model_type, dropout=0.5)
    x = tokens()
    hidden, state = model.train().hidden_states(x)
    still_hidden, still_state = model.eval().hidden_states(x)
    for got, still in zip(state_tensors(state), state_tensors(still_state), strict=True):
        torch.testing.assert_close(got[0], still[0])
        assert not torch.allclose(got[1], still[1])
    top = state_tensors(state)[0][1]
    torch.testing.assert_close(hidden[:, -1], top)
    assert not torch.allclose(hidden, still_hidden)


def test_dropout_between_layers_zeroes_and_rescales() -> None:
    """A second layer sees the first one's values either as 0 or divided by 1 - dropout."""
    model = make_model(SimpleRNN, dropout=0.25).train()
    with torch.no_grad():
        for name in ("weight_hh_l1", "bias_ih_l1", "bias_hh_l1"):
            model.recurrence.get_parameter(name).zero_()
        model.recurrence.get_parameter("weight_ih_l1").copy_(torch.eye(H))
    x = tokens(batch=20, time=20)
    seen = torch.atanh(model.hidden_states(x)[0])
    below = torch.atanh(model.eval().hidden_states(x)[0])
    kept = seen != 0
    torch.testing.assert_close(seen[kept], below[kept] / 0.75)
    assert abs(kept.double().mean().item() - 0.75) < 0.05


def test_dropout_before_the_output() -> None:
    """While training, the output sees hidden states as 0 or divided by 1 - dropout."""
    model = make_model(SimpleGRU, layers=1, dropout=0.4).train()
    hidden, _ = model.hidden_states(tokens())
    torch.manual_seed(9)
    logits = model.head(hidden)
    torch.manual_seed(9)
    kept = dropout(torch.ones_like(hidden), 0.4) > 0
    assert 0 < kept.double().mean() < 1
    torch.testing.assert_close(logits, model.output(hidden * kept / 0.6))


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("layers", [1, 2])
def test_set_dropout_takes_force_at_once(model_type: type[LanguageModel], layers: int) -> None:
    """Dropout 0 makes training mode compute what evaluation does; above 0 it no longer does."""
    model = make_model(model_type, layers=layers, dropout=0.5)
    x = tokens()
    still = model.eval()(x)[0]
    model.train()
    assert not torch.allclose(model(x)[0], still)
    model.set_dropout(0.0)
    torch.testing.assert_close(model(x)[0], still)
    model.set_dropout(0.2)
    assert not torch.allclose(model(x)[0], still)
    if layers > 1:
        assert not torch.allclose(model.hidden_states(x)[0], model.eval().hidden_states(x)[0])
    for refused in (-0.1, 1.0, math.nan):
        with pytest.raises(ValueError, match="dropout must be at least 0 and below 1"):
            model.set_dropout(refused)


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("embedding_dim", [H, E])
def test_tied_weights_are_one_parameter(
    model_type: type[LanguageModel], embedding_dim: int
) -> None:
    """Tied, the embedding's gradient is the sum of both uses, and there are V x width fewer."""
    tied = model_type(V, embedding_dim, H, tie_weights=True).double().eval()
    assert tied.output.weight is tied.embedding.weight
    assert (tied.projection is not None) == (embedding_dim != H)

    twin = model_type(V, embedding_dim, H, tie_weights=True).double().eval()
    twin.load_state_dict(tied.state_dict())
    twin.output.weight = nn.Parameter(tied.embedding.weight.detach().clone())
    for model in (tied, twin):
        model(tokens())[0].square().mean().backward()
    assert twin.embedding.weight.grad is not None and twin.output.weight.grad is not None
    both = twin.embedding.weight.grad + twin.output.weight.grad
    torch.testing.assert_close(tied.embedding.weight.grad, both)
    numbers = [sum(p.numel() for p in model.parameters()) for model in (tied, twin)]
    assert numbers[1] - numbers[0] == V * embedding_dim


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("tie", [False, True])
def test_gradient_groups_hold_every_parameter_once(
    model_type: type[LanguageModel], tie: bool
) -> None:
    """The groups, in the model's order, are a partition of the parameters."""
    model = make_model(model_type, tie=tie)
    groups = model.grad_groups()
    layers = ["l0.input", "l0.recurrent", "l1.input", "l1.recurrent"]
    assert list(groups) == ["embedding", *layers, *(["projection"] if tie else []), "output"]
    members = [id(parameter) for group in groups.values() for parameter in group]
    assert sorted(members) == sorted(id(parameter) for parameter in model.parameters())
    recurrence = dict(model.recurrence.named_parameters())
    assert groups["l1.recurrent"][0] is recurrence["weight_hh_l1"]
    assert groups["l1.recurrent"][1] is recurrence["bias_hh_l1"]
    assert groups["l0.input"][0] is recurrence["weight_ih_l0"]


def test_state_dict_names_are_those_of_torch() -> None:
    """Saved weights keep torch's names for a recurrence, whatever will compute it."""
    names = {"embedding.weight", "output.weight", "output.bias"}
    names |= {f"recurrence.{name}" for name in nn.LSTM(E, H, 2).state_dict()}
    assert set(make_model(SimpleLSTM).state_dict()) == names


@pytest.mark.parametrize("model_type", MODELS)
def test_defaults_are_the_settings_defaults(model_type: type[LanguageModel]) -> None:
    """A model made with the vocabulary's size alone is the one of the default settings."""
    made, built = model_type(9), build_model(make_config({"model_type": model_type.cell}), 9)
    assert type(built) is model_type
    assert repr(made) == repr(built)
    assert made.dropout.p == made.recurrence.dropout == SETTINGS["dropout"].default
    assert (made.output.weight is made.embedding.weight) == SETTINGS["tie_weights"].default


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_build_model_heeds_every_setting(cell: str) -> None:
    """Each setting of the group 'model', and dropout, reaches the model."""
    config = make_config(
        {
            "model_type": cell,
            "hidden_size": 6,
            "num_layers": 3,
            "embedding_dim": 4,
            "tie_weights": True,
            "dropout": 0.1,
        }
    )
    model = build_model(config, 11)
    assert model.cell == cell
    assert model.recurrence.hidden_size == 6
    assert model.recurrence.num_layers == 3
    assert model.embedding.weight.shape == (11, 4)
    assert model.projection is not None and model.projection.weight.shape == (4, 6)
    assert model.dropout.p == model.recurrence.dropout == 0.1


@pytest.mark.parametrize("name", ["vocab_size", "embedding_dim", "hidden_size", "num_layers"])
@pytest.mark.parametrize("size", [0, -1, 2.5, True])
def test_impossible_sizes_are_refused(name: str, size: float) -> None:
    """A size that is no positive whole number gets one line that names it."""
    sizes = {"vocab_size": 5, name: size}
    with pytest.raises(ValueError, match=f"{name} must be a whole number of at least 1") as refusal:
        SimpleLSTM(**sizes)  # type: ignore[arg-type]
    assert repr(size) in str(refusal.value)
    assert "\n" not in str(refusal.value)
