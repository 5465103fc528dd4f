"""Scheduled sampling feeds the truth or the model's argmax, step by step, by its own coins."""

import pytest
import torch

from core.models import build_model
from core.training.teacher_forcing import forward_with_own_predictions
from training_cases import small_config

X = torch.randint(0, 9, (3, 7), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("model_type", ["rnn", "lstm", "gru"])
def test_full_teacher_forcing_equals_the_whole_window(model_type: str) -> None:
    """With ratio 1 stepping gives what one call over the window gives, state included."""
    model = build_model(small_config(model_type=model_type), 9).double().eval()
    stepped, state = forward_with_own_predictions(
        model, X, None, ratio=1.0, generator=torch.Generator()
    )
    whole, whole_state = model(X)
    torch.testing.assert_close(stepped, whole)
    torch.testing.assert_close(state, whole_state)


def test_no_teacher_forcing_feeds_the_argmax() -> None:
    """With ratio 0 every step but the first is fed the argmax of the step before."""
    model = build_model(small_config(), 9).double().eval()
    logits, _ = forward_with_own_predictions(model, X, None, ratio=0.0, generator=torch.Generator())
    fed, state = X[:, :1], None
    for t in range(X.shape[1]):
        expected, state = model(fed, state)
        torch.testing.assert_close(logits[:, t], expected[:, 0])
        fed = expected.argmax(-1)


def test_each_sequence_and_step_has_its_own_coin() -> None:
    """At ratio 0.5 the fed tokens follow, row by row, the coins that the generator throws."""
    model = build_model(small_config(), 9).double().eval()
    logits, _ = forward_with_own_predictions(
        model, X, None, ratio=0.5, generator=torch.Generator().manual_seed(4)
    )
    coins = torch.rand(X.shape, generator=torch.Generator().manual_seed(4)) < 0.5
    assert coins[:, 1:].any()
    assert not coins[:, 1:].all()
    for row in range(len(X)):
        fed, state = X[row, 0].view(1, 1), None
        for t in range(X.shape[1]):
            expected, state = model(fed, state)
            torch.testing.assert_close(logits[row, t], expected[0, 0])
            if t + 1 < X.shape[1]:
                fed = X[row, t + 1].view(1, 1) if coins[row, t + 1] else expected.argmax(-1)


def test_gradients_flow_through_every_step_but_not_through_the_choice() -> None:
    """The loss of the last step reaches the embedding of the first token."""
    model = build_model(small_config(dropout=0.0), 9).double()
    embedded = model.embedding.weight
    logits, _ = forward_with_own_predictions(model, X, None, ratio=0.0, generator=torch.Generator())
    logits[:, -1].sum().backward()
    assert embedded.grad is not None
    assert bool((embedded.grad[X[:, 0]].abs().sum(-1) > 0).all())
