"""What can only be seen on a GPU; skipped where there is none."""

import math

import pytest
import torch

from core.models.recurrence import state_tensors
from core.text.corpus import make_corpus
from core.training.language_task import LanguageTask
from core.training.learner import Learner
from training_cases import small_config

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

STEPS = 12


def begun(model_type: str, precision: str) -> tuple[LanguageTask, Learner]:
    """Return a task with a small model, and what learns it."""
    config = small_config(model_type=model_type, precision=precision, dropout=0.0, device="cuda")
    device = torch.device("cuda")
    corpus = make_corpus("letters", "The quick brown fox jumps over the lazy dog. " * 40, config)
    torch.manual_seed(3)
    task = LanguageTask(config, corpus, device)
    task.model.train()
    return task, Learner(task.model, config, device)


def train(model_type: str, precision: str, *, recorded: bool) -> tuple[list[float], torch.Tensor]:
    """Take some steps; return the losses and all weights."""
    task, learner = begun(model_type, precision)
    if not recorded:
        learner._recorded = None
    losses = []
    for number in range(STEPS):
        result = learner.step(task.batch(0, number % 3), 0.01, carry=number > 0)
        losses.append(result.loss)
    assert not bool(learner.bad)
    assert learner.state is not None
    assert all(bool(tensor.isfinite().all()) for tensor in state_tensors(learner.state))
    weights = torch.nn.utils.parameters_to_vector(task.model.parameters()).detach().cpu()
    return torch.stack(losses).tolist(), weights


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("model_type", ["rnn", "lstm", "gru"])
def test_replayed_steps_learn_the_same(model_type: str, precision: str) -> None:
    """A recording's losses and weights are those of the same steps taken one by one."""
    tolerance = 1e-4 if precision == "fp32" else 2e-2
    plain, plain_weights = train(model_type, precision, recorded=False)
    losses, weights = train(model_type, precision, recorded=True)
    assert losses == pytest.approx(plain, rel=tolerance)
    assert losses[-1] < losses[0]
    torch.testing.assert_close(weights, plain_weights, rtol=tolerance, atol=tolerance)


def test_nothing_is_learned_after_a_replayed_step_that_is_not_finite() -> None:
    """The flag outlives the replay that set it, so that the weights are those before that step."""
    task, learner = begun("lstm", "fp32")
    for number in range(STEPS):
        learner.step(task.batch(0, number % 3), 0.01, carry=number > 0)
    bias = task.model.get_parameter("output.bias")
    before = [weight.detach().clone() for weight in learner.parameters]
    whole = bias.detach().clone()
    with torch.no_grad():
        bias.fill_(math.nan)
    learner.step(task.batch(0, 0), 0.01, carry=True)
    with torch.no_grad():
        bias.copy_(whole)
    learner.step(task.batch(0, 1), 0.01, carry=True)
    assert bool(learner.bad)
    assert all(map(torch.equal, before, learner.parameters))
