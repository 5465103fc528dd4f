"""Scheduled sampling feeds the truth or the model's argmax, step by step, by its own coins."""

import pytest
import torch

from core.models import LanguageModel, build_model
from core.settings import Value
from core.training.teacher_forcing import with_own_predictions
from training_cases import small_config

X = torch.randint(0, 9, (3, 7), generator=torch.Generator().manual_seed(0))


def make_model(**changes: Value) -> LanguageModel:
    """Make a small model in float64 whose predictions are not always the same."""
    torch.manual_seed(2)
    model = build_model(small_config(**changes), 9).double()
    with torch.no_grad():
        model.output.weight.mul_(20)
    return model


def fed_by_hand(model: LanguageModel, truth: torch.Tensor) -> torch.Tensor:
    """Step through the window, and feed the argmax of the step before where it is not the truth."""
    fed, state = [X[:, :1]], None
    for t in range(1, X.shape[1]):
        logits, state = model(fed[-1], state)
        fed.append(torch.where(truth[:, t, None], X[:, t, None], logits.argmax(-1)))
    return torch.cat(fed, dim=1)


@pytest.mark.parametrize("model_type", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("ratio", [1.0, 0.5, 0.0])
def test_each_sequence_and_step_has_its_own_coin(model_type: str, ratio: float) -> None:
    """What is fed follows, row by row, the coins that the generator throws; at first the truth."""
    model = make_model(model_type=model_type).eval()
    found = with_own_predictions(
        model, X, None, ratio=ratio, generator=torch.Generator().manual_seed(4)
    )
    coins = torch.rand(X.shape, generator=torch.Generator().manual_seed(4)) < ratio
    assert torch.equal(found, fed_by_hand(model, coins))
    assert torch.equal(found[:, 0], X[:, 0])
    assert torch.equal(found, X) == (ratio == 1)


def test_it_goes_on_from_the_state_before() -> None:
    """The first prediction of a window knows what was read before it."""
    model = make_model().eval()
    _, state = model(X)
    found = with_own_predictions(model, X, state, ratio=0.0, generator=torch.Generator())
    assert torch.equal(found[:, 1], model(X[:, :1], state)[0][:, 0].argmax(-1))


def test_predictions_are_what_the_model_would_write() -> None:
    """While it chooses nothing is dropped, nothing is learnt, and the model trains on after it."""
    model = make_model(dropout=0.9).train()
    found = with_own_predictions(model, X, None, ratio=0.0, generator=torch.Generator())
    assert model.training and model.recurrence.training
    assert not found.requires_grad
    assert torch.equal(found, fed_by_hand(model.eval(), torch.zeros(X.shape, dtype=torch.bool)))
