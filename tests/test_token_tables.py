"""A model that looks tokens up in a table is the model that embeds them."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from core.kernels import token_table as tables
from core.kernels.library import Path
from core.kernels.packing import fixed_weights
from core.kernels.token_table import token_table
from core.models.language_model import LanguageModel
from core.models.recurrence import state_tensors
from core.models.simple import SimpleGRU, SimpleLSTM, SimpleRNN
from kernel_cases import forced, paths_here

V, E, B, T = 9, 9, 4, 10


@pytest.fixture(params=paths_here(), ids=lambda path: path.name, autouse=True)
def path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Run each test by each path of this machine."""
    with forced(request.param):
        yield request.param


def make_model(kind: type[LanguageModel], *, tie_weights: bool = False) -> LanguageModel:
    """Make a small model of two layers, the same each time."""
    torch.manual_seed(0)
    return kind(V, E, 7, 2, dropout=0.0, tie_weights=tie_weights).double()


def outcome(model: LanguageModel, tokens: Tensor) -> tuple[list[Tensor], int]:
    """Return states, gradients of all weights, and how often the embedding was called."""
    calls: list[object] = []
    hook = model.embedding.register_forward_hook(lambda *_: calls.append(None))
    _, before = model.hidden_states(tokens[:, :5].repeat(1, 2))
    hidden, state = model.hidden_states(tokens, before)
    found = [hidden, *state_tensors(state)]
    loss = model.mean_loss(hidden, tokens) + sum(part.square().sum() for part in found)
    hook.remove()
    return [*found, *torch.autograd.grad(loss, list(model.parameters()))], len(calls)


@pytest.mark.parametrize("kind", [SimpleRNN, SimpleLSTM, SimpleGRU])
@pytest.mark.parametrize("tie_weights", [False, True])
def test_a_table_changes_nothing(
    kind: type[LanguageModel], tie_weights: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hidden states, the carried state and every gradient are those without it, to rounding."""
    model = make_model(kind, tie_weights=tie_weights)
    tokens = torch.randint(V - 1, (B, T))
    found, embedded = outcome(model, tokens)
    assert embedded == 0
    monkeypatch.setattr(tables, "LARGEST_VOCABULARY", V - 1)
    wanted, embedded = outcome(model, tokens)
    assert embedded == 2
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-13)


def test_torchs_lstm_embeds_where_the_vocabulary_is_wider_than_an_embedding(path: Path) -> None:
    """There a token is a one among zeros; elsewhere a table pays for more tokens than that."""
    torch.manual_seed(0)
    model = SimpleLSTM(E + 1, E, 7, 1, dropout=0.0).double()
    _, embedded = outcome(model, torch.randint(E, (B, T)))
    assert embedded == (2 if path.name == "torch" else 0)


def test_few_tokens_are_embedded() -> None:
    """A table of more rows than a quarter of the tokens would be more work than it saves."""
    model = make_model(SimpleGRU)
    calls: list[object] = []
    model.embedding.register_forward_hook(lambda *_: calls.append(None))
    model.hidden_states(torch.zeros(1, 4 * V, dtype=torch.int64))
    assert calls == []
    model.hidden_states(torch.zeros(1, 4 * V - 1, dtype=torch.int64))
    assert calls == [None]


def test_a_table_is_kept_while_weights_are_fixed() -> None:
    """Steps of one token share it; with a gradient, or once weights change, each has its own."""
    model = make_model(SimpleGRU)
    weights = model.embedding.weight, model.recurrence.all_weights[0][0]
    with fixed_weights(), torch.no_grad():
        kept = token_table(*weights)
        assert token_table(*weights) is kept
        with torch.enable_grad():
            assert token_table(*weights).requires_grad
        with fixed_weights():
            assert token_table(*weights) is not kept
    with torch.no_grad():
        weights[0].mul_(2)
        assert torch.equal(token_table(*weights), 2 * kept)


def test_products_of_bfloat16_do_not_round_it() -> None:
    """Under autocast the table is as exact as without."""
    model = make_model(SimpleGRU).float()
    weights = model.embedding.weight, model.recurrence.all_weights[0][0]
    with torch.autocast("cpu", torch.bfloat16):
        found = token_table(*weights)
    assert torch.equal(found, token_table(*weights))
