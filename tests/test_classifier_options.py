"""A classifier's settings: each changes what it should, at once, and nonsense is refused."""

import math

import pytest
import torch
from torch import Tensor

from core.config import SETTINGS, make_config
from core.kernels.dropping import dropout
from core.models import BiGRU, BiLSTM, BiRNN, TextClassifier, build_classifier
from core.models.initialisation import CLASSIFIER_EMBEDDING_STD
from core.models.pooling import Pooling
from core.models.recurrence import GATES

MODELS: list[type[TextClassifier]] = [BiRNN, BiLSTM, BiGRU]
POOLINGS: list[Pooling] = ["last", "mean", "max", "attention"]
V, C, E, H = 9, 3, 5, 4
LENGTHS = torch.tensor([3, 7, 1, 5])
B, T = len(LENGTHS), 8


def make_model(
    model_type: type[TextClassifier] = BiLSTM,
    *,
    layers: int = 1,
    both: bool = True,
    dropout: float = 0.0,
) -> TextClassifier:
    """Make a small float64 model whose every weight and bias differs from 0."""
    torch.manual_seed(3)
    model = model_type(V, C, E, H, layers, dropout, both).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def tokens() -> Tensor:
    """Draw token indices (B, T), padding included."""
    return torch.randint(V, (B, T), generator=torch.Generator().manual_seed(5))


def test_dropout_before_the_output() -> None:
    """While training, the output sees pooled states as 0 or divided by 1 - dropout."""
    model = make_model(BiGRU, dropout=0.4).train()
    x = tokens()
    torch.manual_seed(9)
    logits = model(x, LENGTHS)
    torch.manual_seed(9)
    kept = dropout(torch.ones(B, 2 * H, dtype=torch.float64), 0.4) > 0
    assert 0 < kept.double().mean() < 1
    pooled = model._pooled(model._hidden(model.embedding(x), LENGTHS), LENGTHS)
    torch.testing.assert_close(logits, model.output(pooled * kept / 0.6))


@pytest.mark.parametrize("layers", [1, 2])
def test_set_dropout_takes_force_at_once(layers: int) -> None:
    """Dropout 0 makes training mode compute what evaluation does; above 0 it no longer does."""
    model = make_model(layers=layers, dropout=0.5)
    x = tokens()
    still = model.eval()(x, LENGTHS)
    model.train()
    assert not torch.allclose(model(x, LENGTHS), still)
    model.set_dropout(0.0)
    assert torch.equal(model(x, LENGTHS), still)
    model.set_dropout(0.2)
    assert model.dropout.p == model.recurrence.dropout == 0.2


def test_word_dropout_reads_tokens_as_unknown() -> None:
    """While training, the given share of tokens is read as token 0 and the others as they are."""
    model = make_model()
    model.set_word_dropout(0.25)
    read: list[Tensor] = []
    model.embedding.register_forward_pre_hook(lambda _, args: read.append(args[0]))
    x = torch.randint(1, V, (B, 2000))
    lengths = torch.full((B,), 2000)
    torch.manual_seed(4)
    model.train()(x, lengths)
    torch.manual_seed(4)
    model(x, lengths)
    model(x, lengths)
    model.eval()(x, lengths)
    dropped = read[0] != x
    assert abs(dropped.double().mean().item() - 0.25) < 0.02
    assert not read[0][dropped].any()
    assert torch.equal(read[0], read[1]), "torch's own seed decides"
    assert not torch.equal(read[1], read[2])
    assert torch.equal(read[3], x)


def test_word_dropout_zero_draws_nothing() -> None:
    """A model without any dropout leaves torch's random numbers alone while it trains."""
    model = make_model(layers=2).train()
    before = torch.get_rng_state()
    model(tokens(), LENGTHS)
    assert torch.equal(torch.get_rng_state(), before)


def test_embedding_dropout_zeroes_and_rescales() -> None:
    """While training, the recurrence sees embedded values as 0 or divided by 1 - dropout."""
    model = make_model(both=False)
    model.set_embedding_dropout(0.25)
    seen: list[Tensor] = []
    model.recurrence.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    x = tokens()
    model.train()(x, LENGTHS)
    model.eval()(x, LENGTHS)
    kept = seen[0] != 0
    assert 0.5 < kept.double().mean() < 0.95
    torch.testing.assert_close(seen[0][kept], seen[1][kept] / 0.75)
    assert torch.equal(seen[1], model.embedding(x))


@pytest.mark.parametrize("model_type", MODELS)
def test_defaults_are_the_settings_defaults(model_type: type[TextClassifier]) -> None:
    """A model made with the two sizes alone is the one of the default settings."""
    config = make_config({"task": "classify", "model_type": model_type.cell})
    made, built = model_type(9, C), build_classifier(config, 9, C)
    assert type(built) is model_type
    assert repr(made) == repr(built)
    for model in (made, built):
        assert model.dropout.p == model.recurrence.dropout == SETTINGS["dropout"].default
        for name in ("pooling", "word_dropout", "embedding_dropout"):
            assert getattr(model, name) == SETTINGS[name].default
        assert model.recurrence.bidirectional == SETTINGS["bidirectional"].default


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("both", [False, True])
def test_build_classifier_heeds_every_setting(cell: str, pooling: Pooling, both: bool) -> None:
    """Each setting of a classifier's shape and its dropouts reaches the model."""
    config = make_config(
        {
            "task": "classify",
            "model_type": cell,
            "hidden_size": 6,
            "num_layers": 3,
            "embedding_dim": 4,
            "dropout": 0.1,
            "bidirectional": both,
            "pooling": pooling,
            "word_dropout": 0.2,
            "embedding_dropout": 0.4,
        }
    )
    model = build_classifier(config, 11, 5)
    assert model.cell == cell
    assert model.num_classes == 5
    assert model.recurrence.hidden_size == 6
    assert model.recurrence.num_layers == 3
    assert model.recurrence.bidirectional == both
    assert model.embedding.weight.shape == (11, 4)
    assert model.output.weight.shape == (5, 12 if both else 6)
    assert model.dropout.p == model.recurrence.dropout == 0.1
    assert (model.pooling, model.word_dropout, model.embedding_dropout) == (pooling, 0.2, 0.4)
    assert (model.attention is not None) == (pooling == "attention")


@pytest.mark.parametrize(
    ("name", "low"),
    [
        ("vocab_size", 1),
        ("embedding_dim", 1),
        ("hidden_size", 1),
        ("num_layers", 1),
        ("num_classes", 2),
    ],
)
@pytest.mark.parametrize("size", [0, -1, 2.5, True])
def test_impossible_sizes_are_refused(name: str, low: int, size: float) -> None:
    """A size that is no whole number, or too small, gets one line that names it."""
    sizes = {"vocab_size": 5, "num_classes": 2, name: size}
    wanted = f"{name} must be a whole number of at least {low}, got {size!r}"
    with pytest.raises(ValueError, match=wanted):
        BiLSTM(**sizes)  # type: ignore[arg-type]


def test_one_class_is_refused() -> None:
    """There is nothing to learn about a single class."""
    with pytest.raises(ValueError, match="num_classes must be a whole number of at least 2, got 1"):
        BiGRU(5, 1)


def test_an_unknown_pooling_is_refused() -> None:
    """The line names the value and those that there are."""
    wanted = "pooling must be one of last, mean, max, attention, got 'sum'"
    with pytest.raises(ValueError, match=wanted):
        BiGRU(5, 2, pooling="sum")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["dropout", "word_dropout", "embedding_dropout"])
@pytest.mark.parametrize("share", [-0.1, 1.0, math.nan])
def test_impossible_shares_are_refused(name: str, share: float) -> None:
    """A share outside of 0 to below 1 is refused from the start and later, without effect."""
    with pytest.raises(ValueError, match=f"{name} must be at least 0 and below 1, got {share}"):
        BiRNN(5, 2, **{name: share})  # type: ignore[arg-type]
    model = BiRNN(5, 2)
    before = repr(model), model.word_dropout, model.embedding_dropout
    with pytest.raises(ValueError, match=f"{name} must be at least 0 and below 1, got {share}"):
        getattr(model, f"set_{name}")(share)
    assert (repr(model), model.word_dropout, model.embedding_dropout) == before


def test_weights_start_with_care_in_both_directions() -> None:
    """Orthogonal recurrent blocks, Glorot's inputs, open forget gates, a narrow embedding."""
    torch.manual_seed(0)
    model = BiLSTM(500, 2, 24, 16, 2)
    recurrence = dict(model.recurrence.named_parameters())
    for suffix, fan_in in (("l0", 24), ("l0_reverse", 24), ("l1", 32), ("l1_reverse", 32)):
        for block in recurrence[f"weight_hh_{suffix}"].chunk(GATES["lstm"]):
            torch.testing.assert_close(block @ block.T, torch.eye(16), rtol=0, atol=1e-5)
        limit = math.sqrt(6 / (fan_in + 16))
        for block in recurrence[f"weight_ih_{suffix}"].chunk(GATES["lstm"]):
            assert 0.95 * limit < block.abs().max() <= limit
        bias = (recurrence[f"bias_ih_{suffix}"] + recurrence[f"bias_hh_{suffix}"]).view(4, 16)
        assert torch.equal(bias, torch.tensor([0.0, 1.0, 0.0, 0.0])[:, None].expand(4, 16))
    assert not torch.equal(recurrence["weight_hh_l0"], recurrence["weight_hh_l0_reverse"])
    weight = model.embedding.weight
    assert abs(weight.std().item() / CLASSIFIER_EMBEDDING_STD - 1) < 0.05
    assert abs(weight.mean().item()) < 0.1 * CLASSIFIER_EMBEDDING_STD
    assert not model.output.bias.any()


@pytest.mark.parametrize("pooling", POOLINGS)
def test_weights_follow_the_seed(pooling: Pooling) -> None:
    """The same seed gives the same weights, another seed others."""
    made = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        made.append(BiGRU(V, C, E, H, pooling=pooling).state_dict())
    first, again, other = made
    assert all(torch.equal(first[name], again[name]) for name in first)
    drawn = [name for name in first if "weight" in name]
    assert not any(torch.equal(first[name], other[name]) for name in drawn)
