"""A classifier's answer is that of its equations, whatever padding stands beside a text."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models import BiGRU, BiLSTM, BiRNN, TextClassifier
from core.models.pooling import Pooling

MODELS: list[type[TextClassifier]] = [BiRNN, BiLSTM, BiGRU]
POOLINGS: list[Pooling] = ["last", "mean", "max", "attention"]
V, C, E, H = 9, 3, 5, 4
LENGTHS = torch.tensor([3, 7, 1, 5])
B, T = len(LENGTHS), 8  # one step is padding in every text


def make_model(
    model_type: type[TextClassifier] = BiLSTM,
    *,
    layers: int = 1,
    both: bool = True,
    pooling: Pooling = "max",
) -> TextClassifier:
    """Make a small float64 model whose every weight and bias differs from 0."""
    torch.manual_seed(3)
    model = model_type(V, C, E, H, layers, 0.0, both, pooling).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def tokens(time: int = T) -> Tensor:
    """Draw token indices (B, T), padding included."""
    return torch.randint(V, (B, time), generator=torch.Generator().manual_seed(5))


def padding() -> Tensor:
    """Return which places are past the end of a text, (B, T)."""
    return torch.arange(T) >= LENGTHS.unsqueeze(1)


@pytest.mark.parametrize(
    ("model_type", "pooling", "both", "layers"),
    list(itertools.product(MODELS, POOLINGS, [False, True], [1, 2])),
)
def test_a_padded_batch_equals_each_text_alone(
    model_type: type[TextClassifier], pooling: Pooling, both: bool, layers: int
) -> None:
    """Logits and the gradient of every parameter are those of the texts one by one, float64."""
    model = make_model(model_type, layers=layers, both=both, pooling=pooling)
    x, labels = tokens(), torch.tensor([0, 2, 1, 0])
    logits = model(x, LENGTHS)
    alone = torch.cat(
        [
            model(x[row : row + 1, :length], torch.tensor([length]))
            for row, length in enumerate(LENGTHS.tolist())
        ]
    )
    assert logits.shape == (B, C)
    torch.testing.assert_close(logits, alone, rtol=1e-12, atol=1e-12)
    found, wanted = (
        torch.autograd.grad(F.cross_entropy(each, labels), list(model.parameters()))
        for each in (logits, alone)
    )
    for gradient, reference in zip(found, wanted, strict=True):
        assert reference.abs().max() > 1e-8, "a gradient that is 0 proves nothing"
        torch.testing.assert_close(gradient, reference, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_padding_token_changes_no_bit(pooling: Pooling, dtype: torch.dtype) -> None:
    """Any tokens past a text's end give the same logits and gradients, to the last bit."""
    model = make_model(layers=2, pooling=pooling).to(dtype)
    results = []
    for token in (0, V - 1):
        logits = model(tokens().masked_fill(padding(), token), LENGTHS)
        gradients = torch.autograd.grad(logits.square().sum(), list(model.parameters()))
        results.append((logits, *gradients))
    assert all(torch.equal(first, second) for first, second in zip(*results, strict=True))


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_gradients_equal_finite_differences(
    model_type: type[TextClassifier], pooling: Pooling
) -> None:
    """Gradients by autograd equal numeric ones, for every weight of a tiny model."""
    torch.manual_seed(1)
    model = model_type(3, 2, 2, 2, 1, 0.0, True, pooling).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    names = [name for name, _ in model.named_parameters()]
    x, lengths = torch.tensor([[2, 1, 0], [1, 2, 1]]), torch.tensor([2, 3])

    def logits_of(*values: Tensor) -> Tensor:
        weights = dict(zip(names, values, strict=True))
        logits = torch.func.functional_call(model, weights, (x, lengths))
        assert isinstance(logits, Tensor)
        return logits

    inputs = tuple(parameter.detach().requires_grad_() for parameter in model.parameters())
    assert torch.autograd.gradcheck(logits_of, inputs)


def pooled_by_hand(model: TextClassifier, hidden: Tensor) -> Tensor:
    """Pool one text's hidden states (T, D*H) as the equations say."""
    match model.pooling:
        case "last":
            return torch.cat((hidden[-1, :H], hidden[0, H:]))
        case "mean":
            return torch.stack([sum(column) / len(column) for column in hidden.T])
        case "max":
            return torch.stack([max(column) for column in hidden.T])
        case "attention":
            assert model.attention is not None
            key, score = model.attention.key, model.attention.score.weight[0]
            powers = [torch.exp(score @ torch.tanh(key.weight @ h + key.bias)) for h in hidden]
            shares = [power / sum(powers) for power in powers]
            return torch.stack([a * h for a, h in zip(shares, hidden, strict=True)]).sum(dim=0)


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("both", [False, True])
def test_forward_follows_the_equations(
    model_type: type[TextClassifier], pooling: Pooling, both: bool
) -> None:
    """Each text's logits are a linear map of its pooled hidden states, by torch's own layers."""
    model = make_model(model_type, layers=2, both=both, pooling=pooling).eval()
    x = tokens()
    logits = model(x, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        hidden = model.recurrence(model.embedding(x[row : row + 1, :length]))[0][0]  # (T, D*H)
        pooled = pooled_by_hand(model, hidden)
        expected = model.output.weight @ pooled + model.output.bias
        torch.testing.assert_close(logits[row], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("model_type", MODELS)
def test_only_two_directions_know_the_whole_text(model_type: type[TextClassifier]) -> None:
    """The first token's state depends on what follows only where the text is read backward, too."""
    x = tokens()
    changed = x.clone()
    changed[:, 1] = (x[:, 1] + 1) % V
    for both in (False, True):
        model = make_model(model_type, both=both, pooling="attention").eval()
        first, second = (
            model._hidden(model.embedding(each), LENGTHS)[1, 0] for each in (x, changed)
        )
        assert torch.equal(first[:H], second[:H])
        assert torch.equal(first, second) != both


def test_attention_weights_are_shares_of_a_text() -> None:
    """They are above 0 inside a text, 0 past its end, add up to 1, and do not depend on padding."""
    model = make_model(pooling="attention").eval()
    weights = model.attention_weights(tokens(), LENGTHS)
    assert weights.shape == (B, T)
    assert torch.equal(weights > 0, ~padding())
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(B, dtype=torch.float64))
    alone = model.attention_weights(tokens()[:1, :3], LENGTHS[:1])
    torch.testing.assert_close(weights[:1, :3], alone, rtol=1e-12, atol=1e-12)
    assert weights[1].max() - weights[1, :7].min() > 1e-3, "equal weights prove nothing"


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_other_poolings_have_no_attention_weights(pooling: Pooling) -> None:
    """Asking for them names the pooling that the model has."""
    with pytest.raises(ValueError, match=f"pooling is {pooling}, which has no attention weights"):
        make_model(pooling=pooling).attention_weights(tokens(), LENGTHS)


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("both", [False, True])
def test_state_dict_names_are_those_of_torch(model_type: type[TextClassifier], both: bool) -> None:
    """Saved weights keep torch's names for both directions, whatever will compute them."""
    modules = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
    module = modules[model_type.cell](E, H, 2, bidirectional=both)
    names = ["embedding.weight", *(f"recurrence.{name}" for name in module.state_dict())]
    assert any("_l1_reverse" in name for name in names) == both
    output = ["output.weight", "output.bias"]
    assert list(make_model(model_type, layers=2, both=both).state_dict()) == names + output
    attention = ["attention.key.weight", "attention.key.bias", "attention.score.weight"]
    saved = list(make_model(model_type, layers=2, both=both, pooling="attention").state_dict())
    assert saved == [*names, *attention, *output]


@pytest.mark.parametrize("pooling", ["max", "attention"])
@pytest.mark.parametrize("both", [False, True])
def test_gradient_groups_hold_every_parameter_once(pooling: Pooling, both: bool) -> None:
    """The groups, in the model's order, are a partition of the parameters."""
    model = make_model(layers=2, both=both, pooling=pooling)
    groups = model.grad_groups()
    ways = [".input", ".recurrent", *([".back.input", ".back.recurrent"] if both else [])]
    layers = [f"l{layer}{way}" for layer in (0, 1) for way in ways]
    top = ["attention", "output"] if pooling == "attention" else ["output"]
    assert list(groups) == ["embedding", *layers, *top]
    members = [id(parameter) for group in groups.values() for parameter in group]
    assert sorted(members) == sorted(id(parameter) for parameter in model.parameters())
    if both:
        recurrence = dict(model.recurrence.named_parameters())
        assert groups["l1.back.recurrent"][0] is recurrence["weight_hh_l1_reverse"]
        assert groups["l1.back.recurrent"][1] is recurrence["bias_hh_l1_reverse"]


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_it_learns_what_needs_the_whole_text(
    model_type: type[TextClassifier], pooling: Pooling
) -> None:
    """A few dozen steps fit texts whose class is whether they begin and end with the same token."""
    torch.manual_seed(0)
    x = torch.randint(1, 4, (24, 6))
    lengths = torch.randint(2, 7, (24,))
    labels = (x[:, 0] == x[torch.arange(24), lengths - 1]).long()
    assert 4 < labels.sum() < 20
    model = model_type(4, 2, 16, 16, 1, 0.0, True, pooling).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(150):
        loss = F.cross_entropy(model(x, lengths), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1
