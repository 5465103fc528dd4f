"""One step changes the weights as the textbook says, and never to something not finite."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.config import Config
from core.models.recurrence import state_from_tensors, state_tensors
from core.settings import Value
from core.text.corpus import Corpus
from core.text.vocabulary import CharacterVocabulary
from core.training.language_task import LanguageBatch, LanguageTask
from core.training.learner import Learner
from core.training.recorded_steps import WARM_UP, Record
from training_cases import small_config

CPU = torch.device("cpu")
VOCABULARY = 11


class LanguageLearner(Learner):
    """A learner of a small language model with fixed weights, and the task that it is for."""

    def __init__(self, config: Config, deferred: bool | None, record: Record | None = None) -> None:
        vocabulary = CharacterVocabulary()
        vocabulary.build_vocabulary("abcdefghij")
        assert len(vocabulary) == VOCABULARY
        ids = np.arange(400, dtype=np.int32) % VOCABULARY
        corpus = Corpus("letters", vocabulary, ids, ids, 400, 1, "")
        torch.manual_seed(3)
        self.task = LanguageTask(config, corpus, CPU)
        self.task.model.train()
        super().__init__(self.task.model, config, CPU, deferred=deferred, record=record)

    def on(self, pair: tuple[torch.Tensor, torch.Tensor]) -> LanguageBatch:
        """Return a batch of input and target."""
        return LanguageBatch(*pair, self.task)


def make_learner(deferred: bool | None = None, /, **changes: Value) -> LanguageLearner:
    """Make a learner of a small model with fixed weights."""
    return LanguageLearner(small_config(**{"dropout": 0.0, **changes}), deferred)


def batches(count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return random batches (4, 6) of input and target."""
    generator = torch.Generator().manual_seed(5)
    ids = torch.randint(0, VOCABULARY, (count, 2, 4, 6), generator=generator)
    return [(pair[0], pair[1]) for pair in ids]


def weights(learner: Learner) -> torch.Tensor:
    """Return all weights as one vector."""
    return nn.utils.parameters_to_vector(learner.model.parameters()).detach()


def reference_weights(steps: int, *, max_grad_norm: float, weight_decay: float) -> torch.Tensor:
    """Return the weights after a plain loop with torch's own clipping and plain Adam."""
    model = make_learner().model
    optimizer = torch.optim.Adam(
        model.parameters(), lr=0.01, weight_decay=weight_decay, foreach=False
    )
    state = None
    for x, y in batches(steps):
        optimizer.zero_grad()
        logits, state = model(x, state)
        F.cross_entropy(logits.flatten(0, 1), y.flatten()).backward()
        if max_grad_norm:
            nn.utils.clip_grad_norm_(model.parameters(), max_grad_norm)
        optimizer.step()
        state = tuple(tensor.detach() for tensor in state)
    return nn.utils.parameters_to_vector(model.parameters()).detach()


@pytest.mark.parametrize("deferred", [False, True])
@pytest.mark.parametrize(("max_grad_norm", "weight_decay"), [(0.0, 0.0), (0.05, 0.0), (1.0, 0.1)])
def test_steps_equal_a_plain_loop(
    deferred: bool, max_grad_norm: float, weight_decay: float
) -> None:
    """Clipping, weight decay, Adam and the carried state do what a plain loop does."""
    learner = make_learner(deferred, max_grad_norm=max_grad_norm, weight_decay=weight_decay)
    for pair in batches(4):
        learner.step(learner.on(pair), 0.01, carry=True)
    expected = reference_weights(4, max_grad_norm=max_grad_norm, weight_decay=weight_decay)
    torch.testing.assert_close(weights(learner), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "changes",
    [
        {"max_grad_norm": 0.01},
        {"weight_decay": 0.5},
        {"dropout": 0.5},
        {"teacher_forcing_ratio": 0.0},
        {"optimizer": "adamw", "weight_decay": 0.5},
        {"embedding_rate": 2.0},
    ],
)
def test_each_setting_changes_the_maths(changes: dict[str, Value]) -> None:
    """A setting without effect would leave the weights as the default does."""
    plain, changed = make_learner(), make_learner(**changes)
    for pair in batches(3):
        plain.step(plain.on(pair), 0.01, carry=True)
        changed.step(changed.on(pair), 0.01, carry=True)
    assert not torch.equal(weights(plain), weights(changed))


def test_adam_and_adamw_decay_differently() -> None:
    """L2 in the gradient and decoupled decay are two different things."""
    adam = make_learner(weight_decay=0.5)
    adamw = make_learner(optimizer="adamw", weight_decay=0.5)
    for pair in batches(3):
        adam.step(adam.on(pair), 0.01, carry=True)
        adamw.step(adamw.on(pair), 0.01, carry=True)
    assert not torch.allclose(weights(adam), weights(adamw))


def test_live_changes_reach_model_and_optimizer() -> None:
    """A new dropout and weight decay are in force at the next step."""
    learner = make_learner()
    config = small_config(dropout=0.5, weight_decay=0.2)
    learner.task.reconfigure(config)
    learner.reconfigure(config)
    assert learner.model.recurrence.dropout == learner.model.dropout.p == 0.5
    assert {group["weight_decay"] for group in learner.optimizer.param_groups} == {0.2}


def test_the_embedding_has_a_rate_of_its_own() -> None:
    """At rate 0 the embedding alone stays; at 1 nothing is another than without the setting."""
    still, plain, same = (
        make_learner(**changes)
        for changes in ({"embedding_rate": 0.0}, {}, {"embedding_rate": 1.0})
    )
    before = still.model.embedding.weight.detach().clone()
    for pair in batches(2):
        for learner in (still, plain, same):
            learner.step(learner.on(pair), 0.01, carry=True)
    assert torch.equal(still.model.embedding.weight, before)
    output = make_learner().model.get_parameter("output.weight")
    assert not torch.equal(still.model.get_parameter("output.weight"), output)
    assert torch.equal(weights(plain), weights(same))


@pytest.mark.parametrize("deferred", [False, True])
def test_a_step_that_is_not_finite_changes_nothing(deferred: bool) -> None:
    """Weights, moments and carried state are those of the last good step."""
    learner = make_learner(deferred)
    pair, second = batches(2)
    learner.step(learner.on(pair), 0.01, carry=True)
    before = weights(learner).clone()
    state = [tensor.clone() for tensor in state_tensors(learner.state)]  # type: ignore[arg-type]
    poison = learner.model.get_parameter("recurrence.weight_hh_l1")
    poison.register_hook(lambda grad: grad * float("nan"))
    result = learner.step(learner.on(second), 0.01, carry=True)
    assert learner.failed or bool(learner.bad)
    assert torch.equal(weights(learner), before)
    for was, now in zip(state, state_tensors(learner.state), strict=True):  # type: ignore[arg-type]
        assert torch.equal(was, now)
    moments = learner.optimizer.state[poison]
    assert all(bool(torch.isfinite(tensor).all()) for tensor in moments.values())
    assert learner.first_bad_gradient(result) == "recurrence.weight_hh_l1"


def test_a_deferred_flag_masks_every_later_step() -> None:
    """Once a step was bad, good ones after it change nothing until the flag was read."""
    learner = make_learner(True)
    learner.bad.fill_(1.0)
    before = weights(learner).clone()
    for pair in batches(2):
        learner.step(learner.on(pair), 0.01, carry=True)
    assert torch.equal(weights(learner), before)


class Recorder:
    """Stand in for a GPU's recorder: what is replayed is the function itself."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def __call__(self, run: Callable[[], None]) -> Callable[[], None]:
        """Record, which does nothing yet."""
        self.recorded += 1

        def replay() -> None:
            self.replayed += 1
            run()

        return replay


@pytest.mark.parametrize("model_type", ["rnn", "lstm", "gru"])
def test_recorded_steps_are_steps(model_type: str) -> None:
    """Weights, losses and states are those of steps taken one by one, whatever comes between.

    A recording starts from a state of zeros where a step starts from none, and reads its step size
    in float32: their last digits differ.
    """
    recorder = Recorder()
    settings: dict[str, Value] = {"model_type": model_type, "dropout": 0.2, "max_grad_norm": 0.1}
    learners = [
        LanguageLearner(small_config(**settings), True, record) for record in (None, recorder)
    ]
    found = []
    for learner in learners:
        torch.manual_seed(7)
        results = []
        for number, pair in enumerate(batches(14)):
            if number == 9:
                learner.reconfigure(small_config(**{**settings, "max_grad_norm": 5.0}))
            carry = number not in (0, 5)
            results.append(learner.step(learner.on(pair), 0.01 / (1 + number), carry=carry))
            if number == 7:
                assert learner.state is not None
                learner.state = state_from_tensors(
                    [s.clone() for s in state_tensors(learner.state)]
                )
        found.append((results, weights(learner), state_tensors(learner.state)))  # type: ignore[arg-type]
    (plain, weights_plain, state_plain), (recorded, weights_recorded, state_recorded) = found
    assert recorder.recorded == 2
    assert recorder.replayed == 14 - 2 * WARM_UP
    for one, other in zip(plain, recorded, strict=True):
        torch.testing.assert_close(one[:3], other[:3], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(weights_plain, weights_recorded, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(state_plain, state_recorded, rtol=1e-4, atol=1e-6)


def test_a_recorded_step_that_is_not_finite_changes_nothing() -> None:
    """The flag masks a replayed step too, and the state stays that of the last good step."""
    learner = LanguageLearner(small_config(dropout=0.0), True, Recorder())
    for pair in batches(WARM_UP + 2):
        learner.step(learner.on(pair), 0.01, carry=True)
    before = weights(learner).clone()
    state = [tensor.clone() for tensor in state_tensors(learner.state)]  # type: ignore[arg-type]
    learner.model.get_parameter("output.weight").register_hook(lambda grad: grad * float("nan"))
    learner.step(learner.on(batches(1)[0]), 0.01, carry=True)
    assert bool(learner.bad)
    assert torch.equal(weights(learner), before)
    assert all(map(torch.equal, state, state_tensors(learner.state)))  # type: ignore[arg-type]


def test_the_flag_stays_where_a_recording_reads_it() -> None:
    """A recording has the memory of the flag in it; elsewhere the next step would not see it."""
    learner = LanguageLearner(small_config(dropout=0.0), True, Recorder())
    flag = learner.bad
    for pair in batches(WARM_UP + 2):
        learner.step(learner.on(pair), 0.01, carry=True)
    assert learner.bad is flag


def test_a_device_that_does_not_record_trains_all_the_same() -> None:
    """Steps go on one by one."""

    def refuse(run: Callable[[], None]) -> Callable[[], None]:
        raise RuntimeError("operation not permitted when stream is capturing")

    plain, refused = (
        LanguageLearner(small_config(dropout=0.0), True, record) for record in (None, refuse)
    )
    for learner in (plain, refused):
        for pair in batches(WARM_UP + 3):
            learner.step(learner.on(pair), 0.01, carry=True)
    torch.testing.assert_close(weights(plain), weights(refused), rtol=1e-4, atol=1e-6)


def test_steps_that_draw_coins_are_not_recorded() -> None:
    """A recording would replay the same coins."""
    recorder = Recorder()
    learner = LanguageLearner(small_config(teacher_forcing_ratio=0.5), True, recorder)
    for pair in batches(WARM_UP + 2):
        learner.step(learner.on(pair), 0.01, carry=True)
    assert not recorder.recorded


def test_group_norms_are_those_before_clipping() -> None:
    """The groups' norms add up, squared, to the whole norm; updates are measured exactly."""
    learner = make_learner(max_grad_norm=0.01)
    (pair,) = batches(1)
    before = {name: [w.detach().clone() for w in group] for name, group in learner.groups.items()}
    result, measured = learner.step_measured(learner.on(pair), 0.01, carry=False)
    total = sum(norm**2 for norm in measured.grad_norms.values()) ** 0.5
    assert total == pytest.approx(float(result.grad_norm), rel=1e-5)
    for name, group in learner.groups.items():
        moved = sum(
            float((now.detach() - was).square().sum())
            for now, was in zip(group, before[name], strict=True)
        )
        size = sum(float(now.detach().square().sum()) for now in group)
        expected = (moved / size) ** 0.5
        assert measured.update_ratios[name] == pytest.approx(expected, rel=1e-4)


def test_measuring_does_not_change_the_step() -> None:
    """A measured step leaves the same weights as a plain one, to the last bit."""
    plain, measured = make_learner(), make_learner()
    for pair in batches(2):
        plain.step(plain.on(pair), 0.01, carry=True)
        measured.step_measured(measured.on(pair), 0.01, carry=True)
    assert torch.equal(weights(plain), weights(measured))


@pytest.mark.parametrize("model_type", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("teacher_forcing_ratio", [1.0, 0.5])
def test_bf16_products_train(model_type: str, teacher_forcing_ratio: float) -> None:
    """With `precision=bf16` the loss is near that of fp32, but not the same."""
    full, half = (
        make_learner(
            model_type=model_type, teacher_forcing_ratio=teacher_forcing_ratio, precision=precision
        )
        for precision in ("fp32", "bf16")
    )
    for pair in batches(2):
        exact = full.step(full.on(pair), 0.01, carry=True).loss
        rough = half.step(half.on(pair), 0.01, carry=True).loss
    assert float(rough) == pytest.approx(float(exact), rel=0.05)
    assert float(rough) != float(exact)
