"""Gradients through time are exact, and tell a plain recurrence from one with gates."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from core.config import make_config
from core.events import GradientsThroughTime, decode_event, encode_event
from core.insight.gradients import gradients_through_time, half_life, recorded_gradients
from core.insight.unrolled import unroll
from core.models import LanguageModel, SimpleGRU, SimpleLSTM, SimpleRNN
from core.text.corpora import delayed_copy
from core.training.held_out_look import HeldOutLook
from test_models import STEPS, tokens
from test_models import make_model as small_model
from training_cases import Recorder, small_corpus

MODELS: list[type[LanguageModel]] = [SimpleRNN, SimpleLSTM, SimpleGRU]


@pytest.mark.parametrize("model_type", MODELS)
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_they_equal_autograd_on_the_written_out_equations(
    model_type: type[LanguageModel], layers: int
) -> None:
    """In float64 each norm is that of autograd through the cells as the tests write them."""
    model = small_model(model_type, layers=layers).eval()
    x = tokens()
    y = torch.tensor([1, 4, 2])
    found = gradients_through_time(model, unroll(model.recurrence, model.embedding(x)), y)
    expected = by_hand(model, x, y)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=0)
    assert found.shape == (layers, x.shape[1])
    if model.recurrence.records():
        recorded = recorded_gradients(model, x, None, y)
        torch.testing.assert_close(recorded, expected, rtol=1e-9, atol=0)


def by_hand(model: LanguageModel, x: Tensor, y: Tensor) -> Tensor:
    """Step the equations of `test_models` sequence by sequence, and differentiate each."""
    weights: dict[str, Tensor] = dict(model.named_parameters())
    step = STEPS[model.cell]
    layers = model.recurrence.num_layers
    per_sequence = []
    for row, target in zip(x, y, strict=True):
        width = model.recurrence.hidden_size
        zero = torch.zeros(1, width, dtype=torch.float64)
        states = [[zero, zero][: 2 if model.cell == "lstm" else 1] for _ in range(layers)]
        seen: list[list[Tensor]] = [[] for _ in range(layers)]
        for index in row:
            below = model.embedding(index).unsqueeze(0)
            for layer in range(layers):
                states[layer] = step(below, states[layer], weights, layer)
                below = states[layer][0]
                seen[layer].append(below)
        loss = -torch.log_softmax(model.head(below)[0], dim=0)[target]
        norms = [
            [torch.autograd.grad(loss, hidden, retain_graph=True)[0].norm() for hidden in of_layer]
            for of_layer in seen
        ]
        per_sequence.append(torch.tensor(norms, dtype=torch.float64).flip(1))
    return torch.stack(per_sequence).mean(dim=0)


@given(st.floats(0.5, 200), st.floats(1e-30, 1e3), st.integers(2, 90))
def test_a_half_life_is_that_of_an_exponential(tokens: float, size: float, count: int) -> None:
    """Of norms that halve every so many tokens, just that number is found."""
    lags = list(range(count))
    assert half_life(lags, [size * 2 ** (-lag / tokens) for lag in lags]) == pytest.approx(tokens)


def test_norms_that_do_not_fall_have_no_half_life() -> None:
    """Constant and growing norms never halve; of too few nothing is known."""
    assert half_life([0, 1, 2], [1.0, 1.0, 1.0]) == math.inf
    assert half_life([0, 1, 2], [1.0, 2.0, 4.0]) == math.inf
    assert math.isnan(half_life([0, 1], [1.0, 0.0]))
    assert half_life([0, 1, 2, 3], [1.0, math.nan, 0.25, math.inf]) == pytest.approx(1.0)


def trained_half_life(cell: str) -> float:
    """Return the longest half-life of a small model after some steps on delayed copying."""
    config = make_config(
        {
            "model_type": cell, "hidden_size": 48, "num_layers": 1, "embedding_dim": 16,
            "dropout": 0.0, "learning_rate": 0.005, "batch_size": 16, "seq_length": 64,
            "max_steps": 120, "threads": 1, "warmup_steps": 0, "sample_length": 0,
            "probes": False,
        }
    )  # fmt: skip
    corpus = small_corpus(config, delayed_copy()[:120_000])
    recorder = Recorder()
    trainer = recorder.trainer(config, corpus)
    trainer.run()
    seen = trainer.task.look(trainer.step)
    (gradients,) = [event for event in seen if isinstance(event, GradientsThroughTime)]
    return max(life if life is not None else math.inf for life in gradients.half_lives)


def test_a_plain_recurrence_forgets_sooner_than_one_with_a_cell() -> None:
    """On the copy after a delay the RNN's half-life is far below the LSTM's."""
    assert trained_half_life("rnn") * 3 < trained_half_life("lstm")


@pytest.mark.parametrize("length", [2, 3, 10, 40, 5000])
def test_any_validation_text_can_be_looked_through(length: int) -> None:
    """From two tokens on there are windows, and lags that fit them."""
    config = make_config({"hidden_size": 8, "num_layers": 1, "embedding_dim": 4})
    model = SimpleLSTM(9, 4, 8, 1)
    look = HeldOutLook(torch.arange(length).numpy() % 9, config)
    events = look.events(model, torch.device("cpu"), 5)
    assert len(events) == 1 + (length > 2)
    assert [decode_event(encode_event(event)) for event in events] == events
    assert look.lags == list(range(min(64, length - 1)))


def test_a_look_leaves_model_and_generator_alone() -> None:
    """Weights, gradients, mode and torch's generator are afterwards what they were."""
    model = SimpleLSTM(9, 4, 8, 2)
    look = HeldOutLook(torch.arange(500).numpy() % 9, make_config({"seq_length": 300}))
    assert look.lags[-1] == 255
    assert len(look.lags) < 100
    weights = [weight.detach().clone() for weight in model.parameters()]
    before = torch.get_rng_state()
    look.events(model.train(), torch.device("cpu"), 0)
    assert model.training
    assert torch.equal(before, torch.get_rng_state())
    for weight, old in zip(model.parameters(), weights, strict=True):
        assert torch.equal(weight, old)
        assert weight.grad is None
