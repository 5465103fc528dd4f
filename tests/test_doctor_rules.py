"""The doctor's rules, one by one: what it names, and the near miss that it leaves in peace."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import pytest

from core.config import SETTINGS, make_config
from core.decoding import Decoding
from core.doctor.rules import BY_CODE
from core.events import Diagnosed, Diverged, Event, RunStarted
from core.settings import build
from diagnosis_cases import (
    CHANCE,
    began,
    codes,
    diagnoses,
    falling,
    in_order,
    look_at_gates,
    look_at_gradients,
    reports,
    sample,
    trials,
)

FLAT = 3.2
CIRCLE = list("the " * 40)
"""A sample that goes in circles."""
TEXT = [f"{a}{b}" for a, b in itertools.product("abcdefgh", repeat=2)]
"""A sample that never repeats itself."""


MENDED_BY_NO_SETTING = ("spoiled_weights",)
"""What only going back helps against."""


class Case(NamedTuple):
    """Hold events that show a fault, and events that nearly do."""

    code: str
    fault: Sequence[Event]
    near_miss: Sequence[Event]


def norms(lowest: float) -> dict[str, float]:
    """Return gradient norms of four layers."""
    return {"l0.recurrent": lowest, "l1.recurrent": 0.1, "l3.recurrent": 0.1}


CASES = (
    Case(
        "learning_rate_too_high",
        [began({"learning_rate": 0.5}), *reports(ratio=0.05, learning_rate=0.5)],
        [began({"learning_rate": 0.01}), *reports(ratio=0.02, learning_rate=0.01)],
    ),
    Case(
        "learning_rate_too_low",
        [began({"learning_rate": 1e-6}), *reports(200, CHANCE, ratio=1e-5, learning_rate=1e-6)],
        [began({"learning_rate": 1e-6}), *reports(200, 2.0, ratio=1e-5, learning_rate=1e-6)],
    ),
    Case(
        "spoiled_weights",
        [began({}, start_step=100), *reports(loss=9.0, first=101)],
        [began({}, start_step=100), *reports(loss=4.3, first=101)],
    ),
    Case(
        "exploding_gradients",
        [began({"max_grad_norm": 0.0}), *reports(largest_grad_norm=60.0)],
        [began({"max_grad_norm": 1.0}), *reports(largest_grad_norm=60.0)],
    ),
    Case(
        "vanishing_gradients",
        [began({"num_layers": 4}), *reports(grad_norms=norms(1e-4))],
        [began({"num_layers": 4}), *reports(grad_norms=norms(2e-3))],
    ),
    Case(
        "clipping_every_step",
        [began({"max_grad_norm": 1e-3}), *reports(clipped=5, max_grad_norm=1e-3)],
        [began({"max_grad_norm": 0.1}), *reports(clipped=5, max_grad_norm=0.1)],
    ),
    Case(
        "weight_decay_too_high",
        [began({"weight_decay": 1.0}), *reports(loss=CHANCE)],
        [began({"weight_decay": 1.0}), *reports(loss=2.0)],
    ),
    Case(
        "dropout_too_high",
        in_order([began({"dropout": 0.9})], reports(loss=3.0), trials(3.0, 2.9)),
        in_order([began({"dropout": 0.9})], reports(loss=2.0), trials(3.0, 2.9)),
    ),
    Case(
        "teacher_forcing_too_low",
        [began({"teacher_forcing_ratio": 0.0}), *reports(loss=FLAT)],
        [began({"teacher_forcing_ratio": 0.0}), *reports(loss=falling)],
    ),
    Case(
        "overfitting",
        in_order([began({})], reports(loss=falling), trials(2.0, 2.6, 2.2, 2.3)),
        in_order([began({})], reports(loss=falling), trials(2.0, 2.6, 2.03, 2.3)),
    ),
    Case(
        "underfitting",
        in_order([began({"hidden_size": 3})], reports(loss=FLAT), trials(3.4, 3.3)),
        in_order([began({"hidden_size": 16})], reports(loss=FLAT), trials(3.4, 3.3)),
    ),
    Case(
        "sequence_too_short",
        in_order(
            [began({"seq_length": 16})],
            reports(),
            [look_at_gradients(50, 0.4), look_at_gradients(100, 0.4)],
        ),
        in_order(
            [began({"seq_length": 16})],
            reports(),
            [look_at_gradients(50, 0.4), look_at_gradients(100, 0.1)],
        ),
    ),
    Case(
        "dead_units",
        in_order(
            [began({})],
            reports(),
            [look_at_gates(60, dead=30, at_ends=0.0), look_at_gates(120, dead=30, at_ends=0.0)],
        ),
        in_order(
            [began({})],
            reports(),
            [look_at_gates(60, dead=10, at_ends=0.0), look_at_gates(120, dead=30, at_ends=0.0)],
        ),
    ),
    Case(
        "saturated_units",
        in_order(
            [began({})],
            reports(400, FLAT),
            [look_at_gates(60, at_ends=0.9), look_at_gates(390, at_ends=0.9)],
        ),
        in_order(
            [began({})],
            reports(400, falling),
            [look_at_gates(60, at_ends=0.9), look_at_gates(390, at_ends=0.9)],
        ),
    ),
    Case(
        "too_little_data",
        [began({}, train_tokens=3000, parameters=1_000_000)],
        [began({}, train_tokens=30_000, parameters=1_000_000)],
    ),
    Case(
        "vocabulary_too_large",
        [began({"vocab_type": "word"}, train_tokens=6000, vocab_size=1500)],
        [began({"vocab_type": "word"}, train_tokens=12_000, vocab_size=1500)],
    ),
    Case(
        "memory_runs_out",
        [began({}, free_bytes=50_000_000, parameters=950_000)],
        [began({}, free_bytes=8_000_000_000, parameters=950_000)],
    ),
    Case(
        "sampling_too_cold",
        [began({}), *reports(), sample(CIRCLE, 0.9, temperature=0.05)],
        [began({}), *reports(), sample(TEXT, 0.9, temperature=0.05)],
    ),
    Case(
        "sampling_too_hot",
        [began({}), *reports(loss=2.0), sample(TEXT, 0.01, temperature=3.0)],
        [began({}), *reports(loss=2.0), sample(TEXT, 0.12, temperature=3.0)],
    ),
    Case(
        "sampling_repeats",
        [began({}), *reports(), sample(CIRCLE, 0.5)],
        [began({}), *reports(), sample(TEXT, 0.5)],
    ),
)


def test_every_rule_has_a_case() -> None:
    """No rule is without a test, and no two rules share a code."""
    assert [case.code for case in CASES] and {case.code for case in CASES} == set(BY_CODE)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_fault_is_named_once(case: Case) -> None:
    """A rule names its fault, once, by a message, its numbers and, where a setting helps, a fix."""
    (said,) = [said for said in diagnoses(case.fault) if said.code == case.code]
    assert said.message.endswith(".") and any(digit.isdigit() for digit in said.evidence)
    assert bool(said.fix) == (case.code not in MENDED_BY_NO_SETTING)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_near_miss_is_left_in_peace(case: Case) -> None:
    """What is merely close to a fault is not called one, by this rule or any other."""
    assert codes(case.near_miss) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_fix_is_what_the_program_takes(case: Case) -> None:
    """A fix holds settings of training or of sampling, valid for the task, that change things."""
    config = next(event.config for event in case.fault if isinstance(event, RunStarted))
    for said in diagnoses(case.fault):
        if said.fix.keys() <= SETTINGS.keys():
            make_config({**config, **said.fix})
            assert all(config[name] != value for name, value in said.fix.items())
        else:
            build(Decoding, said.fix)


def only(events: Sequence[Event], code: str) -> Diagnosed:
    """Return the one thing that a doctor says by a rule."""
    (said,) = [said for said in diagnoses(events) if said.code == code]
    return said


def test_a_run_that_fell_apart_has_learned_nothing_by_heart() -> None:
    """A training loss that rose with that of validation is no over-fitting, though below it."""

    def rising(step: int) -> float:
        return 2.2 + step / 25

    evaluations = trials(2.7, 4.5, 6.0, 7.5, every=25)
    fell = in_order([began({"warmup_steps": 100})], reports(120, rising), evaluations)
    assert codes(fell) == []


def test_a_loss_worse_than_chance_is_too_high_a_rate() -> None:
    """The loss of guessing evenly is a mark that no healthy run stays above; one jump is none."""
    start = began({"learning_rate": 0.1})
    assert codes([start, *reports(loss=9.0, learning_rate=0.1)]) == ["learning_rate_too_high"]
    jump = reports(loss=lambda step: 9.0 if 90 < step <= 105 else 2.5, learning_rate=0.1)
    assert codes([start, *jump]) == []


def test_a_run_that_fell_apart_is_too_high_a_rate() -> None:
    """A loss far above what it has been is named, though it is below chance."""
    late = reports(loss=lambda step: 1.5 if step < 120 else 3.5, learning_rate=0.02)
    assert codes([began({"learning_rate": 0.02}), *late]) == ["learning_rate_too_high"]


def test_a_divergence_names_its_cause() -> None:
    """Without clipping a gradient that is not finite explodes; the fix lowers a high rate too."""
    blown = Diverged(step=31, what="gradient", parameter="w", message="")
    loss = Diverged(step=31, what="loss", parameter="", message="")
    wild = [began({"max_grad_norm": 0.0, "learning_rate": 1.0}), *reports(30), blown]
    (said,) = diagnoses(wild)
    assert (said.code, set(said.fix)) == (
        "exploding_gradients",
        {"max_grad_norm", "learning_rate"},
    )
    assert codes([began({"learning_rate": 1.0}), *reports(30), loss]) == ["learning_rate_too_high"]


def test_an_embedding_with_its_own_rate_is_told_apart() -> None:
    """Where the embedding's own rate was raised, that is what the fix takes back."""
    ratios = {"embedding": 0.05, "output": 0.005}
    said = only(
        [began({"embedding_rate": 500.0}), *reports(update_ratios=ratios)],
        "learning_rate_too_high",
    )
    assert said.fix == {"embedding_rate": 1.0}


def test_a_plain_rnn_that_forgets_is_named_only_when_it_stalls() -> None:
    """Gradients of a tanh network always fade; that is a fault where the loss stands still."""
    looks = [look_at_gradients(200, 0.0, 0.9), look_at_gradients(390, 0.0, 0.9)]
    start = [began({"model_type": "rnn"})]
    stalled = in_order(start, reports(400, FLAT), looks)
    assert only(stalled, "vanishing_gradients").fix == {"model_type": "lstm"}
    assert codes(in_order(start, reports(400, falling), looks)) == []


def test_the_coldest_ways_to_draw_are_undone() -> None:
    """Greedy samples and top-k of 1 are cold, whatever their temperature."""
    for how in ({"greedy": True}, {"top_k": 1}):
        said = only([began({}), *reports(), sample(CIRCLE, 0.9, **how)], "sampling_too_cold")
        assert build(Decoding, said.fix, build(Decoding, how)) == Decoding()


def test_samples_of_evaluations_are_left_alone() -> None:
    """A sample that nobody asked for cannot be drawn otherwise, so nothing is said of it."""
    drawn = sample(CIRCLE, 0.9, temperature=0.05)
    own = msgspec.structs.replace(drawn, origin="training")
    assert codes([began({}), *reports(), own]) == []
    # They do not bring up again what an older one has shown, however long ago.
    asked = [began({}), *reports(), drawn]
    assert codes([*asked, *reports(first=600), own]) == ["sampling_too_cold"]
    # One between two fragments of the other does not break it.
    begun = sample(CIRCLE[:80], 0.9, done=False, temperature=0.05)
    rest = sample(CIRCLE[80:100], 0.9, temperature=0.05)
    assert codes([began({}), *reports(), begun, own, rest]) == ["sampling_too_cold"]
